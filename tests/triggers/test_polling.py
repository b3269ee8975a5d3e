"""A trigger tells each thing that happens once: whatever is paused, breaks off, dies in between or looks at the same time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import Urgency
from integrations.records.collecting import keep_written, list_of
from integrations.records.models import RecordList
from integrations.transport.errors import ProviderDown
from integrations.triggers import services
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import pause, poll, resume, tell, watch
from integrations.triggers.tasks import poll_trigger
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.conftest import make_organization
from tests.factories import make_connection
from tests.records.shelf import Shelf, project, walk
from tests.records.threads import PATIENCE, at_once

ONE, TWO = project(1), project(2)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The projects over there, as whoever opens the connection finds them."""
    shelf = Shelf(ONE)

    @contextmanager
    def open_client(connection_id: uuid.UUID, asked_by: str, urgency: Urgency) -> Iterator[Shelf]:
        yield shelf

    monkeypatch.setattr("integrations.triggers.services.open_client", open_client)
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    return shelf


@pytest.fixture
def bound(db: None, organization: Organization, shelf: Shelf) -> Iterator[Organization]:
    with bind(organization.id):
        yield organization


@pytest.fixture
def connection(bound: Organization, shelf: Shelf) -> Connection:
    """Its projects were walked once."""
    return connected(shelf)


@pytest.fixture
def trigger(connection: Connection) -> Trigger:
    return watching(connection)


def connected(shelf: Shelf) -> Connection:
    with scope():
        connection = make_connection("hubstaff")
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    return connection


def watching(connection: Connection) -> Trigger:
    with scope():
        return watch(connection, "projects_created", None)


def look(trigger: Trigger) -> int:
    """One poll of a list that nobody looked at lately."""
    with scope():
        RecordList.objects.update(whole_at=timezone.now() - timedelta(hours=1))
    return poll(now(trigger), progress=lambda: None)


def now(trigger: Trigger) -> Trigger:
    with scope():
        return Trigger.objects.select_related("connection").get(pk=trigger.pk)


def told(trigger: Trigger) -> list[str]:
    with scope():
        return list(Event.objects.filter(trigger=trigger).order_by("created_at", "key").values_list("remote_id", flat=True))


def due(trigger: Trigger) -> None:
    """Has the trigger's task run, as sweep and worker do."""
    claim = uuid.uuid4()
    with scope():
        RecordList.objects.update(whole_at=timezone.now() - timedelta(hours=1))
        Trigger.objects.filter(pk=trigger.pk).update(claim=claim, claimed_until=timezone.now() + timedelta(minutes=1))
    poll_trigger(str(trigger.organization_id), str(trigger.pk), str(claim))


class Killed(BaseException):
    """As if the worker's process were gone."""


# --- What is told ------------------------------------------------------------------------------------------------------


def test_what_is_created_is_told_once(trigger: Trigger, shelf: Shelf) -> None:
    shelf.records.append(TWO)
    assert (look(trigger), look(trigger)) == (1, 0)
    with scope():
        event = Event.objects.get()
    assert (event.kind, event.entity, event.remote_id, event.title) == ("created", "project", "2", "Project 2")
    assert (event.before, event.after) == (None, TWO)
    assert now(trigger).last_event_at is not None


def test_what_was_there_before_is_not_told(connection: Connection, shelf: Shelf) -> None:
    shelf.records.append(TWO)
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    assert look(watching(connection)) == 0


def test_a_list_that_was_never_walked_is_the_ground_and_not_news(bound: Organization, shelf: Shelf) -> None:
    with scope():
        trigger = watch(make_connection("hubstaff"), "projects_created", None)
    assert look(trigger) == 0
    shelf.records.append(TWO)
    assert look(trigger) == 1


def test_only_the_watched_kind_of_change_is_told(trigger: Trigger, shelf: Shelf) -> None:
    shelf.records[:] = [{**ONE, "name": "Renamed"}]
    assert look(trigger) == 0
    shelf.records[:] = []
    assert look(trigger) == 0
    shelf.records[:] = [ONE, TWO]
    assert look(trigger) == 2
    assert told(trigger) == ["1", "2"]


def test_what_we_made_ourselves_is_told_too_and_once(trigger: Trigger, shelf: Shelf) -> None:
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("project"), TWO)
    shelf.records.append(TWO)
    assert (look(trigger), look(trigger)) == (1, 0)


def test_changes_of_other_entities_and_connections_are_none_of_its_business(trigger: Trigger) -> None:
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("client"), {"id": 5, "name": "Rail"})
        keep_written(make_connection("hubstaff", name="Another"), trigger.connection.declaration.entity("project"), TWO)
    assert look(trigger) == 0


def test_every_trigger_on_a_list_is_told_and_the_list_is_asked_once(connection: Connection, trigger: Trigger, shelf: Shelf) -> None:
    another = watching(connection)
    shelf.records.append(TWO)
    shelf.asked.clear()
    assert look(trigger) == 1
    assert poll(now(another), progress=lambda: None) == 1
    assert len(shelf.asked) == 1


