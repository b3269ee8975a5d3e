"""The rule by which calls are granted: whoever asks, how often and in whatever order. Time is an argument here, so nobody waits."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.catalogue import RateLimit
from integrations.connections.buckets import COUNTED, SLICES
from integrations.connections.budget import Bucket, Urgency

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)
INTERACTIVE, WRITE, POLL = Urgency.INTERACTIVE, Urgency.WRITE, Urgency.POLL


@dataclass
class World:
    """A bucket with a clock of its own, and what was granted from it."""

    calls: int
    seconds: int
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    now: datetime = MORNING
    grants: list[tuple[datetime, int, Urgency]] = field(default_factory=list)

    @property
    def capacity(self) -> int:
        return Bucket(self.name, RateLimit(self.calls, self.seconds, "application"), "Imaginary", "").capacity

    @property
    def counted_for(self) -> timedelta:
        """The longest time for which a grant may count."""
        return timedelta(seconds=self.seconds * (COUNTED / SLICES))

    def ask(self, who: int, urgency: Urgency) -> float:
        """Seconds to wait; 0 when it was granted. Asked as the owner: nobody else may say what time it is."""
        given = [self.name, uuid.UUID(int=who), self.capacity, self.seconds, *astuple(urgency.value), self.now.isoformat()]
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT decide_budget(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", given)
            pause = float(cursor.fetchone()[0])
        if not pause:
            self.grants.append((self.now, who, urgency))
        return pause

    def take_all(self, who: int, urgency: Urgency) -> int:
        """Asks until it is turned away. Gives how often it was let in."""
        return next(count for count in range(self.calls + 1) if self.ask(who, urgency))

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def granted_within(self, span: timedelta, who: int | None = None, urgency: Urgency = POLL) -> int:
        """To one or to all, of this urgency and above."""
        return sum(
            at > self.now - span for at, by, as_urgent in self.grants if who in {None, by} and as_urgent.value.rank >= urgency.value.rank
        )


@pytest.fixture
def hour() -> World:
    return World(1000, 3600)


# --- Whatever happens --------------------------------------------------------------------------------------------------

LIMITS = st.sampled_from([(1, 60), (5, 60), (10, 7), (30, 60), (40, 3600)])
GAPS = st.sampled_from([0, 0, 0.001, 0.017, 0.1, 0.5, 0.967, 0.984, 1, 1.05, 3])  # in windows
ASKS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(Urgency), GAPS, st.sampled_from([1, 2, 5, 40])),
    min_size=1,
    max_size=25,
)
properties = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def happenings(limit: tuple[int, int], asks: list[tuple[int, Urgency, float, int]]) -> Iterator[tuple[World, int, Urgency, float, World]]:
    """Each ask with its answer, and the world as it was before."""
    world = World(*limit)
    for who, urgency, gap, times in asks:
        world.passes(gap * world.seconds)
        for _ in range(times):
            before = replace(world, grants=list(world.grants))
            yield world, who, urgency, world.ask(who, urgency), before


@properties
@given(LIMITS, ASKS)
def test_no_window_ever_holds_more_calls_than_the_limit(limit: tuple[int, int], asks: list[tuple[int, Urgency, float, int]]) -> None:
    with transaction.atomic("owner"):
        for world, *_ in happenings(limit, asks):
            assert world.granted_within(timedelta(seconds=world.seconds)) <= world.capacity <= world.calls


@properties
@given(LIMITS, ASKS)
def test_whoever_is_below_its_part_is_let_in_while_there_is_room(
    limit: tuple[int, int], asks: list[tuple[int, Urgency, float, int]]
) -> None:
    for world, who, urgency, pause, before in happenings(limit, asks):
        used, own = before.granted_within(before.counted_for), before.granted_within(before.counted_for, who)
        as_urgent = before.granted_within(before.counted_for, who, urgency)
        claim, share = urgency.value, world.capacity / len({each[0] for each in asks})
        if used < claim.room * world.capacity and (own < claim.own_part * share or as_urgent < claim.urgent_part * share):
            assert pause == 0


@properties
@given(LIMITS, ASKS)
def test_what_is_less_urgent_never_takes_the_room_of_what_is_more_urgent(
    limit: tuple[int, int], asks: list[tuple[int, Urgency, float, int]]
) -> None:
    for world, _, urgency, pause, before in happenings(limit, asks):
        if before.granted_within(timedelta(seconds=world.seconds)) >= urgency.value.room * world.capacity:
            assert pause >= 1


@properties
@given(LIMITS, ASKS, st.sampled_from(Urgency))
def test_whoever_comes_back_when_it_was_told_is_let_in_within_a_window(
    limit: tuple[int, int], asks: list[tuple[int, Urgency, float, int]], urgency: Urgency
) -> None:
    world = [world for world, *_ in happenings(limit, asks)][-1]
    began = world.now
    while pause := world.ask(1, urgency):
        world.passes(pause)
    assert world.now - began <= world.counted_for + timedelta(seconds=1)


# --- Alone, and with others ------------------------------------------------------------------------------------------


def test_an_only_organization_may_use_nearly_everything(hour: World) -> None:
    assert hour.capacity == 980
    assert hour.take_all(1, POLL) == 735
    assert hour.take_all(1, WRITE) == 833 - 735
    assert hour.take_all(1, INTERACTIVE) == 98, "a tenth is kept for people, whatever the rest was used for"


def test_a_tiny_limit_leaves_a_call_for_somebody_who_waits() -> None:
    world = World(5, 60)
    assert (world.take_all(1, POLL), world.take_all(1, INTERACTIVE)) == (3, 1)
    assert World(1, 60).take_all(1, POLL) == 1


def test_newcomers_find_room_however_much_was_taken(hour: World) -> None:
    hour.take_all(1, INTERACTIVE)
    assert hour.take_all(2, INTERACTIVE) == 98
    assert hour.take_all(3, INTERACTIVE) == 0


def test_polls_borrow_what_nobody_waits_for_and_leave_the_rest(hour: World) -> None:
    for other in range(2, 21):
        assert hour.ask(other, POLL) == 0
    assert hour.take_all(1, POLL) == 637 - 19, "far more than a twentieth, because nobody else waits"


def test_nobody_borrows_what_somebody_waits_for(hour: World) -> None:
    first, second = hour.take_all(1, WRITE), hour.take_all(2, POLL)
    assert (first, second) == (833, 49), "there is no room for polls beyond nine tenths"
    hour.passes(3600 * COUNTED / SLICES + 1)
    assert hour.take_all(2, POLL) > 0
    hour.passes(1)
    assert hour.take_all(1, WRITE) >= 416, "its own part is its own"


def test_a_person_is_let_in_while_every_poll_is_turned_away(hour: World) -> None:
    for organization in range(1, 21):
        hour.take_all(organization, POLL)
    assert all(hour.ask(organization, POLL) for organization in range(1, 21))
    assert [hour.ask(organization, INTERACTIVE) for organization in range(1, 21)] == [0] * 20


def test_in_the_long_run_a_greedy_organization_takes_nothing_from_the_others() -> None:
    """The others ask for a third more than polls may take of their share, one of them for much more."""
    world = World(500, 3600)
    got: Counter[int] = Counter()
    for minute in range(0, 180, 2):
        for who in (*[1] * 10, *[*range(2, 11)] * 2):
            if who == 1 or minute % 60 < 50:
                got[who] += world.ask(who, POLL) == 0 and minute >= 120
        world.passes(120)
    share = world.capacity / 10
    assert all(got[who] >= 0.75 * share * 0.95 for who in range(2, 11))
    assert got[1] <= 0.75 * share * 1.1


# --- What may change -----------------------------------------------------------------------------------------------------


def test_a_lower_limit_holds_at_once_and_a_higher_one_too(hour: World) -> None:
    hour.take_all(1, INTERACTIVE)
    hour.calls = 500
    assert hour.ask(1, INTERACTIVE)
    hour.calls = 2000
    assert hour.ask(1, INTERACTIVE) == 0


def test_a_shorter_window_forgets_sooner(hour: World) -> None:
    hour.take_all(1, INTERACTIVE)
    hour.passes(100)
    assert hour.ask(1, INTERACTIVE)
    hour.seconds = 60
    assert hour.ask(1, INTERACTIVE) == 0


def test_the_wait_ends_when_enough_of_the_oldest_calls_count_no_more(hour: World) -> None:
    for _ in range(400):
        hour.ask(1, INTERACTIVE)
    hour.passes(1800)
    hour.take_all(1, INTERACTIVE)
    assert hour.ask(1, INTERACTIVE) == 3600 * COUNTED / SLICES - 1800
