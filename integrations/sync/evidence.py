"""What a look at both sides proves: what is gone, which days were seen whole, which tasks have tracked time. Needs a scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL

from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.linking.services import parts_of
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record, RecordList
from integrations.sync.models import Pair
from integrations.sync.situation import Side

Gone = Mapping[str, frozenset[str]]
"""Ids by entity."""

NEVER = datetime.min.replace(tzinfo=UTC)
NOT_WALKED = (NEVER, None)  # by its moment and its list
NAMES_ONE = "EXISTS (SELECT FROM jsonb_path_query(data, '$.**') AS value WHERE value #>> '{}' = ANY(%s))"
"""Whether any value in a record's JSON, however deep, is one of some ids."""


# --- What is gone ---------------------------------------------------------------------------------------------------------


def gone_from(connection: Connection, projects: Iterable[str], tasks: QuerySet[Pair, str], times: Iterable[str]) -> Gone:
    """Of these linked projects and of what pairs know, what a whole walk no longer showed."""
    parts, projects = parts_of(connection), list(projects)
    known = (
        Q(entity=parts.project.entity, remote_id__in=projects)
        | Q(entity=parts.task.entity, remote_id__in=tasks)
        | Q(entity=parts.time.entity, remote_id__in=times)
    )
    removed = Record.objects.filter(known, connection=connection, removed_at__isnull=False)
    found: dict[str, set[str]] = {part.entity: set() for part in (parts.project, parts.task, parts.time)}
    walks = _walks_by_project(connection, projects)
    for entity, remote_id, removed_at, list_id in removed.values_list("entity", "remote_id", "removed_at", "list_id"):
        if removed_at and (entity not in walks or walks[entity].are_all_since(removed_at, list_id)):
            found[entity].add(remote_id)
    return {entity: frozenset(ids) for entity, ids in found.items()}


@dataclass(frozen=True)
class _Walks:
    """When the lists of each project were last walked whole, the oldest first. A record that one of them no longer shows may have moved to
    another: it is gone only if all the others were walked since.
    """

    begun: Sequence[tuple[datetime, UUID | None]]

    def are_all_since(self, removed_at: datetime, own_list: UUID) -> bool:
        oldest = next((begun for begun, list_id in self.begun if list_id != own_list), None)
        return oldest is None or oldest > removed_at


def _walks_by_project(connection: Connection, projects: list[str]) -> dict[str, _Walks]:
    """For each entity whose list is asked once for each project: the walks of those projects that stand."""
    parts = parts_of(connection)
    declared = (connection.declaration.entity(part.entity) for part in (parts.task, parts.time))
    entities = [each.name for each in declared if each.collect and each.collect.each == parts.project.entity]
    if not entities:
        return {}
    records = Record.objects.filter(connection=connection, entity=parts.project.entity, removed_at=None, remote_id__in=projects)
    standing = list(records.values_list("remote_id", flat=True))
    lists = RecordList.objects.filter(connection=connection, entity__in=entities, each__in=standing)
    walked = {(each.entity, each.each): (each.whole_at or NEVER, each.pk) for each in lists}
    return {name: _Walks(sorted((walked.get((name, each), NOT_WALKED) for each in standing), key=itemgetter(0))) for name in entities}


# --- Tasks with tracked time ----------------------------------------------------------------------------------------------


def timed_tasks(integration: Integration, side: Side, tasks: frozenset[str]) -> frozenset[str]:
    """Those of some tasks on the right on which time was tracked, on whatever day: by what was written back, else by what the mirror knows.
    Only records that name one of the tasks are read.
    """
    standing = tasks & side.tasks.keys()
    found = standing & {*_written_back(integration, standing), *(each.facts.task_id for each in side.times.values())}
    return found | frozenset(_tracked(integration.right, side, standing - found)) if standing - found else found


def _written_back(integration: Integration, tasks: frozenset[str]) -> Iterable[str]:
    task = Func(F("right_id"), Value("/"), Value(3), function="split_part", output_field=TextField())
    pairs = Pair.objects.filter(integration=integration, part=Pair.Part.TIME).annotate(task=task)
    return pairs.filter(task__in=tasks).values_list("task", flat=True).distinct()


def _tracked(connection: Connection, side: Side, tasks: frozenset[str]) -> set[str]:
    found = set[str]()
    for data in _naming(connection, side, tasks).values_list("data", flat=True).iterator():
        with suppress(KeyError, TypeError, ValueError, AttributeError):  # counted among the unreadable ones on its own day
            found.add(side.parts.time.read(data).task_id)
        if tasks <= found:
            break
    return found & tasks


def _naming(connection: Connection, side: Side, tasks: frozenset[str]) -> QuerySet[Record]:
    """Tracked time that names one of these tasks, by a promoted column where the mirror has one, else by any value of its JSON."""
    times = Record.objects.filter(connection=connection, entity=side.parts.time.entity, removed_at=None)
    if column := connection.declaration.entity(side.parts.time.entity).column_of(side.parts.task.entity):
        return times.filter(**{f"{column}__in": tasks})
    projects = {side.tasks[task].facts.project_id for task in tasks}
    times = times.filter(**of_projects(connection, sorted(projects)))
    return times.annotate(names_one=RawSQL(NAMES_ONE, [sorted(tasks)])).filter(names_one=True)  # noqa: S611 - the SQL is a constant


def of_projects(connection: Connection, project_ids: list[str]) -> dict[str, Any]:
    """Narrows tracked time to projects, where a promoted column of the mirror holds its project."""
    parts = parts_of(connection)
    column = connection.declaration.entity(parts.time.entity).column_of(parts.project.entity)
    return {f"{column}__in": project_ids} if column else {}


# --- Days that were seen whole --------------------------------------------------------------------------------------------


def sure_days_of(connection: Connection, days: Days, zone: ZoneInfo) -> frozenset[date] | None:
    """The days of a zone, from the one before the first, whose tracked time was seen whole; None where the list is not asked for by days,
    so that it is always whole.
    """
    record_list = RecordList.objects.filter(connection=connection, entity=parts_of(connection).time.entity).first()
    if record_list is None:
        return frozenset()
    record_list.connection = connection
    if record_list.window is None:
        return None if record_list.whole_at else frozenset()
    known = record_list.days
    asked = (days.first + A_DAY * number for number in range(-1, days.count))
    return frozenset(day for day in asked if any(span.holds(_in_utc(day, zone)) for span in known))


def _in_utc(day: date, zone: ZoneInfo) -> Days:
    """The days in UTC that a day of a zone reaches into."""
    begins, ends = (datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + A_DAY))
    return Days(begins.date(), (ends - timedelta(microseconds=1)).date())