def test_what_a_sync_has_seen_is_told_without_asking_again(trigger: Trigger, shelf: Shelf) -> None:
    shelf.records.append(TWO)
    with scope():
        record_list = list_of(trigger.connection, "project")
    walk(record_list, shelf)
    shelf.asked.clear()
    assert poll(now(trigger), progress=lambda: None) == 1
    assert shelf.asked == []


def test_more_changes_than_are_told_at_once_are_told_by_the_next_looks(
    trigger: Trigger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_CHANGES", 2)
    shelf.records += [project(number) for number in range(2, 7)]
    assert [look(trigger) for _ in range(4)] == [2, 2, 1, 0]
    assert sorted(told(trigger)) == ["2", "3", "4", "5", "6"]


# --- Pauses, failures, deaths ------------------------------------------------------------------------------------------


def test_what_happened_during_a_pause_is_told_afterwards(trigger: Trigger, shelf: Shelf) -> None:
    with scope():
        pause(now(trigger), None)
    shelf.records.append(TWO)
    shelf.asked.clear()
    due(trigger)
    assert (told(trigger), shelf.asked, now(trigger).due_at) == ([], [], None)
    with scope():
        resume(now(trigger), None)
    assert now(trigger).due_at is not None
    due(trigger)
    due(trigger)
    assert told(trigger) == ["2"]


def test_a_look_that_went_well_is_followed_by_the_next(trigger: Trigger) -> None:
    due(trigger)
    after = now(trigger)
    assert after.polled_at is not None
    assert after.due_at is not None
    assert timedelta(minutes=4) < after.due_at - timezone.now() <= timedelta(minutes=5)


def test_a_look_that_fails_says_why_and_loses_nothing(trigger: Trigger, shelf: Shelf) -> None:
    shelf.records.append(TWO)
    shelf.breaks_at, shelf.error = 0, ProviderDown("It burns.")
    due(trigger)
    failed = now(trigger)
    assert (told(trigger), failed.failures) == ([], 1)
    assert "It burns." in failed.problem
    assert failed.due_at is not None
    assert failed.due_at > timezone.now()
    shelf.breaks_at = None
    due(trigger)
    assert (told(trigger), now(trigger).problem, now(trigger).failures) == (["2"], "", 0)


@pytest.mark.parametrize("step", ["tell", "collect"])
def test_a_worker_that_dies_between_the_steps_loses_and_doubles_nothing(
    trigger: Trigger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Killed

    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(services, step, die)
        due(trigger)
    assert told(trigger) == []
    due(trigger)
    due(trigger)
    assert told(trigger) == ["2"]


def test_a_worker_that_dies_after_telling_does_not_tell_again(trigger: Trigger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def tell_and_die(told_of: Trigger) -> int:
        tell(told_of)
        raise Killed

    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(services, "tell", tell_and_die)
        due(trigger)
    due(trigger)
    assert told(trigger) == ["2"]


def test_events_and_cursor_are_written_together_or_not_at_all(trigger: Trigger, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.records.append(TWO)
    before = now(trigger).cursor
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Trigger, "save", _raise(Killed()))
        look(trigger)
    assert (told(trigger), now(trigger).cursor) == ([], before)
    assert look(trigger) == 1


def test_a_caller_with_an_old_copy_neither_tells_again_nor_moves_the_cursor_back(trigger: Trigger, shelf: Shelf) -> None:
    old = now(trigger)
    shelf.records.append(TWO)
    look(trigger)
    moved = now(trigger).cursor
    assert tell(old) == 0
    assert now(trigger).cursor == moved > 0


def test_one_change_cannot_become_two_events_of_a_trigger(trigger: Trigger) -> None:
    facts = {"trigger": trigger, "key": "project/2/created/9", "kind": "created", "entity": "project", "remote_id": "2"}
    with scope():
        Event.objects.create(**facts, happened_at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.create(**facts, happened_at=timezone.now())


# --- With real commits -------------------------------------------------------------------------------------------------


@pytest.fixture
def office(committed: None, shelf: Shelf) -> Iterator[Organization]:
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization


def test_two_who_look_at_once_tell_each_change_once(office: Organization, shelf: Shelf) -> None:
    trigger = watching(connected(shelf))
    shelf.records += [project(number) for number in range(2, 30)]
    with scope():
        RecordList.objects.update(whole_at=timezone.now() - timedelta(hours=1))
    both = Barrier(2)

    def look_at_once() -> int:
        mine = now(trigger)
        both.wait(PATIENCE)
        return poll(mine, progress=lambda: None)

    assert sum(at_once(office.id, look_at_once, look_at_once)) == 28
    assert sorted(told(trigger), key=int) == [str(number) for number in range(2, 30)]


def test_whoever_writes_while_others_look_is_told_once(office: Organization, shelf: Shelf) -> None:
    connection = connected(shelf)
    trigger = watching(connection)
    entity = connection.declaration.entity("project")

    def write() -> int:
        for number in range(2, 14):
            with scope():
                keep_written(connection, entity, project(number))
        return 0

    def look_often() -> int:
        return sum(tell(now(trigger)) for _ in range(12))

    found = sum(at_once(office.id, write, look_often, look_often)) + tell(now(trigger))
    assert found == 12
    assert sorted(told(trigger), key=int) == [str(number) for number in range(2, 14)]


def _raise(error: BaseException) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail
