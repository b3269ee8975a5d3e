"""As root, PostgreSQL's programs are run by an account that may not go everywhere."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from portal.launch import binaries
from portal.launch.account import account_for, nobody, prefix_for
from portal.launch.binaries import programs

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")


def test_programs_in_a_closed_directory_are_copied_once_to_where_the_account_may_go(
    monkeypatch: pytest.MonkeyPatch, open_directory: Path
) -> None:
    monkeypatch.setattr(binaries, "COPIES", open_directory / "copies")
    monkeypatch.setattr("portal.launch.account.Account.reaches", lambda account, path: False)
    directory = programs(nobody())
    assert directory == programs(nobody())
    command = [*prefix_for(nobody(), directory), str(directory / "initdb"), "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("initdb (PostgreSQL)")


def test_whoever_owned_the_data_before_goes_on_to_serve_them(tmp_path: Path) -> None:
    assert account_for(tmp_path) == nobody()
    os.chown(tmp_path, 1234, 1234)
    assert account_for(tmp_path).uid == 1234


def test_an_account_reaches_only_what_every_parent_lets_it_enter(open_directory: Path) -> None:
    deep = open_directory / "closed" / "deep"
    deep.mkdir(parents=True)
    assert nobody().reaches(deep / "file")
    (open_directory / "closed").chmod(0o700)
    assert not nobody().reaches(deep / "file")
    os.chown(open_directory / "closed", nobody().uid, 0)
    assert nobody().reaches(deep / "file")
