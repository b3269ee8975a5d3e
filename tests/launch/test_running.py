"""`make run` from the first process to the last."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from portal.launch import account
from tests.launch.conftest import Checkout, block_of, eventually, get


def test_instances_stand_beside_each_other_but_not_on_the_same_data(checkout: Checkout) -> None:
    first, second = (block_of(checkout.start("run", DATA_DIR=str(checkout.root / name))) for name in ("one", "two"))
    for block in (first, second):
        assert get(block["Address"]) == block["Address"]
        assert block["Sign in"] == "ada@example.org  /  lovelace"
    assert first["Address"] != second["Address"]
    assert first["Sandbox"] != second["Sandbox"]
    assert "already runs on" in checkout.complaint("run", DATA_DIR=str(checkout.root / "one"))
    port = second["Address"].rpartition(":")[2]
    assert f"PORT={port} is taken" in checkout.complaint("run", PORT=port)


def test_a_killed_launcher_leaves_nothing_behind_and_its_data_serve_again_until_it_is_stopped(checkout: Checkout) -> None:
    process = checkout.start("run")
    block_of(process)
    process.kill()
    assert eventually(lambda: checkout.processes() == [])
    again = checkout.start("run")
    block_of(again)
    again.terminate()
    assert again.wait(30) == 0
    assert checkout.processes() == []


def test_a_process_that_dies_is_named_with_its_last_words_and_ends_everything(checkout: Checkout) -> None:
    process = checkout.start("run")
    block_of(process)
    os.kill(_pid_of(checkout, "granian"), signal.SIGKILL)
    assert process.wait(30) == 1
    assert process.stderr
    said = process.stderr.read()
    assert said.startswith("web ended (killed by SIGKILL), so everything is stopped. The end of")
    assert "Listening at" in said
    assert checkout.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_during_the_start_ends_it_quietly(checkout: Checkout, number: signal.Signals) -> None:
    (checkout.root / "manage.py").write_text("import time; time.sleep(60)")
    process = checkout.start("run")
    assert eventually(lambda: (checkout.root / "data" / "logs" / "migrate.log").exists())
    process.send_signal(number)
    assert process.wait(30) == 0
    assert checkout.processes() == []


def test_demo_starts_what_it_needs_and_returns_what_the_command_returned(checkout: Checkout) -> None:
    ended = checkout.launch("demo", "3")
    assert ended.returncode == 3
    assert ended.stdout.endswith("second sync: 0 writes\n")
    assert checkout.processes() == []


def _pid_of(checkout: Checkout, word: str) -> int:
    return min(pid for pid in checkout.processes() if word in Path(f"/proc/{pid}/cmdline").read_text())


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary account already")
def test_an_ordinary_account_runs_it_too(open_checkout: Checkout) -> None:
    nobody = account.nobody()
    for path in (open_checkout.root, *open_checkout.root.rglob("*")):
        os.chown(path, nobody.uid, nobody.gid, follow_symlinks=False)
    open_checkout.account = nobody.uid
    assert open_checkout.launch("demo", "0").returncode == 0
