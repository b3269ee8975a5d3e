"""Reading what a stranger sent: anything may come, and nothing is raised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue.reading import LONGEST_WORD, moment, word

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(("value", "read"), [(7, "7"), ("7", "7"), ("de-1", "de-1"), ("", ""), (2**63 - 1, "9223372036854775807")])
def test_a_word_is_read(value: Any, read: str) -> None:
    assert word(value) == read


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, "a\0b", "a\nb", "\ud800", "x" * (LONGEST_WORD + 1), 2**63, -(10**100)])
def test_what_is_no_word_is_none(value: Any) -> None:
    assert word(value) == ""


def test_a_word_may_have_to_be_shorter() -> None:
    assert (word("task.create", 64), word("task.create", 4)) == ("task.create", "")


def test_a_moment_is_read_in_utc() -> None:
    nine = datetime(2026, 3, 29, 9, 0, tzinfo=UTC)
    assert {moment(each) for each in ("2026-03-29T09:00:00Z", "2026-03-29T11:00:00+02:00", "2026-03-29T09:00:00")} == {nine}


@pytest.mark.parametrize("value", [None, 1774774800, "", "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", [], {}])
def test_what_is_no_moment_is_none(value: Any) -> None:
    assert moment(value) is None


@settings(max_examples=60, deadline=None)
@given(anything)
def test_nothing_is_too_odd_to_be_read(value: Any) -> None:
    assert word(value).isprintable()
    assert (found := moment(value)) is None or found.tzinfo is UTC
