"""A checkout of its own for each test: the real launcher over stand-ins for the portal, in a path with spaces."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Self

import psycopg
import pytest

from portal.launch import account, packages, postgres
from portal.launch.environment import system_environment
from portal.launch.keys import Keys
from portal.launch.postgres import Cluster
from portal.launch.settings import ROOT
from portal.launch.testing import spawn_detached

STAND_INS = {
    "requirements.txt": "",
    "portal/__init__.py": "",
    "portal/wsgi.py": """
        import os

        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [os.environ["BASE_URL"].encode()]
    """,
    # Found before the installed one; worker and beat are tested with the portal.
    "celery.py": "import signal; signal.pause()",
    "integrations/__init__.py": "",
    "integrations/sandbox.py": """
        import http.server, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()

        port = int(sys.argv[sys.argv.index("--port") + 1])
        http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
    """,
    "manage.py": """
        import os, sys, psycopg

        if sys.argv[1] == "migrate":
            with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (name text)")
        if sys.argv[1] == "demonstration":
            print('{"email": "ada@example.org", "password": "lovelace"}')
        if sys.argv[1] == "demo":
            print("second sync: 0 writes")
            sys.exit(int(sys.argv[2]))
    """,
}


@dataclass
class Checkout:
    """A copy of the launcher, and what was started with it."""

    root: Path
    python: str = sys.executable
    account: int = field(default_factory=os.geteuid)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **settings: str) -> dict[str, str]:
        return {**system_environment(), "DATA_DIR": str(self.root / "data"), **settings}

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [self.python, "-m", "portal.launch", *words],
            cwd=self.root,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.account if self.account != os.geteuid() else None,
        )
        self.started.append(process)
        return process

    def launch(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the launcher to its end."""
        process = self.start(*words, **settings)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def complaint(self, *words: str, **settings: str) -> str:
        """Return the one line that the launcher gives up with, after what it says on its way."""
        ended = self.launch(*words, **settings)
        *progress, line = ended.stderr.splitlines()
        assert ended.returncode == 2, ended
        assert all("…" in words or "once" in words for words in progress), ended
        return line

    def processes(self) -> list[int]:
        """Return every process that works in this checkout, whoever its parent is."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and self._is_ours(entry)]

    def _is_ours(self, entry: Path) -> bool:
        try:
            return (entry / "cwd").readlink().is_relative_to(self.root) and "zombie" not in (entry / "status").read_text()
        except OSError:
            return False


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    yield from _checkout(tmp_path)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every account may enter: pytest's own one is closed."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def open_checkout(open_directory: Path) -> Iterator[Checkout]:
    """One that every account may enter, with a Python that every account may run."""
    yield from _checkout(open_directory, _open_python())


def _open_python() -> str:
    nobody = account.nobody()
    for python in (Path(sys.executable).resolve(), Path(f"/usr/bin/python3.{sys.version_info.minor}")):
        if python.exists() and all(nobody.may_enter(parent) for parent in [*python.parents, *Path(sys.prefix).parents]):
            return str(python)
    pytest.skip("other accounts may run no Python of this version")


def _checkout(directory: Path, python: str = sys.executable) -> Iterator[Checkout]:
    root = directory / "a check out"
    for name, text in STAND_INS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text))
    shutil.copytree(ROOT / "portal" / "launch", root / "portal" / "launch", ignore=shutil.ignore_patterns("__pycache__"))
    _borrow_packages(root, python)
    it = Checkout(root, python)
    yield it
    for process in it.started:
        process.terminate()
        process.communicate(timeout=30)
    for left in it.processes():
        os.kill(left, signal.SIGKILL)


def _borrow_packages(root: Path, python: str) -> None:
    """Give the checkout an environment that sees the packages of this one, as if it had been set up."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    (site,) = (root / ".venv").glob("lib/python*/site-packages")
    (ours,) = Path(sys.prefix).glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(str(ours))
    packages.mark_installed(root, packages.RUN)


@dataclass(frozen=True)
class Database:
    """A fresh PostgreSQL that plays somebody's server."""

    url: str

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.named(database), autocommit=True)

    def named(self, database: str) -> str:
        return self.url.removesuffix("/postgres") + f"/{database}"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    directory = tmp_path_factory.mktemp("server")
    cluster = Cluster(directory / "postgres", directory / "postgres.log", durable=False)
    keys = Keys()
    yield Database(postgres.start(cluster, keys.postgres, spawn_detached(cluster)).url(keys.postgres))
    postgres.stop(cluster)


class OldServer:
    """Answers one client as PostgreSQL 12 would, up to the point at which it is asked something."""

    WELCOME = b"R\0\0\0\x08\0\0\0\0" + b"S\0\0\0\x18server_version\x0012.4\0" + b"Z\0\0\0\x05I"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client:
            while b"user" not in client.recv(1000):
                client.sendall(b"N")  # neither TLS nor GSS
            client.sendall(self.WELCOME)
            while client.recv(1000):
                pass


def block_of(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read what a launcher prints, until the block is complete, and return the block's lines by their name."""
    assert process.stdout
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("  Stop"):
            return dict(re.findall(r"^  (\w+(?: in)?) +(.+)$", "".join(said), re.MULTILINE))
    raise AssertionError(f"{''.join(said)}\n{process.stderr.read() if process.stderr else ''}")


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as response:
        return str(response.read().decode())


def eventually(condition: Callable[[], bool], patience: float = 15) -> bool:
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()
