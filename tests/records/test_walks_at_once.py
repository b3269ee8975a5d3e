"""Several walks and writes at once, with real commits: one merge at a time for a list, and changes whose ids grow as they are committed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from threading import Barrier, Event

import pytest
from django.db import connection as database

from integrations.connections.models import Connection
from integrations.records.collecting import keep_written, list_of, make_missing_lists, prepare_lists
from integrations.records.models import Change, Record, RecordList
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.conftest import make_organization
from tests.factories import make_connection
from tests.records.shelf import Shelf, changes, mirror, project, walk
from tests.records.threads import PATIENCE, at_once

WAITING = """
SELECT EXISTS (
  SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
  WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
)
"""
WAITING_FOR_US = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
WRITERS = 3
WRITES = 8


@pytest.fixture
def organization(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization


@pytest.fixture
def projects(organization: Organization) -> RecordList:
    """A list that was walked once, and was empty."""
    with scope():
        record_list = list_of(make_connection("hubstaff"), "project")
    walk(record_list, Shelf())
    return record_list


def test_two_walks_at_once_note_each_change_once(organization: Organization, projects: RecordList) -> None:
    both = Barrier(2)

    def slowly() -> int:
        shelf = Shelf(*(project(number) for number in range(40)))
        shelf.meanwhile[0] = lambda: both.wait(PATIENCE)
        return walk(projects, shelf).created

    assert sorted(at_once(organization.id, slowly, slowly)) == [0, 40]
    assert len(changes(projects.connection, "project")) == 40
    assert len(mirror(projects.connection, "project")) == 40


def test_two_first_walks_at_once_are_one_ground(organization: Organization) -> None:
    with scope():
        record_list = list_of(make_connection("hubstaff"), "project")
    both = Barrier(2)

    def walk_of(*names: str) -> int:
        shelf = Shelf(*(project(number, name=name) for number, name in enumerate(names)))
        shelf.meanwhile[0] = lambda: both.wait(PATIENCE)
        return walk(record_list, shelf).created

    at_once(organization.id, lambda: walk_of("A", "B"), lambda: walk_of("A", "B"))
    assert changes(record_list.connection, "project") == []


def test_merges_of_one_list_wait_for_each_other_and_for_no_other_list(organization: Organization, projects: RecordList) -> None:
    held, other_is_done, same_is_done = Event(), Event(), Event()
    with scope():
        clients = list_of(projects.connection, "client")

    def hold() -> None:
        with scope():
            keep_written(projects.connection, projects.declaration, project(1))
            held.set()
            assert other_is_done.wait(PATIENCE)
            _wait_until_somebody_waits()
            assert not same_is_done.is_set()

    def after_it(record_list: RecordList, done: Event) -> None:
        assert held.wait(PATIENCE)
        walk(record_list, Shelf(project(1)))
        done.set()

    at_once(organization.id, hold, lambda: after_it(projects, same_is_done), lambda: after_it(clients, other_is_done))
    assert changes(projects.connection, "project") == [("1", "created")]


def _wait_until_somebody_waits(waiting: str = WAITING) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with database.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for this")


def test_a_page_that_makes_a_missing_list_and_a_connection_that_was_just_made_do_not_block_each_other(organization: Organization) -> None:
    """Whoever has checked a connection holds its row, and makes all lists in the same transaction."""
    with scope():
        connection = make_connection("hubstaff")
    is_held = Event()

    def connect() -> None:
        with scope():
            Connection.objects.select_for_update().get(pk=connection.pk)
            is_held.set()
            _wait_until_somebody_waits(WAITING_FOR_US)
            prepare_lists(connection)

    def open_page() -> None:
        assert is_held.wait(PATIENCE)
        with scope():
            make_missing_lists(connection, [connection.declaration.entity("project")])

    at_once(organization.id, connect, open_page)
    with scope():
        assert RecordList.objects.filter(connection=connection, entity="project").count() == 1


def test_whoever_reads_behind_a_cursor_misses_no_change(organization: Organization, projects: RecordList) -> None:
    """Transactions take different times to commit; an id that was skipped must never appear later."""
    numbers, done = count(1), Event()

    def write() -> list[int]:
        for _ in range(WRITES):
            number = next(numbers)
            with scope():
                keep_written(projects.connection, projects.declaration, project(number))
                time.sleep(0.002 * (number % 4))
        return []

    def write_all() -> list[int]:
        try:
            at_once(organization.id, *[write] * WRITERS)
        finally:
            done.set()
        return []

    def read() -> list[int]:
        seen: list[int] = []
        finished = False
        while not finished:
            finished = done.is_set()  # one more look after the last commit
            seen += _behind(projects.connection, seen[-1] if seen else 0)
        return seen

    _, seen = at_once(organization.id, write_all, read)
    assert len(seen) == WRITERS * WRITES
    assert seen == sorted(seen)


def _behind(connection: Connection, cursor: int) -> list[int]:
    with scope():
        return list(Change.objects.filter(connection=connection, id__gt=cursor).order_by("id").values_list("id", flat=True))


def test_a_walk_that_dies_with_its_worker_leaves_the_mirror_as_it_was(organization: Organization, projects: RecordList) -> None:
    """The stage belongs to the database session of the worker, and goes with it."""
    walk(projects, Shelf(project(1)))

    class Killed(BaseException):
        """As if the process were gone: nothing is tidied up."""

    def die() -> None:
        database.close()
        raise Killed

    def work() -> bool:
        shelf = Shelf(project(2), project(3), size=1)
        shelf.meanwhile[1] = die
        with pytest.raises(Killed):
            walk(projects, shelf)
        return True

    assert at_once(organization.id, work) == [True]
    assert set(mirror(projects.connection, "project")) == {"1"}
    with scope():
        assert Record.objects.count() == 1
