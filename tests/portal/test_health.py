"""`/healthz` answers 200 when everything is well, and else 503 with what is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from portal.work.heartbeats import PARTS, beat_heart, beat_sent, dead_parts, is_alive, silent_parts
from portal.work.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything_lives() -> None:
    for part in PARTS:
        beat_heart(part.name)


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


@pytest.mark.usefixtures("everything_lives")
def test_all_is_well(client: Client) -> None:
    parts = ["status", "web", "database", "migrations", "beat", "worker", "worker-long", "sweep", "watch"]
    assert ask(client) == (200, dict.fromkeys(parts, "ok"))


@pytest.mark.usefixtures("everything_lives")
@pytest.mark.parametrize("name", [part.name for part in PARTS])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_process_that_gives_no_sign_of_life_is_named(name: str, is_gone: bool, client: Client) -> None:
    if is_gone:
        Heartbeat.objects.filter(name=name).delete()
    else:
        Heartbeat.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(minutes=4))
    status, parts = ask(client)
    assert (status, parts["status"]) == (503, "unwell")
    assert re.search(r"in the last \d+ s$", parts[name])
    assert [part for part, state in parts.items() if state != "ok"] == ["status", name]


@pytest.mark.usefixtures("everything_lives")
def test_migrations_that_wait_are_counted(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.work.health.MigrationExecutor.migration_plan", lambda self, targets: [("a", False), ("b", False)])
    status, parts = ask(client)
    assert (status, parts["migrations"]) == (503, "2 migrations are not applied")


def test_a_database_that_does_not_answer_ends_the_list(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable:
        def cursor(self) -> None:
            raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr("portal.work.health.connection", Unreachable())
    assert ask(client) == (503, {"status": "unwell", "web": "ok", "database": "connection refused"})


def test_a_role_that_owns_the_tables_is_unwell(client: Client, monkeypatch: pytest.MonkeyPatch, settings_of_owner: Any) -> None:
    """DATABASE_OWNER_URL falls back on DATABASE_URL, so this mistake is near: then nothing keeps tenants apart but the managers."""
    monkeypatch.setattr("portal.work.health.connection", settings_of_owner)
    assert ask(client)[1]["database"] != "ok"


@pytest.fixture
def settings_of_owner() -> Any:
    """A connection of the owner that Django's guard of test databases does not know."""
    owner = connections["owner"].copy("owner_in_test")
    yield owner
    owner.close()


def test_no_secret_and_no_address_stands_in_the_answer(client: Client) -> None:
    text = client.get("/healthz").content.decode()
    assert settings.DATABASES["default"]["PASSWORD"] not in text
    assert settings.SECRET_KEY not in text


def test_beats_heart_beats_with_each_message() -> None:
    assert not is_alive("beat")
    beat_sent()
    assert is_alive("beat")


@pytest.mark.usefixtures("everything_lives")
def test_a_sign_from_the_future_says_nothing() -> None:
    """It was written before the clock was set back; whoever lives writes another one within seconds."""
    Heartbeat.objects.filter(name="beat").update(seen_at=timezone.now() + timedelta(hours=1))
    assert not is_alive("beat")
    beat_sent()
    assert is_alive("beat")


def test_a_heart_beats_by_the_clock_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks of different machines need not agree."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    beat_heart("worker")
    assert is_alive("worker")


@pytest.mark.usefixtures("everything_lives")
def test_a_chain_is_not_blamed_for_the_part_that_is_dead() -> None:
    Heartbeat.objects.filter(name__in=("worker", "sweep")).delete()
    assert [part.name for part in silent_parts()] == ["worker", "sweep"]
    assert [part.name for part in dead_parts()] == ["worker"]


@pytest.mark.usefixtures("everything_lives")
def test_a_queue_that_nobody_works_through_is_told_although_all_live() -> None:
    Heartbeat.objects.filter(name="sweep").delete()
    assert [part.name for part in dead_parts()] == ["sweep"]
