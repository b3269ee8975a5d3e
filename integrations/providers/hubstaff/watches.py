"""What can be watched at Hubstaff. It tells of what is new by webhooks, but never that a task was completed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from integrations.catalogue import Hook, Place, Watch
from integrations.catalogue.reading import Data, moment
from integrations.providers.hubstaff.operations.fields import ASKED_ORGANIZATION, PROJECT

ORGANIZATION = replace(ASKED_ORGANIZATION, help="")
IN_PROJECT = replace(PROJECT, place=Place.BODY, required=False, help="Without one, all projects are watched.")


def became(status: str) -> Callable[[Data | None, Data | None], bool]:
    """Whether a record has a status that it had not before. Hubstaff's words for it: https://developer.hubstaff.com/docs/hubstaff_v2"""

    def when(before: Data | None, after: Data | None) -> bool:
        return after is not None and after.get("status") == status and (before is None or before.get("status") != status)

    return when


def was_updated(schedule: Data) -> bool:
    """Whether it was changed since it was made."""
    made, changed = moment(schedule.get("created_at")), moment(schedule.get("updated_at"))
    return made is not None and changed is not None and changed > made


def completed_at(task: Data) -> Any:
    """A completed task need not say when it was: then it is taken for its last change."""
    return task.get("completed_at") or task.get("updated_at")


def began_at(shift: Data) -> Any:
    """When somebody came, or should have: in UTC, whereas the shift's `date` is a day of its schedule's zone and may be another one."""
    return shift.get("actual_start_time") or shift.get("start_time")


def _shifts(status: str, row: str, description: str) -> Watch:
    event = f"shift.{status}"
    return Watch(
        name=f"shifts_{status}",
        label=f"Watch {status.capitalize()} Shifts",
        entity="shift",
        changes=("created", "changed"),
        when=became(status),
        verb=f"was {status}",
        once=True,  # a status that is corrected away and back again is no second shift
        moment=began_at,
        inputs=(ORGANIZATION,),
        hook=Hook("shift", {"created": event, "changed": event}),
        row=row,
        description=description,
    )


WATCHES = (
    Watch(
        name="projects_created",
        label="Watch Projects Created",
        entity="project",
        changes=("created",),
        moment="created_at",
        inputs=(ORGANIZATION,),
        hook=Hook("project", {"created": "project.create"}, one="get_project", one_as="project_id"),
        row="H07",
        description="A project was created in Hubstaff.",
    ),
    Watch(
        name="tasks_created",
        label="Watch Tasks Created",
        entity="task",
        changes=("created",),
        moment="created_at",
        inputs=(ORGANIZATION, IN_PROJECT),
        hook=Hook("task", {"created": "task.create"}, one="get_task", one_as="task_id"),
        row="H12",
        description="A task was created in Hubstaff.",
    ),
    Watch(
        name="tasks_completed",
        label="Watch Tasks Completed",
        entity="task",
        changes=("created", "changed"),
        when=became("completed"),
        verb="was completed",
        moment=completed_at,
        inputs=(ORGANIZATION, IN_PROJECT),
        row="H13",
        description="A task was completed in Hubstaff. One that is completed again tells it again.",
    ),
    Watch(
        name="clients_created",
        label="Watch Clients Created",
        entity="client",
        changes=("created",),
        moment="created_at",
        inputs=(ORGANIZATION,),
        hook=Hook("client", {"created": "client.create"}, one="get_client", one_as="client_id"),
        row="H19",
        description="A client was created in Hubstaff.",
    ),
    Watch(
        name="schedules_created",
        label="Watch Schedules Created",
        entity="schedule",
        changes=("created",),
        moment="created_at",
        inputs=(ORGANIZATION,),
        hook=Hook("schedule", {"created": "schedule.create"}),
        row="H26",
        description="Somebody got a new attendance schedule.",
    ),
    Watch(
        name="schedules_updated",
        label="Watch Schedules Updated",
        entity="schedule",
        changes=("changed",),
        standing=was_updated,
        moment="updated_at",
        inputs=(ORGANIZATION,),
        hook=Hook("schedule", {"changed": "schedule.update"}),
        row="H27",
        description="An attendance schedule was changed.",
    ),
    _shifts("early", "H28", "Somebody began a shift early."),
    _shifts("missed", "H29", "Somebody missed a shift."),
    _shifts("late", "H30", "Somebody began a shift late."),
)
