"""Where settings come from, and what the processes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.launch.database import DatabaseAddresses
from portal.launch.dotenv import read_dotenv
from portal.launch.environment import environment, unhurried
from portal.launch.keys import Keys
from portal.launch.services import workers
from portal.launch.settings import read_settings

ADDRESSES = DatabaseAddresses(app="postgresql://app", owner="postgresql://owner", broker="pgmq://broker")


def test_the_environment_wins_over_dotenv_and_an_empty_value_is_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=9000\nHOST=0.0.0.0\nDATA_DIR=elsewhere\n")
    settings = read_settings({"PORT": "9100", "SANDBOX_PORT": ""}, tmp_path)
    assert (settings.port, settings.sandbox_port, settings.host) == (9100, None, "0.0.0.0")
    assert settings.data_dir == tmp_path / "elsewhere"


def test_an_empty_value_means_the_same_in_dotenv_and_in_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROSOFT_LOGIN_URL", "")
    (tmp_path / ".env").write_text("HUBSTAFF_ACCOUNT_URL=\nTIMEGHOST_API_URL=https://timeghost.example\n")
    settings = read_settings({"MICROSOFT_LOGIN_URL": "", "TIMEGHOST_API_URL": ""}, tmp_path)
    assert settings.given == {"TIMEGHOST_API_URL": "https://timeghost.example"}
    told = environment(settings, Keys(), ADDRESSES, 8000, 8100)
    assert told["HUBSTAFF_ACCOUNT_URL"] == "http://127.0.0.1:8100/hubstaff-account"
    assert told["MICROSOFT_LOGIN_URL"] == "http://127.0.0.1:8100/entra"


def test_dotenv_knows_quotes_comments_and_hashes_inside_values(tmp_path: Path) -> None:
    lines = ["A=plain  # a comment", "B='with # and space '", 'export C="double"', "D=a#b=c", "E=", "", "# F=no", " G = spaced "]
    (tmp_path / ".env").write_text("\n".join(lines))
    expected = {"A": "plain", "B": "with # and space ", "C": "double", "D": "a#b=c", "E": "", "G": "spaced"}
    assert read_dotenv(tmp_path / ".env") == expected


def test_processes_are_told_of_the_sandbox_unless_the_operator_names_the_provider(tmp_path: Path) -> None:
    told = environment(read_settings({"HUBSTAFF_API_URL": "https://api.hubstaff.com"}, tmp_path), Keys(), ADDRESSES, 8003, 8104)
    assert told["HUBSTAFF_API_URL"] == "https://api.hubstaff.com"
    assert told["TIMEGHOST_API_URL"] == "http://127.0.0.1:8104/timeghost/api"
    assert told["BASE_URL"] == "http://localhost:8003"


def test_the_sandboxs_oauth_clients_are_for_the_sandbox_alone(tmp_path: Path) -> None:
    def told(**given: str) -> dict[str, str]:
        whole = environment(read_settings(given, tmp_path), Keys(), ADDRESSES, 8000, 8100)
        return {name: value for name, value in whole.items() if "_CLIENT_" in name}

    names = [f"{prefix}_CLIENT_{part}" for prefix in ("HUBSTAFF", "MICROSOFT") for part in ("ID", "SECRET")]
    assert list(told()) == names
    assert list(told(HUBSTAFF_ACCOUNT_URL="https://account.hubstaff.com")) == names[2:]
    assert list(told(MICROSOFT_LOGIN_URL="https://login.microsoftonline.com")) == names[:2]
    ours = {"MICROSOFT_CLIENT_ID": "ours", "MICROSOFT_CLIENT_SECRET": "our secret"}
    real = {"HUBSTAFF_ACCOUNT_URL": "https://account.hubstaff.com", "MICROSOFT_LOGIN_URL": "https://login.microsoftonline.com"}
    assert told(**real, **ours) == ours
    assert list(told(SANDBOX_URL="http://sandbox:9", HUBSTAFF_ACCOUNT_URL="http://sandbox:9/hubstaff-account/")) == names


def test_a_demonstration_alone_with_the_sandbox_need_not_save_calls(tmp_path: Path) -> None:
    def limits(**given: str) -> str:
        return unhurried(environment(read_settings(given, tmp_path), Keys(), ADDRESSES, 8000, 8100))["RATE_LIMITS"]

    assert [limit.partition("=")[0] for limit in limits().split(",")] == ["hubstaff", "timeghost"]
    assert limits(HUBSTAFF_API_URL="https://api.hubstaff.com").startswith("timeghost=")
    assert limits(RATE_LIMITS="hubstaff=10/60") == "hubstaff=10/60"


def test_what_takes_long_has_a_worker_of_its_own() -> None:
    commands = workers("tasks")
    assert {name: words[words.index("--queues") + 1] for name, words in commands.items()} == {
        "worker": "tasks",
        "worker-long": "tasks-long",
    }
    assert {words[words.index("--hostname") + 1] for words in commands.values()} == {"quick@timebridge", "long@timebridge"}


def test_processes_never_see_the_address_of_the_administrator(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://admin:secret@db/timebridge", "CELERY_BROKER_URL": "redis://localhost"}
    told = environment(read_settings(given, tmp_path), Keys(), ADDRESSES, 8000, 8100)
    assert (told["DATABASE_URL"], told["DATABASE_OWNER_URL"]) == ("postgresql://app", "postgresql://owner")
    assert told["CELERY_BROKER_URL"] == "redis://localhost"
