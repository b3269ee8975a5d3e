"""How a trigger is, by its row and its webhook's: every way of falling silent has a word of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.connections.models import Connection
from integrations.triggers.health import condition_of, conditions_of, is_frozen, is_overdue
from integrations.triggers.models import Subscription, Trigger

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OURS = {"organization_id": uuid4()}


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def trigger(watch: str = "projects_created", state: str = "connected", **fields: Any) -> Trigger:
    """One that looked a minute ago, looks again in four, and is well."""
    connection = Connection(**OURS, provider="hubstaff", name="Our clock", state=state)
    given = {
        "polled_at": ago(minutes=1),
        "watermark_at": ago(minutes=1),
        "due_at": ago(minutes=-4),
        "created_at": ago(days=9),
        "minutes": 5,
    }
    return Trigger(**OURS, connection=connection, watch=watch, **given | fields)


def word(found: Trigger, webhook: str = "") -> str:
    subscription = (
        Subscription(**OURS, trigger=found, connection=found.connection, state=webhook, problem="No answer.") if webhook else None
    )
    return condition_of(found, subscription, NOW).word


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Watching"),
        ({"ended_at": NOW, "is_paused": True}, "Ended"),
        ({"watch": "unheard_of", "is_paused": True}, "Not offered any more"),
        ({"is_paused": True, "state": "attention", "due_at": None}, "Paused"),
        ({"state": "attention", "failures": 3, "due_at": ago(hours=3)}, "Not connected"),
        ({"problem": "Down.", "held_at": NOW}, "Could not look"),
        ({"failures": 1}, "Could not look"),
        ({"held_at": NOW, "due_at": ago(hours=1)}, "Holds a burst"),
        ({"due_at": ago(minutes=9)}, "Watching"),
        ({"due_at": ago(minutes=11)}, "Late"),
        ({"due_at": ago(minutes=11), "claimed_until": ago(minutes=-5)}, "Late"),  # it waits in a queue that nobody serves
        ({"polled_at": None, "watermark_at": None, "created_at": ago(minutes=11), "due_at": ago(minutes=11)}, "Late"),
        ({"polled_at": ago(minutes=16)}, "Late"),  # put off again and again
        ({"watermark_at": ago(minutes=30)}, "Stands still"),
        ({"watermark_at": None}, "Stands still"),
        ({"claimed_until": ago(minutes=-5)}, "Looking"),
        ({"polled_at": None, "watermark_at": None, "created_at": NOW}, "Begins in a moment"),
    ],
)
def test_a_trigger_has_a_word_for_how_it_is(fields: dict[str, Any], expected: str) -> None:
    assert word(trigger(**fields)) == expected


@pytest.mark.parametrize(("webhook", "expected"), [("active", "Watching"), ("silent", "Webhook silent"), ("failed", "Webhook failed")])
def test_a_webhook_that_does_not_work_is_told_of(webhook: str, expected: str) -> None:
    assert word(trigger(), webhook) == expected


def test_where_it_cannot_look_at_all_nothing_else_counts() -> None:
    found = conditions_of(trigger(state="attention", held_at=NOW, failures=9), None, NOW)
    assert [condition.word for condition in found] == ["Not connected"]


def test_all_that_is_wrong_is_told_the_worst_first() -> None:
    found = trigger(failures=9, held_at=NOW, due_at=ago(hours=1))
    webhook = Subscription(**OURS, trigger=found, connection=found.connection, state="silent")
    words = [condition.word for condition in conditions_of(found, webhook, NOW)]
    assert words == ["Could not look", "Holds a burst", "Late", "Webhook silent"]


def test_a_look_that_failed_often_in_a_row_is_worse_than_one_that_failed_once() -> None:
    assert condition_of(trigger(failures=1), None, NOW).state == "attention"
    assert condition_of(trigger(failures=7), None, NOW).state == "failed"


def test_one_that_was_resumed_after_long_is_not_late() -> None:
    assert word(trigger(polled_at=ago(days=30), watermark_at=ago(days=30), due_at=NOW)) == "Watching"


def test_one_that_still_tells_what_waits_behind_its_cursor_does_not_stand_still() -> None:
    assert word(trigger(watermark_at=ago(days=1), last_event_at=ago(minutes=1))) == "Watching"


def test_one_that_holds_a_burst_tells_nothing_because_a_person_is_awaited() -> None:
    found = conditions_of(trigger(watermark_at=ago(days=1), held_at=ago(days=1), held_count=240), None, NOW)
    assert [condition.word for condition in found] == ["Holds a burst"]


def test_lists_that_are_walked_in_turns_may_take_a_round() -> None:
    """timeghost's tasks are asked for project by project."""
    connection = Connection(**OURS, provider="timeghost", name="Our plan", state="connected")
    found = trigger("task_changes", watermark_at=ago(hours=20))
    found.connection = connection
    assert word(found) == "Watching"
    found.watermark_at = ago(hours=30)
    assert word(found) == "Stands still"


@given(
    st.integers(1, 1440),
    st.integers(-10_000, 10_000),
    st.integers(-10_000, 10_000) | st.none(),
    st.integers(-10_000, 10_000) | st.none(),
    st.integers(0, 9),
)
def test_whatever_the_clocks_say_a_trigger_that_falls_silent_is_noticed(
    minutes: int, due: int, polled: int | None, watermark: int | None, failures: int
) -> None:
    """However its moments lie, also in the future: when nothing moves any more, it is told of within a while."""
    found = trigger(
        minutes=minutes,
        due_at=ago(minutes=due),
        polled_at=None if polled is None else ago(minutes=polled),
        watermark_at=None if watermark is None else ago(minutes=watermark),
        failures=failures,
    )
    later = NOW + timedelta(minutes=10_000 + 3 * minutes + 1)
    assert is_overdue(found, later)
    assert condition_of(found, None, later).state in {"attention", "failed"}
    assert not is_frozen(found, later)
