"""One HTTP exchange: bounded in time and in size, and never led elsewhere by a redirect.

The timeouts of httpx bound each single read, so an answer that trickles could take for ever. Here the time that is left is looked at
before each of them, down to the socket; `over_in` holds all exchanges of a call, the renewal of a token too, to one deadline.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
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
DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def over_in(seconds: float) -> Iterator[None]:
    """Every exchange in this block is over after so many seconds, counted from here. An outer block that ends earlier stands."""
    token = DEADLINE.set(min(DEADLINE.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        DEADLINE.reset(token)


class Wire:
    """Sends requests and reads whole answers of any status. Raises `Unreachable`, `LostAnswer` or `BadAnswer`."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=HEADERS)
        self._clock = Clock()
        _hold_to(self._clock, self._http)

    def close(self) -> None:
        self._http.close()

    def exchange(self, method: str, url: str | httpx.URL, **parts: Any) -> httpx.Response:
        self._clock.end = min(DEADLINE.get(), time.monotonic() + LONGEST)
        if DEADLINE.get() - time.monotonic() < SHORTEST:
            raise Unreachable("There was no time left to ask.")
        try:
            with self._http.stream(method, url, **parts) as response:
                return _whole(response)
        except NEVER_LEFT as error:
            raise Unreachable(_words(error)) from error
        except httpx.InvalidURL as error:
            raise InvalidInput({"path": "This address is too long, or none."}) from error
        except httpx.DecodingError as error:
            raise BadAnswer("Its compression is broken.") from error
        except httpx.TransportError as error:
            raise LostAnswer(_words(error)) from error


class Clock:
    """When the exchange under way must be over."""

    end = math.inf

    def shorten(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
        """A timeout that does not outlast the exchange. Raises `late` where no time is left."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise late
        return left if timeout is None else min(left, timeout)


class BoundedStream(httpcore.NetworkStream):
    """A connection that looks at the clock before each read and each write."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.shorten(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.shorten(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._clock.shorten(timeout, httpcore.ConnectTimeout)
        return BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class BoundedNetwork(httpcore.SyncBackend):
    """Makes such connections."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._clock.shorten(timeout, httpcore.ConnectTimeout)
        return BoundedStream(super().connect_tcp(host, port, left, local_address, socket_options), self._clock)


def _hold_to(clock: Clock, http: httpx.Client) -> None:
    """httpx hands no network on to httpcore, so it is put there; the pools of proxies from the environment get it too."""
    for transport in (http._transport, *http._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = BoundedNetwork(clock)


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
