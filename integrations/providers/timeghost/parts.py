"""Which of timeghost's entities play which part in linking and sync."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.catalogue import (
    ClientDraft,
    ClientFacts,
    ClientPart,
    Me,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectDraft,
    ProjectFacts,
    ProjectPart,
    TaskDraft,
    TaskFacts,
    TaskPart,
    TimeDraft,
    TimeFacts,
    TimePart,
    Write,
)
from integrations.catalogue.reading import Data, at

USER = 0  # the role of who works in a project and does not manage it


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def read_person(user: Data) -> PersonFacts:
    return PersonFacts(id=user["id"], name=user.get("name") or "", email=user.get("email") or "", is_active=not user.get("removed"))


def read_project(project: Data) -> ProjectFacts:
    return ProjectFacts(
        id=project["id"],
        name=project["name"],
        is_active=not project.get("completed"),
        client=at(project, "client.name") or "",
        billable=bool(project.get("billable", True)),
    )


def read_task(task: Data) -> TaskFacts:
    return TaskFacts(
        id=task["id"],
        project_id=str(at(task, "project.id") or ""),
        name=task["name"],
        is_completed=bool(task.get("completed")),
        assignee_ids=frozenset(person["id"] for person in task.get("assignedToUsers") or []),
        changed_at=_moment(task.get("modified")),
    )


def read_time(time: Data) -> TimeFacts:
    start, end = datetime.fromisoformat(time["start"]), _moment(time.get("end"))
    return TimeFacts(
        id=time["id"],
        person_id=str(at(time, "user.id") or ""),
        project_id=str(at(time, "project.id") or ""),
        task_id=str(at(time, "task.id") or ""),
        day=start.date(),
        seconds=int((end - start).total_seconds()) if end else 0,
        start=start,
        end=end,
    )


def read_client(client: Data) -> ClientFacts:
    return ClientFacts(id=client["id"], name=client["name"])


def create_client(draft: ClientDraft) -> dict[str, Any]:
    return {"name": draft.name}


def create_project(draft: ProjectDraft) -> dict[str, Any]:
    """timeghost takes no project without a client; it then refuses this one with a word about that."""
    return {
        "name": draft.name,
        "description": draft.description,
        "client": draft.client.get("id"),
        "billable": draft.billable,
        "task_based_estimation": False,
        "users": [{"user": person, "role": USER} for person in draft.member_ids],
    }


def rename_project(draft: ProjectDraft) -> dict[str, Any]:
    return {"project_id": draft.record["id"], "name": draft.name}


def archive_project(draft: ProjectDraft) -> dict[str, Any]:
    return {"project_id": draft.record["id"], "completed": True}


def create_task(draft: TaskDraft) -> dict[str, Any]:
    return {
        "client": at(draft.project, "client.id"),
        "project": draft.project["id"],
        "name": draft.name,
        "assigned_users": list(draft.assignee_ids),
    }


def update_task(draft: TaskDraft) -> dict[str, Any]:
    return {**_named(draft.record), "name": draft.name}


def complete_task(draft: TaskDraft) -> dict[str, Any]:
    return {**_named(draft.record), "name": draft.record["name"], "completed": draft.is_completed}


def _named(task: Data) -> dict[str, Any]:
    """The later document wants the client and the project with every change of a task."""
    return {"task_id": task["id"], "client": at(task, "client.id"), "project": at(task, "project.id")}


def delete_task(draft: TaskDraft) -> dict[str, Any]:
    return {"type": "tasks", "task": draft.record["id"]}


def time_inputs(draft: TimeDraft) -> dict[str, Any]:
    return {
        "client": at(draft.project, "client.id"),
        "project": draft.project["id"],
        "task": draft.task.get("id"),
        "user": draft.person_id,
        "name": draft.name,
        "start": draft.start.isoformat(),
        "end": draft.end.isoformat(),
        "billable": draft.billable,
        "time_zone": draft.time_zone,
        "input_mode": "range",
    }


def update_time(draft: TimeDraft) -> dict[str, Any]:
    return {"time_id": draft.record["id"], **time_inputs(draft)}


def delete_time(draft: TimeDraft) -> dict[str, Any]:
    return {"type": "times", "time": draft.record["id"]}


PARTS = Parts(
    person=PersonPart(entity="user", read=read_person, me=Me("get_current_user", lambda user: str(user["id"]))),
    client=ClientPart(entity="client", read=read_client, create=Write("add_client", create_client)),
    project=ProjectPart(
        entity="project",
        read=read_project,
        create=Write("add_project", create_project),
        rename=Write("update_project", rename_project),
        archive=Write("update_project", archive_project),
    ),
    task=TaskPart(
        entity="task",
        read=read_task,
        create=Write("add_task", create_task),
        update=Write("update_task", update_task),
        complete=Write("update_task", complete_task),
        delete=Write("delete_item", delete_task),
    ),
    # Only one of the two documents asks for the task of a time, so it may stand on its project alone.
    time=TimePart(
        entity="time",
        read=read_time,
        create=Write("add_time", time_inputs),
        update=Write("update_time", update_time),
        delete=Write("delete_item", delete_time),
        task_optional=True,
    ),
)
