"""`make test`: every check, one after the other, the tests last; a failing one does not keep the next from running."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from portal.launch import services, testing
from portal.launch.processes import Processes
from portal.launch.settings import Settings


@dataclass(frozen=True)
class Check:
    """A command that has to end with 0; `talks` shows what it says even when all is well."""

    name: str
    command: list[str]
    talks: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    check: Check
    code: int
    seconds: float
    closing_line: str

    def row(self) -> str:
        verdict = "ok" if self.code == 0 else f"FAILED ({self.code})"
        return f"  {self.check.name:<12}{verdict:<14}{self.seconds:>6.1f} s  {self.closing_line if self.check.talks else ''}".rstrip()


AT_ONCE = ("-n", "3", "--dist", "loadgroup")
"""Many tests wait for other processes, so three at once pay even on two cores."""


def checks(pytest_words: list[str]) -> list[Check]:
    """Return all checks in their order."""
    script = Path(sys.executable).parent
    return [
        Check("lint", services.python("-m", "ruff", "check", ".")),
        Check("format", services.python("-m", "ruff", "format", "--check", ".")),
        Check("templates", services.python("-m", "djlint", "templates", "--lint", "--quiet")),
        Check("types", services.python("-m", "mypy")),
        Check("imports", services.python(str(script / "lint-imports"))),
        Check("migrations", services.manage("makemigrations", "--check", "--dry-run")),
        Check("tests", services.python("-m", "pytest", *AT_ONCE, *pytest_words), talks=True),
    ]


def check_everything(settings: Settings, processes: Processes, words: list[str]) -> int:
    """Serve the tests' database, run the checks, print how each ended; the tests' closing line is the last one."""
    told = testing.database_for_tests(testing.for_tests(settings), services.spawner(processes))
    return run_checks(checks(words), processes, told)


def run_checks(wanted: list[Check], processes: Processes, told: dict[str, str]) -> int:
    """Run the checks, whatever becomes of each, and return 0 when all went well."""
    outcomes = [_run(check, processes, told) for check in wanted]
    print("\nSummary\n" + "\n".join(outcome.row() for outcome in outcomes), flush=True)
    return int(any(outcome.code for outcome in outcomes))


def _run(check: Check, processes: Processes, told: dict[str, str]) -> Outcome:
    print(f"— {check.name}", flush=True)
    start = time.monotonic()
    child = processes.start(f"check-{check.name}", check.command, told, serves=False)
    code = processes.finish(child, follow=check.talks)
    words = child.words().strip()
    if code and not check.talks:
        print(words, flush=True)
    return Outcome(check, code, time.monotonic() - start, words.splitlines()[-1] if words else "")
