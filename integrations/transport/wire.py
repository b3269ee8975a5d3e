"""One HTTP exchange: bounded in time and in size, and never led elsewhere by a redirect."""

from __future__ import annotations

import time
from typing import Any

import httpx

from integrations.catalogue import InvalidInput
from integrations.transport.errors import BadAnswer, LostAnswer, Unreachable

TIMEOUT = httpx.Timeout(35, connect=10)  # Hubstaff lets a request take 30 s
LONGEST = 40.0  # seconds for one exchange, however slowly it trickles in
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


class Wire:
    """Sends requests and reads whole answers of any status. Raises `Unreachable`, `LostAnswer` or `BadAnswer`."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=HEADERS)

    def close(self) -> None:
        self._http.close()

    def exchange(self, method: str, url: str | httpx.URL, **parts: Any) -> httpx.Response:
        end = time.monotonic() + LONGEST
        try:
            with self._http.stream(method, url, **parts) as response:
                return _whole(response, end)
        except NEVER_LEFT as error:
            raise Unreachable(_words(error)) from error
        except httpx.InvalidURL as error:
            raise InvalidInput({"path": "This address is too long, or none."}) from error
        except httpx.DecodingError as error:
            raise BadAnswer("Its compression is broken.") from error
        except httpx.TransportError as error:
            raise LostAnswer(_words(error)) from error


def _whole(response: httpx.Response, end: float) -> httpx.Response:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST:
            raise BadAnswer(f"It is larger than {LARGEST >> 20} MB.")
        if time.monotonic() > end:
            raise LostAnswer(f"It took longer than {LONGEST:g} seconds.")
    headers = [(name, value) for name, value in response.headers.items() if name not in ENCODINGS]
    return httpx.Response(response.status_code, headers=headers, content=bytes(content), request=response.request)


def _words(error: httpx.TransportError) -> str:
    """What happened, without the address: it may hold a secret."""
    if isinstance(error, httpx.TimeoutException):
        return "It did not answer in time."
    return "The connection broke." if not isinstance(error, NEVER_LEFT) else "No connection could be made."
