"""Linked projects whose two sides stand in the mirror only: for tests of what a plan reads and keeps, without a sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import link_project
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record, RecordList
from integrations.sync.approvals import keep_waiting
from integrations.sync.models import Pair, Sync
from integrations.sync.plan import plan
from integrations.sync.reading import read_situation
from integrations.sync.situation import TimeKey
from integrations.sync.spans import zone_name
from integrations.sync.steps import Plan
from tests.linking.building import bridge, mirror, task_there

PERSON, ADA = "u1", 21  # the same on both sides


def today() -> date:
    return timezone.now().astimezone(UTC).date()


def linked() -> Integration:
    """p1 is linked with 11, Ada is connected, and all of the last weeks was looked at. Needs a scope, as all that follows."""
    integration = bridge()
    link_project(integration, "p1", "11", None)
    PersonLink.objects.create(integration=integration, left_id=PERSON, right_id=str(ADA), name="Ada Brandt", connected_at=timezone.now())
    Integration.objects.filter(pk=integration.pk).update(
        time_since=today() - 30 * A_DAY, whole_look_at=timezone.now(), whole_look_zone=zone_name()
    )
    Sync.objects.create(integration=integration, state=Sync.State.DONE)
    all_days = Days(today() - 32 * A_DAY, today() + A_DAY)
    mirror(integration.right, "activity", [], days=all_days)
    mirror(integration.left, "time", [], days=all_days)
    return Integration.objects.get(pk=integration.pk)


def the_link(integration: Integration) -> ProjectLink:
    return ProjectLink.objects.get(integration=integration, left_id="p1")


def tasks(integration: Integration, *ids: str, project: str = "p1") -> None:
    """What a walk of a project's tasks on the left shows."""
    mirror(integration.left, "task", [task_there(id_, project, f"Task {id_}") for id_ in ids], each=project)


def partners(integration: Integration, **left_of: str) -> None:
    """Tasks on the right, `r7="t1"` for the partner of t1 with the id 7: all that a walk shows there, each with its pair."""
    marked = {int(right[1:]): left for right, left in left_of.items()}
    workspace = integration.left.workspace_id
    mirror(
        integration.right,
        "task",
        [
            {
                "id": right,
                "project_id": 11,
                "summary": f"Task {left}",
                "status": "active",
                "lock_version": 1,
                "metadata": {"timebridge": f"timeghost/{workspace}/{left}"},
            }
            for right, left in marked.items()
        ],
    )
    for right, left in marked.items():
        values = {"name": f"Task {left}", "is_completed": False, "assignee_ids": [], "project_id": "11"}
        known = {"integration": integration, "part": Pair.Part.TASK, "left_id": left, "right_id": str(right)}
        Pair.objects.get_or_create(**known, defaults={"project_link": the_link(integration), "values": values})


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def activity(key: int, day: date, task: int | None, seconds: int = 600, project: int = 11) -> dict[str, Any]:
    return {
        "id": key,
        "user_id": ADA,
        "project_id": project,
        "task_id": task,
        "date": day.isoformat(),
        "starts_at": noon(day).isoformat(),
        "time_slot": noon(day).isoformat(),
        "tracked": seconds,
    }


def written(integration: Integration, day: date, left_ids: Iterable[str], task: str = "7", **values: Any) -> None:
    """Time that was written back to t1 for a task on the right, one piece of a day after the other."""
    pieces = [(number, left_id, noon(day) + timedelta(minutes=10 * number)) for number, left_id in enumerate(left_ids)]
    rows = [
        {
            "id": left_id,
            "name": "Time",
            "user": {"id": PERSON},
            "project": {"id": "p1"},
            "task": {"id": "t1"},
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=10)).isoformat(),
        }
        for _, left_id, start in pieces
        if left_id
    ]
    mirror(integration.left, "time", rows, days=Days(day, day))
    for number, left_id, start in pieces:
        Pair.objects.create(
            integration=integration,
            project_link=the_link(integration),
            part=Pair.Part.TIME,
            left_id=left_id,
            right_id=str(TimeKey(day, str(ADA), task, number)),
            values={"start": start.isoformat(), "seconds": 600, "task_id": "t1", "project_id": "p1", **values},
        )


def planned(integration: Integration, is_whole: bool | None = None) -> Plan:
    """Plans as a sync does, and puts down what waits."""
    situation = read_situation(Integration.objects.get(pk=integration.pk), is_whole)
    made = plan(situation)
    keep_waiting(integration, situation, made)
    return made


def gone_by_our_hand(integration: Integration, left_ids: Iterable[str]) -> None:
    """Written-back time that a sync has deleted."""
    ids = list(left_ids)
    Record.objects.filter(connection=integration.left, entity="time", remote_id__in=ids).update(removed_at=timezone.now())
    Pair.objects.filter(integration=integration, part=Pair.Part.TIME, left_id__in=ids).delete()


def walked_at(integration: Integration, project: str, moment: datetime) -> UUID:
    """As if a project's tasks on the left had been walked at a moment, the last time."""
    record_list = RecordList.objects.get(connection=integration.left, entity="task", each=project)
    RecordList.objects.filter(pk=record_list.pk).update(whole_at=moment)
    return record_list.pk
