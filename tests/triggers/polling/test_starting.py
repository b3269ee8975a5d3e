"""Where a trigger starts: now, since a moment, or with everything there is."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from django.utils import timezone

from integrations.automations.messages import body_of
from integrations.connections.models import Connection
from integrations.records.collecting import list_of
from integrations.records.models import Change
from integrations.triggers.models import Event, Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.records.shelf import project, walk
from tests.triggers.polling.world import ONE, TWO, There, due, events, look, now, run, told, watching

EVERYTHING, SINCE = Trigger.Start.EVERYTHING, Trigger.Start.SINCE
THE_TENTH = timezone.now().replace(year=2026, month=11, day=10, hour=0)


@pytest.fixture
def empty(bound: Organization) -> Connection:
    """Nothing of it was walked yet."""
    with scope():
        return make_connection("hubstaff")


def days(*numbers: int) -> list[dict[str, object]]:
    """Projects, each made on the day of November that is its number."""
    return [project(number, created_at=f"2026-11-{number:02}T09:00:00Z") for number in numbers]


def test_everything_is_told_as_soon_as_the_list_is_whole(empty: Connection, shelf: There) -> None:
    shelf.records[:] = [ONE, TWO]
    trigger = watching(empty, start=EVERYTHING)
    assert now(trigger).start_ends is None
    assert look(trigger) == 2
    assert {(event.via, event.position, event.key) for event in events(trigger)} == {
        ("start", 0, "project/1/created"),
        ("start", 0, "project/2/created"),
    }
    assert now(trigger).has_begun
    assert look(trigger) == 0


def test_the_start_is_told_by_the_limit_before_any_change(empty: Connection, shelf: There) -> None:
    shelf.records[:] = [project(number) for number in range(1, 6)]
    trigger = watching(empty, start=EVERYTHING, limit=2)
    assert look(trigger) == 2
    shelf.records.append(project(9))
    assert [look(trigger) for _ in range(4)] == [2, 1, 1, 0]
    assert told(trigger)[-1] == "9"
    assert len(set(told(trigger))) == 6


def test_since_a_moment_only_what_happened_after_it_is_told(empty: Connection, shelf: There) -> None:
    shelf.records[:] = days(8, 9, 11, 12)
    trigger = watching(empty, start=SINCE, since=THE_TENTH)
    look(trigger)
    assert sorted(told(trigger)) == ["11", "12"]


def test_since_a_moment_also_tells_what_the_mirror_noted_since(connection: Connection, shelf: There) -> None:
    shelf.records.append(project(2, created_at="2020-01-01T00:00:00Z"))
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    trigger = watching(connection, start=SINCE, since=timezone.now() - timedelta(hours=1))
    due(trigger)
    assert now(trigger).due_at <= timezone.now()  # type: ignore[operator]  # the start is through: changes follow at once
    run(trigger)
    assert told(trigger) == ["2"]


def test_what_the_mirror_noted_before_the_moment_is_not_told(connection: Connection, shelf: There) -> None:
    shelf.records.append(project(2, created_at="2020-01-01T00:00:00Z"))
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    with scope():
        Change.objects.update(at=timezone.now() - timedelta(days=3))
    trigger = watching(connection, start=SINCE, since=timezone.now() - timedelta(hours=1))
    for _ in range(2):
        look(trigger)
    assert told(trigger) == []


def test_what_was_there_and_what_was_noted_of_it_is_one_event(connection: Connection, shelf: There) -> None:
    shelf.records.append(TWO)
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, shelf)
    trigger = watching(connection, start=EVERYTHING)
    for _ in range(3):
        look(trigger)
    assert sorted(told(trigger)) == ["1", "2"]


def test_what_is_gone_before_its_turn_is_not_told(empty: Connection, shelf: There) -> None:
    shelf.records[:] = [project(number) for number in range(1, 5)]
    trigger = watching(empty, start=EVERYTHING, limit=2)
    look(trigger)
    left = [record for record in shelf.records if str(record["id"]) in told(trigger)]
    shelf.records[:] = left
    for _ in range(3):
        look(trigger)
    assert len(told(trigger)) == 2


def test_a_start_of_very_many_is_never_held(empty: Connection, shelf: There) -> None:
    shelf.records[:] = [project(number) for number in range(1, 151)]
    trigger = watching(empty, start=EVERYTHING, limit=1000)
    assert look(trigger) == 150
    assert now(trigger).held_at is None


def test_a_long_start_is_read_in_pieces(empty: Connection, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.starting.READ_AT_ONCE", 2)
    monkeypatch.setattr("integrations.triggers.starting.MOST_READ", 4)
    shelf.records[:] = days(1, 2, 3, 4, 5, 6, 7, 8, 9, 11)
    trigger = watching(empty, start=SINCE, since=THE_TENTH)
    assert sum(look(trigger) for _ in range(5)) == 1
    assert told(trigger) == ["11"]
    assert now(trigger).has_begun


def test_what_met_a_condition_before_is_told_as_a_change_and_never_as_created(empty: Connection, shelf: There) -> None:
    shelf.records[:] = [{"id": number, "summary": "Mow", "status": status} for number, status in ((7, "completed"), (8, "active"))]
    trigger = watching(empty, "tasks_completed", start=EVERYTHING)
    look(trigger)
    (event,) = events(trigger)
    assert (event.remote_id, event.kind, event.before) == ("7", "changed", None)
    with scope():
        assert orjson.loads(body_of(Event.objects.select_related("trigger__connection").get()))["type"] == "hubstaff.task.changed"
