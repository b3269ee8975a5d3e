"""Lists that are asked for by days: what is news in them, what is gone, and which days are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.connections.models import Connection
from integrations.records.collecting import keep_written, list_of, refresh_now
from integrations.records.days import Days
from integrations.records.models import Record, RecordList
from integrations.records.staging import Difference
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.records.shelf import Shelf, changes, mirror, walk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bound(organization: Organization) -> Iterator[None]:
    with bind(organization.id):
        yield


@pytest.fixture
def connection() -> Connection:
    with scope():
        return make_connection("hubstaff")


def list_for(connection: Connection, entity: str) -> RecordList:
    with scope():
        return list_of(connection, entity)


@pytest.fixture
def activities(connection: Connection) -> RecordList:
    """Time by day: what is tracked, up to today."""
    return list_for(connection, "daily_activity")


@pytest.fixture
def shifts(connection: Connection) -> RecordList:
    """Single days, also in the future."""
    return list_for(connection, "shift")


@pytest.fixture
def schedules(connection: Connection) -> RecordList:
    """They last for days: each is shown wherever it reaches into."""
    return list_for(connection, "schedule")


def today(offset: int = 0) -> date:
    return timezone.now().date() + timedelta(days=offset)


def days(first: int, last: int) -> Days:
    """Days counted from today."""
    return Days(today(first), today(last))


def activity(number: int, offset: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "date": today(offset).isoformat(), "user_id": 5, "project_id": 1, "task_id": 1, "tracked": 600, **fields}


def shift(number: int, offset: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "date": today(offset).isoformat(), "status": "planned", "attendance_schedule_id": 1, "user_id": 5, **fields}


def schedule(number: int, first: int, last: int | None) -> dict[str, Any]:
    """A weekly schedule; without a last day it has no end."""
    ends = {"repeat_until": today(last).isoformat() if last is not None else None}
    return {"id": number, "start_date": today(first).isoformat(), "repeat_schedule": "weekly", "duration": 28800, "user_id": 5, **ends}


def fresh(record_list: RecordList) -> RecordList:
    with scope():
        return RecordList.objects.select_related("connection").get(pk=record_list.pk)


def look_back(record_list: RecordList, passed: int) -> None:
    """As if the last walks had been so many days ago."""
    known = [Days(span.first - timedelta(days=passed), span.last - timedelta(days=passed)).as_json() for span in fresh(record_list).days]
    with scope():
        whole_at = timezone.now() - timedelta(days=passed)
        RecordList.objects.filter(pk=record_list.pk).update(whole_at=whole_at, days_known=known)
        Record.objects.filter(list=record_list).update(changed_at=whole_at, first_seen_at=whole_at)


# --- news ----------------------------------------------------------------------------------------------------------------


def test_the_first_walk_is_the_ground(connection: Connection, activities: RecordList) -> None:
    assert walk(activities, Shelf(activity(1, -3), activity(2, 0))) == Difference(created=2)
    assert changes(connection, "daily_activity") == []
    assert fresh(activities).days == [days(-7, 0)]


def test_what_appears_on_a_day_that_was_seen_is_news(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, -3)))
    walk(activities, Shelf(activity(1, -3), activity(2, -3), activity(3, 0)))
    assert sorted(changes(connection, "daily_activity")) == [("2", "created"), ("3", "created")]


def test_a_wider_walk_takes_in_what_lies_outside_the_days_seen_without_a_word(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, -3)))
    assert walk(activities, Shelf(activity(1, -3), activity(2, -20), activity(3, -8)), days(-30, 0)) == Difference(created=2)
    assert changes(connection, "daily_activity") == []
    assert set(mirror(connection, "daily_activity")) == {"1", "2", "3"}
    walk(activities, Shelf(activity(1, -3), activity(2, -20), activity(3, -8), activity(4, -20)), days(-30, 0))
    assert changes(connection, "daily_activity") == [("4", "created")], "now these days have been seen"


def test_days_of_long_ago_are_taken_in_without_a_word_and_say_nothing_of_how_fresh_the_list_is(
    connection: Connection, activities: RecordList
) -> None:
    walk(activities, Shelf(activity(1, -3)))
    known = fresh(activities)
    walk(activities, Shelf(activity(2, -100)), days(-110, -90))
    assert changes(connection, "daily_activity") == []
    assert fresh(activities).days == [days(-110, -90), days(-7, 0)]
    assert (fresh(activities).whole_at, fresh(activities).calls) == (known.whole_at, known.calls)


def test_a_list_that_began_with_days_of_long_ago_has_its_ground_still_before_it(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, -100)), days(-110, -90))
    assert fresh(activities).whole_at is None
    walk(activities, Shelf(activity(2, -1)))
    assert changes(connection, "daily_activity") == []


def test_a_change_is_noted_wherever_it_lies(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, -100)), days(-110, -90))
    walk(activities, Shelf(activity(1, -100, tracked=900)), days(-110, -90))
    assert changes(connection, "daily_activity") == [("1", "changed")]


def test_what_appears_on_days_that_began_since_the_last_look_is_news(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, 0)))
    look_back(activities, 2)
    walk(activities, Shelf(activity(1, 0), activity(2, -1), activity(3, 0)))
    assert sorted(changes(connection, "daily_activity")) == [("2", "created"), ("3", "created")]


def test_a_planned_day_that_comes_into_sight_because_time_passes_is_no_news(connection: Connection, shifts: RecordList) -> None:
    walk(shifts, Shelf(shift(1, 3)))
    look_back(shifts, 2)
    walk(shifts, Shelf(shift(1, 3), shift(2, 10), shift(3, 22)))
    assert changes(connection, "shift") == [("2", "created")], "the third stood there before, or not: nobody looked so far ahead"


def test_a_refresh_looks_as_far_back_and_ahead_as_the_list_says(shifts: RecordList) -> None:
    shelf = Shelf()
    walk(shifts, shelf)
    window = shifts.window
    assert window and window.ahead
    assert fresh(shifts).days == [days(-window.back, window.ahead)]
    asked = [inputs for _, inputs in shelf.asked]
    assert (asked[0]["date_start"], asked[-1]["date_stop"]) == (today(-window.back).isoformat(), today(window.ahead).isoformat())


def test_what_we_wrote_outside_the_days_seen_is_news_all_the_same(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, -3)))
    with scope():
        keep_written(connection, activities.declaration, activity(2, -50))
    assert changes(connection, "daily_activity") == [("2", "created")]


WALKS = st.lists(st.tuples(st.sets(st.integers(-40, 0), max_size=6), st.integers(1, 40)), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(WALKS)
def test_whatever_is_walked_only_days_that_were_seen_have_news(walks: list[tuple[set[int], int]]) -> None:
    """Before each walk people add a record on some days; the walk reaches back to one of them."""
    with scope():
        connection = make_connection("hubstaff")
    record_list = list_for(connection, "daily_activity")
    there: dict[str, int] = {}
    held: set[str] = set()
    news: set[str] = set()
    seen = -1
    for number, (offsets, reach) in enumerate(walks):
        there |= {f"{number}0{-offset}": offset for offset in offsets}
        shown = {key for key, offset in there.items() if -offset <= reach}
        news |= {key for key in shown - held if -there[key] <= seen}
        walk(record_list, Shelf(*(activity(int(key), there[key]) for key in shown)), days(-reach, 0))
        held, seen = held | shown, max(seen, reach)
        assert set(changes(connection, "daily_activity")) == {(str(int(key)), "created") for key in news}


# --- what lasts for days -------------------------------------------------------------------------------------------------


def test_a_lasting_record_is_news_when_it_first_reaches_into_the_days_seen(connection: Connection, schedules: RecordList) -> None:
    walk(schedules, Shelf(schedule(1, -100, None)))
    walk(schedules, Shelf(schedule(1, -100, None), schedule(2, 10, None), schedule(3, 0, 5), schedule(4, 300, 900)))
    assert sorted(changes(connection, "schedule")) == [("2", "created"), ("3", "created"), ("4", "created")]


def test_lasting_records_of_long_ago_are_no_news(connection: Connection, schedules: RecordList) -> None:
    walk(schedules, Shelf(schedule(1, -3, 3)))
    walk(schedules, Shelf(schedule(1, -3, 3), schedule(2, -60, -40)), days(-90, 3))
    assert changes(connection, "schedule") == []


def test_the_first_walk_is_the_ground_for_what_has_no_end(connection: Connection, schedules: RecordList) -> None:
    walk(schedules, Shelf(schedule(1, -100, None)))
    assert changes(connection, "schedule") == []


def test_a_lasting_record_that_is_not_shown_any_more_is_removed_even_without_an_end(connection: Connection, schedules: RecordList) -> None:
    walk(schedules, Shelf(schedule(1, -100, None), schedule(2, -3, 900), schedule(3, -30, -2)))
    assert walk(schedules, Shelf()) == Difference(removed=3)


def test_a_lasting_record_that_may_begin_behind_the_last_day_is_not_removed(connection: Connection, schedules: RecordList) -> None:
    walk(schedules, Shelf(schedule(1, 200, 300), schedule(2, 200, None), schedule(3, -5, 0)), days(-10, 350))
    assert walk(schedules, Shelf(), days(-10, 10)) == Difference(removed=1), "only of the third it is sure that it would have been shown"
    assert set(mirror(connection, "schedule")) == {"1", "2"}


# --- the edges of what was seen ------------------------------------------------------------------------------------------


def test_records_beside_the_days_asked_for_are_taken_in_and_not_removed_when_they_are_not_shown(
    connection: Connection, activities: RecordList
) -> None:
    """A provider may show more than the days that we asked for; only these are certain."""
    walk(activities, Shelf(activity(1, -4), activity(2, -3), activity(3, -1)), days(-3, -2))
    assert set(mirror(connection, "daily_activity")) == {"1", "2", "3"}
    assert walk(activities, Shelf(), days(-3, -2)) == Difference(removed=1)
    assert set(mirror(connection, "daily_activity")) == {"1", "3"}
    assert fresh(activities).days == [days(-3, -2)]


def test_what_is_still_to_come_is_not_removed_by_a_list_that_does_not_look_ahead(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, 0)))
    with scope():
        Record.objects.filter(list=activities).update(moment=timezone.now() + timedelta(minutes=1))
    assert walk(activities, Shelf()) == Difference()
    with scope():
        Record.objects.filter(list=activities).update(moment=timezone.now() - timedelta(minutes=1))
    assert walk(activities, Shelf(), days(-1, 0)) == Difference(removed=1)


# --- days that somebody asks for -----------------------------------------------------------------------------------------


def test_the_days_that_were_asked_for_stand_on_the_list(connection: Connection, activities: RecordList) -> None:
    with scope():
        refresh_now(connection, activities.declaration, days(-30, -20))
    assert fresh(activities).asked_days == days(-30, -20)
    assert fresh(activities).due_at is not None
