"""Collecting: one fetch feeds browsing, choices, triggers, linking and sync."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from integrations.catalogue import Collect, Entity
from integrations.catalogue.entities import Data
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.models import Record, RecordList
from integrations.records.staging import Days, Difference, forget, merge, merge_written, row_of, rows_of, stage
from integrations.transport.errors import BadAnswer, ProviderError
from portal.organizations.scope import scope
from portal.work.claims import make_due

Progress = Callable[[], None]
WINDOW_OF_A_REFRESH = timedelta(days=7)


def list_of(connection: Connection, entity: str, each: str = "") -> RecordList:
    """The list of an entity, made where there is none. Needs a scope."""
    record_list, _ = RecordList.objects.get_or_create(connection=connection, entity=entity, each=each)
    record_list.connection = connection  # known already: spares the query
    return record_list


def prepare_lists(connection: Connection) -> None:
    """Makes every list of a connection that was just made, due at once; those that are asked one by one follow with their parents."""
    for entity in connection.declaration.entities:
        if entity.collect and not entity.collect.each:
            make_due(list_of(connection, entity.name))


def refresh_now(connection: Connection, entity: Entity) -> None:
    """Asks for a fresh look at everything of an entity; lists that belong to a removed record rest. Needs a scope."""
    lists = RecordList.objects.filter(connection=connection, entity=entity.name)
    if entity.collect and entity.collect.each:
        lists = lists.filter(each__in=_ids_of(connection, entity.collect.each))
    for record_list in lists:
        make_due(record_list)


def collect(record_list: RecordList, opened: OpenConnection, days: Days | None = None, progress: Progress = lambda: None) -> Difference:
    """Walks a list from its first page to its last and merges it. Call it outside of any transaction.

    `days` is needed for lists that are asked for by days; without it the last week is taken. `progress` is called after each page.
    Raises `ProviderError` where the walk did not arrive whole: the mirror is then as it was, and the list says why.
    """
    entity = record_list.declaration
    how = entity.collect
    assert how is not None, f"{entity.name} has no list"
    days = _days(how, days)
    walk, begun, staged = uuid.uuid4(), timezone.now(), 0
    try:
        for inputs in _calls(how, record_list, days):
            for page in opened.pages(how.operation, inputs):
                staged += _stage_page(walk, entity, page)
                progress()
        difference = merge(record_list, walk, begun, days, staged)
    except ProviderError as error:
        _note_problem(record_list, str(error))
        raise
    finally:
        forget(walk)
    _prepare_children(record_list.connection, entity)
    return difference


def keep_written(connection: Connection, entity: Entity, data: Data, each: str = "") -> None:
    """Puts a record that a write answered with into the mirror at once. Needs a scope. Raises `BadAnswer` where it cannot be read."""
    walk = uuid.uuid4()
    with _read(entity):
        row = row_of(entity, data)
    stage(walk, [row])
    merge_written(list_of(connection, entity.name, each), walk, row.remote_id)
    forget(walk)


def _stage_page(walk: UUID, entity: Entity, page: list[dict[str, Any]]) -> int:
    with _read(entity):
        rows = list(rows_of(entity, page))
    return stage(walk, rows)


@contextmanager
def _read(entity: Entity) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadAnswer(f"A {entity.label.lower()} could not be read ({error}).") from error


def _calls(how: Collect, record_list: RecordList, days: Days | None) -> list[dict[str, Any]]:
    """The inputs of each call that is needed to see the whole list."""
    inputs = {**how.inputs, **({how.each_as: record_list.each} if how.each else {})}
    if how.window is None or days is None:
        return [inputs]
    return [{**inputs, **narrowed} for narrowed in how.window.inputs(days.first, days.last)]


def _days(how: Collect, days: Days | None) -> Days | None:
    if not how.window or days:
        return days
    today = timezone.now().date()
    return Days(today - WINDOW_OF_A_REFRESH, today)


def _note_problem(record_list: RecordList, problem: str) -> None:
    with scope():
        RecordList.objects.filter(pk=record_list.pk).update(problem=problem)


def _prepare_children(connection: Connection, parent: Entity) -> None:
    """Lists that are asked once for each record of the entity just collected: new ones are due at once, those of removed parents rest."""
    for child in _children(connection, parent):
        with scope():
            known = set(RecordList.objects.filter(connection=connection, entity=child.name).values_list("each", flat=True))
            parents, now = _ids_of(connection, parent.name), timezone.now()
            RecordList.objects.bulk_create(
                [RecordList(connection=connection, entity=child.name, each=each, due_at=now) for each in parents if each not in known],
                ignore_conflicts=True,
            )


def _ids_of(connection: Connection, entity: str) -> QuerySet[Record, str]:
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None).values_list("remote_id", flat=True)


def _children(connection: Connection, parent: Entity) -> Iterator[Entity]:
    return (entity for entity in connection.declaration.entities if entity.collect and entity.collect.each == parent.name)
