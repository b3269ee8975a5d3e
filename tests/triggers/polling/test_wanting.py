"""What a trigger is narrowed down to, and what it refuses to be told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.connections.models import Connection
from integrations.providers import all_providers
from integrations.records.collecting import keep_removed, keep_written
from integrations.triggers.models import Trigger
from integrations.triggers.services import edit, end, pause, resume, tell
from integrations.triggers.wanting import wanted, wanted_at_start
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.triggers.polling.world import TWO, There, change, due, look, now, told, watching

HUBSTAFF, TIMEGHOST = all_providers()["hubstaff"], all_providers()["timeghost"]
TASKS = HUBSTAFF.watch_by_name["tasks_created"]
TASK_CHANGES = TIMEGHOST.watch_by_name["task_changes"]


def task(project: int) -> dict[str, Any]:
    return {"id": 9, "summary": "Mow", "project_id": project, "status": "active"}


@pytest.mark.parametrize(
    ("inputs", "is_wanted"), [({}, True), ({"project_id": 4}, True), ({"project_id": "4"}, True), ({"project_id": 5}, False)]
)
def test_a_pick_narrows_to_what_belongs_to_it(inputs: dict[str, Any], is_wanted: bool) -> None:
    entity = HUBSTAFF.entity("task")
    assert wanted(TASKS, inputs, entity, "created", None, task(4)) is is_wanted
    assert wanted_at_start(TASKS, inputs, entity, task(4)) is is_wanted


def test_what_moved_belongs_to_where_it_is_and_what_is_gone_to_where_it_was() -> None:
    entity, picked = TIMEGHOST.entity("task"), {"project": "p1"}
    here, there = ({"id": "t", "name": "T", "project": {"id": each}} for each in ("p1", "p2"))
    found = {
        (before is here, after is here): wanted(TASK_CHANGES, picked, entity, kind, before, after)
        for kind, before, after in (("changed", here, there), ("changed", there, here))
    }
    assert found == {(True, False): False, (False, True): True}
    assert wanted(TASK_CHANGES, picked, entity, "removed", here, None)


@pytest.mark.parametrize(
    ("run_on", "kind", "is_wanted"), [(["created"], "changed", False), (["changed"], "changed", True), ([], "removed", True)]
)
def test_chosen_changes_narrow_the_kinds(run_on: list[str], kind: str, is_wanted: bool) -> None:
    entity, data = TIMEGHOST.entity("client"), {"id": "c", "name": "Rail"}
    assert wanted(TIMEGHOST.watch_by_name["client_changes"], {"run_on": run_on}, entity, kind, data, data) is is_wanted


def test_a_trigger_tells_only_of_what_it_is_narrowed_to(connection: Connection) -> None:
    trigger = watching(connection, "tasks_created", inputs={"project_id": "4"})
    entity = connection.declaration.entity("task")
    with scope():
        for number, project in enumerate((4, 5, 4)):
            keep_written(connection, entity, {**task(project), "id": number})
        keep_removed(connection, entity, "0")
    assert tell(now(trigger)) == 2
    assert sorted(told(trigger)) == ["0", "2"]


# --- Bad input ---------------------------------------------------------------------------------------------------------


def test_an_unknown_watch_is_refused(connection: Connection) -> None:
    with pytest.raises(KeyError):
        watching(connection, "weather_changed")


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"limit": 0}, "limit", "at least 1"),
        ({"limit": 1001}, "limit", "at most 1000"),
        ({"minutes": 0}, "minutes", "at least 1"),
        ({"minutes": 1441}, "minutes", "at most 1440"),
        ({"start": "yesterday"}, "start", "Choose one of"),
        ({"start": "since"}, "since", "has passed"),
        ({"start": "since", "since": timezone.now() + timedelta(days=1)}, "since", "has passed"),
        ({"inputs": {"organization_id": "4711"}}, "organization_id", "of this connection"),
        ({"inputs": {"colour": "red"}}, "colour", "no such field"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence_and_nothing_is_kept(
    connection: Connection, given: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        watching(connection, **given)
    assert words in refused.value.errors[field]
    with scope():
        assert not Trigger.objects.exists()


def test_every_mistake_is_told_at_once(connection: Connection) -> None:
    with pytest.raises(InvalidInput) as refused:
        watching(connection, minutes=0, limit=0, inputs={"organization_id": "4711"})
    assert set(refused.value.errors) == {"minutes", "limit", "organization_id"}


def test_the_workspace_of_the_connection_may_be_named(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, inputs={"organization_id": connection.workspace_id})
    shelf.records.append(TWO)
    assert look(trigger) == 1


def test_an_edit_that_does_not_fit_leaves_the_trigger_as_it_was(trigger: Trigger) -> None:
    with scope(), pytest.raises(InvalidInput):
        edit(now(trigger), None, title="New", inputs={}, minutes=5, limit=0, holds_bursts=True)
    assert (now(trigger).name, now(trigger).limit) == (trigger.name, 100)


def test_an_edit_keeps_cursor_and_ledger(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    look(trigger)
    cursor = now(trigger).cursor
    with scope():
        edit(now(trigger), None, title="New", inputs={}, minutes=9, limit=7, holds_bursts=False)
    edited = now(trigger)
    assert (edited.name, edited.minutes, edited.limit, edited.holds_bursts, edited.cursor) == ("New", 9, 7, False, cursor)
    assert look(trigger) == 0


def test_an_ended_trigger_keeps_its_events_and_looks_no_more(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    look(trigger)
    with scope():
        end(now(trigger), None)
        end(now(trigger), None)
    shelf.asked.clear()
    due(trigger)
    assert (told(trigger), shelf.asked, now(trigger).due_at) == (["2"], [], None)
    with scope():
        assert list(Trigger.live.all()) == []
        for act in (pause, resume):
            with pytest.raises(InvalidInput):
                act(now(trigger), None)
        with pytest.raises(InvalidInput):
            edit(now(trigger), None, title="New", inputs={}, minutes=5, limit=5, holds_bursts=True)


@pytest.mark.parametrize("stopped", [{"is_paused": True}, {"ended_at": timezone.now()}])
def test_one_that_was_stopped_while_it_looked_tells_nothing(trigger: Trigger, stopped: dict[str, Any]) -> None:
    with scope():
        keep_written(trigger.connection, trigger.connection.declaration.entity("project"), TWO)
    standing = now(trigger)
    change(trigger, **stopped)
    assert tell(standing) == 0
    assert told(trigger) == []


def test_a_connection_that_is_not_signed_in_can_be_watched_all_the_same(bound: object) -> None:
    with scope():
        connection = make_connection("timeghost")
    trigger = watching(connection, "task_changes", inputs={"name": "Tasks", "run_on": ["created"]})
    assert trigger.inputs == {"name": "Tasks", "run_on": ["created"]}
