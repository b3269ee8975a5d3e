"""One client for all providers: what an operation declares, sent with a sign-in, repeated only where that is harmless."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import unquote

import httpx
import orjson

from integrations.catalogue import CursorPaging, Fault, FaultKind, InvalidInput, Kind, Operation, Provider, Request
from integrations.catalogue.reading import at
from integrations.transport.answers import NUL, Record, decode, file_of, records, result, without
from integrations.transport.errors import (
    BadAnswer,
    LostAnswer,
    OverBudget,
    ProviderDown,
    ProviderError,
    SignedOut,
    Throttled,
    Unreachable,
    error_for,
)
from integrations.transport.wire import exchange, over_in

MOST_TRIES = 3
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0  # whoever is asked to wait longer lets the work go and comes back
LONGEST_CALL = 75.0  # seconds for a call or a page with all its tries, pauses and renewals; far below the lease of a task
LONGEST_LIST = 150.0  # seconds after which no further page of a list is asked for; with the last page it is still below the lease
LAST_TRY = 40.0  # seconds after the first try began; what is left then is enough for one that takes long
TOO_MANY_REQUESTS = 429
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # https://www.rfc-editor.org/rfc/rfc9110#name-field-names


@dataclass(frozen=True)
class Attempt:
    """One exchange, as it is logged: without values, bodies or headers. `status` is None where no answer came."""

    method: str
    path: str
    status: int | None
    milliseconds: int
    attempt: int


class Authorize(Protocol):
    """The sign-in of a connection."""

    def headers(self, refresh: bool = False) -> Mapping[str, str]:
        """The headers that sign a call. With `refresh`, those given before were not accepted: give fresher ones.

        Raises `SignedOut` where there are none, `Unreachable` where the sign-in service does not answer.
        """


class Recorder(Protocol):
    """Whoever keeps the log of calls."""

    def record(self, attempt: Attempt) -> None: ...


class Limiter(Protocol):
    """Whoever sees to it that a provider is not asked more often than it allows."""

    def take(self) -> None:
        """Asked before each exchange. Raises `OverBudget` with the seconds to wait where it may not be sent now."""

    def throttled(self, seconds: float | None) -> None:
        """The provider itself asks to wait, for so long where it says so."""


@dataclass(frozen=True)
class Answer:
    """What came back on a plain request: `data` is its JSON without secrets, or the bytes where it is something else."""

    status: int
    headers: dict[str, str]
    data: Any


@dataclass
class Tries:
    """Which try this is, and whether another one may follow."""

    reads: bool
    number: int = 1
    refresh: bool = False
    refreshed: bool = False
    started: float = field(default_factory=time.monotonic)

    def pause_after(self, error: ProviderError) -> float:
        """How long to wait before the next try. Raises the error where there must be none."""
        pause = self._mend_sign_in(error)
        if pause is None:
            pause = self._pause(error)
        if pause is None or time.monotonic() + pause > self.started + LAST_TRY:
            raise error
        self.number += 1
        return pause

    def _mend_sign_in(self, error: ProviderError) -> float | None:
        if self.refreshed or not isinstance(error, SignedOut):
            return None
        self.refresh = self.refreshed = True
        return 0.0

    def _pause(self, error: ProviderError) -> float | None:
        if self.number >= MOST_TRIES or not self._harmless(error):
            return None
        if error.retry_after is None:
            return float(FIRST_PAUSE * 2 ** (self.number - 1) * random.uniform(0.5, 1.5))
        return error.retry_after if error.retry_after <= LONGEST_PAUSE else None

    def _harmless(self, error: ProviderError) -> bool:
        """A write is repeated only where it certainly was not done: it never left, or was turned away with a plain 429."""
        if self.reads:
            return isinstance(error, ProviderDown | LostAnswer | Throttled)
        return isinstance(error, Unreachable) or error.status == TOO_MANY_REQUESTS


class Client:
    """Speaks with one provider at one address under one sign-in."""

    def __init__(self, provider: Provider, base_url: str, authorize: Authorize, recorder: Recorder, limiter: Limiter) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/")
        self._authorize = authorize
        self._recorder = recorder
        self._limiter = limiter

    def call(self, operation: Operation, inputs: Mapping[str, Any], workspace: str = "") -> Any:
        """Runs an operation and gives its record; of a list as many records as its limit allows, of a download a `File`, of a raw call
        an `Answer` of whatever status.

        Raises `InvalidInput` before anything is sent, and `ProviderError` afterwards. For a write, whatever leaves it open whether
        it was done is `LostAnswer`.
        """
        if operation.kind is Kind.LIST:
            return self._first(operation, inputs, workspace)
        request, reads = operation.request(inputs, workspace), operation.only_reads(inputs)
        with nullcontext() if reads else _open_questions():
            if operation.kind is Kind.CALL:
                return self.send(request)
            if operation.download:
                return file_of(operation.download, self._told(request, reads).content)
            return result(operation, self._data(request, reads))

    def _first(self, operation: Operation, inputs: Mapping[str, Any], workspace: str) -> list[Record]:
        """As much of a list as its limit allows, and no page more than that takes. One that comes too slowly ends with `ProviderDown`."""
        limit, latest = operation.limit(inputs), time.monotonic() + LONGEST_LIST
        found: list[Record] = []
        with closing(self._pages(operation, inputs, workspace, limit)) as pages:
            for page in pages:
                found += page
                if len(found) >= limit:
                    break
                if time.monotonic() > latest:
                    raise ProviderDown(f"It is so slow that only {len(found):,} records came in time. Ask for fewer.")
        return found[:limit]

    def pages(self, operation: Operation, inputs: Mapping[str, Any], workspace: str = "") -> Iterator[list[Record]]:
        """The records of a list, page by page. A walk that ends without an error was whole."""
        yield from self._pages(operation, inputs, workspace)

    def _pages(
        self, operation: Operation, inputs: Mapping[str, Any], workspace: str, largest: int | None = None
    ) -> Generator[list[Record], None, None]:
        request = operation.request(inputs, workspace)
        if not isinstance(operation.paging, CursorPaging):
            yield records(operation, self._data(request, reads=True))
            return
        cursor, seen = "", set()
        while cursor not in seen:
            seen.add(cursor)
            answer = self._data(_page(request, operation.paging, cursor, largest), reads=True)
            yield records(operation, answer)
            cursor = _text(at(answer, operation.paging.next))
            if not cursor:
                return
        raise BadAnswer(f"{operation.label}: the pages go round in a circle.")

    def send(self, request: Request) -> Answer:
        """Sends a request as it is, once, and gives the answer of whatever status. Only a sign-in that has run out is mended."""
        with over_in(LONGEST_CALL):
            response = self._exchange(request, Tries(reads=False))
            fault = self._fault(response)
            if fault and fault.kind is FaultKind.SIGNED_OUT:
                response = self._exchange(request, Tries(reads=False, number=2, refresh=True))
        return Answer(response.status_code, dict(response.headers), self._anything(response))

    def _data(self, request: Request, reads: bool) -> Any:
        """The data of an answer without secrets."""
        return without(decode(self._told(request, reads).content), self._provider.secret_keys)

    def _told(self, request: Request, reads: bool) -> httpx.Response:
        """A success, or the last error, within `LONGEST_CALL`."""
        tries = Tries(reads)
        with over_in(LONGEST_CALL):
            while True:
                try:
                    return self._success(self._exchange(request, tries))
                except OverBudget:
                    raise  # it was waited for already
                except ProviderError as error:
                    time.sleep(tries.pause_after(error))

    def _exchange(self, request: Request, tries: Tries) -> httpx.Response:
        signed = self._authorize.headers(refresh=tries.refresh)
        tries.refresh = False
        headers = {**request.headers, **signed}
        _check(request.path, headers)
        content = None if request.body is None else orjson.dumps(request.body)
        json_type = {} if content is None else {"content-type": "application/json"}
        parts = {"params": request.query or None, "headers": {**json_type, **headers}, "content": content}
        self._await_budget()
        with self._recorded(request, tries.number) as answered:
            response = exchange(request.method, f"{self._base_url}{request.path}", **parts)
            answered.append(response.status_code)
            return response

    def _await_budget(self) -> None:
        """Waits in place while that is short. Raises `OverBudget` where it is not: then the work is let go."""
        latest = time.monotonic() + LONGEST_PAUSE
        while True:
            try:
                return self._limiter.take()
            except OverBudget as error:
                pause = (error.retry_after or 0) + random.uniform(0, FIRST_PAUSE)
                if time.monotonic() + pause > latest:
                    raise
                time.sleep(pause)

    @contextmanager
    def _recorded(self, request: Request, number: int) -> Iterator[list[int]]:
        answered: list[int] = []
        began = time.monotonic()
        try:
            yield answered
        finally:
            milliseconds = round((time.monotonic() - began) * 1000)
            status = answered[0] if answered else None
            self._recorder.record(Attempt(request.method, _without_values(request), status, milliseconds, number))

    def _success(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        fault = self._fault(response)
        if fault is None:
            raise BadAnswer("It wants to send us to another address.", status=response.status_code)
        raise error_for(fault, response.status_code)

    def _fault(self, response: httpx.Response) -> Fault | None:
        """What is wrong, in the provider's reading. Where it asks to wait, the limiter learns of it for everybody."""
        if response.status_code < 400:
            return None
        fault = self._provider.read_fault(response.status_code, response.headers, _said(response))
        if fault.kind is FaultKind.THROTTLED:
            self._limiter.throttled(fault.retry_after)
        return fault

    def _anything(self, response: httpx.Response) -> Any:
        try:
            return without(decode(response.content), self._provider.secret_keys)
        except BadAnswer:
            return response.content


