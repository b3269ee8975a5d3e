"""One launcher at a time: locks that the kernel takes away when their holder is gone, however it went."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from portal.launch.failure import Failure

NOTE = "running.json"


def try_lock(file: IO[str]) -> bool:
    """Lock an open file until it is closed; say whether that succeeded."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass
class Instance:
    """The launcher that holds a data directory."""

    file: IO[str]

    def announce(self, environment: dict[str, str]) -> None:
        """Leave a note for other commands: where it runs, and what its processes were told."""
        _write(self.file, {"pid": os.getpid(), "environment": environment})


@contextmanager
def only_one(data_dir: Path) -> Iterator[Instance]:
    """Hold the data directory, or say who does."""
    with os.fdopen(os.open(data_dir / NOTE, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        if not try_lock(file):
            holder = _read(file).get("pid", "unknown")
            raise Failure(f"Timebridge already runs on {data_dir} (process {holder}): stop it, or set DATA_DIR to another directory.")
        _write(file, {"pid": os.getpid()})
        yield Instance(file)


def running_environment(data_dir: Path) -> dict[str, str] | None:
    """Return what the processes of the launcher on this data directory were told, if one runs."""
    if not (data_dir / NOTE).exists():
        return None
    with (data_dir / NOTE).open("r+") as file:
        if try_lock(file):
            return None
        environment: dict[str, str] | None = _read(file).get("environment")
    if environment is None:
        raise Failure(f"Timebridge is just starting on {data_dir}: try again when it says that it runs.")
    return environment


def _read(file: IO[str]) -> dict[str, Any]:
    try:
        note: dict[str, Any] = json.load(file)
    except ValueError:  # it is being written at this moment
        return {}
    return note


def _write(file: IO[str], note: dict[str, object]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(note, file)
    file.flush()
