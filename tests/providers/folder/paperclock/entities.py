"""What Paperclock holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from integrations.catalogue import Collect, Column, Entity, Window

NAME = Column(label="Name", promoted="title")


def _days(first: date, last: date) -> list[dict[str, Any]]:
    return [{"first": first.isoformat(), "last": last.isoformat()}]


ENTITIES = (
    Entity(name="office", label="Office", plural="Offices", columns=(NAME,), collect=Collect(operation="list_offices")),
    Entity(
        name="person",
        label="Person",
        plural="People",
        icon="users",
        parent="mail",
        columns=(NAME, Column(label="E-mail", promoted="parent")),
        collect=Collect(operation="list_people"),
    ),
    Entity(
        name="project",
        label="Project",
        plural="Projects",
        status=lambda project: "closed" if project.get("closed") else "open",
        columns=(NAME, Column(label="Status", promoted="status")),
        collect=Collect(operation="list_projects"),
    ),
    Entity(
        name="task",
        label="Task",
        plural="Tasks",
        icon="task",
        title="text",
        status=lambda task: "done" if task.get("done") else "open",
        parent="project",
        parent_entity="project",
        person="person",
        person_entity="person",
        moment="changed",
        columns=(
            Column(label="Task", promoted="title"),
            Column(label="Project", promoted="parent"),
            Column(label="Person", promoted="person"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_tasks"),
        is_gone=lambda task: bool(task.get("torn_up")),
    ),
    Entity(
        name="time",
        label="Time",
        plural="Times",
        icon="clock",
        title="text",
        parent="task",
        parent_entity="task",
        person="person",
        person_entity="person",
        moment="from",
        amount="seconds",
        columns=(
            Column(label="What", promoted="title"),
            Column(label="From", promoted="moment"),
            Column(label="Length", promoted="amount"),
        ),
        collect=Collect(operation="list_times", window=Window(inputs=_days, longest=31)),
    ),
)
