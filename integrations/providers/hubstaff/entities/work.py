"""What is worked on, and for whom."""

from __future__ import annotations

from typing import Any

from integrations.catalogue import Collect, Column, Entity
from integrations.catalogue.reading import Data

ALL_TASKS = ("active", "completed")


def _first_assignee(task: Data) -> Any:
    return next(iter(task.get("assignee_ids") or []), None)


ENTITIES = (
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
        collect=Collect(operation="list_projects", inputs={"status": "all", "include": ["clients"]}),
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
)
