"""Tracked time: in blocks of ten minutes, by day, what was edited by hand, and adding some."""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Flag, Kind, Moment, Number, Operation, Pick, Place, SideLoad, Text
from integrations.providers.hubstaff.operations.fields import (
    ASKED_ORGANIZATION,
    FIRST_DAY,
    IN_ORGANIZATION,
    LAST_DAY,
    OF_GLOBAL_TODOS,
    OF_PROJECTS,
    OF_TASKS,
    OF_USERS,
    ORGANIZATION,
    PAGES,
    PROJECT,
    included,
    since,
    until,
)
from integrations.providers.hubstaff.operations.tasks import TASK

INCLUDED = included(("users", "Members"), ("projects", "Projects"), ("tasks", "Tasks"))
SIDE_LOADS = (
    SideLoad(key="users", join="user_id", into="user"),
    SideLoad(key="projects", join="project_id", into="project"),
    SideLoad(key="tasks", join="task_id", into="task"),
)

OPERATIONS = (
    Operation(
        name="list_activities",
        label="List Activities",
        entity="activity",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/activities",
        result="activities",
        paging=PAGES,
        inputs=(
            ORGANIZATION,
            since("time_slot", "From"),
            until("time_slot", "Until"),
            OF_USERS,
            OF_PROJECTS,
            OF_TASKS,
            OF_GLOBAL_TODOS,
            INCLUDED,
        ),
        side_loads=SIDE_LOADS,
        description="Time in blocks of ten minutes: 7 days at most, 6 months back, up to 20 minutes late.",
    ),
    Operation(
        name="list_activity_updates",
        label="List Updated Activities",
        entity="activity",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/activities/updates",
        result="activities",
        paging=PAGES,
        inputs=(
            ORGANIZATION,
            since("updated", "Updated from"),
            until("updated", "Updated until"),
            OF_USERS,
            OF_PROJECTS,
            OF_TASKS,
            OF_GLOBAL_TODOS,
            INCLUDED,
        ),
        side_loads=SIDE_LOADS,
        description="Blocks that were changed: 7 days at most, 45 days back, up to 20 minutes late. Deleted ones are not among them.",
    ),
    Operation(
        name="list_daily_activities",
        label="List Time by Day",
        entity="daily_activity",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/activities/daily",
        result="daily_activities",
        paging=PAGES,
        inputs=(ORGANIZATION, FIRST_DAY, LAST_DAY, OF_USERS, OF_PROJECTS, OF_TASKS, INCLUDED),
        side_loads=SIDE_LOADS,
        description="Time by person, project, task and day of the organization's zone: 31 days at most, 3 years back.",
    ),
    Operation(
        name="list_time_edit_logs",
        label="List Time Edits",
        entity="time_edit",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/time_edit_logs",
        result="time_edit_logs",
        paging=PAGES,
        inputs=(
            ORGANIZATION,
            since("created", "Edited from"),
            until("created", "Edited until"),
            OF_USERS,
            OF_PROJECTS,
            OF_TASKS,
            INCLUDED,
        ),
        side_loads=SIDE_LOADS,
        description="Time that was added, changed or deleted by hand: 31 days at most, 3 years back.",
    ),
    Operation(
        name="create_time_entry",
        label="Add Time",
        entity="activity",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/users/{user_id}/time_entries",
        inputs=(
            ASKED_ORGANIZATION,
            Pick(
                name="user_id",
                label="Member",
                place=Place.PATH,
                entity="member",
                required=True,
                number=True,
                depends_on=IN_ORGANIZATION,
            ),
            replace(PROJECT, place=Place.BODY),
            replace(TASK, place=Place.BODY, required=False),
            Moment(name="start_time", label="Start", required=True),
            Number(name="tracked", label="Seconds", required=True, least=1),
            Text(name="note", label="Note", help="Hubstaff asks for a reason unless the organization turned that off."),
            Flag(name="billable", label="Billable", help="Without an answer, as the project says."),
        ),
        description="Time cannot be changed or deleted here once it was added. Time that needs approval cannot be added.",
    ),
)