@contextmanager
def _open_questions() -> Iterator[None]:
    """Of a write that left, only a clear yes or no counts as an answer."""
    try:
        yield
    except Unreachable:
        raise
    except Throttled as error:
        if error.status in (None, TOO_MANY_REQUESTS):  # we held it back, or the sign-in service did: nothing was sent
            raise
        raise LostAnswer(error.message, error.retry_after, status=error.status) from error
    except (ProviderDown, BadAnswer) as error:
        raise LostAnswer(error.message, status=error.status) from error


def _page(request: Request, paging: CursorPaging, cursor: str, largest: int | None) -> Request:
    start = {paging.start: cursor} if cursor else {}
    size = min(paging.size, largest or paging.size)
    return replace(request, query={**request.query, paging.limit: str(size), **start})


def _text(cursor: Any) -> str:
    return "" if cursor is None else str(cursor)


def _said(response: httpx.Response) -> Any:
    """What an answer that is not a success says: its JSON, or its text."""
    try:
        return decode(response.content)
    except BadAnswer:
        return response.text.replace(NUL, "")


def _check(path: str, headers: Mapping[str, str]) -> None:
    """Nobody's input may lead a call out of the provider's base address or add a header line."""
    if not path.startswith("/") or {".", ".."} & set(unquote(path).split("/")):
        raise InvalidInput({"path": "An id may not be . or .. or lead elsewhere."})
    if not path.isprintable():
        raise InvalidInput({"path": "It holds a sign that no address has."})
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            raise InvalidInput({name: "This is no name of a header."})
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            raise InvalidInput({name: "Use plain letters, digits and signs."})


def _without_values(request: Request) -> str:
    named = f"{request.path}?{'&'.join(request.query)}" if request.query else request.path
    return "".join(filter(str.isprintable, named))
