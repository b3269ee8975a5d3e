"""What Hubstaff holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from integrations.catalogue import Collect, Column, Entity, Window
from integrations.catalogue.entities import Data

ALL_TASKS = ("active", "completed")


def _days(first: date, last: date) -> list[dict[str, Any]]:
    return [{"date_start": first.isoformat(), "date_stop": last.isoformat()}]


def _member_name(member: Data) -> str:
    user = member.get("user") or {}
    return user.get("name") or f"Member {member['user_id']}"


def _first_assignee(task: Data) -> Any:
    return next(iter(task.get("assignee_ids") or []), None)


ENTITIES = (
    Entity(
        name="organization",
        label="Organization",
        plural="Organizations",
        icon="building",
        status="status",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Status", promoted="status"),
            Column(label="Created", promoted="moment"),
        ),
        collect=Collect(operation="list_organizations"),
    ),
    Entity(
        name="member",
        label="Member",
        plural="Members",
        icon="users",
        identity="user_id",
        title=_member_name,
        status="membership_status",
        parent="membership_role",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Role", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Joined", promoted="moment"),
        ),
        collect=Collect(operation="list_members", inputs={"include": ["users"]}),
        is_gone=lambda member: bool(member.get("removed_at")),
    ),
    Entity(
        name="project",
        label="Project",
        plural="Projects",
        icon="folder",
        status="status",
        parent="client_id",
        parent_entity="client",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Status", promoted="status"),
            Column(label="Client", promoted="parent"),
            Column(label="Created", promoted="moment"),
        ),
        collect=Collect(operation="list_projects", inputs={"status": "all"}),
        is_gone=lambda project: project.get("status") == "deleted",
    ),
    Entity(
        name="task",
        label="Task",
        plural="Tasks",
        icon="task",
        title="summary",
        status="status",
        parent="project_id",
        parent_entity="project",
        person=_first_assignee,
        person_entity="member",
        moment="updated_at",
        columns=(
            Column(label="Task", promoted="title"),
            Column(label="Project", promoted="parent"),
            Column(label="Assignee", promoted="person"),
            Column(label="Status", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_tasks", inputs={"status": list(ALL_TASKS)}),
        is_gone=lambda task: task.get("status") == "deleted",
    ),
    Entity(
        name="client",
        label="Client",
        plural="Clients",
        icon="building",
        status="status",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Status", promoted="status"),
            Column(label="Created", promoted="moment"),
        ),
        collect=Collect(operation="list_clients", inputs={"status": "all"}),
        is_gone=lambda client: client.get("status") == "deleted",
    ),
    Entity(
        name="daily_activity",
        label="Time by day",
        plural="Time by day",
        icon="clock",
        title=lambda activity: activity["date"],
        parent="project_id",
        parent_entity="project",
        person="user_id",
        person_entity="member",
        moment="date",
        amount="tracked",
        columns=(
            Column(label="Day", promoted="moment"),
            Column(label="Person", promoted="person"),
            Column(label="Project", promoted="parent"),
            Column(label="Tracked", promoted="amount"),
        ),
        collect=Collect(operation="list_daily_activities", window=Window(inputs=_days, longest=31)),
    ),
)
