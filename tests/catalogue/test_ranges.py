"""A range that is turned round, a version, and an id that cannot be one are told at their field."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.catalogue import Date, Field, Group, InvalidInput, Moment, Number, Pick, Version
from integrations.catalogue.fields import LONGEST_ID, read_inputs
from tests.catalogue.test_check import create, with_operation

DAYS = (Date(name="first", label="First day"), Date(name="last", label="Last day", not_before="first"))
MOMENTS = (Moment(name="start", label="Start"), Moment(name="end", label="End", not_before="start"))


def errors(fields: tuple[Field, ...], **given: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_inputs(fields, given)
    return caught.value.errors


def test_a_range_that_ends_before_it_begins_is_told_at_its_end() -> None:
    assert errors(DAYS, first="2026-03-02", last="2026-03-01") == {"last": "This is before “First day”."}
    turned = {"start": "2026-03-01T10:00:00+01:00", "end": "2026-03-01T08:59:59Z"}
    assert errors(MOMENTS, **turned) == {"end": "This is before “Start”."}


def test_a_range_in_a_group_is_told_by_its_full_name() -> None:
    group = (Group(name="days", label="Days", fields=DAYS),)
    assert errors(group, days={"first": "2026-03-02", "last": "2026-03-01"}) == {"days.last": "This is before “First day”."}


@pytest.mark.parametrize("given", [{}, {"last": "2026-01-01"}, {"first": "2026-01-01"}, {"first": "2026-01-01", "last": "2026-01-01"}])
def test_a_range_with_an_open_end_or_of_one_day_is_fine(given: dict[str, str]) -> None:
    assert read_inputs(DAYS, given) == given


def test_a_range_whose_end_is_emptied_is_open() -> None:
    open_end = (MOMENTS[0], Moment(name="end", label="End", not_before="start", emptied_as=None))
    assert read_inputs(open_end, {"start": "2026-03-01T10:00:00Z", "end": None})["end"] is None


def test_a_moment_is_compared_by_when_it_is_and_not_by_how_it_is_written() -> None:
    assert read_inputs(MOMENTS, {"start": "2026-03-01T10:00:00+09:00", "end": "2026-03-01T09:00:00+01:00"})


@pytest.mark.parametrize("end", [Date(name="last", label="Last", not_before="gone"), Date(name="last", label="Last", not_before="start")])
def test_the_start_of_a_range_has_to_stand_beside_its_end(end: Date) -> None:
    (mistake,) = with_operation(create(Moment(name="start", label="Start"), end))
    assert mistake == f"clock.create.last: may not be before {end.not_before!r}, which is no date beside it"


@pytest.mark.parametrize("typed", ["a\0b", "x" * (LONGEST_ID + 1), "a\nb"])
def test_what_can_be_no_id_is_told(typed: str) -> None:
    assert errors((Pick(name="task", label="Task", entity="task"),), task=typed).keys() == {"task"}


def test_a_version_is_a_number() -> None:
    version = Version(name="lock_version", label="Lock version", least=0)
    assert isinstance(version, Number)
    assert read_inputs((version,), {"lock_version": "3"}) == {"lock_version": 3}
