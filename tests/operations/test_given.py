"""What stands in controls and what it means: whatever a record holds can be shown, and an untouched form changes nothing."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import Field, Flag, Group, Moment, Number, OneOf, Pick, Place, Rows, ShownWhen, Text
from integrations.operations.building.given import (
    MOST_ROWS,
    Given,
    Reader,
    first_given,
    given_in,
    given_of,
    is_blank,
    shown_fields,
    with_row,
    without_blank_rows,
    without_row,
)

modestly = settings(max_examples=150, deadline=None, derandomize="CI" in os.environ)
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")]
INNER: tuple[Field, ...] = (
    OneOf(name="type", label="Type", choices=(("cost", "Cost"), ("hours", "Hours")), required=True),
    Number(name="cost", label="Cost", shown_when=ShownWhen("type", ("cost",)), emptied_as=None),
    OneOf(name="repeat", label="Repeat", choices=(("never", "Never"), ("monthly", "Monthly")), default="never"),
)
FIELDS: tuple[Field, ...] = (
    Pick(name="task", label="Task", place=Place.PATH, entity="task", required=True),
    Text(name="name", label="Name"),
    Text(name="note", label="Note", long=True, emptied_as=""),
    Text(name="tags", label="Tags", many=True),
    Number(name="amount", label="Amount"),
    Flag(name="billable", label="Billable"),
    Moment(name="due", label="Due"),
    OneOf(name="kind", label="Kind", choices=((0, "Zero"), (1, "One"))),
    Text(name="reason", label="Reason", shown_when=ShownWhen("kind", (1,))),
    Pick(name="people", label="People", entity="person", many=True),
    Group(name="budget", label="Budget", fields=INNER),
    Rows(name="members", label="Members", fields=INNER),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "cost", "repeat", "id", "a"]), inner, max_size=3),
    max_leaves=8,
)
plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
budgets = st.fixed_dictionaries(
    {"type": st.sampled_from(["cost", "hours"])}, optional={"cost": st.integers(0, 99), "repeat": st.sampled_from(["never", "monthly"])}
)
sound = st.fixed_dictionaries(
    {"task": plain},
    optional={
        "name": plain,
        "note": st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40),
        "tags": st.lists(plain, max_size=3),
        "amount": st.integers(-(10**9), 10**9),
        "billable": st.booleans(),
        "due": moments.map(datetime.isoformat),
        "kind": st.sampled_from([0, 1]),
        "reason": plain,
        "people": st.lists(plain, max_size=3, unique=True),
        "budget": budgets,
        "members": st.lists(budgets, max_size=3),
    },
)


def around_changes_of_the_clock(zone: ZoneInfo) -> st.SearchStrategy[datetime]:
    """Moments near those at which the clocks of a zone are put forward or back."""
    hours = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(365 * 24))
    changes = [each for each in hours if each.astimezone(zone).utcoffset() != (each + timedelta(hours=1)).astimezone(zone).utcoffset()]
    seconds = st.integers(-3 * 3600, 3 * 3600).map(lambda number: timedelta(seconds=number))
    return st.builds(lambda change, away: change + away, st.sampled_from(changes), seconds) if changes else moments


def as_sent(fields: tuple[Field, ...], form: Given, above: str = "") -> list[tuple[str, str]]:
    """What a browser sends of the controls that are drawn."""
    pairs: list[tuple[str, str]] = []
    for field in shown_fields(fields, form):
        name, value = f"{above}{field.name}", form[field.name]
        if isinstance(field, Group):
            pairs += as_sent(field.fields, value, f"{name}.")
        elif isinstance(field, Rows):
            pairs.append((name, ""))
            for number, row in enumerate(value):
                pairs += [(f"{name}.{number}", ""), *as_sent(field.fields, row, f"{name}.{number}.")]
        elif isinstance(field, Text):
            pairs.append((name, ("\n".join(value) if field.many else value).replace("\n", "\r\n")))
        else:
            pairs += [(name, each) for each in (["", *value] if field.many else [value])]
    return pairs


def sent(fields: tuple[Field, ...], form: Given) -> QueryDict:
    return QueryDict("&".join(f"{quote(name)}={quote(value)}" for name, value in as_sent(fields, form)))


@modestly
@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), anything), st.sampled_from(ZONES))
def test_whatever_a_record_holds_can_be_shown_and_sent_back(inputs: dict[str, Any], zone: ZoneInfo) -> None:
    form = given_of(FIELDS, inputs, zone)
    back = given_in(FIELDS, sent(FIELDS, form), form)
    Reader(zone).everything(FIELDS, without_blank_rows(FIELDS, back))
    Reader(zone).changes(FIELDS, back, form)


@modestly
@given(sound, st.sampled_from(ZONES))
def test_an_untouched_form_changes_nothing(inputs: dict[str, Any], zone: ZoneInfo) -> None:
    stood = given_of(FIELDS, inputs, zone)
    back = without_blank_rows(FIELDS, given_in(FIELDS, sent(FIELDS, stood), stood))
    assert Reader(zone).changes(FIELDS, back, without_blank_rows(FIELDS, stood)).keys() == {"task"}


@modestly
@given(sound, sound, st.sampled_from(ZONES))
def test_what_differs_is_sent_and_nothing_else(before: dict[str, Any], after: dict[str, Any], zone: ZoneInfo) -> None:
    stood, wanted = given_of(FIELDS, before, zone), given_of(FIELDS, after, zone)
    changed = Reader(zone).changes(FIELDS, wanted, stood)
    for field in shown_fields(FIELDS, wanted):
        if field.name in changed and not (field.required or field.name == "kind" or isinstance(field, Group | Rows)):
            assert wanted[field.name] != stood[field.name]
        if is_blank(field, wanted[field.name]) and field.name == "note" and not is_blank(field, stood["note"]):
            assert changed["note"] is None


@modestly
@given(moments, st.sampled_from(ZONES))
def test_a_moment_comes_back_as_it_was_but_for_the_hour_that_happens_twice(moment: datetime, zone: ZoneInfo) -> None:
    field = (Moment(name="due", label="Due"),)
    reader = Reader(zone)
    back = datetime.fromisoformat(reader.everything(field, given_of(field, {"due": moment.isoformat()}, zone))["due"])
    assert reader.errors == {}
    assert back == moment or moment.astimezone(zone).fold == 1


@modestly
@given(
    st.lists(
        st.tuples(st.sampled_from([*(field.name for field in FIELDS), "members.0", "members.0.type", "budget.type"]), plain), max_size=8
    )
)
def test_whatever_is_sent_can_be_read(pairs: list[tuple[str, str]]) -> None:
    data = QueryDict("&".join(f"{quote(name)}={quote(value)}" for name, value in pairs))
    form = given_in(FIELDS, data, first_given(FIELDS))
    Reader(ZONES[0]).everything(FIELDS, without_blank_rows(FIELDS, form))


def test_there_is_an_end_to_rows() -> None:
    form = first_given(FIELDS)
    for _ in range(MOST_ROWS + 5):
        form = with_row(FIELDS, form, "members")
    assert len(form["members"]) == MOST_ROWS
    data = QueryDict("&".join(["members=", *(f"members.{number}=" for number in range(MOST_ROWS + 5))]))
    assert len(given_in(FIELDS, data, first_given(FIELDS))["members"]) == MOST_ROWS


def test_rows_within_groups_and_rows_are_added_and_removed_too() -> None:
    tags = Rows(name="tags", label="Tags", fields=(Text(name="tag", label="Tag"),))
    fields = (Group(name="group", label="Group", fields=(tags,)), Rows(name="rows", label="Rows", fields=(tags,)))
    form = with_row(fields, with_row(fields, with_row(fields, first_given(fields), "group.tags"), "rows"), "rows.0.tags")
    assert form == {"group": {"tags": [{"tag": ""}]}, "rows": [{"tags": [{"tag": ""}]}]}
    assert without_row(fields, without_row(fields, form, "group.tags.0"), "rows.0.tags.0") == {
        "group": {"tags": []},
        "rows": [{"tags": []}],
    }


@pytest.mark.parametrize("typed", ["2026-03-29T02:30", "2026-03-29T02:59:59"])
def test_an_hour_that_the_clocks_skip_is_no_time(typed: str) -> None:
    reader = Reader(ZoneInfo("Europe/Berlin"))
    reader.everything((Moment(name="due", label="Due"),), {"due": typed})
    assert reader.errors.keys() == {"due"}


@pytest.mark.parametrize("zone", ZONES, ids=str)
@modestly
@given(data=st.data())
def test_any_moment_that_is_shown_and_sent_back_is_the_same_moment(zone: ZoneInfo, data: st.DataObject) -> None:
    moment = data.draw(moments | around_changes_of_the_clock(zone))
    due = (Moment(name="due", label="Due"),)
    reader = Reader(zone)
    stands = given_of(due, {"due": moment.isoformat()}, zone)
    sent = re.sub(r"(T\d\d:\d\d):00$", r"\1", stands["due"])  # browsers leave out the seconds of a full minute
    back = reader.everything(due, given_in(due, QueryDict(f"due={quote(sent)}"), first_given(due)))
    assert (datetime.fromisoformat(back["due"]), reader.errors) == (moment, {})
