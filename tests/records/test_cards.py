"""JSON as a card."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.records.cards import Line, card_of, compare, differences, line_of, words_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_any_json_becomes_a_card(data: Any) -> None:
    assert all(isinstance(line, Line) for line in card_of(data))


@given(JSON)
def test_nothing_differs_from_itself(data: Any) -> None:
    assert not [each for each in differences(data, data) if "nan" not in str(each)]


@pytest.mark.parametrize(
    ("name", "words"), [("created_at", "Created at"), ("createdAt", "Created at"), ("lock-version", "Lock version"), ("id", "Id"), ("", "")]
)
def test_a_field_is_named_in_words(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "blank"), ("", "blank"), ([], "blank"), (0, "number"), (False, "flag"), ("text", "text"), ("a\nb", "long"),
        ("2026-11-02T09:00:00Z", "moment"), ("0001-01-01T00:00:00", "text"), ("2026-13-40T09:00:00Z", "text"),
        ("https://example.com/a", "address"), ("javascript:alert(1)", "text"), ([1, "a"], "words"), ([{}], "items"), ({"a": 1}, "card"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_what_it_is(value: Any, kind: str) -> None:
    assert line_of("", value).kind == kind


def test_a_long_list_is_cut_and_says_how_much_is_left() -> None:
    line = line_of("Members", [{"id": number} for number in range(60)])
    assert (len(line.value), line.more) == (50, 10)


def test_two_versions_are_compared_field_by_field() -> None:
    found = compare({"name": "Old", "client": {"id": 1}, "gone": 1}, {"name": "New", "client": {"id": 1}, "new": 2})
    assert [(each.label, each.is_changed) for each in found] == [("Gone", True), ("Name", True), ("New", True), ("Client id", False)]
    assert found[0].after is None
    assert found[2].before is None


def test_a_version_that_is_missing_has_no_side() -> None:
    assert [(each.before, each.after and each.after.value) for each in compare(None, {"name": "New"})] == [(None, "New")]


def test_the_items_of_a_list_are_told_apart_by_what_names_them() -> None:
    items = [{"id": 1, "description": "Website"}, {"id": 7, "name": ""}, {"name": ["no text"]}, {"name": "x" * 300}]
    assert [item.label for item in line_of("Line items", items).value] == ["Website", "7", "One more", "x" * 100]


def test_a_day_is_no_moment_and_a_moment_keeps_how_it_was_sent() -> None:
    assert line_of("Due", "2026-11-09") == Line("Due", "day", date(2026, 11, 9))
    line = line_of("Changed", "2026-11-09T10:00:00+01:00")
    assert (line.value, line.sent) == (datetime(2026, 11, 9, 9, tzinfo=UTC), "2026-11-09T10:00:00+01:00")
