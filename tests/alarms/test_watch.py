"""The watch: a thread of the web process that notices what fell silent, with no worker, no beat and no broker."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core import mail
from django.db import OperationalError, connections
from django.utils import timezone

from integrations.alarms.models import Alarm
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work import watching
from portal.work.heartbeats import PARTS, beat_heart, is_alive
from portal.work.models import Heartbeat, Outage
from portal.work.outages import watch_parts
from portal.work.watching import Watch, look_around
from tests.conftest import make_organization, make_person
from tests.factories import make_trigger

PATIENCE = 30


@pytest.fixture
def office(committed: None) -> Organization:
    Heartbeat.objects.all().delete()  # a thread of an earlier test may have shown a sign of life just now
    return make_organization("Northwind", owner=make_person("Alice"))


@pytest.fixture
def gone_round(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A round of our own after all others, and a signal that it was gone."""
    gone = threading.Event()
    monkeypatch.setattr(watching, "rounds", [*watching.rounds, lambda now: gone.set()])
    yield gone


def in_a_thread(work: Callable[[], Any]) -> Any:
    """As the watch does it: with a database connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(PATIENCE)


def test_without_worker_and_beat_an_alarm_is_raised_and_mailed(office: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.work.episodes.CONFIRMATION", timedelta())
    monkeypatch.setattr(watching, "SPACING", timedelta())
    User.objects.create_superuser("operator@example.com", None)
    with scope(office.id):
        make_trigger(name="New projects", held_at=timezone.now(), held_count=240, minutes=9999)
    mailed = threading.Event()
    monkeypatch.setattr(watching, "rounds", [*watching.rounds, lambda now: mailed.set() if len(mail.outbox) == 2 else None])
    watch = Watch(pause=0.05)
    watch.start()
    assert mailed.wait(PATIENCE)
    watch.end()
    assert not watch.is_alive()
    told = {message.to[0]: message.subject for message in mail.outbox}
    assert told["alice@example.com"] == "New projects: holds a burst (Northwind)"
    assert told["operator@example.com"].endswith("things need attention (Timebridge)")
    outages = set(Outage.objects.values_list("key", flat=True))
    assert len(outages) >= 2, "one of them may just have shown a sign of life in another test"
    assert outages <= {"beat", "worker", "worker-long"}
    assert is_alive("watch")


def test_a_process_that_lives_again_ends_its_outage_with_one_mail(office: Organization) -> None:
    User.objects.create_superuser("operator@example.com", None)
    for part in PARTS:
        beat_heart(part.name)
    Heartbeat.objects.filter(name="worker").update(seen_at=timezone.now() - timedelta(minutes=5))
    now = timezone.now()
    for minutes in (0, 1, 2, 3):
        watch_parts(now + timedelta(minutes=minutes))
    assert [message.subject for message in mail.outbox] == ["The quick worker does not run (Timebridge)"]
    beat_heart("worker")
    for minutes in (4, 5, 14, 15, 16):
        watch_parts(now + timedelta(minutes=minutes))
    assert [message.subject for message in mail.outbox[1:]] == ["Over: The quick worker does not run (Timebridge)"]


def test_where_nobody_operates_the_portal_an_outage_is_noted_all_the_same(office: Organization) -> None:
    now = timezone.now()
    for minutes in (0, 1, 2):
        watch_parts(now + timedelta(minutes=minutes))
    assert mail.outbox == []
    assert {outage.mailed_at for outage in Outage.objects.all()} == {None}


def test_one_process_at_a_time_goes_the_rounds(office: Organization, gone_round: threading.Event) -> None:
    assert watching._locked()
    in_a_thread(look_around)
    assert not gone_round.is_set()
    connections["default"].close()  # as one that died: its lock goes with it
    in_a_thread(look_around)
    assert gone_round.is_set()


def test_processes_that_take_turns_do_not_go_more_often(office: Organization, gone_round: threading.Event) -> None:
    in_a_thread(look_around)
    assert gone_round.is_set()
    gone_round.clear()
    in_a_thread(look_around)
    assert not gone_round.is_set()
    Heartbeat.objects.filter(name="watch").update(seen_at=timezone.now() + timedelta(hours=1))  # the clock was set back
    in_a_thread(look_around)
    assert gone_round.is_set()


def test_a_round_that_breaks_off_stops_neither_the_others_nor_the_watch(
    office: Organization, gone_round: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(now: datetime) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(watching, "rounds", [broken, *watching.rounds])
    in_a_thread(look_around)
    assert gone_round.is_set()


def test_a_database_that_is_away_is_borne(office: Organization, gone_round: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> bool:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(watching, "_locked", away)
        in_a_thread(look_around)
    assert not gone_round.is_set()
    in_a_thread(look_around)
    assert gone_round.is_set()


def test_no_connection_is_left_behind(office: Organization) -> None:
    def left() -> Any:
        look_around()
        return connections["default"].connection

    assert in_a_thread(left) is None


def test_the_web_process_ends_cleanly_while_it_watches(office: Organization) -> None:
    """The thread starts when the web server imports the application, and not in a test."""
    assert not any(isinstance(thread, Watch) for thread in threading.enumerate())
    script = "import threading, portal.wsgi; print([each.name for each in threading.enumerate()])"
    here = {"DATABASE_URL": urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{os.environ['TEST_DATABASE_NAME']}"))}
    command, environment = [sys.executable, "-c", script], {**os.environ, **here}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, "'watch'" in ended.stdout) == (0, True), ended.stderr
    assert "Fatal" not in ended.stderr


def test_alarms_of_the_thread_stand_in_the_organization(office: Organization) -> None:
    with scope(office.id):
        make_trigger(name="New projects", held_at=timezone.now(), held_count=240, minutes=9999)
    in_a_thread(look_around)
    with scope(office.id):
        assert [alarm.title for alarm in Alarm.objects.all()] == ["New projects: holds a burst"]
