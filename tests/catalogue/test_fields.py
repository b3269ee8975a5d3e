"""What a person gives is read into what is sent, or every mistake is told at once, each by the full name of its field."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import Date, Field, Flag, Group, Hours, InvalidInput, Moment, Money, Number, OneOf, Pick, Rows, ShownWhen, Text
from integrations.catalogue.fields import read_inputs

modestly = settings(max_examples=80, deadline=None, derandomize="CI" in os.environ)

TEXT = Text(name="x", label="X")
SHORT = Text(name="x", label="X", max_length=5)
NUMBER = Number(name="x", label="X")
COUNT = Number(name="x", label="X", least=1, most=50)
MONEY = Money(name="x", label="X")
HOURS = Hours(name="x", label="X")
DATE = Date(name="x", label="X")
MOMENT = Moment(name="x", label="X")
FLAG = Flag(name="x", label="X")
ROLE = OneOf(name="x", label="X", choices=((0, "User"), (1, "Manager")))
PICK = Pick(name="x", label="X", entity="task")
NUMBERED_PICK = Pick(name="x", label="X", entity="task", number=True)
TAGS = Text(name="x", label="X", many=True, max_length=5)
GROUP = Group(name="x", label="X", fields=(Number(name="cost", label="Cost", required=True), Text(name="note", label="Note")))
ROWS = Rows(name="x", label="X", fields=(Text(name="key", label="Key", required=True), Number(name="value", label="Value", default=7)))


def read(field: Field, value: Any) -> Any:
    return read_inputs((field,), {"x": value})["x"]


def mistakes(fields: tuple[Field, ...], inputs: Mapping[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_inputs(fields, inputs)
    return caught.value.errors


@pytest.mark.parametrize(
    ("field", "value", "sent"),
    [
        (TEXT, "Sitemap", "Sitemap"),
        (TEXT, "👩‍🚀 läuft, 日本", "👩‍🚀 läuft, 日本"),
        (TEXT, 12, "12"),
        (TEXT, " kept as it is ", " kept as it is "),
        (SHORT, "🙂" * 5, "🙂" * 5),
        (NUMBER, "12", 12),
        (NUMBER, -3, -3),
        (NUMBER, 0, 0),
        (COUNT, "50", 50),
        (MONEY, "12.50", 12.5),
        (MONEY, 0, 0.0),
        (HOURS, "1.5", 5400),
        (HOURS, "0.3333333", 1200),
        (DATE, "2026-03-29", "2026-03-29"),
        (DATE, date(2028, 2, 29), "2028-02-29"),
        (MOMENT, "2026-03-29T09:00:00+02:00", "2026-03-29T07:00:00.000Z"),
        (MOMENT, "2026-03-29T09:00:00Z", "2026-03-29T09:00:00.000Z"),
        (MOMENT, "2026-03-29T09:00", "2026-03-29T09:00:00.000Z"),
        (MOMENT, "2026-03-29", "2026-03-29T00:00:00.000Z"),
        (MOMENT, datetime(2026, 3, 29, 9, tzinfo=UTC), "2026-03-29T09:00:00.000Z"),
        (FLAG, True, True),
        (FLAG, "on", True),
        (FLAG, "No", False),
        (FLAG, 0, False),
        (ROLE, "1", 1),
        (ROLE, 0, 0),
        (PICK, "0f3c-1a", "0f3c-1a"),
        (PICK, 17, "17"),
        (NUMBERED_PICK, "17", 17),
        (TAGS, ["a", "b"], ["a", "b"]),
        (TAGS, "a", ["a"]),
        (GROUP, {"cost": "5"}, {"cost": 5}),
        (ROWS, [{"key": "a"}, {"key": "b", "value": "2"}], [{"key": "a", "value": 7}, {"key": "b", "value": 2}]),
        (ROWS, [], []),
    ],
)
def test_a_good_value_is_read_as_it_is_sent(field: Field, value: Any, sent: Any) -> None:
    found = read(field, value)
    assert found == sent
    assert type(found) is type(sent)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (TEXT, ["a"], "Enter text."),
        (TEXT, {"a": 1}, "Enter text."),
        (SHORT, "🙂" * 6, "Use at most 5 characters; there are 6."),
        (NUMBER, "twelve", "Enter a whole number."),
        (NUMBER, "1.5", "Enter a whole number."),
        (NUMBER, True, "Enter a whole number."),
        (NUMBER, "9" * 20, "This number is too large."),
        (NUMBER, "9" * 5000, "Enter a whole number."),
        (COUNT, "0", "Enter at least 1."),
        (COUNT, 51, "Enter at most 50."),
        (MONEY, "a lot", "Enter a number."),
        (MONEY, "NaN", "Enter a number."),
        (MONEY, "Infinity", "Enter a number."),
        (MONEY, "1e400", "This number is too large."),
        (HOURS, "1:30", "Enter a number."),
        (HOURS, "1e999999", "This number is too large."),
        (DATE, "29.03.2026", "Enter a date as year-month-day, like 2026-03-29."),
        (DATE, "2026-02-30", "Enter a date as year-month-day, like 2026-03-29."),
        (MOMENT, "tomorrow", "Enter a date and time, like 2026-03-29T09:00:00+02:00."),
        (MOMENT, "0001-01-01T00:00:00+05:00", "Enter a date and time, like 2026-03-29T09:00:00+02:00."),
        (FLAG, "perhaps", "Answer yes or no."),
        (FLAG, 2, "Answer yes or no."),
        (ROLE, "2", "Choose one of: 0, 1."),
        (PICK, ["17"], "Choose one, or enter its id."),
        (PICK, True, "Choose one, or enter its id."),
        (NUMBERED_PICK, "-1", "An id here is a whole number."),
        (NUMBERED_PICK, "²", "An id here is a whole number."),
        (NUMBERED_PICK, "9" * 20, "This number is too large."),
        (TAGS, ["fine", "far too long"], "Use at most 5 characters; there are 12."),
        (GROUP, "5", "Fill in these fields together."),
        (ROWS, "abc", "Give a list of rows."),
        (ROWS, ["a"], "Give a list of rows."),
        (ROWS, {"key": "a"}, "Give a list of rows."),
    ],
)
def test_a_bad_value_is_answered_with_a_sentence(field: Field, value: Any, words: str) -> None:
    assert mistakes((field,), {"x": value}) == {"x": words}


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize("field", [TEXT, NUMBER, MONEY, HOURS, DATE, MOMENT, FLAG, ROLE, PICK, TAGS, GROUP, ROWS])
def test_what_is_left_blank_is_not_sent(field: Field, blank: Any) -> None:
    assert read_inputs((field,), {"x": blank}) == {}
    assert read_inputs((field,), {}) == {}


@pytest.mark.parametrize("blank", [None, "", []])
def test_what_is_required_and_blank_is_a_mistake(blank: Any) -> None:
    for field in (Text(name="x", label="X", required=True), Pick(name="x", label="X", entity="task", many=True, required=True)):
        assert mistakes((field,), {"x": blank}) == {"x": "This is needed."}
        assert mistakes((field,), {}) == {"x": "This is needed."}


def test_a_default_stands_where_nothing_is_given_and_gives_way_to_a_blank() -> None:
    field = OneOf(name="x", label="X", default="active", choices=(("active", "Active"), ("all", "All")))
    assert read_inputs((field,), {}) == {"x": "active"}
    assert read_inputs((field,), {"x": "all"}) == {"x": "all"}
    assert read_inputs((field,), {"x": ""}) == {}


def test_every_mistake_is_told_at_once_by_the_full_name_of_its_field() -> None:
    fields = (
        Text(name="name", label="Name", required=True),
        Number(name="estimation", label="Estimation", least=0),
        Group(name="budget", label="Budget", fields=(Money(name="cost", label="Cost"), Number(name="alert", label="Alert", most=100))),
        Rows(
            name="members",
            label="Members",
            fields=(
                Pick(name="user_id", label="User", entity="user", required=True, number=True),
                Group(name="limit", label="Limit", fields=(Hours(name="hours", label="Hours"),)),
            ),
        ),
    )
    inputs = {
        "nmae": "Relaunch",
        "estimation": -1,
        "budget": {"cost": "much", "alert": 101, "colour": "red"},
        "members": [{"user_id": 5}, {"role": "user"}, {"user_id": 6, "limit": {"hours": "long"}}],
    }
    assert mistakes(fields, inputs) == {
        "nmae": "There is no such field.",
        "name": "This is needed.",
        "estimation": "Enter at least 0.",
        "budget.cost": "Enter a number.",
        "budget.alert": "Enter at most 100.",
        "budget.colour": "There is no such field.",
        "members.1.role": "There is no such field.",
        "members.1.user_id": "This is needed.",
        "members.2.limit.hours": "Enter a number.",
    }


def test_the_sentence_of_the_error_names_each_field() -> None:
    assert str(InvalidInput({"name": "This is needed.", "cost": "Enter a number."})) == "name: This is needed.; cost: Enter a number."


BUDGET = (
    OneOf(name="type", label="Type", choices=(("cost", "Cost"), ("hours", "Hours")), default="cost"),
    Money(name="cost", label="Cost", required=True, shown_when=ShownWhen("type", ("cost",))),
    Hours(name="hours", label="Hours", required=True, shown_when=ShownWhen("type", ("hours",))),
)


def test_a_hidden_field_is_neither_asked_nor_sent() -> None:
    assert read_inputs(BUDGET, {"type": "hours", "hours": 2, "cost": "not even a number"}) == {"type": "hours", "hours": 7200}
    assert mistakes(BUDGET, {"type": "hours", "cost": 5}) == {"hours": "This is needed."}


def test_a_default_decides_what_is_shown_like_a_given_value() -> None:
    assert read_inputs(BUDGET, {"cost": 5}) == {"type": "cost", "cost": 5.0}


def test_a_value_decides_as_it_is_sent_and_not_as_it_was_typed() -> None:
    by_number = (ROLE, Text(name="team", label="Team", shown_when=ShownWhen("x", (1,))))
    by_flag = (FLAG, Text(name="team", label="Team", shown_when=ShownWhen("x", (True,))))
    assert read_inputs(by_number, {"x": "1", "team": "A"}) == {"x": 1, "team": "A"}
    assert read_inputs(by_flag, {"x": "on", "team": "A"}) == {"x": True, "team": "A"}
    assert read_inputs(by_flag, {"x": "off", "team": "A"}) == {"x": False}


def test_what_a_hidden_field_would_show_is_hidden_too() -> None:
    fields = (
        Flag(name="budgeted", label="Has a budget"),
        OneOf(name="type", label="Type", choices=(("cost", "Cost"),), shown_when=ShownWhen("budgeted", (True,))),
        Money(name="cost", label="Cost", shown_when=ShownWhen("type", ("cost",))),
    )
    stale = {"budgeted": "no", "type": "cost", "cost": 5}
    assert read_inputs(fields, stale) == {"budgeted": False}
    assert read_inputs(fields, {**stale, "budgeted": "yes"}) == {"budgeted": True, "type": "cost", "cost": 5.0}


def test_a_field_that_is_shown_by_a_mistaken_one_stays_hidden() -> None:
    assert mistakes(BUDGET, {"type": "days", "cost": "much"}) == {"type": "Choose one of: cost, hours."}


# --- Properties --------------------------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1", "on", "2026-03-29", "cost", "1e400", "🙂"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "key", "value", "cost", "note", "other"]), inner),
    max_leaves=8,
)
every_kind = st.sampled_from([TEXT, SHORT, NUMBER, COUNT, MONEY, HOURS, DATE, MOMENT, FLAG, ROLE, PICK, NUMBERED_PICK, TAGS, GROUP, ROWS])


@modestly
@given(every_kind, anything)
def test_whatever_is_given_is_either_refused_with_words_or_can_be_sent_as_json(field: Field, value: Any) -> None:
    try:
        values = read_inputs((field,), {"x": value})
    except InvalidInput as invalid:
        assert all(name.startswith("x") and message for name, message in invalid.errors.items())
        return
    assert orjson.loads(orjson.dumps(values)) == values


@modestly
@given(every_kind, anything)
def test_what_was_read_reads_as_itself(field: Field, value: Any) -> None:
    """A run keeps what was typed and may be started again with what was sent. Hours are another unit after reading."""
    if field is HOURS:
        return
    try:
        once = read_inputs((field,), {"x": value})
    except InvalidInput:
        return
    assert read_inputs((field,), once) == once


@modestly
@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_of_any_zone_is_sent_as_the_same_moment_in_utc(moment: datetime) -> None:
    try:
        sent = read(MOMENT, moment.isoformat())
    except InvalidInput:
        assert moment.year in {1, 9999}
        return
    assert sent.endswith("Z")
    assert abs((datetime.fromisoformat(sent) - moment).total_seconds()) < 0.001


@modestly
@given(st.decimals(min_value=0, max_value=100_000, places=4))
def test_hours_come_within_half_a_second(hours: Any) -> None:
    assert abs(read(HOURS, str(hours)) - hours * 3600) <= 0.5
