"""Collecting: one fetch feeds browsing, choices, triggers, linking and sync."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from integrations.catalogue import Collect, Entity
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.days import Days
from integrations.records.models import RecordList
from integrations.records.queries import live_lists, parents_of
from integrations.records.staging import Difference, forget, merge, merge_written, remove_written, row_of, rows_of, stage
from integrations.transport.errors import BadAnswer, ProviderError
from portal.organizations.scope import scope
from portal.work.claims import make_due, wake_soon

Progress = Callable[[], None]


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


def make_missing_lists(connection: Connection, entities: Iterable[Entity]) -> bool:
    """Makes the lists of entities that were declared after the connection was made, due at once. Says whether there were any.

    Needs a scope.
    """
    made = [record_list for entity in entities for record_list in _missing(connection, entity)] if connection.is_connected else []
    if made:
        RecordList.objects.bulk_create(made, ignore_conflicts=True)
        wake_soon()
    return bool(made)


def refresh_now(connection: Connection, entity: Entity, days: Days | None = None) -> None:
    """Asks for a fresh look at everything of an entity, of a list by days at these days. Needs a scope."""
    make_missing_lists(connection, [entity])
    asked = {"asked_first": days.first, "asked_last": days.last} if days else {}
    live_lists(connection, entity).update(due_at=timezone.now(), **asked)
    wake_soon()


def collect(record_list: RecordList, opened: OpenConnection, days: Days | None = None, progress: Progress = lambda: None) -> Difference:
    """Walks a list from its first page to its last and merges it. Call it outside of any transaction.

    `days` is needed for lists that are asked for by days; without it those of a refresh are taken. `progress` is called after each page.
    Raises `ProviderError` where the walk did not arrive whole: the mirror is then as it was, and the list says why.
    """
    entity = record_list.declaration
    how = entity.collect
    assert how is not None, f"{entity.name} has no list"
    days = days_of(how, days)
    walk, begun, staged, calls = uuid.uuid4(), timezone.now(), 0, 0
    try:
        for inputs in _calls(how, record_list, days):
            for page in opened.pages(how.operation, inputs):
                staged, calls = staged + _stage_page(walk, entity, page), calls + 1
                progress()
        difference = merge(record_list, walk, begun, days, staged, calls)
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


def keep_removed(connection: Connection, entity: Entity, remote_id: str) -> None:
    """Marks a record removed at once that a run has deleted. Needs a scope."""
    remove_written(connection, entity.name, remote_id)


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


def days_of(how: Collect, asked: Days | None = None) -> Days | None:
    """The days that a walk spans: those asked for, else those of a refresh; None for a list that is not by days."""
    if how.window is None or asked:
        return asked if how.window else None
    today = timezone.now().date()
    return Days(today - timedelta(days=how.window.back), today + timedelta(days=how.window.ahead))


def _note_problem(record_list: RecordList, problem: str) -> None:
    with scope():
        RecordList.objects.filter(pk=record_list.pk).update(problem=problem)


def _prepare_children(connection: Connection, parent: Entity) -> None:
    """Lists that are asked once for each record of the entity just collected: new ones are due at once, those of removed parents rest."""
    for child in _children(connection, parent):
        with scope():
            RecordList.objects.bulk_create(_missing(connection, child), ignore_conflicts=True)


def _missing(connection: Connection, entity: Entity) -> list[RecordList]:
    """The lists of an entity that are not there yet, due now."""
    if entity.collect is None:
        return []
    needed = parents_of(connection, entity.collect) if entity.collect.each else [""]
    known = set(RecordList.objects.filter(connection=connection, entity=entity.name).values_list("each", flat=True))
    now = timezone.now()
    return [RecordList(connection=connection, entity=entity.name, each=each, due_at=now) for each in needed if each not in known]


def _children(connection: Connection, parent: Entity) -> Iterator[Entity]:
    return (entity for entity in connection.declaration.entities if entity.collect and entity.collect.each == parent.name)
