"""Reading a situation: the links, the pairs and both mirrors as they stand. Needs a scope; asks a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations.catalogue.reading import Data
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
Narrowing = dict[str, Any]
DAYS_READ_AGAIN = timedelta(days=7)
OVERLAP = timedelta(days=3)
LONGEST_LOOK_BACK = timedelta(days=29)  # with tomorrow 31 days, what one call may ask for


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
    """On the left only what belongs to linked projects counts."""
    return _side(connection, days, projects={"remote_id__in": project_ids}, tasks={"parent__in": project_ids})


def _right(connection: Connection, days: Days) -> Side:
    return _side(connection, days, projects={}, tasks={})


def _side(connection: Connection, days: Days, projects: Narrowing, tasks: Narrowing) -> Side:
    parts, unreadable = parts_of(connection), list[str]()

    def read(entity: str, reading: Callable[[Data], Facts], **narrowing: object) -> dict[str, Mirrored[Facts]]:
        return _read(connection, entity, reading, narrowing, unreadable)

    return Side(
        label=connection.declaration.label,
        parts=parts,
        name=connection.provider,
        workspace=connection.workspace_id,
        projects=read(parts.project.entity, parts.project.read, **projects),
        people=read(parts.person.entity, parts.person.read),
        tasks=read(parts.task.entity, parts.task.read, **tasks),
        times=read(parts.time.entity, parts.time.read, moment__gte=_start(days)),
        unreadable=tuple(unreadable),
    )


def _read(
    connection: Connection, entity: str, reading: Callable[[Data], Facts], narrowing: Narrowing, unreadable: list[str]
) -> dict[str, Mirrored[Facts]]:
    """One odd record must not stop the rest: it is counted among the unreadable ones."""
    records = Record.objects.filter(connection=connection, entity=entity, removed_at=None, **narrowing).order_by("id")
    found: dict[str, Mirrored[Facts]] = {}
    for remote_id, data in records.values_list("remote_id", "data").iterator():
        try:
            found[remote_id] = Mirrored(reading(data), data)
        except (KeyError, TypeError, ValueError, AttributeError):
            unreadable.append(f"{entity}/{remote_id}")
    return found


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
    return TaskPair(
        left_id=pair.left_id,
        right_id=pair.right_id,
        name=values["name"],
        is_completed=values["is_completed"],
        assignee_ids=frozenset(values["assignee_ids"]),
        project_id=values.get("project_id", ""),
    )


def _time_pair(pair: Pair) -> TimePair:
    return TimePair(TimeKey.of(pair.right_id), pair.left_id, datetime.fromisoformat(pair.values["start"]), pair.values["seconds"])
