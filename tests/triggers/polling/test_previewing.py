"""What a trigger would have told of lately, before anybody saves it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.collecting import list_of
from integrations.records.models import Change
from integrations.triggers.models import Event
from integrations.triggers.services import Preview, lately
from portal.organizations.scope import scope
from tests.records.shelf import project, walk
from tests.triggers.polling.world import There

LONG_AGO = "2020-01-01T00:00:00Z"


def ago(**past: float) -> str:
    return (timezone.now() - timedelta(**past)).isoformat()


def preview(connection: Connection, start: str = "now", since: datetime | None = None, **inputs: Any) -> Preview:
    with scope():
        return lately(connection, connection.declaration.watch_by_name["projects_created"], inputs, start, since)


def rewalk(connection: Connection, there: There) -> None:
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, there)


def test_what_the_mirror_noted_lately_is_shown_and_nothing_is_written(connection: Connection, shelf: There) -> None:
    shelf.records[:] = [project(1, created_at=LONG_AGO), project(2, created_at=LONG_AGO)]
    rewalk(connection, shelf)
    found = preview(connection)
    assert ([event.remote_id for event in found.samples], found.count, found.is_more) == (["2"], 1, False)
    with scope():
        assert not Event.objects.exists()


def test_what_was_noted_long_ago_is_not(connection: Connection, shelf: There) -> None:
    shelf.records[:] = [project(1, created_at=LONG_AGO), project(2, created_at=LONG_AGO)]
    rewalk(connection, shelf)
    with scope():
        Change.objects.update(at=timezone.now() - timedelta(days=8))
    assert preview(connection).count == 0


def test_what_records_tell_by_themselves_is_shown_too_and_once(connection: Connection, shelf: There) -> None:
    """Made before we looked for the first time, and one that was noted besides."""
    shelf.records[:] = [project(1, created_at=ago(days=2)), project(2, created_at=ago(days=1)), project(3, created_at=ago(days=9))]
    rewalk(connection, shelf)
    assert [event.remote_id for event in preview(connection).samples][:2] == ["2", "1"]


def test_only_some_are_shown_but_all_are_counted(connection: Connection, shelf: There) -> None:
    shelf.records[:] = [project(number, created_at=ago(hours=number)) for number in range(1, 31)]
    rewalk(connection, shelf)
    found = preview(connection)
    assert (len(found.samples), found.count) == (20, 30)


@pytest.mark.parametrize(("start", "days", "count"), [("now", None, 0), ("everything", None, 3), ("since", 5, 2)])
def test_how_many_are_told_at_the_start(connection: Connection, shelf: There, start: str, days: int | None, count: int) -> None:
    shelf.records[:] = [project(number, created_at=ago(days=number)) for number in (1, 4, 40)]
    rewalk(connection, shelf)
    since = timezone.now() - timedelta(days=days) if days else None
    assert preview(connection, start, since).start_count == count


def test_it_takes_few_queries_and_reads_only_so_much(connection: Connection, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.previewing.MOST_READ", 5)
    shelf.records[:] = [project(number, created_at=ago(hours=number)) for number in range(1, 31)]
    rewalk(connection, shelf)
    with CaptureQueriesContext(database) as queries:
        found = preview(connection, "everything")
    assert found.is_more
    assert len(queries) <= 6
