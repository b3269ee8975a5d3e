"""A delivery brings a look forward: the few records that it names are got, or the list is looked at, at most once a minute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.records.collecting import list_of
from integrations.records.models import Record, RecordList
from integrations.triggers.hooks.noticing import FEW
from integrations.triggers.models import Notice, Subscription, Trigger
from integrations.triggers.polling import look as look_now
from integrations.triggers.polling import poll
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.records.shelf import Data, project, walk
from tests.triggers.polling.world import ONE, TWO, There, change, events, look, now, run, told, watching

SECONDS = timedelta(seconds=1)


def delivered(trigger: Trigger, record_id: str = "", parent_id: str = "", at: timedelta = timedelta(0)) -> None:
    """As if a delivery had been accepted."""
    with scope():
        facts = {"connection": trigger.connection, "topic": "x", "name": "x", "address_hash": str(trigger.pk), "state": "active"}
        subscription, _ = Subscription.objects.get_or_create(trigger=trigger, defaults=facts)
        Notice.objects.create(
            subscription=subscription, event="x", record_id=record_id, parent_id=parent_id, received_at=timezone.now() + at
        )


def walked(past: timedelta) -> None:
    with scope():
        RecordList.objects.update(whole_at=timezone.now() - past)


def open_notices() -> int:
    with scope():
        return Notice.objects.filter(handled_at=None).count()


def hurry(trigger: Trigger) -> int:
    return poll(now(trigger), progress=lambda: None)


# --- Deliveries that are believed --------------------------------------------------------------------------------------


@pytest.fixture
def looked(trigger: Trigger, shelf: There) -> Trigger:
    """Its interval has just begun."""
    look(trigger)
    shelf.asked.clear()
    return trigger


def test_the_record_that_a_delivery_names_is_got_alone_and_told(looked: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    delivered(looked, "2")
    assert hurry(looked) == 1
    assert (shelf.got, shelf.asked, open_notices()) == (["2"], [], 0)
    assert [(event.remote_id, event.via) for event in events(looked)] == [("2", "webhook")]


def test_what_the_list_shows_afterwards_is_the_same_event(looked: Trigger, shelf: There) -> None:
    shelf.records.append({**TWO, "extra": 1})
    delivered(looked, "2")
    hurry(looked)
    assert look(looked) == 0


def test_one_delivery_that_comes_twice_tells_once(looked: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    for _ in range(2):
        delivered(looked, "2")
    assert hurry(looked) == 1
    delivered(looked, "2")
    assert hurry(looked) == 0
    assert shelf.got == ["2", "2"]


def test_what_the_answer_does_not_tell_of_a_known_record_stays(looked: Trigger, shelf: There) -> None:
    known, shelf.records[:] = dict(ONE), [{"id": 1, "name": "Renamed"}]
    delivered(looked, "1")
    hurry(looked)
    with scope():
        assert Record.objects.get(remote_id="1").data == {**known, "name": "Renamed"}


def test_a_record_that_is_gone_before_it_was_got_stops_nobody(looked: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    delivered(looked, "77")
    delivered(looked, "2")
    assert hurry(looked) == 1
    assert open_notices() == 0


def test_many_deliveries_have_the_list_looked_at_once(looked: Trigger, shelf: There) -> None:
    walked(61 * SECONDS)
    numbers = range(2, FEW + 4)
    shelf.records += [project(number) for number in numbers]
    for number in numbers:
        delivered(looked, str(number))
    assert hurry(looked) == len(numbers)
    assert (shelf.got, len(shelf.asked), open_notices()) == ([], 1, 0)
    assert {event.via for event in events(looked)} == {"webhook"}


def test_a_delivery_does_not_put_off_the_look_of_the_interval(looked: Trigger, shelf: There) -> None:
    shelf.records += [TWO, project(3)]
    delivered(looked, "2")
    change(looked, polled_at=timezone.now() - timedelta(minutes=6))
    walked(6 * 60 * SECONDS)
    assert hurry(looked) == 2
    assert (shelf.got, len(shelf.asked)) == (["2"], 1)


def test_after_a_hurried_look_the_interval_goes_on(looked: Trigger, shelf: There) -> None:
    before = now(looked).polled_at
    shelf.records.append(TWO)
    delivered(looked, "2")
    found = look_now(now(looked), progress=lambda: None)
    assert now(looked).polled_at == before
    assert before is not None
    assert found.due_at == before + timedelta(minutes=5)


def test_a_storm_costs_one_look_a_minute_however_quick_the_worker_is(looked: Trigger, shelf: There) -> None:
    walked(61 * SECONDS)
    for number in range(2, 40):
        shelf.records.append(project(number))
        delivered(looked, str(number))
        run(looked)
    assert len(shelf.got) == FEW and len(shelf.asked) == 1
    walked(61 * SECONDS)
    run(looked)
    assert (len(shelf.got), len(shelf.asked), open_notices(), len(told(looked))) == (FEW, 2, 0, 38)


# --- Deliveries that are not believed ----------------------------------------------------------------------------------


@pytest.fixture
def clients(bound: object, shelf: There) -> Trigger:
    """Of clients at timeghost, whose deliveries are unsigned."""
    with scope():
        connection = make_connection("timeghost")
        record_list = list_of(connection, "client")
    shelf.records[:] = [client(1)]
    walk(record_list, shelf)
    trigger = watching(connection, "client_changes", inputs={"name": "Clients", "run_on": ["created"]})
    look(trigger)
    shelf.asked.clear()
    return trigger


def client(number: int) -> Data:
    return {"id": str(number), "name": f"Client {number}"}


def test_an_unsigned_delivery_only_has_the_list_looked_at(clients: Trigger, shelf: There) -> None:
    shelf.records.append(client(2))
    walked(61 * SECONDS)
    delivered(clients, "2")
    assert hurry(clients) == 1
    assert (shelf.got, len(shelf.asked), open_notices()) == ([], 1, 0)


def test_a_storm_costs_one_look_a_minute(clients: Trigger, shelf: There) -> None:
    walked(61 * SECONDS)
    for number in range(2, 30):
        shelf.records.append(client(number))
        delivered(clients, str(number))
        run(clients)
    assert len(shelf.asked) == 1
    waiting = now(clients)
    assert open_notices() > 0 and waiting.due_at is not None
    assert timedelta(seconds=50) < waiting.due_at - timezone.now() <= timedelta(seconds=60)
    walked(61 * SECONDS)
    run(clients)
    assert (len(shelf.asked), open_notices(), len(told(clients))) == (2, 0, 28)


def test_a_walk_that_began_after_a_delivery_serves_it(clients: Trigger, shelf: There) -> None:
    delivered(clients, "2", at=-10 * SECONDS)
    walked(5 * SECONDS)
    hurry(clients)
    assert (shelf.asked, open_notices()) == ([], 0)


def test_a_look_that_fails_leaves_the_deliveries_open(clients: Trigger, shelf: There) -> None:
    walked(61 * SECONDS)
    delivered(clients, "2")
    shelf.breaks_at = 0
    run(clients)
    assert open_notices() == 1
    shelf.breaks_at = None
    run(clients)
    assert open_notices() == 0


# --- Lists that are asked one by one -----------------------------------------------------------------------------------


@pytest.fixture
def tasks(bound: object, shelf: There) -> Trigger:
    """Of tasks at timeghost, which are listed for each project; nobody minds how many."""
    with scope():
        connection = make_connection("timeghost")
        projects = list_of(connection, "project")
    shelf.records[:] = [{"id": name, "name": name} for name in ("a", "b", "c")]
    walk(projects, shelf)
    shelf.by_input = {("list_tasks", name): [] for name in ("a", "b", "c")}
    return watching(connection, "task_changes", inputs={"name": "Tasks", "run_on": ["created"]})


def task(number: int, of: str) -> Data:
    return {"id": str(number), "name": f"Task {number}", "project": {"id": of}}


def asked_tasks(shelf: There) -> list[str]:
    return [str(inputs["project_id"]) for operation, inputs in shelf.asked if operation == "list_tasks"]


def test_the_lists_take_turns_the_longest_unseen_first(tasks: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.looking.IN_TURN_UNKNOWN", 1)
    rounds = []
    for _ in range(6):
        shelf.asked.clear()
        change(tasks, polled_at=None)
        hurry_after(tasks, timedelta(minutes=6))
        rounds += asked_tasks(shelf)
    assert sorted(rounds[:3]) == ["a", "b", "c"] and rounds[3:] == rounds[:3]


def hurry_after(trigger: Trigger, past: timedelta) -> None:
    """A poll, as if everything had happened so much earlier."""
    with scope():
        for record_list in RecordList.objects.exclude(whole_at=None):
            RecordList.objects.filter(pk=record_list.pk).update(whole_at=record_list.whole_at - past)  # type: ignore[operator]
    hurry(trigger)


def test_every_list_is_walked_where_the_budget_allows_it(tasks: Trigger, shelf: There) -> None:
    look(tasks)
    assert sorted(asked_tasks(shelf)) == ["a", "b", "c"]
    assert now(tasks).watermark_at is not None


def test_one_that_is_narrowed_looks_at_the_one_list(tasks: Trigger, shelf: There) -> None:
    inputs = {"name": "Tasks of b", "run_on": ["created"], "project": "b"}
    narrowed = watching(tasks.connection, "task_changes", inputs=inputs)
    shelf.asked.clear()
    look(narrowed)
    assert asked_tasks(shelf) == ["b"]
    assert now(narrowed).watermark_at is not None


def test_a_delivery_has_the_list_of_the_project_looked_at_that_it_names(tasks: Trigger, shelf: There) -> None:
    look(tasks)
    shelf.asked.clear()
    shelf.by_input["list_tasks", "b"] = [task(7, "b")]
    walked(61 * SECONDS)
    delivered(tasks, "7", parent_id="b")
    assert hurry(tasks) == 1
    assert (asked_tasks(shelf), open_notices()) == (["b"], 0)


def test_a_delivery_that_names_a_project_that_we_do_not_know_only_moves_the_turns_on(tasks: Trigger, shelf: There) -> None:
    look(tasks)
    shelf.asked.clear()
    walked(61 * SECONDS)
    delivered(tasks, "7", parent_id="nobody's")
    hurry(tasks)
    assert (len(asked_tasks(shelf)), open_notices()) == (1, 0)


def test_what_stands_in_a_project_that_was_made_while_we_watched_is_new(tasks: Trigger, shelf: There) -> None:
    look(tasks)
    shelf.records.append({"id": "d", "name": "d"})
    shelf.by_input["list_tasks", "d"] = [task(8, "d")]
    for _ in range(2):
        look(tasks)
    assert told(tasks) == ["8"]
