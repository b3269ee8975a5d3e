"""The launcher's command line: checks what it was told, gets into `.venv`, and hands over."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import redirect_stdout
from typing import NoReturn

from portal.launch.failure import BAD_INPUT, Failure, StopRequested
from portal.launch.packages import DEVELOP, RUN, ensure_packages, inside_venv, venv_python
from portal.launch.processes import Processes
from portal.launch.settings import Settings, claim_data_dir, read_settings

# Which packages each command needs; what it does stands in `actions`, which imports them.
COMMANDS = {
    "run": RUN,
    "demo": RUN,
    "setup": RUN,
    "test": DEVELOP,
    "format": DEVELOP,
    "requirements": DEVELOP,
    "test-database": DEVELOP,
    "stop-test-database": DEVELOP,
}
INTERRUPTED = 130  # for `run` a signal is the way to end; for everything else it means that the work was not done


def command_line(words: list[str]) -> int:
    """Run one command; whatever is the caller's to mend ends in one line on stderr."""
    name, *rest = words or [""]
    if name not in COMMANDS:
        print(f"python -m portal.launch knows: {', '.join(COMMANDS)}.", file=sys.stderr)
        return BAD_INPUT
    try:
        return _perform(name, rest)
    except StopRequested:
        return 0 if name == "run" else INTERRUPTED
    except Failure as failure:
        print(failure, file=sys.stderr)
        return failure.code
    except PermissionError as error:
        print(f"{error.filename} belongs to another account: run as that one, or set DATA_DIR to a directory of your own.", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print("The disk is full: make room, or set DATA_DIR to a directory on another disk.", file=sys.stderr)
        return BAD_INPUT


def _perform(name: str, rest: list[str]) -> int:
    settings = read_settings(os.environ)
    claim_data_dir(settings.data_dir)
    with Processes(settings.logs, settings.root) as processes:
        with redirect_stdout(sys.stderr):  # what a command prints may be read by a program
            ensure_packages(settings.root, processes, COMMANDS[name])
        if inside_venv(settings.root):
            from portal.launch.actions import ACTIONS

            return ACTIONS[name](settings, processes, rest)
        processes.check_stop()
    return _go_on_inside_venv(settings, [name, *rest])


def _go_on_inside_venv(settings: Settings, words: list[str]) -> NoReturn:
    # It stays the same process, so that a signal to it still reaches the launcher.
    os.chdir(settings.root)
    python = str(venv_python(settings.root))
    os.execv(python, [python, "-m", "portal.launch", *words])  # noqa: S606 - no shell is wanted
