"""Somebody who receives webhooks: a small server in a thread that keeps what comes, and answers as a test wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

PATIENCE = 10


@dataclass(frozen=True)
class Received:
    """One request, its headers' names in lower case."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def document(self) -> Any:
        return orjson.loads(self.content)


@dataclass
class Receiver:
    """Use it in a `with`. `statuses` are answered one after the other, then 200; a secret is echoed while `echoes`."""

    statuses: list[int] = field(default_factory=list)
    echoes: bool = True
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> Receiver:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/hooks"

    @property
    def secrets(self) -> list[str]:
        """Those that came for an echo."""
        return [one.headers["x-hook-secret"] for one in self.received if "x-hook-secret" in one.headers]

    @property
    def told(self) -> list[Received]:
        """Everything but what came for an echo."""
        return [one for one in self.received if "x-hook-secret" not in one.headers]

    def wait(self, count: int) -> list[Received]:
        """What was told, as soon as it is so much."""
        until(lambda: len(self.told) >= count, f"{count} deliveries; there came {len(self.told)}")
        return self.told

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(self.path, headers, content))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                if receiver.echoes and "x-hook-secret" in headers:
                    self.send_header("x-hook-secret", headers["x-hook-secret"])
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits for something that the sandbox does in the background."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
