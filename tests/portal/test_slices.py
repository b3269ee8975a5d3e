"""Paging through a list that is in memory."""

from __future__ import annotations

import pytest

from portal.ui.slices import slice_of

ROWS = list(range(120))


def test_the_pages_of_a_list_follow_each_other_there_and_back() -> None:
    first = slice_of(ROWS)
    second = slice_of(ROWS, after=first.after or "")
    third = slice_of(ROWS, after=second.after or "")
    assert [*first.rows, *second.rows, *third.rows] == ROWS
    assert (first.before, third.after) == (None, None)
    assert slice_of(ROWS, before=third.before or "") == second
    assert slice_of(ROWS, before=second.before or "") == first


def test_a_list_that_fits_on_one_page_has_no_others() -> None:
    found = slice_of(ROWS[:50])
    assert (found.before, found.after, found.total) == (None, None, 50)


@pytest.mark.parametrize("place", ["", "odd", "-5", "9999", "99999999999999999999", "1.5", "²"])
def test_what_is_no_place_opens_the_first_page(place: str) -> None:
    assert slice_of(ROWS, after=place).rows == ROWS[:50]


def test_an_empty_list_has_one_empty_page() -> None:
    assert slice_of([], after="50").rows == []
