"""A walk makes the mirror equal to the other side, writes only what differs, and notes each difference once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any, cast

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.collecting import collect, keep_written, list_of, refresh_now
from integrations.records.models import Record, RecordList
from integrations.records.staging import Days, Difference, LostPages
from integrations.transport.errors import BadAnswer, NotFound, ProviderDown
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.records.shelf import Shelf, by_id, changes, mirror, project, replay, walk

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = project(1), project(2), project(3)


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
def projects(connection: Connection) -> RecordList:
    with scope():
        return list_of(connection, "project")


@pytest.fixture
def walked(projects: RecordList) -> Shelf:
    """A shelf of three that was walked once."""
    shelf = Shelf(ONE, TWO, THREE, size=2)
    walk(projects, shelf)
    return shelf


def row_versions() -> dict[str, tuple[str, str]]:
    """Which transaction wrote each row, and where it lies: a row that is written anew gets another."""
    with scope(), database.cursor() as cursor:
        cursor.execute("SELECT remote_id, xmin::text, ctid::text FROM records_record")
        return {remote_id: (writer, place) for remote_id, writer, place in cursor.fetchall()}


def staged_rows() -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staged")
        return int(cursor.fetchone()[0])


def fresh(record_list: RecordList) -> RecordList:
    with scope():
        return RecordList.objects.get(pk=record_list.pk)


# --- Pages that got lost ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2])
@pytest.mark.parametrize("drop", ["DISCARD TEMP", "DELETE FROM staged"])
def test_a_walk_whose_pages_got_lost_on_the_way_writes_nothing(
    connection: Connection, projects: RecordList, walked: Shelf, page: int, drop: str
) -> None:
    """As when another database session goes on with the walk: what was staged in the first one is not there."""
    before = row_versions()
    later = Shelf({**ONE, "name": "Renamed"}, TWO, project(4), size=1)
    later.meanwhile[page] = lambda: database.cursor().execute(drop)
    with pytest.raises(LostPages) as raised:
        walk(projects, later)
    assert raised.value.passes, "it is tried again"
    assert row_versions() == before
    assert changes(connection, "project") == []
    assert fresh(projects).problem == str(raised.value)
    assert staged_rows() == 0
    assert walk(projects, later) == Difference(created=1, changed=1, removed=1)
    assert fresh(projects).problem == ""


def test_pages_that_got_lost_after_the_last_one_are_noticed_too(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    with pytest.raises(LostPages, match="Of 6 records 0 are left"):
        walk(projects, walked, progress=lambda: database.cursor().execute("DISCARD TEMP"))
    assert len(mirror(connection, "project")) == 3


# --- What a walk finds -------------------------------------------------------------------------------------------------


def test_the_first_walk_is_the_ground_and_notes_no_changes(connection: Connection, projects: RecordList) -> None:
    began = timezone.now()
    assert walk(projects, Shelf(ONE, TWO, THREE, size=2)) == Difference(created=3)
    assert mirror(connection, "project") == by_id(ONE, TWO, THREE)
    assert changes(connection, "project") == []
    whole_at = fresh(projects).whole_at
    assert whole_at is not None
    assert began <= whole_at <= timezone.now()


def test_a_first_walk_that_finds_nothing_is_a_ground_too(connection: Connection, projects: RecordList) -> None:
    assert walk(projects, Shelf()) == Difference()
    assert walk(projects, Shelf(ONE)) == Difference(created=1)
    assert changes(connection, "project") == [("1", "created")]


def test_later_walks_note_what_was_created_changed_and_removed(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    walked.records = [ONE, {**TWO, "name": "Renamed"}, project(4)]
    assert walk(projects, walked) == Difference(created=1, changed=1, removed=1)
    assert mirror(connection, "project") == by_id(ONE, {**TWO, "name": "Renamed"}, project(4))
    assert sorted(changes(connection, "project")) == [("2", "changed"), ("3", "removed"), ("4", "created")]
    assert replay(connection, "project", by_id(ONE, TWO, THREE)) == mirror(connection, "project")


def test_what_comes_back_is_created_again(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    walked.records = [ONE, TWO]
    walk(projects, walked)
    walked.records = [ONE, TWO, THREE]
    assert walk(projects, walked) == Difference(created=1)
    assert changes(connection, "project") == [("3", "removed"), ("3", "created")]
    assert mirror(connection, "project") == by_id(ONE, TWO, THREE)


def test_a_record_that_is_shown_as_deleted_is_removed(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    walked.records[1] = {**TWO, "status": "deleted"}
    assert walk(projects, walked) == Difference(removed=1)
    assert changes(connection, "project") == [("2", "removed")]


def test_a_list_that_was_walked_since_the_caller_read_it_has_its_ground(
    connection: Connection, projects: RecordList, walked: Shelf
) -> None:
    walked.records.append(project(4))
    assert projects.whole_at is None, "as it was before the first walk"
    assert collect(projects, cast(OpenConnection, walked)) == Difference(created=1)
    assert changes(connection, "project") == [("4", "created")]


def test_unchanged_rows_are_not_written(projects: RecordList, walked: Shelf) -> None:
    before = row_versions()
    walked.records = [dict(reversed(ONE.items())), {**TWO, "name": "Renamed"}, THREE]
    walk(projects, walked)
    after = row_versions()
    assert {remote_id for remote_id in before if before[remote_id] != after[remote_id]} == {"2"}


def test_the_promoted_columns_follow_the_record(projects: RecordList, walked: Shelf) -> None:
    walked.records[0] = project(1, name="Relaunch", status="archived", client_id=7, created_at="2026-11-02T10:00:00+01:00")
    walk(projects, walked)
    with scope():
        record = Record.objects.get(remote_id="1")
    assert (record.title, record.status, record.parent) == ("Relaunch", "archived", "7")
    assert record.moment == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert record.changed_at > record.first_seen_at


def test_progress_is_told_after_each_page(projects: RecordList) -> None:
    told: list[int] = []
    walk(projects, Shelf(ONE, TWO, THREE, size=1), progress=lambda: told.append(1))
    assert len(told) == 3


def test_a_large_list_is_collected_in_as_many_statements_as_a_small_one_of_as_many_pages(connection: Connection) -> None:
    statements = []
    for entity, count in (("project", 20), ("client", 10_000)):
        with scope():
            record_list = list_of(connection, entity)
        shelf = Shelf(*(project(number) for number in range(count)), size=count // 20)
        with CaptureQueriesContext(database) as captured:
            walk(record_list, shelf)
        statements.append(len(captured))
        with scope():
            assert Record.objects.filter(entity=entity).count() == count
    small, large = statements
    assert large == small
    assert large <= 20 * 2 + 25


# --- Walks that do not arrive whole ------------------------------------------------------------------------------------


def test_a_walk_that_breaks_in_the_middle_leaves_the_mirror_as_it_was(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    before, whole_at = row_versions(), fresh(projects).whole_at
    walked.records, walked.breaks_at = [{**ONE, "name": "Renamed"}, project(4), project(5)], 1
    with pytest.raises(ProviderDown):
        walk(projects, walked)
    assert row_versions() == before
    assert changes(connection, "project") == []
    assert (fresh(projects).whole_at, fresh(projects).problem) == (whole_at, "The provider does not work at the moment. It burns.")
    assert staged_rows() == 0


def test_the_next_whole_walk_clears_the_problem(projects: RecordList, walked: Shelf) -> None:
    walked.breaks_at, walked.error = 0, NotFound()
    with pytest.raises(NotFound):
        walk(projects, walked)
    walked.breaks_at = None
    walk(projects, walked)
    assert fresh(projects).problem == ""
    assert staged_rows() == 0


def test_a_first_walk_that_breaks_is_no_ground(connection: Connection, projects: RecordList) -> None:
    shelf = Shelf(ONE, TWO, THREE, size=2)
    shelf.breaks_at = 1
    with pytest.raises(ProviderDown):
        walk(projects, shelf)
    assert (fresh(projects).whole_at, mirror(connection, "project")) == (None, {})
    shelf.breaks_at = None
    assert walk(projects, shelf) == Difference(created=3)
    assert changes(connection, "project") == []


def test_whoever_stops_a_walk_leaves_nothing_behind(projects: RecordList, walked: Shelf) -> None:
    class Stopped(Exception):
        """The claim was lost."""

    def stop() -> None:
        raise Stopped

    walked.records = []
    with pytest.raises(Stopped):
        walk(projects, walked, progress=stop)
    assert len(mirror(projects.connection, "project")) == 3
    assert staged_rows() == 0


TOO_DEEP: list[Any] = reduce(lambda inner, _: [inner], range(300), [])


@pytest.mark.parametrize(
    "bad",
    [{"name": "No id"}, {"id": None}, {"id": ""}, {"id": "x" * 129}, {"id": "nul\x00"}, {"id": 9, "name": "Deep", "deep": TOO_DEEP}],
    ids=["no id", "null id", "blank id", "long id", "id with NUL", "too deep"],
)
def test_a_record_that_cannot_be_read_is_a_bad_answer(
    connection: Connection, projects: RecordList, walked: Shelf, bad: dict[str, Any]
) -> None:
    before = row_versions()
    walked.records = [{**ONE, "name": "Renamed"}, bad, TWO]
    with pytest.raises(BadAnswer):
        walk(projects, walked)
    assert row_versions() == before
    assert changes(connection, "project") == []
    assert fresh(projects).problem.startswith("The provider sent an answer that cannot be used. A project could not be read")


# --- Odd records -------------------------------------------------------------------------------------------------------


def test_of_a_record_that_comes_twice_the_last_counts(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    walked.records = [{**ONE, "name": "First"}, ONE, {**TWO, "name": "First"}, THREE, {**TWO, "name": "Last"}, {**TWO, "name": "Last"}]
    assert walk(projects, walked) == Difference(changed=1)
    assert mirror(connection, "project") == by_id(ONE, {**TWO, "name": "Last"}, THREE)
    assert changes(connection, "project") == [("2", "changed")]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Löschen? 🙂 👩‍🚀", "Löschen? 🙂 👩‍🚀"),
        ("a\x00b\x00\x00c", "abc"),
        ("a\\u0000b", "a\\u0000b"),
        ("a\\\x00b", "a\\b"),
        ("\\\\u0000\x00", "\\\\u0000"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_text_is_kept_as_it_is_but_for_nul(connection: Connection, projects: RecordList, name: str, kept: str) -> None:
    shelf = Shelf(project(1, name=name, status=f"{name}\x00"))
    walk(projects, shelf)
    assert mirror(connection, "project")["1"]["name"] == kept
    with scope():
        assert Record.objects.get().title == kept
    assert walk(projects, shelf) == Difference()


def test_long_text_is_cut_in_the_columns_and_whole_in_the_record(connection: Connection, projects: RecordList) -> None:
    walk(projects, Shelf(project(1, name="🙂" * 5000, status="s" * 900, client_id="c" * 900)))
    with scope():
        record = Record.objects.get()
    assert (len(record.title), len(record.status), len(record.parent)) == (500, 64, 128)
    assert record.data["name"] == "🙂" * 5000


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-02", datetime(2026, 11, 2, tzinfo=UTC)),
        ("2026-11-02T09:00:00", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        ("2026-11-02T09:00:00.123Z", datetime(2026, 11, 2, 9, 0, 0, 123000, tzinfo=UTC)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("soon", None),
        (17, None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_kept_where_it_is_one(projects: RecordList, given: Any, kept: datetime | None) -> None:
    walk(projects, Shelf(project(1, created_at=given)))
    with scope():
        assert Record.objects.get().moment == kept


# --- What we wrote ourselves -------------------------------------------------------------------------------------------


def test_what_we_wrote_stands_against_a_walk_that_began_before(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    ours, new = {**ONE, "name": "Ours"}, project(4)

    def write() -> None:
        with scope():
            keep_written(connection, projects.declaration, ours)
            keep_written(connection, projects.declaration, new)

    walked.meanwhile = {1: write}
    assert walk(projects, walked) == Difference()
    assert mirror(connection, "project") == by_id(ours, TWO, THREE, new)
    assert changes(connection, "project") == [("1", "changed"), ("4", "created")]


def test_a_walk_that_begins_afterwards_knows_more_than_what_we_wrote(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    with scope():
        keep_written(connection, projects.declaration, {**ONE, "name": "Ours"})
        keep_written(connection, projects.declaration, project(4))
    assert walk(projects, walked) == Difference(changed=1, removed=1)
    assert mirror(connection, "project") == by_id(ONE, TWO, THREE)


def test_what_we_wrote_before_the_first_walk_is_told_and_not_told_again(connection: Connection, projects: RecordList) -> None:
    with scope():
        for each in (ONE, TWO, THREE):
            keep_written(connection, projects.declaration, each)
    walk(projects, Shelf(ONE, {**TWO, "name": "Renamed"}, project(4)))
    assert changes(connection, "project") == [("1", "created"), ("2", "created"), ("3", "created"), ("2", "changed"), ("3", "removed")]


def test_an_answer_that_is_no_record_is_not_kept(connection: Connection, projects: RecordList) -> None:
    with scope(), pytest.raises(BadAnswer):
        keep_written(connection, projects.declaration, {"name": "No id"})


# --- Walks that overtake each other ------------------------------------------------------------------------------------


def test_a_walk_that_was_overtaken_changes_nothing_back(connection: Connection, projects: RecordList, walked: Shelf) -> None:
    """The slow one saw its first page before the edits; the quick one began later and has merged them already."""
    quick = Shelf({**ONE, "name": "Renamed"}, THREE, project(4))
    walked.meanwhile = {1: lambda: walk(projects, quick)}
    assert walk(projects, walked) == Difference()
    assert mirror(connection, "project") == by_id(*quick.records)
    assert sorted(changes(connection, "project")) == [("1", "changed"), ("2", "removed"), ("4", "created")]


def test_what_was_put_down_while_the_clock_was_ahead_does_not_stand_against_later_walks(
    connection: Connection, projects: RecordList, walked: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now
    with monkeypatch.context() as ahead, scope():
        ahead.setattr("django.utils.timezone.now", lambda: now() + timedelta(days=3))
        for each in (ONE, TWO, project(4)):
            keep_written(connection, projects.declaration, {**each, "name": "Ours"})
    assert walk(projects, Shelf({**ONE, "name": "Renamed"}, TWO)) == Difference(changed=2, removed=2)
    assert mirror(connection, "project") == by_id({**ONE, "name": "Renamed"}, TWO)


def test_how_old_a_list_is_never_goes_back(projects: RecordList, walked: Shelf) -> None:
    known: list[datetime | None] = []

    def overtake() -> None:
        walk(projects, Shelf(ONE, TWO, THREE))
        known.append(fresh(projects).whole_at)

    walked.meanwhile = {1: overtake}
    walk(projects, walked)
    assert known == [fresh(projects).whole_at]


# --- Lists by days -----------------------------------------------------------------------------------------------------


def activity(number: int, day: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "date": day, "user_id": 5, "project_id": 1, "task_id": 1, "tracked": 600, **fields}


@pytest.fixture
def activities(connection: Connection) -> RecordList:
    with scope():
        return list_of(connection, "daily_activity")


WEEK = Days(date(2026, 11, 2), date(2026, 11, 8))


def test_a_walk_by_days_removes_only_within_its_days(connection: Connection, activities: RecordList) -> None:
    edges = [activity(number, f"2026-11-{day:02}") for number, day in enumerate((1, 2, 5, 8, 9))]
    walk(activities, Shelf(*edges), Days(date(2026, 11, 1), date(2026, 11, 9)))
    assert walk(activities, Shelf(activity(2, "2026-11-05", tracked=700)), WEEK) == Difference(changed=1, removed=2)
    assert set(mirror(connection, "daily_activity")) == {"0", "2", "4"}
    assert sorted(changes(connection, "daily_activity")) == [("1", "removed"), ("2", "changed"), ("3", "removed")]


def test_what_a_list_by_days_shows_beyond_its_days_is_kept_too(connection: Connection, activities: RecordList) -> None:
    walk(activities, Shelf(activity(1, "2026-10-01"), activity(2, "2026-11-02")), WEEK)
    assert set(mirror(connection, "daily_activity")) == {"1", "2"}


def test_a_list_by_days_is_asked_for_its_days_and_without_any_for_the_last_week(activities: RecordList) -> None:
    shelf = Shelf()
    walk(activities, shelf, WEEK)
    walk(activities, shelf)
    today = datetime.now(UTC).date()
    assert [inputs for _, inputs in shelf.asked] == [
        {"date_start": "2026-11-02", "date_stop": "2026-11-08"},
        {"date_start": (today - timedelta(days=7)).isoformat(), "date_stop": today.isoformat()},
    ]


# --- Lists that are asked for one by one -------------------------------------------------------------------------------


@pytest.fixture
def source() -> Connection:
    """Its tasks are listed for each project."""
    with scope():
        return make_connection("timeghost")


def source_project(number: int) -> dict[str, Any]:
    return {"id": f"p{number}", "name": f"Project {number}", "completed": False}


def source_task(number: int, project_id: str) -> dict[str, Any]:
    return {"id": f"t{number}", "name": f"Task {number}", "completed": False, "project": {"id": project_id}}


def task_lists(connection: Connection) -> dict[str, RecordList]:
    with scope():
        return {each.each: each for each in RecordList.objects.select_related("connection").filter(connection=connection, entity="task")}


def test_every_parent_gets_a_list_of_its_own_that_is_due(source: Connection) -> None:
    with scope():
        parents = list_of(source, "project")
    shelf = Shelf(source_project(1), source_project(2))
    walk(parents, shelf)
    first = task_lists(source)
    assert set(first) == {"p1", "p2"}
    assert all(each.due_at is not None and each.due_at <= timezone.now() for each in first.values())
    with scope():
        RecordList.objects.filter(entity="task").update(due_at=None)
    shelf.records.append(source_project(3))
    walk(parents, shelf)
    assert {name for name, each in task_lists(source).items() if each.due_at} == {"p3"}


def test_a_list_of_its_own_is_asked_with_its_parent_and_removes_only_its_own(source: Connection) -> None:
    with scope():
        parents = list_of(source, "project")
    walk(parents, Shelf(source_project(1), source_project(2)))
    lists = task_lists(source)
    first, second = Shelf(source_task(1, "p1"), source_task(2, "p1")), Shelf(source_task(3, "p2"))
    walk(lists["p1"], first)
    walk(lists["p2"], second)
    assert (first.asked, second.asked) == ([("list_tasks", {"project_id": "p1"})], [("list_tasks", {"project_id": "p2"})])
    first.records.pop()
    assert walk(lists["p1"], first) == Difference(removed=1)
    assert set(mirror(source, "task")) == {"t1", "t3"}


def test_a_record_that_moves_to_another_list_is_removed_by_neither(source: Connection) -> None:
    with scope():
        parents = list_of(source, "project")
    walk(parents, Shelf(source_project(1), source_project(2)))
    lists = task_lists(source)
    walk(lists["p1"], Shelf(source_task(1, "p1")))
    walk(lists["p2"], Shelf())
    walk(lists["p2"], Shelf(source_task(1, "p2")))
    assert walk(lists["p1"], Shelf()) == Difference()
    assert mirror(source, "task")["t1"]["project"] == {"id": "p2"}
    assert changes(source, "task") == [("t1", "changed")]


def test_lists_of_removed_parents_rest_when_all_are_refreshed(source: Connection) -> None:
    with scope():
        parents = list_of(source, "project")
    walk(parents, Shelf(source_project(1), source_project(2)))
    walk(parents, Shelf(source_project(2)))
    with scope():
        RecordList.objects.filter(entity="task").update(due_at=None)
        refresh_now(source, source.declaration.entity("task"))
    assert {name for name, each in task_lists(source).items() if each.due_at} == {"p2"}


def test_the_data_that_is_kept_is_json_as_it_came(connection: Connection, projects: RecordList) -> None:
    odd = project(1) | {"price": 0.1, "large": 2**63, "none": None, "flag": False, "list": [1, "2", {"three": 3.5}], "": "blank name"}
    walk(projects, Shelf(odd))
    assert json.dumps(mirror(connection, "project")["1"], sort_keys=True) == json.dumps(odd, sort_keys=True)
