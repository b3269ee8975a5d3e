"""Pieces of a day are laid out around those that stay as they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from integrations.sync.placing import DayBounds, Piece, lay_out
from integrations.sync.situation import TimeKey

DAY = date(2026, 3, 2)
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
BOUNDS = DayBounds(BEGIN, BEGIN.replace(hour=9), BEGIN + timedelta(days=1))


def piece(number: int, hours: float, start: float | None = None, is_fixed: bool = False) -> Piece:
    at = None if start is None else BEGIN + timedelta(hours=start)
    return Piece(TimeKey(DAY, "ann", "task", number), int(hours * 3600), at, is_fixed=is_fixed)


def hours(pieces: list[Piece]) -> dict[int, float]:
    """When each piece begins, by its number."""
    return {each.key.number: (each.start - BEGIN) / timedelta(hours=1) for each in pieces if each.start}


def test_what_is_fixed_stays_and_the_others_go_around_it() -> None:
    pieces = [piece(0, 2), piece(1, 1, start=10, is_fixed=True), piece(2, 1)]
    lay_out(pieces, BOUNDS)
    assert hours(pieces) == {0: 11, 1: 10, 2: 13}


def test_what_has_grown_into_something_fixed_moves_behind_it() -> None:
    pieces = [piece(0, 3, start=9), piece(1, 1, start=11, is_fixed=True)]
    lay_out(pieces, BOUNDS)
    assert hours(pieces) == {0: 12, 1: 11}


def test_a_day_that_is_too_full_is_filled_from_its_end_around_what_is_fixed() -> None:
    pieces = [piece(0, 8), piece(1, 2, start=20, is_fixed=True), piece(2, 4)]
    lay_out(pieces, BOUNDS)
    assert hours(pieces) == {0: 8, 1: 20, 2: 16}


def test_what_does_not_fit_at_all_begins_with_the_day() -> None:
    pieces = [piece(0, 20), piece(1, 2, start=20, is_fixed=True), piece(2, 4)]
    lay_out(pieces, BOUNDS)
    assert hours(pieces) == {0: 0, 1: 20, 2: 22}


@given(
    st.lists(st.tuples(st.integers(1, 5), st.none() | st.integers(0, 23)), max_size=8),
    st.lists(st.integers(0, 23), max_size=4, unique=True),
)
def test_nothing_free_ever_overlaps_anything_and_nothing_fixed_moves(free: list[tuple[int, int | None]], fixed: list[int]) -> None:
    pieces = [piece(number, length, start) for number, (length, start) in enumerate(free)]
    standing = [piece(100 + hour, 1, hour, is_fixed=True) for hour in fixed]
    lay_out([*pieces, *standing], BOUNDS)
    assert [hours([each])[each.key.number] for each in standing] == fixed
    spans = sorted((each.start, each.end) for each in [*pieces, *standing] if each.start)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(start >= BEGIN for start, _ in spans)
