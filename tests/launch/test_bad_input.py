"""Bad input gets one line that says what is wrong and how to mend it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal.launch import account, settings
from portal.launch.commands import command_line
from portal.launch.settings import ROOT
from tests.launch.conftest import Checkout, Database, OldServer


def test_an_old_python_is_told_so() -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 8, 10, 'final', 0); runpy.run_module('portal.launch', run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr == "Timebridge needs Python 3.11 or later, this is 3.8: install one, then `make run PYTHON=python3.11`.\n"


@pytest.mark.parametrize("name", ["portal/__init__.py", "portal/launch/__init__.py", "portal/launch/__main__.py"])
def test_an_old_python_can_read_the_entry(name: str) -> None:
    compile((ROOT / name).read_text(), name, "exec", flags=0x400, _feature_version=6)


@pytest.mark.parametrize(
    ("line", "is_fine"),
    [("PORT=8000", True), ("  # words", True), ("export A='b c'", True), ("just words", False), ('A="open', False), ("1A=b", False)],
)
def test_a_broken_line_in_dotenv_is_named_by_its_number(checkout: Checkout, line: str, is_fine: bool) -> None:
    (checkout.root / ".env").write_text(f"# settings\n{line}\n")
    if is_fine:
        assert checkout.launch("setup").returncode == 0
    else:
        assert checkout.complaint("setup").startswith(f"{checkout.root}/.env, line 2: not of the form NAME=VALUE")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "PORT=eighty is not a port"),
        ("PORT", "0", "PORT=0 is not a port"),
        ("SANDBOX_PORT", "70000", "SANDBOX_PORT=70000 is not a port"),
        ("HUBSTAFF_API_URL", "api.hubstaff.com", "HUBSTAFF_API_URL is not an address such as"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL is not an address such as"),
        ("CELERY_BROKER_URL", "sqs://", "CELERY_BROKER_URL is not an address such as"),
        ("CREDENTIAL_KEYS", "short", "CREDENTIAL_KEYS is not urlsafe base64 keys of 32 bytes"),
    ],
)
def test_a_wrong_value_is_named(checkout: Checkout, name: str, value: str, said: str) -> None:
    assert checkout.complaint("run", **{name: value}).startswith(said)


def test_a_port_in_use_is_named(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert checkout.complaint("run", PORT=str(port)).startswith(f"PORT={port} is taken by another program: stop it")


def test_a_host_that_is_not_ours_is_named(checkout: Checkout) -> None:
    assert checkout.complaint("run", HOST="192.0.2.1").startswith("HOST=192.0.2.1 is no address of this machine")


def test_a_data_directory_that_cannot_be_written_is_named(checkout: Checkout) -> None:
    (checkout.root / "file").touch()
    said = checkout.complaint("run", DATA_DIR=str(checkout.root / "file" / "data"))
    assert said == f"The data directory {checkout.root}/file/data cannot be written (not a directory): set DATA_DIR to one that can."


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(settings, "shutil", SimpleNamespace(disk_usage=lambda place: SimpleNamespace(free=7 << 20)))
    assert command_line(["run"]) == 2
    assert f"The disk of {tmp_path} has only 7 MB free, 300 MB are needed: make room" in capsys.readouterr().err


def test_a_package_that_cannot_be_installed_is_named(checkout: Checkout) -> None:
    (checkout.root / "requirements.txt").write_text("./no-such-package-1.0-py3-none-any.whl\n")
    said = checkout.complaint("setup")
    assert said.startswith("A package could not be installed: ")
    assert "no-such-package" in said
    assert "Check the network and pip's settings, then run it again" in said


def test_damaged_secrets_are_named(checkout: Checkout) -> None:
    (checkout.root / "data").mkdir()
    (checkout.root / "data" / "secrets.json").write_text("{")
    assert "secrets.json is damaged: restore it from a backup" in checkout.complaint("run")


def test_a_database_server_that_does_not_answer_is_named(checkout: Checkout) -> None:
    said = checkout.complaint("run", DATABASE_URL="postgresql://admin:hidden@127.0.0.1:1/timebridge")
    assert said.startswith("DATABASE_URL: no way in at 127.0.0.1:1 (")
    assert "hidden" not in said


def test_a_database_server_that_is_too_old_is_named(checkout: Checkout) -> None:
    with OldServer() as old:
        said = checkout.complaint("run", DATABASE_URL=f"postgresql://admin@127.0.0.1:{old.port}/timebridge")
    assert said == "DATABASE_URL leads to PostgreSQL 12.4, 14 or later is needed: upgrade it, or leave it unset."


def test_a_database_of_another_program_is_named_and_left_alone(checkout: Checkout, server: Database) -> None:
    server.execute("CREATE DATABASE shop")
    server.execute("CREATE TABLE orders (id int)", "CREATE TABLE django_migrations (id int)", database="shop")
    said = checkout.complaint("run", DATABASE_URL=server.named("shop"))
    assert said.startswith("The database shop of DATABASE_URL holds tables of another program: name an empty one")
    with server.connect() as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'timebridge_shop_owner'").fetchone() is None


def test_an_account_that_may_not_create_roles_is_named(checkout: Checkout, server: Database) -> None:
    server.execute("CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
    place = server.url.rpartition("@")[2]
    said = checkout.complaint("run", DATABASE_URL=f"postgresql://clerk:clerk@{place}")
    assert said.startswith("clerk of DATABASE_URL may not create roles and databases: as a superuser, ALTER ROLE clerk")


def test_a_broker_that_does_not_answer_is_named(checkout: Checkout) -> None:
    said = checkout.complaint("run", CELERY_BROKER_URL="redis://127.0.0.1:1/0")
    assert said.startswith("CELERY_BROKER_URL: nobody answers at 127.0.0.1:1 (")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files that are closed to another account")
def test_data_of_another_account_are_named(open_checkout: Checkout) -> None:
    data = open_checkout.root / "data"
    data.mkdir()
    open_checkout.account = account.nobody().uid
    said = open_checkout.complaint("demo", "0")
    assert said == f"The data directory {data} cannot be written (permission denied): set DATA_DIR to one that can."
    data.chmod(0o777)
    (data / "running.json").touch(mode=0o600)
    said = open_checkout.complaint("demo", "0")
    assert said.startswith(f"{data}/running.json belongs to another account: run as that one")
