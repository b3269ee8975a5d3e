"""A small HTTP server that answers as it is told, or breaks the line as it is told; and a provider that lives there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from integrations.catalogue import (
    Account,
    Address,
    ApiKey,
    CursorPaging,
    Entity,
    Fault,
    FaultKind,
    Identity,
    Kind,
    Operation,
    Pick,
    Place,
    Provider,
    RateLimit,
    SideLoad,
    Text,
    WholeList,
    Workspace,
)
from integrations.transport.client import Attempt, Client
from integrations.transport.errors import OverBudget, SignedOut


@dataclass
class Reply:
    """What the server does with one request."""

    data: Any = None
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    breaks: str = ""  # "before" any answer, or in the "middle" of it
    trickles: str = ""  # the "head" or the "body" without end, a little every few milliseconds
    waits: float = 0.0  # seconds before it answers


class Server:
    """Gives the replies in order, the last one again and again, and remembers what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self._over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                sent = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": self.rfile.read(length)}
                server.asked.append(sent)
                server.reply_to(self)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/base"

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def reply_to(self, handler: BaseHTTPRequestHandler) -> None:
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply.trickles:
            self._trickle(handler, reply.trickles)
            return
        if reply.waits and self._over.wait(reply.waits):
            handler.close_connection = True  # nobody waits for it any more
            return
        if reply.breaks == "before":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        body = json.dumps(reply.data).encode() if reply.body is None else reply.body
        handler.send_response(reply.status)
        for name, value in {"content-length": str(len(body)), "content-type": "application/json", **reply.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if reply.breaks == "middle" else body)
        handler.close_connection = True

    def _trickle(self, handler: BaseHTTPRequestHandler, what: str) -> None:
        handler.close_connection = True
        drop = b"x-a: b\r\n" if what == "head" else b"1\r\n \r\n"
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if what == "head" else b"transfer-encoding: chunked\r\n\r\n"))
            while not self._over.wait(0.01):
                handler.wfile.write(drop)

    def stop(self) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


KINDS = {401: FaultKind.SIGNED_OUT, 403: FaultKind.FORBIDDEN, 404: FaultKind.NOT_FOUND, 409: FaultKind.STALE, 429: FaultKind.THROTTLED}


def read_fault(status: int, headers: Any, answer: Any) -> Fault:
    words = answer.get("error", "") if isinstance(answer, dict) else ""
    kind = FaultKind.THROTTLED if "too large" in words else KINDS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED)
    seconds = headers.get("retry-after", "")
    return Fault(kind, words, float(seconds) if seconds else None)


def operation(name: str, kind: Kind, method: str, path: str, **more: Any) -> Operation:
    return Operation(name=name, label=name.replace("_", " ").capitalize(), entity="thing", kind=kind, method=method, path=path, **more)


FILTER = Text(name="filter", label="Filter", place=Place.QUERY, sent_as="$filter")
THING = Pick(name="thing", label="Thing", place=Place.PATH, entity="thing", required=True)
HOUSE = Pick(name="house", label="House", place=Place.HEADER, entity="thing", sent_as="x-house", workspace=True)

PROVIDER = Provider(
    name="imaginary",
    label="Imaginary",
    website="https://example.org",
    workspace_word="house",
    address=Address("IMAGINARY_URL", "https://example.org"),
    sign_ins=(ApiKey(name="key", label="Key", header="x-key"),),
    identity=Identity(
        account_operation="get_thing",
        account=lambda found: Account("1", "One"),
        workspaces_operation="get_thing",
        workspaces=lambda found: [Workspace("1", "House")],
    ),
    limit=RateLimit(10, 60, "connection"),
    read_fault=read_fault,
    entities=(Entity(name="thing", label="Thing", plural="Things"),),
    operations=(
        operation("get_thing", Kind.GET, "GET", "/things/{thing}", result="thing", inputs=(THING,)),
        operation("list_things", Kind.LIST, "GET", "/things", paging=WholeList(), inputs=(HOUSE, FILTER)),
        operation(
            "walk_things",
            Kind.LIST,
            "GET",
            "/things",
            result="things",
            paging=CursorPaging(start="start", limit="limit", size=2, next="pagination.next"),
            side_loads=(SideLoad(key="people", join="person_id", into="person"),),
        ),
        operation("create_thing", Kind.CREATE, "POST", "/things", result="thing", inputs=(Text(name="name", label="Name", required=True),)),
        operation("touch_thing", Kind.UPDATE, "POST", "/things/{thing}", inputs=(THING,)),
        operation("delete_thing", Kind.DELETE, "DELETE", "/things/{thing}", inputs=(THING,)),
    ),
    secret_keys=frozenset({"secret"}),
)


class Keys:
    """A sign-in with as many fresh tokens as are given."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)

    def headers(self, refresh: bool = False) -> dict[str, str]:
        if refresh:
            self._tokens.pop(0)
        if not self._tokens:
            raise SignedOut
        return {"authorization": f"Bearer {self._tokens[0]}"}


class Log:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def record(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)


class Budget:
    """A limiter that first makes wait as often as it is told, in seconds, and remembers what it was told and asked."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.taken = 0
        self.told: list[float | None] = []

    def take(self) -> None:
        if self.waits:
            raise OverBudget(retry_after=self.waits.pop(0))
        self.taken += 1

    def throttled(self, seconds: float | None) -> None:
        self.told.append(seconds)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def client(server: Server, log: Log, budget: Budget, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.001)
    return Client(PROVIDER, server.url, Keys("first", "second"), log, budget)


@pytest.fixture
def call(client: Client) -> Callable[..., Any]:
    return lambda operation, /, **inputs: client.call(PROVIDER.operation(operation), inputs)


@pytest.fixture
def walk(client: Client) -> Callable[..., list[list[dict[str, Any]]]]:
    return lambda operation, /, **inputs: list(client.pages(PROVIDER.operation(operation), inputs))
