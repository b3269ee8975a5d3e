"""Tracked time is read from what was updated and from whole days: updates add and correct, only whole walks take away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.collecting import collect_updates, keep_removed, keep_written, list_of
from integrations.records.models import Record, RecordList
from integrations.records.staging import Days, Difference, LostPages
from integrations.transport.errors import BadAnswer, OverBudget, ProviderDown, ProviderError
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.records.shelf import Data, Shelf, changes, mirror, walk

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1)


class Clockwork:
    """Blocks of ten minutes as Hubstaff gives them: by slot, and by when they were updated, in pages of two."""

    def __init__(self, *blocks: Data) -> None:
        self.blocks = {block["id"]: block for block in blocks}
        self.asked: list[tuple[str, Data]] = []
        self.empty_answers = 0
        self.error: ProviderError | None = None

    def pages(self, operation: str, inputs: Mapping[str, Any]) -> Iterator[list[Data]]:
        self.asked.append((operation, dict(inputs)))
        found = [] if self._is_empty() else self._found(operation, inputs)
        for start in range(0, max(len(found), 1), 2):
            yield deepcopy(found[start : start + 2])
        if self.error:
            raise self.error

    def _is_empty(self) -> bool:
        self.empty_answers -= 1
        return self.empty_answers >= 0

    def _found(self, operation: str, inputs: Mapping[str, Any]) -> list[Data]:
        name, column = ("updated", "updated_at") if operation == "list_activity_updates" else ("time_slot", "time_slot")
        first, last = (datetime.fromisoformat(inputs[f"{name}_{end}"]) for end in ("start", "stop"))
        assert last - first <= 7 * A_DAY
        return [block for block in self.blocks.values() if first <= datetime.fromisoformat(block[column]) < last]


@pytest.fixture(autouse=True)
def bound(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with bind(organization.id):
        yield


@pytest.fixture
def connection() -> Connection:
    with scope():
        return make_connection("hubstaff")


@pytest.fixture
def activities(connection: Connection) -> RecordList:
    with scope():
        return list_of(connection, "activity")


def noon(offset: int) -> datetime:
    """Noon in UTC, so many days from today."""
    return datetime.combine(timezone.now().date(), datetime.min.time(), UTC) + timedelta(days=offset, hours=12)


def days(first: int, last: int) -> Days:
    return Days(noon(first).date(), noon(last).date())


def block(number: int, offset: int, updated: datetime, tracked: int = 600) -> Data:
    slot = noon(offset).isoformat()
    return {
        "id": number, "date": slot[:10], "time_slot": slot, "starts_at": slot, "updated_at": updated.isoformat(), "user_id": 5,
        "project_id": 1, "task_id": 1, "tracked": tracked, "time_type": "normal",
    }  # fmt: skip


def look(activities: RecordList, there: Clockwork, since: datetime, until: datetime) -> Difference:
    with scope():
        now = RecordList.objects.select_related("connection").get(pk=activities.pk)
    return collect_updates(now, cast(OpenConnection, there), since, until)


def walk_days(activities: RecordList, there: Clockwork, span: Days) -> Difference:
    return walk(activities, cast(Shelf, there), span)


def fresh(activities: RecordList) -> RecordList:
    with scope():
        return RecordList.objects.select_related("connection").get(pk=activities.pk)


def removed(connection: Connection) -> set[str]:
    with scope():
        gone = Record.objects.filter(connection=connection, entity="activity").exclude(removed_at=None)
        return set(gone.values_list("remote_id", flat=True))


# --- updates -------------------------------------------------------------------------------------------------------------


def test_updates_show_what_is_new_and_what_was_edited(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)), block(2, -2, noon(-2)))
    walk_days(activities, there, days(-5, -1))
    there.blocks |= {1: block(1, -3, noon(-1), tracked=300), 3: block(3, -2, noon(-1))}
    assert look(activities, there, noon(-1) - timedelta(minutes=20), noon(0)) == Difference(created=1, changed=1)
    assert {key: data["tracked"] for key, data in mirror(connection, "activity").items()} == {"1": 300, "2": 600, "3": 600}
    assert sorted(changes(connection, "activity")) == [("1", "changed"), ("3", "created")]


def test_updates_never_remove_anything(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)), block(2, -2, noon(-2)))
    walk_days(activities, there, days(-5, -1))
    del there.blocks[1]
    assert look(activities, there, noon(-5), noon(0)) == Difference()
    assert removed(connection) == set()
    walk_days(activities, there, days(-3, -3))
    assert removed(connection) == {"1"}


def test_updates_of_days_that_were_never_walked_are_taken_in_without_a_word(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)))
    walk_days(activities, there, days(-5, -1))
    known = fresh(activities)
    there.blocks[2] = block(2, -20, noon(-1))
    assert look(activities, there, noon(-2), noon(0)) == Difference(created=1)
    assert changes(connection, "activity") == []
    assert "2" in mirror(connection, "activity")
    assert (fresh(activities).days_known, fresh(activities).whole_at) == (known.days_known, known.whole_at), "no day is known by it"


def test_a_first_look_at_updates_is_a_ground_too(connection: Connection, activities: RecordList) -> None:
    assert look(activities, Clockwork(block(1, -3, noon(-1))), noon(-2), noon(0)) == Difference(created=1)
    assert changes(connection, "activity") == []
    assert fresh(activities).whole_at is None


def test_what_was_removed_and_shows_itself_again_is_back(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)), block(2, -3, noon(-3)))
    walk_days(activities, there, days(-5, -1))
    with scope():
        keep_removed(connection, activities.declaration, "1")
    assert look(activities, there, noon(-4), noon(0)) == Difference(created=1)
    assert set(mirror(connection, "activity")) == {"1", "2"}


def test_the_same_updates_again_write_nothing(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-1)), block(2, -2, noon(-1)), block(3, -2, noon(-1)))
    assert look(activities, there, noon(-2), noon(0)) == Difference(created=3)
    assert look(activities, there, noon(-2), noon(0)) == Difference()


def test_updates_are_asked_for_a_week_at_a_time_and_no_further_back_than_they_reach(activities: RecordList) -> None:
    there, until = Clockwork(), timezone.now().replace(microsecond=0)
    look(activities, there, until - timedelta(days=400), until)
    asked = [inputs for operation, inputs in there.asked if operation == "list_activity_updates"]
    assert len(there.asked) == len(asked) == 7
    starts, stops = ([datetime.fromisoformat(inputs[f"updated_{end}"]) for inputs in asked] for end in ("start", "stop"))
    assert starts[1:] == stops[:-1]
    assert stops[-1] == until
    assert timedelta(days=44) < until - starts[0] < timedelta(days=45)


def test_updates_of_no_time_at_all_ask_nothing(activities: RecordList) -> None:
    there = Clockwork()
    assert look(activities, there, noon(0), noon(0)) == Difference()
    assert there.asked == []


@pytest.mark.parametrize("error", [ProviderDown("It burns."), OverBudget("Enough.", retry_after=9), BadAnswer("What?")])
def test_updates_that_do_not_arrive_whole_leave_the_mirror_as_it_was(
    connection: Connection, activities: RecordList, error: ProviderError
) -> None:
    there = Clockwork(block(1, -3, noon(-1)), block(2, -2, noon(-1)), block(3, -2, noon(-1)))
    there.error = error
    with pytest.raises(type(error)):
        look(activities, there, noon(-2), noon(0))
    assert mirror(connection, "activity") == {}
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staged")
        assert cursor.fetchone()[0] == 0


def test_updates_whose_pages_got_lost_are_not_merged(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-1)))
    with pytest.raises(LostPages):
        collect_updates(
            fresh(activities), cast(OpenConnection, there), noon(-2), noon(0), lambda: database.cursor().execute("DISCARD TEMP")
        )
    assert mirror(connection, "activity") == {}


def test_a_look_that_began_before_our_own_write_does_not_undo_it(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-1)))
    ours = block(1, -3, noon(-1), tracked=60)

    def write() -> None:
        with scope():
            keep_written(connection, activities.declaration, ours)

    collect_updates(fresh(activities), cast(OpenConnection, there), noon(-2), noon(0), write)
    assert mirror(connection, "activity") == {"1": ours}


# --- days that do not touch ------------------------------------------------------------------------------------------------


def test_a_few_chosen_days_are_walked_and_only_they_lose_what_is_gone(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(*(block(number, -number, noon(-number)) for number in range(1, 30)))
    walk_days(activities, there, days(-27, -1))
    there.blocks.clear()
    there.asked.clear()
    for chosen in (days(-20, -19), days(-4, -4)):
        walk_days(activities, there, chosen)
    assert removed(connection) == {"19", "20", "4"}
    assert {inputs["time_slot_start"][:10] for _, inputs in there.asked} == {str(noon(-20).date()), str(noon(-4).date())}


def test_days_that_do_not_touch_are_known_each_for_itself(connection: Connection, activities: RecordList) -> None:
    there = Clockwork()
    for chosen in (days(-20, -19), days(-4, -4), days(-3, -2)):
        walk_days(activities, there, chosen)
    assert fresh(activities).days == [days(-20, -19), days(-4, -2)]
    there.blocks |= {1: block(1, -10, noon(-1)), 2: block(2, -19, noon(-1)), 3: block(3, -3, noon(-1))}
    look(activities, there, noon(-2), noon(0))
    assert sorted(changes(connection, "activity")) == [("2", "created"), ("3", "created")], "the day between was never seen"


def test_time_that_moved_to_another_day_is_followed_by_updates_before_its_old_day_is_walked(
    connection: Connection, activities: RecordList
) -> None:
    there = Clockwork(block(1, -5, noon(-5)), block(2, -5, noon(-5)))
    walk_days(activities, there, days(-6, -1))
    there.blocks[1] = block(1, -2, noon(-1))
    look(activities, there, noon(-2), noon(0))
    walk_days(activities, there, days(-5, -5))
    assert removed(connection) == set()
    assert mirror(connection, "activity")["1"]["date"] == str(noon(-2).date())


# --- a second look ---------------------------------------------------------------------------------------------------------


def test_an_empty_answer_once_loses_nothing(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)), block(2, -2, noon(-2)))
    walk_days(activities, there, days(-5, -1))
    there.asked.clear()
    there.empty_answers = 1
    assert walk_days(activities, there, days(-5, -1)) == Difference()
    assert len(there.asked) == 2
    assert set(mirror(connection, "activity")) == {"1", "2"}


def test_one_empty_answer_of_several_loses_nothing(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(*(block(number, -number, noon(-number)) for number in range(1, 28)))
    walk_days(activities, there, days(-27, -1))
    there.empty_answers = 1
    assert walk_days(activities, there, days(-27, -1)) == Difference()
    assert len(mirror(connection, "activity")) == 27


def test_what_is_empty_twice_is_believed_at_once(connection: Connection, activities: RecordList) -> None:
    there = Clockwork(block(1, -3, noon(-3)), block(2, -2, noon(-2)))
    walk_days(activities, there, days(-5, -1))
    there.asked.clear()
    there.blocks.clear()
    assert walk_days(activities, there, days(-5, -1)) == Difference(removed=2)
    assert len(there.asked) == 2
    there.asked.clear()
    walk_days(activities, there, days(-5, -1))
    assert len(there.asked) == 1, "nothing is left to be missed"


def test_a_second_look_does_not_count_for_what_a_walk_usually_costs(activities: RecordList) -> None:
    there = Clockwork(*(block(number, 0, noon(0)) for number in (1, 2, 3)))
    there.blocks |= {4: block(4, -1, noon(-1)), 5: block(5, -1, noon(-1))}
    walk_days(activities, there, days(-1, 0))
    assert fresh(activities).calls == 3
    del there.blocks[4]
    walk_days(activities, there, days(-1, 0))
    assert fresh(activities).calls == 2


def test_days_that_were_known_and_empty_are_walked_once(activities: RecordList) -> None:
    there = Clockwork(block(1, -9, noon(-9)))
    for chosen in (days(-9, -9), days(-5, -1), days(-5, -1)):
        walk_days(activities, there, chosen)
    assert len(there.asked) == 3


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_a_list_that_is_cut_short_once_loses_nothing(connection: Connection, shown: int) -> None:
    records = [{"id": number, "name": f"Project {number}", "status": "active"} for number in (1, 2, 3)]
    with scope():
        projects = list_of(connection, "project")
    walk(projects, Shelf(*records))
    shelf = Shelf(*records[:shown])
    shelf.meanwhile[0] = lambda: shelf.records.extend(records[shown:])
    assert walk(projects, shelf) == Difference()
    assert len(shelf.asked) == 2
    assert len(mirror(connection, "project")) == 3


def test_a_second_look_that_breaks_off_takes_the_first_with_it(connection: Connection) -> None:
    records = [{"id": number, "name": f"Project {number}", "status": "active"} for number in (1, 2, 3)]
    with scope():
        projects = list_of(connection, "project")
    walk(projects, Shelf(*records))
    shelf = Shelf(records[0])

    def break_next() -> None:
        shelf.breaks_at = 0

    shelf.meanwhile[0] = break_next
    with pytest.raises(ProviderDown):
        walk(projects, shelf)
    assert len(mirror(connection, "project")) == 3
    assert fresh(projects).problem.endswith("It burns.")


def test_a_record_of_our_own_that_a_walk_could_not_see_yet_is_not_missed(connection: Connection) -> None:
    with scope():
        projects = list_of(connection, "project")
    shelf = Shelf({"id": 1, "name": "One", "status": "active"})

    def write() -> None:
        with scope():
            keep_written(connection, projects.declaration, {"id": 2, "name": "Ours", "status": "active"})

    shelf.meanwhile[0] = write
    walk(projects, shelf)
    assert len(shelf.asked) == 1
    assert set(mirror(connection, "project")) == {"1", "2"}
