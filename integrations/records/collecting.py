"""Collecting: one fetch feeds browsing, choices, triggers, linking and sync."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from integrations.catalogue import Collect, Entity
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.records.days import Days
from integrations.records.models import Record, RecordList
from integrations.records.queries import live_lists, parents_of
from integrations.records.staging import (
    Difference,
    forget,
    is_any_missing,
    merge,
    merge_seen,
    merge_written,
    remove_written,
    row_of,
    rows_of,
    stage,
)
from integrations.transport.errors import BadAnswer, OverBudget, ProviderError
from portal.organizations.scope import scope
from portal.work.claims import wake_soon

Progress = Callable[[], None]


def list_of(connection: Connection, entity: str, each: str = "") -> RecordList:
    """The list of an entity, made where there is none. Needs a scope."""
    wanted = RecordList.objects.filter(connection=connection, entity=entity, each=each)
    record_list = wanted.first()
    if record_list is None:
        _make_lists(connection, [RecordList(connection=connection, entity=entity, each=each)])
        record_list = wanted.get()
    record_list.connection = connection  # known already: spares the query
    return record_list


def prepare_lists(connection: Connection) -> None:
    """Makes every list of a connection that was just made, due at once; those that are asked one by one follow with their parents."""
    whole = [entity.name for entity in connection.declaration.entities if entity.collect and not entity.collect.each]
    _make_lists(connection, [RecordList(connection=connection, entity=name) for name in whole])
    RecordList.objects.filter(connection=connection, entity__in=whole, each="").update(due_at=timezone.now())
    wake_soon()


def make_missing_lists(connection: Connection, entities: Iterable[Entity]) -> bool:
    """Makes the lists of entities that were declared after the connection was made, due at once. Says whether there were any.

    Needs a scope.
    """
    made = [record_list for entity in entities for record_list in _missing(connection, entity)] if connection.is_connected else []
    if made:
        _make_lists(connection, made)
        wake_soon()
    return bool(made)


def refresh_now(connection: Connection, entity: Entity, days: Days | None = None, *, by_person: bool = False) -> None:
    """Asks for a fresh look at everything of an entity, of a list by days at these days. Needs a scope. `by_person` says that somebody
    waits for it.
    """
    make_missing_lists(connection, [entity])
    now = timezone.now()
    asked: dict[str, Any] = {"asked_first": days.first, "asked_last": days.last} if days else {}
    if by_person:
        asked["asked_by_person_at"] = now
    live_lists(connection, entity).update(due_at=now, **asked)
    wake_soon()


def collect(
    record_list: RecordList,
    opened: OpenConnection,
    days: Days | None = None,
    progress: Progress = lambda: None,
    run_id: UUID | None = None,
) -> Difference:
    """Walks a list from its first page to its last and merges it. Call it outside of any transaction.

    Where known records are missing, the list is walked a second time before that is believed: what either look shows is not gone.
    `days` is needed for lists that are asked for by days; without it those of a refresh are taken. `progress` is called after each page.
    `run_id` names the run of ours that made what is different.
    Raises `ProviderError` where the walk did not arrive whole: the mirror is then as it was, and the list says why; where our own budget
    held it back, that is no problem of the list, which says until when.
    """
    entity, how = _listed(record_list)
    days = days_of(how, days)
    look = _Look(opened, entity, progress)
    try:
        look.walk(how.operation, calls := _calls(how, record_list, days))
        usual_cost = look.calls
        if is_any_missing(record_list, look.id, look.begun, days):
            look.walk(how.operation, calls)  # an empty answer, or a page without the rest, may come from a failure over there
        difference = merge(record_list, look.id, look.begun, days, look.staged, usual_cost, run_id)
    except OverBudget as error:
        _note(record_list, held_back_until=timezone.now() + timedelta(seconds=error.retry_after or 0))
        raise
    except ProviderError as error:
        _note(record_list, problem=str(error), held_back_until=None)
        raise
    finally:
        forget(look.id)
    _prepare_children(record_list.connection, entity)
    return difference


def collect_updates(
    record_list: RecordList, opened: OpenConnection, since: datetime, until: datetime, progress: Progress = lambda: None
) -> Difference:
    """Looks at what was changed between two moments and merges it as seen: what is new and what was edited, never what is gone. Call it
    outside of any transaction.

    Begin it `Updates.late` before the end of the last such look; what lies further back than the provider reaches is left out. Raises
    `ProviderError` where not all of it arrived: the mirror is then as it was.
    """
    entity, how = _listed(record_list)
    assert how.updates is not None, f"{entity.name} has no list of updates"
    look = _Look(opened, entity, progress)
    try:
        look.walk(how.updates.operation, how.updates.inputs(max(since, look.begun - how.updates.back), until))
        return merge_seen(record_list, look.id, look.begun, look.staged)
    finally:
        forget(look.id)


def collect_one(record_list: RecordList, opened: OpenConnection, operation: str, inputs: Data) -> Difference:
    """Gets one record and merges it as seen. Call it outside of any transaction. Raises `ProviderError`.

    What the list tells of a record that is known, and this answer does not, stays as it is.
    """
    look = _Look(opened, record_list.declaration, lambda: None)
    got = opened.call(operation, inputs)
    try:
        look.staged = _stage_page(look.id, record_list.declaration, [_over_known(record_list, got)])
        return merge_seen(record_list, look.id, look.begun, look.staged)
    finally:
        forget(look.id)


def _over_known(record_list: RecordList, got: Any) -> dict[str, Any]:
    """A record over what the mirror knows of it. Raises `BadAnswer` where it is none."""
    entity = record_list.declaration
    with _read(entity):
        remote_id = entity.id_of(dict(got))
    with scope():
        standing = Record.objects.filter(connection=record_list.connection_id, entity=entity.name, remote_id=remote_id, removed_at=None)
        known = standing.values_list("data", flat=True).first()
    return {**(known or {}), **got}


class _Look:
    """Pages on their way into the stage: how many rows they have, and how many calls they took."""

    def __init__(self, opened: OpenConnection, entity: Entity, progress: Progress) -> None:
        self.id, self.begun, self.staged, self.calls = uuid.uuid4(), timezone.now(), 0, 0
        self._opened, self._entity, self._progress = opened, entity, progress

    def walk(self, operation: str, calls: Iterable[dict[str, Any]]) -> None:
        """Stages every page of an operation asked with each of these inputs."""
        for inputs in calls:
            for page in self._opened.pages(operation, inputs):
                self.staged += _stage_page(self.id, self._entity, page)
                self.calls += 1
                self._progress()


def _listed(record_list: RecordList) -> tuple[Entity, Collect]:
    entity = record_list.declaration
    assert entity.collect is not None, f"{entity.name} has no list"
    return entity, entity.collect


def keep_written(connection: Connection, entity: Entity, data: Data, each: str = "", run_id: UUID | None = None) -> None:
    """Puts a record that a write answered with into the mirror at once. Needs a scope. Raises `BadAnswer` where it cannot be read.

    `run_id` names the run of ours that wrote it.
    """
    walk = uuid.uuid4()
    with _read(entity):
        row = row_of(entity, data)
    stage(walk, [row])
    merge_written(list_of(connection, entity.name, each), walk, row.remote_id, run_id)
    forget(walk)


def keep_removed(connection: Connection, entity: Entity, remote_id: str, run_id: UUID | None = None) -> None:
    """Marks a record removed at once that a run has deleted. Needs a scope."""
    remove_written(connection, entity.name, remote_id, run_id)


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


def _note(record_list: RecordList, **fields: Any) -> None:
    with scope():
        RecordList.objects.filter(pk=record_list.pk).update(**fields)


def _prepare_children(connection: Connection, parent: Entity) -> None:
    """Lists that are asked once for each record of the entity just collected: new ones are due at once, those of removed parents rest."""
    for child in _children(connection, parent):
        with scope():
            _make_lists(connection, _missing(connection, child))


def _make_lists(connection: Connection, lists: Iterable[RecordList]) -> None:
    """Makes lists, as far as they are not there yet. Needs a scope.

    Whoever makes some locks their connection first, then makes them in one order: who checks a connection holds its row while it makes
    lists, and another who had made one would wait for that row at the commit, each for the other.
    """
    ordered = sorted(lists, key=lambda each: (each.entity, each.each))
    if ordered:
        Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        RecordList.objects.bulk_create(ordered, ignore_conflicts=True)


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
