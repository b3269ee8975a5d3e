"""However people track, edit and delete time, whatever arrives late or not at all, and in whatever order updates and whole days are read:
a block is marked removed only where a whole walk over its day did not show it, and in the end the mirror is as the other side is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test

from integrations.records.collecting import list_of
from integrations.transport.errors import ProviderDown
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.records.shelf import mirror
from tests.records.test_updates import Clockwork, block, days, look, noon, removed, walk_days

FIRST = -4
DAYS = st.integers(FIRST, -1)
LATE = timedelta(minutes=20)
SECONDS = st.sampled_from([60, 300, 600])


class LateClockwork(Clockwork):
    """Updates show themselves some time after they were made; deleted blocks never."""

    def __init__(self) -> None:
        super().__init__()
        self.now = noon(-1)
        self.shown_at: dict[int, datetime] = {}

    def _found(self, operation: str, inputs: Any) -> list[dict[str, Any]]:
        found = super()._found(operation, inputs)
        return [one for one in found if operation != "list_activity_updates" or self.shown_at[one["id"]] <= self.now]


class TrackedTime(RuleBasedStateMachine):
    blocks = Bundle("blocks")

    @initialize(target=blocks)
    def begin(self) -> Any:
        """A block on each day, and all days walked once."""
        with scope():
            self.connection = make_connection("hubstaff")
            self.list = list_of(self.connection, "activity")
        self.there = LateClockwork()
        self.looked_until = self.there.now
        self.not_shown: set[str] = set()
        found = self._track([(day, 600, 0) for day in range(FIRST, 0)])
        self.days_are_walked(first=FIRST, length=-FIRST, empty_answers=0)
        return found

    @rule(target=blocks, tracked=st.lists(st.tuples(DAYS, SECONDS, st.integers(0, 20)), min_size=1, max_size=4))
    def somebody_tracks(self, tracked: list[tuple[int, int, int]]) -> Any:
        return self._track(tracked)

    @rule(number=blocks, day=DAYS, seconds=SECONDS, late=st.integers(0, 20))
    def somebody_edits(self, number: int, day: int, seconds: int, late: int) -> None:
        if number in self.there.blocks:
            self._put(number, day, seconds, late)

    @rule(number=blocks)
    def somebody_deletes(self, number: int) -> None:
        self.there.blocks.pop(number, None)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.there.now += timedelta(minutes=minutes)

    @rule()
    def updates_are_read(self) -> None:
        look(self.list, self.there, self.looked_until - LATE, self.there.now)
        self.looked_until = self.there.now

    @rule()
    def updates_break_off(self) -> None:
        with pytest.raises(ProviderDown):
            self._broken(lambda: look(self.list, self.there, self.looked_until - LATE, self.there.now + LATE))

    @rule(first=DAYS, length=st.integers(0, -FIRST), empty_answers=st.integers(0, 1))
    def days_are_walked(self, first: int, length: int, empty_answers: int) -> None:
        self.there.empty_answers = empty_answers
        span = days(first, min(first + length, -1))
        self.not_shown |= self._missing_in(span.first.isoformat(), span.last.isoformat())
        walk_days(self.list, self.there, span)
        self.there.empty_answers = 0

    @rule(first=DAYS)
    def a_walk_breaks_off(self, first: int) -> None:
        before = mirror(self.connection, "activity")
        with pytest.raises(ProviderDown):
            self._broken(lambda: walk_days(self.list, self.there, days(first, -1)))
        assert mirror(self.connection, "activity") == before

    @invariant()
    def what_is_marked_removed_was_not_shown_by_a_whole_walk_over_its_day(self) -> None:
        if hasattr(self, "there"):
            assert removed(self.connection) <= self.not_shown

    def teardown(self) -> None:
        if hasattr(self, "there"):
            self.there.now += LATE
            self.updates_are_read()
            self.days_are_walked(first=FIRST, length=-FIRST, empty_answers=0)
            assert mirror(self.connection, "activity") == {str(number): one for number, one in self.there.blocks.items()}

    def _track(self, tracked: list[tuple[int, int, int]]) -> Any:
        numbers = [len(self.there.shown_at) + number for number in range(1, len(tracked) + 1)]
        for number, (day, seconds, late) in zip(numbers, tracked, strict=True):
            self._put(number, day, seconds, late)
        return multiple(*numbers)

    def _put(self, number: int, day: int, seconds: int, late: int) -> None:
        self.there.blocks[number] = block(number, day, self.there.now, seconds)
        self.there.shown_at[number] = self.there.now + timedelta(minutes=late)
        self.there.now += timedelta(minutes=1)

    def _missing_in(self, first: str, last: str) -> set[str]:
        """What the mirror knows on these days and is not there any more: deleted, or moved to a day outside of them."""
        known = {key for key, one in mirror(self.connection, "activity").items() if first <= one["date"] <= last}
        shown = {str(number) for number, one in self.there.blocks.items() if first <= one["date"] <= last}
        return known - shown

    def _broken(self, read: Any) -> None:
        self.there.error = ProviderDown("It burns.")
        try:
            read()
        finally:
            self.there.error = None


@pytest.fixture
def bound(organization: Organization) -> Iterator[None]:
    with bind(organization.id):
        yield


@pytest.mark.django_db
def test_only_whole_walks_take_away(bound: None) -> None:
    run_state_machine_as_test(
        TrackedTime,
        settings=settings(
            max_examples=30,
            stateful_step_count=15,
            deadline=None,
            derandomize="CI" in os.environ,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
