"""Starts processes, notices when one ends, and ends them all: by order, by a signal, or when the launcher itself is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from portal.launch.failure import BROKE_DOWN, Failure, StopRequested
from portal.launch.warden import end_groups

LARGEST_LOG = 10 * 1024 * 1024
PAUSE = 0.05


@dataclass(frozen=True)
class Child:
    """A process that we started, in a group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    ending: signal.Signals
    serves: bool

    def words(self) -> str:
        """Return what it wrote since it was started."""
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            return file.read().decode(errors="replace")

    def last_lines(self, count: int = 8) -> str:
        lines = [line[:500] for line in self.words().splitlines() if line.strip()]
        return "\n".join(f"  {line}" for line in lines[-count:]) or "  (it said nothing)"


class Processes:
    """All processes of one launcher. As a context manager it leaves none behind."""

    def __init__(self, logs: Path, directory: Path) -> None:
        self._logs = logs
        self._directory = directory
        self._children: dict[str, Child] = {}
        self._stop = False
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # `nohup make run` has set SIGHUP aside, and means it.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._request_stop)
        self._warden = subprocess.Popen(
            [sys.executable, "-m", "portal.launch.warden"],
            cwd=self._directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        assert self._warden.stdin
        self._warden.stdin.close()
        self._warden.wait()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        *,
        ending: signal.Signals = signal.SIGTERM,
        serves: bool = True,
        directory: Path | None = None,
    ) -> Child:
        """Start a process; one that `serves` is expected to run until we end it."""
        self.check_stop()
        if name in self._children:
            self._forget(self._children[name])
        log = self._logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as file:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=directory or self._directory,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._tell_warden(f"watch {process.pid} {int(ending)}")
            child = self._children[name] = Child(name, process, log, file.tell(), ending, serves)
        return child

    def finish(self, child: Child, follow: bool = False) -> int:
        """Wait until a process has done its work and return its exit code; `follow` shows what it writes meanwhile."""
        shown = child.log_start
        while True:
            ended = child.process.poll() is not None
            if follow:
                shown = _show(child.log, shown)
            if ended:
                break
            self.check()
            time.sleep(PAUSE)
        end_groups({child.process.pid: child.ending})  # what it may have left in the background
        self._forget(child)
        return child.process.returncode

    def require(self, child: Child, what: str) -> Child:
        """Wait until a process has done its work; a failure of it is ours."""
        code = self.finish(child)
        if code:
            raise Failure(f"{what} failed (exit code {code}). The end of {child.log}:\n{child.last_lines()}", BROKE_DOWN)
        return child

    def wait_for(self, condition: Callable[[], bool], patience: float) -> bool:
        """Wait until the condition holds, as long as every process lives and nobody wants us to stop."""
        deadline = time.monotonic() + patience
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        return True

    def watch(self) -> None:
        """Stay until somebody wants us to stop, or a process ends."""
        while True:
            self.check()
            time.sleep(4 * PAUSE)

    def check(self) -> None:
        """Raise when it is time to end."""
        self.check_stop()
        for child in self._children.values():
            if child.serves and child.process.poll() is not None:
                raise Failure(
                    f"{child.name} ended ({_how(child.process.returncode)}), so everything is stopped. "
                    f"The end of {child.log}:\n{child.last_lines()}",
                    BROKE_DOWN,
                )

    def check_stop(self) -> None:
        """Raise when somebody pressed Ctrl-C or sent a signal."""
        if self._stop:
            raise StopRequested

    def stop(self) -> None:
        """End everything: first the clients, then the database, the only one that ends by SIGINT (its fast stop)."""
        for ending in (signal.SIGTERM, signal.SIGINT):
            children = [child for child in self._children.values() if child.ending == ending]
            end_groups({child.process.pid: child.ending for child in children}, self._reap)
            for child in children:
                child.process.wait()
                self._forget(child)

    def _reap(self) -> None:
        for child in self._children.values():
            child.process.poll()

    def _forget(self, child: Child) -> None:
        self._tell_warden(f"release {child.process.pid}")
        self._children.pop(child.name, None)

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _tell_warden(self, order: str) -> None:
        with suppress(BrokenPipeError):
            assert self._warden.stdin
            self._warden.stdin.write(f"{order}\n".encode())
            self._warden.stdin.flush()


def _show(log: Path, start: int) -> int:
    with log.open("rb") as file:
        file.seek(start)
        new = file.read()
    sys.stdout.write(new.decode(errors="replace"))
    sys.stdout.flush()
    return start + len(new)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
