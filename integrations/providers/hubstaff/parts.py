"""Which of Hubstaff's entities play which part in linking and sync.

Hubstaff keeps metadata on projects and tasks, already in the body that creates them: the lasting mark of what mirrors what.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from integrations.catalogue import (
    Members,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectDraft,
    ProjectFacts,
    ProjectPart,
    TaskDraft,
    TaskFacts,
    TaskPart,
    TimeFacts,
    TimePart,
    Write,
)
from integrations.catalogue.reading import Data

MARK = "timebridge"


def _mark_of(data: Data) -> str:
    metadata = data.get("metadata")
    return str(metadata.get(MARK, "")) if isinstance(metadata, dict) else ""


def _marked(mark: str) -> list[dict[str, str]]:
    return [{"key": MARK, "value": mark}] if mark else []


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def read_person(member: Data) -> PersonFacts:
    user = member.get("user") or {}
    return PersonFacts(
        id=str(member["user_id"]),
        name=user.get("name", ""),
        email=user.get("email", ""),
        is_active=member.get("membership_status", "active") == "active",
    )


def read_project(project: Data) -> ProjectFacts:
    return ProjectFacts(
        id=str(project["id"]),
        name=project["name"],
        is_active=project.get("status", "active") == "active",
        billable=bool(project.get("billable", True)),
        mark=_mark_of(project),
    )


def read_task(task: Data) -> TaskFacts:
    return TaskFacts(
        id=str(task["id"]),
        project_id=str(task["project_id"]),
        name=task["summary"],
        is_completed=task.get("status") == "completed",
        assignee_ids=frozenset(str(person) for person in task.get("assignee_ids") or []),
        changed_at=_moment(task.get("updated_at")),
        mark=_mark_of(task),
        is_read_only=task.get("integration_id") is not None,
    )


def read_time(activity: Data) -> TimeFacts:
    return TimeFacts(
        id=str(activity["id"]),
        person_id=str(activity["user_id"]),
        project_id=str(activity["project_id"]),
        task_id=str(activity["task_id"]) if activity.get("task_id") else "",
        day=date.fromisoformat(activity["date"]),
        seconds=int(activity["tracked"] or 0),
    )


def create_project(draft: ProjectDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "description": draft.description,
        "billable": draft.billable,
        "members": [{"user_id": person, "role": "user"} for person in draft.member_ids],
        "metadata": _marked(draft.mark),
    }


def add_members(members: Members) -> dict[str, Any]:
    return {"project_id": members.project["id"], "members": [{"user_id": person, "role": "user"} for person in members.person_ids]}


def create_task(draft: TaskDraft) -> dict[str, Any]:
    return {
        "project_id": draft.project["id"],
        "summary": draft.name,
        "assignee_ids": list(draft.assignee_ids),
        "metadata": _marked(draft.mark),
    }


def update_task(draft: TaskDraft) -> dict[str, Any]:
    return {
        "task_id": draft.record["id"],
        "lock_version": draft.record["lock_version"],
        "summary": draft.name,
        "assignee_ids": list(draft.assignee_ids),
    }


def complete_task(draft: TaskDraft) -> dict[str, Any]:
    return {
        "task_id": draft.record["id"],
        "lock_version": draft.record["lock_version"],
        "status": "completed" if draft.is_completed else "active",
    }


PARTS = Parts(
    person=PersonPart(entity="member", read=read_person),
    project=ProjectPart(
        entity="project",
        read=read_project,
        create=Write("create_project", create_project),
        add_members=Write("update_project_members", add_members),
    ),
    task=TaskPart(
        entity="task",
        read=read_task,
        create=Write("create_task", create_task),
        update=Write("update_task", update_task),
        complete=Write("update_task", complete_task),
    ),
    # Hubstaff's time entries return no id and cannot be changed: time runs from here to the other side only.
    time=TimePart(entity="daily_activity", read=read_time),
)
