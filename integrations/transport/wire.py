"""One HTTP exchange: bounded in time and in size, never led elsewhere by a redirect, over a line that the process keeps open.

The timeouts of httpx bound each single read, so an answer that trickles could take for ever. Here the time that is left is looked at
before each of them, down to the socket; `over_in` holds all exchanges of a call, the renewal of a token too, to one deadline.
"""

from __future__ import annotations

import math
import os
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from integrations.catalogue import InvalidInput
from integrations.transport.errors import BadAnswer, LostAnswer, Unreachable

TIMEOUT = httpx.Timeout(35, connect=10)  # Hubstaff lets a request take 30 s
LONGEST = 40.0  # seconds for one exchange, however slowly it trickles in
SHORTEST = 5.0  # with less time left none begins: it would only be cut, and leave open what became of a write or of a token
LARGEST = 64 * 1024 * 1024  # timeghost's lists are not paged
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
HEADERS = {"user-agent": "Timebridge", "accept": "application/json"}
ENCODINGS = {"content-encoding", "content-length", "transfer-encoding"}
DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)  # for all that is being done
END: ContextVar[float] = ContextVar("end", default=math.inf)  # for the exchange under way


@contextmanager
def over_in(seconds: float) -> Iterator[None]:
    """Every exchange in this block is over after so many seconds, counted from here. An outer block that ends earlier stands."""
    token = DEADLINE.set(min(DEADLINE.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        DEADLINE.reset(token)


def exchange(method: str, url: str | httpx.URL, **parts: Any) -> httpx.Response:
    """Sends a request and reads the whole answer, of any status. Raises `Unreachable`, `LostAnswer` or `BadAnswer`."""
    left = DEADLINE.get() - time.monotonic()
    if left < SHORTEST:
        raise Unreachable("There was no time left to ask.")
    try:
        with ends_in(min(left, LONGEST)), _http().stream(method, url, **parts) as response:
            return _whole(response)
    except NEVER_LEFT as error:
        raise Unreachable(_words(error)) from error
    except httpx.InvalidURL as error:
        raise InvalidInput({"path": "This address is too long, or none."}) from error
    except httpx.DecodingError as error:
        raise BadAnswer("Its compression is broken.") from error
    except httpx.TransportError as error:
        raise LostAnswer(_words(error)) from error


@contextmanager
def ends_in(seconds: float) -> Iterator[None]:
    """The exchange in this block is cut after so many seconds, wherever it stands."""
    token = END.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        END.reset(token)


@cache
def _http() -> httpx.Client:
    """All connections of this process, of whatever organization: what is kept between two exchanges is nothing but the line. A cookie of
    one must never travel with the call of another, so none is taken.
    """
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    http = httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=HEADERS, cookies=no_cookies)
    _hold_to_the_clock(http)
    return http


os.register_at_fork(after_in_child=_http.cache_clear)


def _shorten(timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
    """A timeout that does not outlast the exchange under way. Raises `late` where no time is left."""
    left = END.get() - time.monotonic()
    if left <= 0:
        raise late
    return left if timeout is None else min(left, timeout)


class BoundedStream(httpcore.NetworkStream):
    """A connection that looks at the clock before each read and each write."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _shorten(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _shorten(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _shorten(timeout, httpcore.ConnectTimeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class BoundedNetwork(httpcore.SyncBackend):
    """Makes such connections."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _shorten(timeout, httpcore.ConnectTimeout)
        return BoundedStream(super().connect_tcp(host, port, left, local_address, socket_options))


def _hold_to_the_clock(http: httpx.Client) -> None:
    """httpx hands no network on to httpcore, so it is put there; the pools of proxies from the environment get it too."""
    for transport in (http._transport, *http._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = BoundedNetwork()


def _whole(response: httpx.Response) -> httpx.Response:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST:
            raise BadAnswer(f"It is larger than {LARGEST >> 20} MB.")
    headers = [(name, value) for name, value in response.headers.items() if name not in ENCODINGS]
    return httpx.Response(response.status_code, headers=headers, content=bytes(content), request=response.request)


def _words(error: httpx.TransportError) -> str:
    """What happened, without the address: it may hold a secret."""
    if isinstance(error, httpx.TimeoutException):
        return "It did not answer in time."
    return "The connection broke." if not isinstance(error, NEVER_LEFT) else "No connection could be made."
