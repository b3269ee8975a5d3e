"""`manage.py` acts on what `make run` runs, unless the operator says otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from portal.launch.environment import system_environment
from portal.launch.failure import Failure
from portal.launch.locks import only_one
from portal.launch.manage import NOWHERE, told
from portal.launch.settings import ROOT

RUNNING = {"SECRET_KEY": "kept", "DATABASE_URL": "postgresql://app@localhost/timebridge", "HUBSTAFF_API_URL": "http://sandbox"}


def test_what_runs_is_told(tmp_path: Path) -> None:
    with only_one(tmp_path) as instance:
        instance.announce(RUNNING)
        assert told({"DATA_DIR": str(tmp_path)}, ["call"]) == RUNNING


def test_what_the_operator_says_wins(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "HUBSTAFF_API_URL": "https://hubstaff.example"}
    with only_one(tmp_path) as instance:
        instance.announce(RUNNING)
        assert "HUBSTAFF_API_URL" not in told(given, ["call"])
        assert told({**given, "SECRET_KEY": "mine"}, ["call"]) == {}


@pytest.mark.parametrize("folder", ["", "missing"])
def test_where_nothing_runs_it_says_what_to_do(tmp_path: Path, folder: str) -> None:
    with pytest.raises(Failure, match="make run"):
        told({"DATA_DIR": str(tmp_path / folder)}, ["call"])


@pytest.mark.parametrize("words", [["catalogue", "--json"], ["call", "--help"], ["help"]])
def test_what_reads_the_code_alone_needs_nothing_that_runs(tmp_path: Path, words: list[str]) -> None:
    assert told({"DATA_DIR": str(tmp_path)}, words) == NOWHERE


def test_a_setting_that_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="HUBSTAFF_API_URL"):
        told({"DATA_DIR": str(tmp_path), "HUBSTAFF_API_URL": "hubstaff"}, ["catalogue"])


def test_the_catalogue_is_printed_in_a_bare_shell(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "catalogue", "--json"]
    environment = {**system_environment(), "DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert {"H01", "T39"} <= {entry["row"] for entry in json.loads(done.stdout)}
