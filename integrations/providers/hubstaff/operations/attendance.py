"""Attendance: the schedules that say when somebody should work, and the shifts that came of them."""

from __future__ import annotations

from integrations.catalogue import Kind, Operation, SideLoad
from integrations.providers.hubstaff.operations.fields import FIRST_DAY, LAST_DAY, ORGANIZATION, PAGES, included

OPERATIONS = (
    Operation(
        name="list_schedules",
        label="List Attendance Schedules",
        entity="schedule",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/attendance_schedules",
        result="attendance_schedules",
        paging=PAGES,
        inputs=(ORGANIZATION, FIRST_DAY, LAST_DAY, included(("users", "Members"))),
        side_loads=(SideLoad(key="users", join="user_id", into="user"),),
        description="The schedules that cover these days; of one that repeats, a single day within them is enough.",
    ),
    Operation(
        name="list_shifts",
        label="List Attendance Shifts",
        entity="shift",
        kind=Kind.LIST,
        method="GET",
        path="/v2/organizations/{organization_id}/attendance_shifts",
        result="attendance_shifts",
        paging=PAGES,
        inputs=(ORGANIZATION, FIRST_DAY, LAST_DAY, included(("users", "Members"), ("attendance_schedules", "Schedules"))),
        side_loads=(
            SideLoad(key="users", join="user_id", into="user"),
            SideLoad(key="attendance_schedules", join="attendance_schedule_id", into="attendance_schedule"),
        ),
        description="31 days at most, and no further back than the organization's plan keeps its data.",
    ),
)
