"""Which of two values counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.sync.settle import Verdict, found_base, later, settle

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)


def test_equal_values_are_in_step_whatever_they_were_before() -> None:
    assert settle("old", "new", "new") is Verdict.IN_STEP


@pytest.mark.parametrize(("left", "right", "winner"), [("new", "old", Verdict.LEFT), ("old", "new", Verdict.RIGHT)])
def test_the_side_that_changed_wins_whatever_the_clocks_say(left: str, right: str, winner: Verdict) -> None:
    assert settle("old", left, right, NOON, LATER) is winner
    assert settle("old", left, right, LATER, NOON) is winner
    assert settle("old", left, right) is winner


def test_where_both_changed_the_later_one_wins() -> None:
    assert settle("old", "one", "two", LATER, NOON) is Verdict.LEFT
    assert settle("old", "one", "two", NOON, LATER) is Verdict.RIGHT


@pytest.mark.parametrize("moments", [(None, None), (NOON, None), (None, NOON), (NOON, NOON)])
def test_where_nobody_can_tell_the_later_one_it_is_a_conflict(moments: tuple[datetime | None, datetime | None]) -> None:
    assert settle("old", "one", "two", *moments) is Verdict.CONFLICT
    assert settle(None, "one", "two", *moments) is Verdict.CONFLICT


def test_what_was_never_in_step_goes_by_the_later_change() -> None:
    assert settle(None, True, False, NOON, LATER) is Verdict.RIGHT


def test_of_two_that_were_found_the_loser_counts_as_last_in_step() -> None:
    assert found_base("a", "a", Verdict.CONFLICT) == "a"
    assert found_base("a", "b", later(LATER, NOON)) == "b"
    assert found_base("a", "b", later(NOON, LATER)) == "a"
    assert found_base("a", "b", later(NOON, NOON)) is None
