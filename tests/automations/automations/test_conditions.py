"""Conditions on the fields of an event."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.automations.conditions import Condition, all_hold, check_condition, checked
from integrations.automations.mapping import MappingError

EVENT: dict[str, Any] = {
    "kind": "updated",
    "before": {"status": "active", "tags": ["a"], "same": 1},
    "after": {
        "status": "Archived",
        "tags": ["a", "urgent"],
        "budget": 12.5,
        "text": "9",
        "at": "2026-11-21T09:00:00Z",
        "due": "2026-11-20",
        "billable": True,
        "client": {"name": "Northern Rail"},
        "nothing": None,
        "empty": [],
        "same": 1,
    },
}

HOLD = [
    ("event.after.status", "is", "archived"),
    ("event.after.status", "is_not", "active"),
    ("event.after.status", "contains", "CHIV"),
    ("event.after.status", "lacks", "x"),
    ("event.after.status", "starts", "arch"),
    ("event.after.tags", "contains", "urgent"),
    ("event.after.tags", "lacks", "urg"),
    ("event.after.tags", "is", "a"),
    ("event.after.budget", "is", "12.50"),
    ("event.after.budget", "more", "9"),
    ("event.after.text", "less", "10"),
    ("event.after.at", "more", "2026-11-21T09:30:00+01:00"),
    ("event.after.due", "less", "2026-11-21"),
    ("event.after.billable", "is", "yes"),
    ("event.after.billable", "is", "true"),
    ("event.after.client.name", "starts", "northern"),
    ("event.after.nothing", "empty", ""),
    ("event.after.empty", "empty", ""),
    ("event.after.missing.deeper", "empty", ""),
    ("event.after.status", "filled", ""),
    ("event.after.status", "changed", ""),
    ("event.before.status", "changed", ""),
    ("event.after.budget", "changed", ""),
    ("event.kind", "is", "updated"),
]
DO_NOT_HOLD = [
    ("event.after.status", "is", "active"),
    ("event.after.status", "is_not", "archived"),
    ("event.after.budget", "more", "12.5"),
    ("event.after.budget", "less", "12.5"),
    ("event.after.status", "more", "5"),
    ("event.after.budget", "more", "a lot"),
    ("event.after.billable", "more", "0"),
    ("event.after.due", "more", "2026-11-21"),
    ("event.after.same", "changed", ""),
    ("event.after.nothing", "filled", ""),
    ("event.after.client", "contains", "Northern"),
]


@pytest.mark.parametrize(("field", "test", "value"), HOLD)
def test_a_condition_holds(field: str, test: str, value: str) -> None:
    assert Condition(field, test, value).holds(EVENT)


@pytest.mark.parametrize(("field", "test", "value"), DO_NOT_HOLD)
def test_a_condition_does_not_hold(field: str, test: str, value: str) -> None:
    assert not Condition(field, test, value).holds(EVENT)


def test_all_must_hold_and_each_says_what_it_found() -> None:
    kept = [{"field": "event.kind", "test": "is", "value": "updated"}, {"field": "event.after.budget", "test": "more", "value": "99"}]
    assert not all_hold(kept, EVENT)
    assert [(each.holds, each.found) for each in checked(kept, EVENT)] == [(True, "updated"), (False, 12.5)]
    assert all_hold([], EVENT)


@pytest.mark.parametrize(("field", "test"), [("steps.1.id", "is"), ("event", "is"), ("event.kind", "changed"), ("event.after", "changed")])
def test_a_field_that_no_event_has_is_refused(field: str, test: str) -> None:
    with pytest.raises(MappingError):
        check_condition(Condition(field, test, "x"))
