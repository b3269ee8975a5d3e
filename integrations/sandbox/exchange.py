"""One HTTP request and its answer: what every handler gets and gives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from integrations.sandbox.runtime import Runtime
from integrations.sandbox.store import Change, Store

logger = logging.getLogger(__name__)

LARGEST = 2**63 - 1
"""The largest number that the store can look for."""


class JsonAnswer(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return orjson.dumps(content)


class Refusal(Exception):
    """A request that is not done. Each service derives its own, which knows how that service says no."""

    def answer(self) -> Response:
        """Return the refusal as an answer."""
        raise NotImplementedError


@dataclass(frozen=True)
class Call:
    """One request with its body read, and the sandbox it came to."""

    runtime: Runtime
    request: Request
    content: bytes

    @property
    def store(self) -> Store:
        """The store of the sandbox."""
        return self.runtime.store

    @property
    def origin(self) -> str:
        """Scheme, host and port under which the caller reached the sandbox."""
        return str(self.request.base_url).rstrip("/")

    def segment(self, name: str) -> str:
        """Return a named part of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """Return a named part of the path that the route declares as a number; one beyond the store's numbers means nothing there."""
        return min(int(self.request.path_params[name]), LARGEST)

    def query(self, name: str) -> str | None:
        """Return a query parameter, or None when it is absent or empty."""
        return self.request.query_params.get(name) or None

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        return self.request.headers.get(name, "")

    def form(self) -> dict[str, str]:
        """Return the body as a submitted form; of repeated fields the last counts."""
        return dict(parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True))

    def document(self) -> Any:
        """Return the body as JSON. Raises ValueError when it is none."""
        return orjson.loads(self.content)


Handler = Callable[[Call], Response]
RouteLine = tuple[str, str, Handler]
"""Method, path, handler."""
Announce = Callable[[Call, list[Change]], None]
"""Tells those who listen what a request changed."""


def routes(runtime: Runtime, lines: tuple[RouteLine, ...], announce: Announce) -> list[Route]:
    """Return the lines of a service's table as routes of the server."""
    return [Route(path, _endpoint(runtime, handler, announce), methods=[method]) for method, path, handler in lines]


def _endpoint(runtime: Runtime, handler: Handler, announce: Announce) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        call = Call(runtime, request, await request.body())
        # Handlers never wait, so requests take turns and each is one transaction.
        try:
            with runtime.store.transaction():
                done = handler(call)
        except Refusal as refusal:
            return refusal.answer()
        except Exception:
            # A mistake in the sandbox itself: said where a developer looks, and answered as the services would.
            logger.exception("%s %s failed", request.method, request.url.path)
            return JsonAnswer({"code": "internal_error", "error_code": 15001, "error": "Internal"}, status_code=500)
        if runtime.store.changes:
            asyncio.get_running_loop().call_soon(announce, call, runtime.store.changes)
        return done

    return answer
