"""What timeghost holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from integrations.catalogue import Collect, Column, Entity, Window
from integrations.catalogue.reading import Data
from integrations.providers.timeghost.operations.tags import PROJECT_TAG

A_DAY = timedelta(days=1)


def _is_deleted(record: Data) -> bool:
    return bool(record.get("deleted")) or record.get("status") == "deleted"


def _completed(record: Data) -> str:
    return "completed" if record.get("completed") else "active"


def _first_assignee(task: Data) -> Any:
    return next((person.get("id") for person in task.get("assignedToUsers") or []), None)


def _kind_of_tag(tag: Data) -> str:
    return "project tag" if tag.get("tagType") == PROJECT_TAG else "time tag"


def _words(working_hours: Data) -> str:
    """Working hours have a name but rarely."""
    return working_hours.get("name") or str(working_hours.get("type") or "work").capitalize()


def _length(working_hours: Data) -> float | None:
    """Seconds from start to end; None while the person is still at work."""
    start, end = working_hours.get("start"), working_hours.get("end")
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() if start and end else None


def named_ranges(first: date, last: date) -> list[dict[str, Any]]:
    """The fewest and smallest of timeghost's named ranges that surely hold these days together; it knows no other way to ask for them.

    It counts days in a zone that we do not know, so its today may be the day before ours or after it, and a day of ours reaches into
    its neighbours: the ranges must hold a day more on both sides, whichever of the three it is. Every range reaches to its today, so
    the end matters only for days that are still to come. Nothing is asked for all time while the days lie well within this year and
    the last.
    """
    today = datetime.now(UTC).date()
    earliest, latest = _spans(today - A_DAY), _spans(today + A_DAY)
    for names in COVERS:
        if latest[names[0]][0] <= first - A_DAY and (last <= today or last + A_DAY <= earliest[names[-1]][1]):
            return [{"date_range": name} for name in names]
    return [{"date_range": "all_time"}]


def _spans(today: date) -> dict[str, tuple[date, date]]:
    """First and last day of each named range."""
    monday, month, year = today - timedelta(days=today.weekday()), today.replace(day=1), today.replace(month=1, day=1)
    day = A_DAY
    return {
        "this_week": (monday, monday + 6 * day),
        "last_week": (monday - 7 * day, monday - day),
        "this_month": (month, (month + 31 * day).replace(day=1) - day),
        "last_month": ((month - day).replace(day=1), month - day),
        "this_year": (year, year.replace(year=year.year + 1) - day),
        "last_year": (year.replace(year=year.year - 1), year - day),
    }


COVERS = (
    ("this_week",),
    ("last_week", "this_week"),
    ("this_month",),
    ("last_month", "this_month"),
    ("this_year",),
    ("last_year", "this_year"),
)
"""Ranges that follow one another, smallest first."""


ENTITIES = (
    Entity(
        name="workspace",
        label="Workspace",
        plural="Workspaces",
        icon="grid",
        columns=(Column(label="Name", promoted="title"),),
        collect=Collect(operation="list_workspaces"),
    ),
    Entity(
        name="user",
        label="User",
        plural="Users",
        icon="user",
        title=lambda user: user.get("name") or user.get("email") or user["id"],
        parent="email",
        status=lambda user: "admin" if user.get("admin") else "member",
        amount="billable_rate",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="E-mail", promoted="parent"),
            Column(label="Role", promoted="status"),
            Column(label="Billable rate", promoted="amount", unit="money"),
        ),
        collect=Collect(operation="list_users"),
        is_gone=lambda user: bool(user.get("removed")),
    ),
    Entity(
        name="client",
        label="Client",
        plural="Clients",
        icon="building",
        parent="meta.location",
        moment="modified",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Location", promoted="parent"),
            Column(label="Changed", promoted="moment"),
        ),
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
        amount="estimation",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Client", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Estimation", promoted="amount", unit="seconds"),
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
            Column(label="Estimation", promoted="amount", unit="seconds"),
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
            Column(label="Length", promoted="amount", unit="seconds"),
            Column(label="Billable", promoted="status"),
        ),
        collect=Collect(operation="list_times", window=Window(inputs=named_ranges, longest=366)),
        is_gone=_is_deleted,
    ),
    Entity(
        name="working_hours",
        label="Working hours",
        plural="Working hours",
        icon="calendar",
        title=_words,
        status="type",
        person="user.id",
        person_entity="user",
        moment="start",
        amount=_length,
        columns=(
            Column(label="What", promoted="title"),
            Column(label="Person", promoted="person"),
            Column(label="Start", promoted="moment"),
            Column(label="Length", promoted="amount", unit="seconds"),
            Column(label="Type", promoted="status"),
        ),
        collect=Collect(operation="list_working_hours"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="tag",
        label="Tag",
        plural="Tags",
        icon="list",
        status=_kind_of_tag,
        moment="modified",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Type", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_tags"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="group",
        label="Group",
        plural="Groups",
        icon="users",
        status=lambda group: "synchronized" if group.get("synchronizedGroup") else "own",
        moment="modified",
        amount=lambda group: len(group.get("users") or []),
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="People", promoted="amount"),
            Column(label="Kind", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_groups"),
        is_gone=_is_deleted,
    ),
    Entity(
        name="feed_event",
        label="Custom feed event",
        plural="Custom feed events",
        icon="bell",
        status="category",
        moment="start",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Category", promoted="status"),
            Column(label="Start", promoted="moment"),
        ),
        kept=True,
        is_gone=_is_deleted,
    ),
)
