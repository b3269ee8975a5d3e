"""What timeghost holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from integrations.catalogue import Collect, Column, Entity, Window
from integrations.catalogue.entities import Data


def _is_deleted(record: Data) -> bool:
    return bool(record.get("deleted")) or record.get("status") == "deleted"


def _completed(record: Data) -> str:
    return "completed" if record.get("completed") else "active"


def _first_assignee(task: Data) -> Any:
    return next((person.get("id") for person in task.get("assignedToUsers") or []), None)


def named_range(first: date, last: date) -> dict[str, Any]:
    """The smallest of timeghost's named ranges that holds these days; it knows no other way to ask for them."""
    today = date.today()
    monday = today - timedelta(days=today.weekday())
    first_of_month = today.replace(day=1)
    last_month = (first_of_month - timedelta(days=1)).replace(day=1)
    ranges = (
        ("today", today, today),
        ("this_week", monday, monday + timedelta(days=6)),
        ("this_month", first_of_month, today + timedelta(days=31)),
        ("last_month", last_month, first_of_month - timedelta(days=1)),
        ("this_year", today.replace(month=1, day=1), today.replace(month=12, day=31)),
    )
    name = next((name for name, start, stop in ranges if start <= first and last <= stop), "all_time")
    return {"date_range": name}


ENTITIES = (
    Entity(
        name="workspace",
        label="Workspace",
        plural="Workspaces",
        icon="building",
        columns=(Column(label="Name", promoted="title"),),
        collect=Collect(operation="list_workspaces"),
    ),
    Entity(
        name="user",
        label="User",
        plural="Users",
        icon="users",
        title=lambda user: user.get("name") or user.get("email") or user["id"],
        parent="email",
        status=lambda user: "admin" if user.get("admin") else "member",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="E-mail", promoted="parent"),
            Column(label="Role", promoted="status"),
        ),
        collect=Collect(operation="list_users"),
        is_gone=lambda user: bool(user.get("removed")),
    ),
    Entity(
        name="client",
        label="Client",
        plural="Clients",
        icon="building",
        moment="created",
        columns=(Column(label="Name", promoted="title"), Column(label="Created", promoted="moment")),
        collect=Collect(operation="list_clients"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="project",
        label="Project",
        plural="Projects",
        icon="folder",
        status=_completed,
        parent="client.id",
        parent_entity="client",
        moment="created",
        amount="estimation",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Client", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Created", promoted="moment"),
        ),
        collect=Collect(operation="list_projects"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="task",
        label="Task",
        plural="Tasks",
        icon="task",
        status=_completed,
        parent="project.id",
        parent_entity="project",
        person=_first_assignee,
        person_entity="user",
        moment="modified",
        amount="estimation",
        columns=(
            Column(label="Task", promoted="title"),
            Column(label="Project", promoted="parent"),
            Column(label="Assignee", promoted="person"),
            Column(label="Status", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        # There is no list of all tasks: one call for each project.
        collect=Collect(operation="list_tasks", each="project", each_as="project_id"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="time",
        label="Time",
        plural="Times",
        icon="clock",
        status=lambda time: "billable" if time.get("billable") else "not billable",
        parent="project.id",
        parent_entity="project",
        person="user.id",
        person_entity="user",
        moment="start",
        amount="timeDiff",
        columns=(
            Column(label="What", promoted="title"),
            Column(label="Person", promoted="person"),
            Column(label="Project", promoted="parent"),
            Column(label="Start", promoted="moment"),
            Column(label="Length", promoted="amount"),
        ),
        collect=Collect(operation="list_times", window=Window(inputs=named_range, longest=366)),
        is_gone=_is_deleted,
    ),
)
