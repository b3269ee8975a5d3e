"""A webhook as an organization has one: it keeps what it was sent and answers as it is told."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WELL, DOWN, GONE = 200, 503, 410
LONGEST_SLEEP = 5  # seconds: whoever waits for it does not give up


@dataclass(frozen=True)
class Request:
    """What it was sent, and what it answered. Header names are in small letters."""

    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Receiver:
    """Answers with `answers` in turn, and with `status` when there are none left; while it is not `awake` it takes its time."""

    def __init__(self) -> None:
        self.status, self.body = WELL, b"thanks"
        self.answers: list[int] = []
        self.requests: list[Request] = []
        self.unanswered: list[str] = []
        self.awake = threading.Event()
        self.awake.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answers.pop(0) if receiver.answers else receiver.status
                request = Request({name.lower(): value for name, value in self.headers.items()}, body, status)
                receiver.requests.append(request)
                receiver.unanswered.append(request.headers.get("webhook-id", ""))
                receiver.awake.wait(LONGEST_SLEEP)
                receiver.unanswered.remove(request.headers.get("webhook-id", ""))
                with suppress(ConnectionError):  # whoever sent it may be gone
                    self._answer(status)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(receiver.body)))
                self.send_header("x-receiver", "recording")
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/events"

    @property
    def taken(self) -> list[Request]:
        """Those that it answered well."""
        return [each for each in self.requests if each.status == WELL]

    def titles(self) -> list[str]:
        """The titles of the events that it took, in order."""
        return [each.said["data"]["title"] for each in self.taken]

    def stop(self) -> None:
        self.awake.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
