"""`make test` runs every check and ends with the tests' closing line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portal.launch.checks import Check, checks, run_checks
from portal.launch.processes import Processes
from portal.launch.services import python


def test_a_failing_check_is_shown_and_the_others_run_nevertheless(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wanted = [
        Check("types", python("-c", "print('error: wrong type'); raise SystemExit(3)")),
        Check("quiet", python("-c", "print('all is well')")),
        Check("tests", python("-c", "print('.....'); print('5 passed in 0.1s')"), talks=True),
    ]
    with Processes(tmp_path, Path.cwd()) as processes:
        assert run_checks(wanted, processes, dict(os.environ)) == 1
    lines = capfd.readouterr().out.splitlines()
    assert "error: wrong type" in lines
    assert "all is well" not in lines
    assert "5 passed in 0.1s" in lines
    assert lines[-3].split()[:3] == ["types", "FAILED", "(3)"]
    assert lines[-1].endswith("5 passed in 0.1s")


def test_the_tests_come_last_and_take_the_words_of_the_caller() -> None:
    wanted = checks(["tests/sync", "-k", "relink"])
    assert [check.name for check in wanted] == ["lint", "format", "templates", "types", "imports", "migrations", "tests"]
    assert wanted[-1].command[-3:] == ["tests/sync", "-k", "relink"]
