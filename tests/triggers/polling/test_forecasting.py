"""What a trigger costs, and that nobody is promised more calls than there are."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.catalogue import InvalidInput
from integrations.connections import registry as connections_registry
from integrations.connections.buckets import BucketState
from integrations.connections.budget import Bucket, BudgetFacts, limit_of
from integrations.connections.models import Connection
from integrations.records.models import RecordList
from integrations.triggers import registry
from integrations.triggers.models import Trigger
from integrations.triggers.services import Forecast, edit, forecast, load_of
from portal.organizations.scope import scope
from tests.factories import make_connection, make_record
from tests.triggers.polling.world import now, watching

SHARE = 735  # of Hubstaff's thousand calls an hour: a little less, and three quarters of that for looks in the background


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every connection were signed in, each with a budget of its own."""

    def budget_facts(connection: Connection) -> BudgetFacts:
        provider = connection.declaration
        bucket = Bucket(str(connection.pk), limit_of(provider), provider.label, "this connection alone")
        return BudgetFacts(bucket, BucketState(0, 0, 1, None, None, None))

    for place in ("forecasting", "looking"):
        monkeypatch.setattr(f"integrations.triggers.{place}.budget_facts", budget_facts)


def costs(connection: Connection, calls: int) -> None:
    with scope():
        RecordList.objects.filter(connection=connection).update(calls=calls)


def foresee(connection: Connection, name: str = "projects_created", minutes: int = 5, **given: Any) -> Forecast:
    with scope():
        return forecast(connection, connection.declaration.watch_by_name[name], {}, minutes, **given)


def test_a_look_costs_what_the_last_walk_took(connection: Connection, facts: None) -> None:
    costs(connection, 4)
    found = foresee(connection)
    assert (found.calls_an_hour, found.taken_an_hour, found.allowed_an_hour, found.problem) == (48, 0, SHARE, "")
    assert "48 calls an hour" in found.words and "0 of 735" in found.words


def test_a_list_that_was_never_read_counts_as_one_call_and_says_so(bound: object, facts: None) -> None:
    with scope():
        connection = make_connection("hubstaff")
    found = foresee(connection)
    assert found.calls_an_hour == 12
    assert "not read whole yet" in found.words


def test_another_trigger_on_the_list_costs_no_more(connection: Connection, trigger: Trigger, facts: None) -> None:
    costs(connection, 4)
    assert foresee(connection).calls_an_hour == foresee(connection, minutes=30).calls_an_hour == 0
    assert "no more calls" in foresee(connection).words
    assert foresee(connection, minutes=2).calls_an_hour == 4 * (30 - 12)


def test_a_paused_trigger_serves_nobody(connection: Connection, trigger: Trigger, facts: None) -> None:
    with scope():
        Trigger.objects.update(is_paused=True)
    assert foresee(connection).calls_an_hour == 12


def test_a_sync_that_looks_as_often_makes_it_free(connection: Connection, facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "regular_looks", [lambda connection: {"project": 5.0}])
    assert foresee(connection).calls_an_hour == 0
    with scope():
        watching(connection)
        assert load_of(connection) == 0


def test_what_does_not_fit_is_refused_with_numbers_and_the_interval_that_would(connection: Connection, facts: None) -> None:
    costs(connection, 100)
    found = foresee(connection)
    assert (found.calls_an_hour, found.least_minutes) == (1200, 9)
    assert "1,200 calls an hour" in found.problem and "735" in found.problem and "Every 9 minutes would fit" in found.problem
    assert foresee(connection, minutes=9).problem == ""
    with pytest.raises(InvalidInput) as refused:
        watching(connection)
    assert refused.value.errors["minutes"] == found.problem
    assert watching(connection, minutes=9).minutes == 9


def test_what_others_take_counts(connection: Connection, facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_registry, "standing_loads", [lambda connection: 700.0])
    costs(connection, 4)
    assert foresee(connection).problem
    assert foresee(connection).least_minutes == 7


def test_where_nothing_fits_it_says_so(connection: Connection, facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_registry, "standing_loads", [lambda connection: 736.0])
    found = foresee(connection)
    assert found.least_minutes is None and "No interval fits" in found.problem


def test_one_that_is_edited_does_not_count_twice(connection: Connection, facts: None) -> None:
    costs(connection, 50)
    trigger = watching(connection, minutes=5)
    assert foresee(connection, minutes=5, besides=trigger).problem == ""
    with scope():
        edit(now(trigger), None, title="", inputs={}, minutes=6, limit=100, holds_bursts=True)
        with pytest.raises(InvalidInput):
            edit(now(trigger), None, title="", inputs={}, minutes=1, limit=100, holds_bursts=True)
    assert now(trigger).minutes == 6


def test_nobody_is_refused_where_nobody_keeps_count(connection: Connection) -> None:
    costs(connection, 10_000)
    found = foresee(connection)
    assert (found.allowed_an_hour, found.problem) == (None, "")


def test_lists_in_turn_say_how_long_a_round_takes(bound: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.looking.IN_TURN_UNKNOWN", 10)
    with scope():
        connection = make_connection("timeghost")
        for number in range(25):
            make_record(connection, "project", remote_id=f"p{number}")
            RecordList.objects.create(connection=connection, entity="task", each=f"p{number}")
    found = foresee(connection, "task_changes")
    assert "walks 10 of 25 lists in turn" in found.words and "15 min" in found.words
    assert found.calls_an_hour == (10 + 1) * 12


def test_what_costs_are_counted_from_is_read_once(connection: Connection, facts: None, monkeypatch: pytest.MonkeyPatch) -> None:
    costs(connection, 4)
    trigger = watching(connection, minutes=5)
    asked: list[str] = []

    def looks(connection: Connection) -> dict[str, float]:
        asked.append(connection.name)
        return {}

    monkeypatch.setattr(registry, "regular_looks", [looks])
    monkeypatch.setattr(connections_registry, "standing_loads", [])
    foresee(connection, minutes=7, besides=trigger)
    assert asked == [connection.name]
