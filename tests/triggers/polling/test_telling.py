"""A trigger tells each thing that happens once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.collecting import keep_written, list_of
from integrations.records.models import Change
from integrations.triggers import registry
from integrations.triggers.models import Event, Trigger
from integrations.triggers.polling import poll
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.records.shelf import project, walk
from tests.triggers.polling.world import ONE, TWO, There, due, events, fail_with, grow_old, look, now, run, told, watching


def test_what_is_created_is_told_once(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    assert (look(trigger), look(trigger)) == (1, 0)
    with scope():
        event = Event.objects.get()
    assert (event.kind, event.entity, event.remote_id, event.title) == ("created", "project", "2", "Project 2")
    assert (event.before, event.after) == (None, TWO)
    assert now(trigger).last_event_at is not None


def test_what_was_there_before_is_not_told(connection: Connection, shelf: There) -> None:
    shelf.records.append(TWO)
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    assert look(watching(connection)) == 0


def test_a_list_that_was_never_walked_is_the_ground_and_not_news(bound: Organization, shelf: There) -> None:
    with scope():
        connection = make_connection("hubstaff")
    trigger = watching(connection)
    assert look(trigger) == 0
    shelf.records.append(TWO)
    assert look(trigger) == 1


def test_only_the_watched_kind_of_change_is_told(trigger: Trigger, shelf: There) -> None:
    shelf.records[:] = [{**ONE, "name": "Renamed"}]
    assert look(trigger) == 0
    shelf.records[:] = []
    assert look(trigger) == 0
    shelf.records[:] = [ONE, TWO]
    assert look(trigger) == 2
    assert told(trigger) == ["1", "2"]


def test_what_we_made_ourselves_is_told_too_and_once(trigger: Trigger, shelf: There) -> None:
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("project"), TWO)
    shelf.records.append(TWO)
    assert (look(trigger), look(trigger)) == (1, 0)


def test_changes_of_other_entities_and_connections_are_none_of_its_business(trigger: Trigger) -> None:
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("client"), {"id": 5, "name": "Rail"})
        keep_written(make_connection("hubstaff", name="Another"), trigger.connection.declaration.entity("project"), TWO)
    assert look(trigger) == 0


def test_every_trigger_on_a_list_is_told_and_the_list_is_asked_once(connection: Connection, trigger: Trigger, shelf: There) -> None:
    another = watching(connection)
    shelf.records.append(TWO)
    shelf.asked.clear()
    assert look(trigger) == 1
    assert poll(now(another), progress=lambda: None) == 1
    assert len(shelf.asked) == 1


def test_what_a_sync_has_seen_is_told_without_asking_again(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    with scope():
        record_list = list_of(trigger.connection, "project")
    walk(record_list, shelf)
    shelf.asked.clear()
    assert poll(now(trigger), progress=lambda: None) == 1
    assert shelf.asked == []


def test_more_changes_than_the_limit_are_told_by_the_next_looks(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=2)
    shelf.records += [project(number) for number in range(2, 7)]
    assert [look(trigger) for _ in range(4)] == [2, 2, 1, 0]
    assert sorted(told(trigger)) == ["2", "3", "4", "5", "6"]


def test_more_changes_than_are_read_at_once_are_read_on(trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.reading.READ_AT_ONCE", 2)
    monkeypatch.setattr("integrations.triggers.reading.MOST_READ", 4)
    shelf.records += [project(number) for number in range(2, 12)]
    due(trigger)
    assert len(told(trigger)) == 4 and now(trigger).due_at <= timezone.now()  # type: ignore[operator]
    for _ in range(2):
        run(trigger)
    assert sorted(told(trigger), key=int) == [str(number) for number in range(2, 12)]
    assert now(trigger).due_at > timezone.now()  # type: ignore[operator]


def test_an_event_says_what_when_and_how(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(project(2, created_at="2026-11-20T09:00:00+01:00"))
    look(trigger)
    [event] = events(trigger)
    with scope():
        change = Change.objects.get()
    assert (event.position, event.via, event.run_id, event.happened_at) == (change.pk, "poll", None, change.at)
    assert event.moment == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert event.key == "project/2/created"


def test_what_a_run_of_ours_made_is_told_with_that_run(trigger: Trigger) -> None:
    run_id = uuid4()
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("project"), TWO, run_id=run_id)
    look(trigger)
    assert [event.run_id for event in events(trigger)] == [run_id]


def test_what_is_made_again_after_it_was_gone_is_no_second_creation(trigger: Trigger, shelf: There) -> None:
    for records in ([ONE, TWO], [ONE], [ONE, TWO]):
        shelf.records[:] = records
        look(trigger)
    assert told(trigger) == ["2"]


def test_upper_parts_are_told_in_the_same_transaction_and_of_new_events_only(
    trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[list[str]] = []
    monkeypatch.setattr(registry, "when_told", [lambda events: heard.append([event.trigger.connection.name for event in events])])
    shelf.records.append(TWO)
    look(trigger)
    look(trigger)
    assert [names for names in heard if names] == [["Our hubstaff"]]


def test_where_an_upper_part_fails_nothing_is_told(trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(registry, "when_told", [fail_with(ZeroDivisionError())])
        look(trigger)
    assert told(trigger) == []
    assert look(trigger) == 1


def test_the_watermark_says_as_of_when_everything_was_told(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=1)
    before = timezone.now()
    shelf.records += [TWO, project(3)]
    look(trigger)
    assert now(trigger).watermark_at is None  # one more waits
    look(trigger)
    assert before < now(trigger).watermark_at <= timezone.now()  # type: ignore[operator]


def test_a_clock_that_was_set_back_does_not_stop_the_looks(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    grow_old(-timedelta(days=1))
    assert poll(now(trigger), progress=lambda: None) == 1
