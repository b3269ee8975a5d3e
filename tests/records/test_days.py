"""Spans of days: united, shared, held."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.records.days import Days, read_days, shared, united

BEGIN = date(2026, 11, 1)
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)).map(lambda pair: stretch(pair[0], pair[0] + pair[1])), max_size=8)


def day(number: int) -> date:
    return BEGIN + timedelta(days=number)


def stretch(first: int, last: int) -> Days:
    return Days(day(first), day(last))


def every_day(spans: list[Days]) -> set[date]:
    return {span.first + timedelta(days=number) for span in spans for number in range(span.count)}


def test_spans_that_overlap_or_adjoin_become_one() -> None:
    assert united([stretch(5, 7), stretch(0, 2), stretch(3, 4)]) == [stretch(0, 7)]
    assert united([stretch(0, 9), stretch(2, 3)]) == [stretch(0, 9)]
    assert united([stretch(0, 2), stretch(4, 5)]) == [stretch(0, 2), stretch(4, 5)]
    assert united([]) == []


@given(SPANS)
def test_united_spans_hold_the_same_days_and_stand_apart(spans: list[Days]) -> None:
    found = united(spans)
    assert every_day(found) == every_day(spans)
    assert all(later.first > earlier.last + timedelta(days=1) for earlier, later in pairwise(found))
    assert read_days(span.as_json() for span in found) == found


@given(st.lists(SPANS, min_size=1, max_size=4))
def test_shared_days_stand_in_every_set(sets: list[list[Days]]) -> None:
    assert every_day(shared(sets)) == set.intersection(*(every_day(spans) for spans in sets))


def test_nothing_is_shared_by_no_lists_at_all() -> None:
    assert shared([]) == []


@pytest.mark.parametrize(("first", "last", "holds"), [(0, 5, True), (2, 3, True), (-1, 3, False), (4, 6, False), (7, 9, False)])
def test_a_span_holds_another_that_lies_within(first: int, last: int, holds: bool) -> None:
    assert stretch(0, 5).holds(stretch(first, last)) is holds
