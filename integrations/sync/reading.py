"""Reading a situation: the links, the pairs and both mirrors as they stand. Needs a scope; asks a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.catalogue import TimeFacts
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import parts_of
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record
from integrations.sync.approvals import answers_of
from integrations.sync.evidence import Gone, gone_from, of_projects, sure_days_of, timed_tasks
from integrations.sync.models import Pair, StepRecord
from integrations.sync.obstacles import Resting, resting_of
from integrations.sync.situation import (
    WHOLE_PROJECT,
    Guard,
    LinkedProject,
    Mirrored,
    Side,
    Situation,
    TaskPair,
    TimeKey,
    TimePair,
    TimeRules,
)
from integrations.sync.spans import days_to_plan
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id

Facts = TypeVar("Facts")
Narrowing = dict[str, Any]
LATELY = timedelta(hours=1)


def read_situation(integration: Integration, is_whole: bool | None = None) -> Situation:
    """What a plan looks at. `is_whole` says whether all tracked time counts or only what was touched lately; by itself it is whole where
    the next sync would look at all.
    """
    organization = Organization.objects.get(pk=current_organization_id())
    links = list(ProjectLink.live.filter(integration=integration).order_by("linked_at", "id"))
    days, resting = days_to_plan(integration, is_whole), resting_of(integration, links)
    tasks, times = _pairs(integration, days)
    left = _left(integration, links, days)
    right = _right(integration, links, days, frozenset(pair.right_id for pair in tasks if pair.left_id in left.gone_tasks))
    return Situation(
        left=left,
        right=right,
        links=_linked(links, left, right, resting),
        people=dict(PersonLink.connected.filter(integration=integration).values_list("left_id", "right_id")),
        task_pairs=tasks,
        time_pairs=times,
        first_day=days.first,
        last_day=days.last,
        sure_days=sure_days_of(integration.right, days, zone := ZoneInfo(organization.time_zone)),
        zone=zone,
        adds_members=organization.add_members_to_projects,
        time_rules=TimeRules(integration.time_shape, integration.untasked, integration.untasked_name),
        guard=Guard(integration.guard_items, integration.guard_percent),
        guarded_lately=_guarded_lately(integration),
        answers=answers_of(integration),
        resting=resting.keys,
    )


def _linked(links: list[ProjectLink], left: Side, right: Side, resting: Resting) -> tuple[LinkedProject, ...]:
    used_left, used_right = _usage(left.times), _usage(right.times)
    return tuple(
        LinkedProject(
            id=str(link.pk),
            left_id=link.left_id,
            right_id=link.right_id,
            name=link.name,
            member_ids=frozenset(link.member_ids),
            found_ids=frozenset(link.found_ids),
            synced_name=link.synced_name,
            usage=used_right[link.right_id] or used_left[link.left_id],  # nothing was tracked yet in a project that is made by this sync
            is_resting=link.pk in resting.links,
        )
        for link in links
    )


def _usage(times: Mapping[str, Mirrored[TimeFacts]]) -> Counter[str]:
    """Tracked seconds of each project, as far as the plan looks back."""
    used: Counter[str] = Counter()
    for each in times.values():
        used[each.facts.project_id] += each.facts.seconds
    return used


def _guarded_lately(integration: Integration) -> int:
    """How many removals and the like went on by themselves a moment ago: many small plans in a row count as one. No longer, or people who
    complete their tasks over a day would have to ask.
    """
    steps = StepRecord.objects.filter(sync__integration=integration, created_at__gt=timezone.now() - LATELY)
    return steps.filter(went_unasked=True, outcome=StepRecord.Outcome.DONE).count()


# --- The two sides --------------------------------------------------------------------------------------------------------


def _left(integration: Integration, links: list[ProjectLink], days: Days) -> Side:
    """On the left only what belongs to linked projects counts."""
    project_ids = [link.left_id for link in links]
    tasks, times = _known(integration, Pair.Part.TASK, "left_id"), _known(integration, Pair.Part.TIME, "left_id")
    gone = gone_from(integration.left, project_ids, tasks, times)
    return _side(integration.left, gone, projects={"remote_id__in": project_ids}, tasks={"parent__in": project_ids}, times=_since(days))


def _right(integration: Integration, links: list[ProjectLink], days: Days, orphans: frozenset[str]) -> Side:
    """On the right any project or task may carry a mark of ours; tracked time counts where its project is linked. `orphans` are tasks there
    whose partner on the left is gone.
    """
    project_ids = [link.right_id for link in links if link.right_id]
    times = _since(days) | of_projects(integration.right, project_ids)
    gone = gone_from(integration.right, project_ids, _known(integration, Pair.Part.TASK, "right_id"), [])
    side = _side(integration.right, gone, projects={}, tasks={}, times=times)
    return replace(side, timed_tasks=timed_tasks(integration, side, orphans)) if orphans else side


def _known(integration: Integration, part: Pair.Part, column: str) -> QuerySet[Pair, str]:
    """The ids that pairs know on one side."""
    return Pair.objects.filter(integration=integration, part=part).values_list(column, flat=True)


def _since(days: Days) -> Narrowing:
    """Two days before the first: what was written on the day before counts as well, and a zone ahead of UTC begins it a day earlier."""
    return {"moment__gte": days.begins - 2 * A_DAY}


def _side(connection: Connection, gone: Gone, projects: Narrowing, tasks: Narrowing, times: Narrowing) -> Side:
    parts, unreadable = parts_of(connection), list[str]()

    def read(entity: str, reading: Callable[[Data], Facts], narrowing: Narrowing) -> dict[str, Mirrored[Facts]]:
        return _read(connection, entity, reading, narrowing, unreadable)

    return Side(
        label=connection.declaration.label,
        parts=parts,
        name=connection.provider,
        workspace=connection.workspace_id,
        projects=read(parts.project.entity, parts.project.read, projects),
        people=read(parts.person.entity, parts.person.read, {}),
        tasks=read(parts.task.entity, parts.task.read, tasks),
        times=read(parts.time.entity, parts.time.read, times),
        clients=read(parts.client.entity, parts.client.read, {}) if parts.client else {},
        gone_projects=gone[parts.project.entity],
        gone_tasks=gone[parts.task.entity],
        gone_times=gone[parts.time.entity],
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


# --- Pairs ----------------------------------------------------------------------------------------------------------------


def _pairs(integration: Integration, days: Days) -> tuple[tuple[TaskPair, ...], tuple[TimePair, ...]]:
    """All pairs of tasks, and of time those from two days before the first day (a key begins with its day) and those without a task: they
    tell which tasks on the left hold such time.
    """
    of_time = Q(part=Pair.Part.TIME) & (Q(right_id__gte=(days.first - 2 * A_DAY).isoformat()) | Q(right_id__contains=f"/{WHOLE_PROJECT}"))
    pairs = list(Pair.objects.filter(Q(part=Pair.Part.TASK) | of_time, integration=integration).order_by("created_at", "id"))
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
    values = pair.values
    return TimePair(
        key=TimeKey.of(pair.right_id),
        left_id=pair.left_id,
        start=datetime.fromisoformat(values["start"]),
        seconds=values["seconds"],
        task_id=values.get("task_id", ""),
        project_id=values.get("project_id", ""),
        is_unsure=values.get("is_unsure", False),
    )
