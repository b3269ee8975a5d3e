"""The processes of a running portal, started by a test on the tests' database, and how one waits for what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from kombu import Exchange, Queue

from portal.celery import app as celery
from portal.launch.ports import free_loopback_port
from portal.launch.settings import ROOT
from portal.launch.warden import end_groups

PATIENCE = 60.0  # the tests run three at once on two cores
PAUSE = 0.1
LAST_LINES, SHOWN_LOGS = 12, 5
HAND_OUT_SECONDS = 20  # dozens of lists wait in the queue of a busy machine
LEASE_SECONDS = 3  # well above any single call to the sandbox: a lease that ends too early would let two workers write at once
# What is sent to both the processes and this one: a connection made here is used there.
ADDRESSES = {
    "SANDBOX_URL": "",
    "HUBSTAFF_API_URL": "/hubstaff",
    "HUBSTAFF_ACCOUNT_URL": "/hubstaff-account",
    "TIMEGHOST_API_URL": "/timeghost/api",
    "MICROSOFT_LOGIN_URL": "/entra",
}


def addresses(sandbox: str) -> dict[str, str]:
    """The settings that lead every provider to a sandbox."""
    return {name: f"{sandbox}{path}" for name, path in ADDRESSES.items()}


@dataclass(frozen=True)
class Process:
    """A process in a group of its own, and what it wrote."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def lives(self) -> bool:
        return self.popen.poll() is None

    def kill(self) -> None:
        """`kill -9` for it and all its children, in whatever they are doing."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def end(self) -> None:
        """Asks it to end, and sees to it that nothing of it is left."""
        end_groups({self.popen.pid: signal.SIGTERM}, self.popen.poll)
        self.popen.wait()

    def words(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass
class Services:
    """Starts processes in the environment of the tests; what still runs at the end is ended."""

    folder: Path
    environment: dict[str, str]
    running: list[Process] = field(default_factory=list)
    warden: subprocess.Popen[bytes] | None = None
    count: int = 0

    def start(self, name: str, command: list[str], **settings: str) -> Process:
        """Starts a command; its output goes to a log of its own."""
        self.count += 1
        log = self.folder / f"{self.count:02}-{name}.log"
        with log.open("wb") as file:
            popen = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environment, **settings},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell_warden(f"watch {popen.pid} {int(signal.SIGTERM)}")
        process = Process(name, popen, log)
        self.running.append(process)
        return process

    def finish(self, process: Process, patience: float = PATIENCE) -> int:
        """Waits until a command has done its work; gives its exit code."""
        try:
            return process.popen.wait(patience)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{process.name} did not end within {patience:g} s.")
        finally:
            self.end(process)

    def kill(self, process: Process) -> None:
        process.kill()
        self._forget(process)

    def end(self, process: Process) -> None:
        process.end()
        self._forget(process)

    def until(self, what: str, is_so: Callable[[], object], patience: float = PATIENCE) -> None:
        """Looks again and again until it is so; fails at once where a process has died meanwhile."""
        deadline = time.monotonic() + patience
        while not is_so():
            for process in self.running:
                if not process.lives:
                    pytest.fail(f"While waiting until {what}, the {process.name} ended with {process.popen.returncode}.")
            if time.monotonic() > deadline:
                pytest.fail(f"Waited {patience:g} s in vain until {what}.")
            time.sleep(PAUSE)

    def forget_messages(self) -> None:
        """Empties the queues: while no worker runs, beat goes on sending."""
        with _queues(self.environment["TASK_QUEUE"]) as queues:
            for queue in queues:
                queue.purge()

    def tails(self) -> list[tuple[str, str]]:
        """The newest logs, for the report of a failed test."""
        return [(log.name, _last_lines(log)) for log in sorted(self.folder.glob("*.log"))[-SHOWN_LOGS:]]

    def _forget(self, process: Process) -> None:
        self._tell_warden(f"release {process.popen.pid}")
        self.running.remove(process)

    def _tell_warden(self, order: str) -> None:
        """The warden ends what we started, should this process be killed."""
        if self.warden and self.warden.stdin:
            self.warden.stdin.write(f"{order}\n".encode())
            self.warden.stdin.flush()


def _last_lines(log: Path) -> str:
    lines = [line[:600] for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(lines[-LAST_LINES:]) or "(it said nothing)"


@contextmanager
def serving(folder: Path, database: str) -> Iterator[Services]:
    """Services on a database, with queues of their own at the broker, which are dropped afterwards."""
    queue = f"live_{uuid4().hex[:12]}"
    command = [sys.executable, "-m", "portal.launch.warden"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True) as warden:
        services = Services(folder, _environment(folder, database, queue), warden=warden)
        try:
            yield services
        finally:
            for process in list(services.running):
                services.end(process)
            with _queues(queue) as queues:
                for each in queues:
                    each.delete()


def _environment(folder: Path, database: str, queue: str) -> dict[str, str]:
    """That of production, but for the sample data that the sandbox needs and for shorter waits."""
    port = free_loopback_port()
    here = {name: _on(os.environ[name], database) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    return {
        **os.environ,
        **here,
        "DEBUG": "0",
        "DEMONSTRATION": "1",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",  # the worker finishes sign-ins, so it needs to know where people come back to
        "TASK_QUEUE": queue,
        "LEASE_SECONDS": str(LEASE_SECONDS),
        "HAND_OUT_SECONDS": str(HAND_OUT_SECONDS),
        "SWEEP_SECONDS": "0.5",
        "RATE_LIMITS": "hubstaff=100000/60,timeghost=100000/60",  # the sandbox turns nobody away, and a test should not wait
        "PYTHONUNBUFFERED": "1",
    }


def _on(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@contextmanager
def _queues(name: str) -> Iterator[list[Queue]]:
    """The queue for what is quick, and the one for what takes long."""
    with celery.connection_for_write() as connection:
        channel = connection.channel()
        queues = [Queue(each, Exchange(each), routing_key=each, channel=channel) for each in (name, f"{name}-long")]
        for queue in queues:
            queue.declare()  # kombu drops only queues that it has seen bound itself
        yield queues
