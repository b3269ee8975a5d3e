"""The line that a process keeps open between exchanges, and what must not travel along it."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from integrations.transport import wire
from integrations.transport.errors import LostAnswer


class Host(ThreadingHTTPServer):
    """Keeps its lines open, counts them, and sets a cookie with every answer."""

    daemon_threads = True

    def __init__(self) -> None:
        self.lines = 0
        self.cookies: list[str | None] = []
        super().__init__(("127.0.0.1", 0), Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def setup(self) -> None:
        self.server.lines += 1
        super().setup()

    def do_GET(self) -> None:
        self.server.cookies.append(self.headers.get("cookie"))
        if self.path == "/half":
            self.close_connection = True
        self.send_response(200)
        self.send_header("content-length", "2")
        self.send_header("set-cookie", "session=of-somebody; Path=/")
        self.end_headers()
        self.wfile.write(b"{" if self.path == "/half" else b"{}")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield host
    wire._http.cache_clear()
    host.shutdown()
    host.server_close()
    thread.join()


def test_one_line_serves_many_exchanges(host: Host) -> None:
    for _ in range(3):
        assert wire.exchange("GET", host.url).content == b"{}"
    assert host.lines == 1


def test_no_cookie_of_one_call_travels_with_the_next(host: Host) -> None:
    for _ in range(2):
        wire.exchange("GET", host.url)
    assert host.cookies == [None, None]


def test_a_line_that_broke_is_not_used_again(host: Host) -> None:
    wire.exchange("GET", host.url)
    with pytest.raises(LostAnswer):
        wire.exchange("GET", f"{host.url}half")
    assert wire.exchange("GET", host.url).content == b"{}"
    assert host.lines == 2


def test_a_forked_process_opens_lines_of_its_own() -> None:
    ours = wire._http()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of threads, which this child does not need
        child = os.fork()
    if not child:
        os._exit(0 if wire._http() is not ours else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert wire._http() is ours
