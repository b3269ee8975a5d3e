"""Reading a situation: the links, the pairs and both mirrors as they stand. Needs a scope; asks a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations.catalogue.entities import Data
from integrations.connections.models import Connection
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import parts_of
from integrations.records.models import Record
from integrations.records.staging import Days
from integrations.sync.models import Pair
from integrations.sync.situation import LinkedProject, Mirrored, Side, Situation, TaskPair, TimeKey, TimePair
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id

Facts = TypeVar("Facts")
DAYS_READ_AGAIN = timedelta(days=7)


def days_of(integration: Integration) -> Days:
    """The days whose tracked time a sync looks at: the last week, tomorrow included where it has begun already, nothing before
    `time_since`.
    """
    today = timezone.now().date()
    return Days(max(integration.time_since, today - DAYS_READ_AGAIN), today + timedelta(days=1))


def read_situation(integration: Integration) -> Situation:
    organization = Organization.objects.get(pk=current_organization_id())
    links = list(ProjectLink.live.filter(integration=integration).order_by("linked_at", "id"))
    left_ids = [link.left_id for link in links]
    days = days_of(integration)
    tasks, times = _pairs(integration)
    return Situation(
        left=_left(integration.left, left_ids, days),
        right=_right(integration.right, days),
        links=tuple(LinkedProject(str(link.pk), link.left_id, link.right_id, link.name, frozenset(link.member_ids)) for link in links),
        people=dict(PersonLink.live.filter(integration=integration).values_list("left_id", "right_id")),
        task_pairs=tasks,
        time_pairs=times,
        first_day=days.first,
        last_day=days.last,
        zone=ZoneInfo(organization.time_zone),
        adds_members=organization.add_members_to_projects,
    )


def _left(connection: Connection, project_ids: list[str], days: Days) -> Side:
    parts = parts_of(connection)
    return Side(
        label=connection.declaration.label,
        parts=parts,
        name=connection.provider,
        workspace=connection.workspace_id,
        projects=_read(connection, parts.project.entity, parts.project.read, remote_id__in=project_ids),
        people=_read(connection, parts.person.entity, parts.person.read),
        tasks=_read(connection, parts.task.entity, parts.task.read, parent__in=project_ids),
        times=_read(connection, parts.time.entity, parts.time.read, moment__gte=_start(days)),
    )


def _right(connection: Connection, days: Days) -> Side:
    parts = parts_of(connection)
    return Side(
        label=connection.declaration.label,
        parts=parts,
        name=connection.provider,
        workspace=connection.workspace_id,
        projects=_read(connection, parts.project.entity, parts.project.read),
        people=_read(connection, parts.person.entity, parts.person.read),
        tasks=_read(connection, parts.task.entity, parts.task.read),
        times=_read(connection, parts.time.entity, parts.time.read, moment__gte=_start(days)),
    )


def _read(connection: Connection, entity: str, read: Callable[[Data], Facts], **narrowed: object) -> dict[str, Mirrored[Facts]]:
    records = Record.objects.filter(connection=connection, entity=entity, removed_at=None, **narrowed).order_by("id")
    return {remote_id: Mirrored(read(data), data) for remote_id, data in records.values_list("remote_id", "data").iterator()}


def _start(days: Days) -> datetime:
    """A day before the first: what a zone ahead of UTC calls that day begins earlier."""
    return datetime.combine(days.first - timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo("UTC"))


def _pairs(integration: Integration) -> tuple[tuple[TaskPair, ...], tuple[TimePair, ...]]:
    pairs = list(Pair.objects.filter(integration=integration))
    tasks = tuple(_task_pair(pair) for pair in pairs if pair.part == Pair.Part.TASK)
    times = tuple(_time_pair(pair) for pair in pairs if pair.part == Pair.Part.TIME)
    return tasks, times


def _task_pair(pair: Pair) -> TaskPair:
    values = pair.values
    return TaskPair(pair.left_id, pair.right_id, values["name"], values["is_completed"], frozenset(values["assignee_ids"]))


def _time_pair(pair: Pair) -> TimePair:
    return TimePair(TimeKey.of(pair.right_id), pair.left_id, datetime.fromisoformat(pair.values["start"]), pair.values["seconds"])
