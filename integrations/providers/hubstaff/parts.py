"""Which of Hubstaff's entities play which part in linking and sync.

Hubstaff keeps metadata on projects and tasks, already in the body that creates them: the lasting mark of what mirrors what.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from integrations.catalogue import (
    ClientDraft,
    ClientFacts,
    ClientPart,
    Me,
    Members,
    MembersReading,
    NativeLinkFacts,
    NativePart,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectDraft,
    ProjectFacts,
    ProjectPart,
    TaskDraft,
    TaskFacts,
    TaskPart,
    TimeEdits,
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
        client=(project.get("client") or {}).get("name") or "",  # lists bring it along
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
    """A block begins where tracking began within its ten minutes: two tasks in the same ten minutes would overlap otherwise."""
    start, seconds = datetime.fromisoformat(activity["starts_at"]), int(activity["tracked"] or 0)
    return TimeFacts(
        id=str(activity["id"]),
        person_id=str(activity["user_id"]),
        project_id=str(activity["project_id"]),
        task_id=str(activity["task_id"]) if activity.get("task_id") else "",
        day=date.fromisoformat(activity["date"]),
        seconds=seconds,
        start=start,
        end=start + timedelta(seconds=seconds),
    )


def read_edited_days(edit: Data) -> tuple[date, date]:
    """First and last day in UTC of the time as it was and as it is now; without either, the day of the edit itself."""
    named = [edit.get(f"{when}{end}_at") for when in ("", "original_") for end in ("starts", "stops")]
    days = [moment.astimezone(UTC).date() for text in named if (moment := _moment(text))]
    days = days or [datetime.fromisoformat(edit["created_at"]).astimezone(UTC).date()]
    return min(days), max(days)


def read_client(client: Data) -> ClientFacts:
    return ClientFacts(id=str(client["id"]), name=client["name"], is_active=client.get("status", "active") == "active")


def read_project_link(link: Data) -> NativeLinkFacts:
    return _native_link(link, "project_id")


def read_user_link(link: Data) -> NativeLinkFacts:
    facts = _native_link(link, "user_id")
    never_signed_in = link.get("connected") is False and not facts.disabled_because
    return replace(facts, disabled_because=f"Never signed in to {facts.tool}") if never_signed_in else facts


def _native_link(link: Data, subject: str) -> NativeLinkFacts:
    """A link works only while its integration does: where that is disabled, it is that state and reason that count."""
    works = link.get("integration_status", "active") == "active"
    prefix = "" if works else "integration_"
    return NativeLinkFacts(
        subject_id=str(link[subject]),
        tool=link["integration_name"],
        remote_id=str(link["remote_id"]),
        status=str(link[f"{prefix}status"]),
        disabled_because=link.get(f"{prefix}disabled_reason") or "",
    )


def create_client(draft: ClientDraft) -> dict[str, Any]:
    return {"name": draft.name}


def create_project(draft: ProjectDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "description": draft.description,
        "billable": draft.billable,
        "client_id": draft.client.get("id"),
        "members": [{"user_id": person, "role": "user"} for person in draft.member_ids],
        "metadata": _marked(draft.mark),
    }


def rename_project(draft: ProjectDraft) -> dict[str, Any]:
    return {"project_id": draft.record["id"], "name": draft.name}


def archive_project(draft: ProjectDraft) -> dict[str, Any]:
    """Nothing but the status: an archived project takes no other change."""
    return {"project_id": draft.record["id"], "status": "archived"}


def add_members(members: Members) -> dict[str, Any]:
    return _with_role(members, "user")


def list_members(project: Data) -> dict[str, Any]:
    return {"project_id": project["id"]}


def read_member(member: Data) -> str:
    return str(member["user_id"])


def remove_members(members: Members) -> dict[str, Any]:
    return _with_role(members, "remove")


def _with_role(members: Members, role: str) -> dict[str, Any]:
    return {"project_id": members.project["id"], "members": [{"user_id": person, "role": role} for person in members.person_ids]}


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


def delete_task(draft: TaskDraft) -> dict[str, Any]:
    return {"task_id": draft.record["id"]}


PARTS = Parts(
    person=PersonPart(entity="member", read=read_person, me=Me("get_current_user", lambda user: str(user["id"]))),
    client=ClientPart(entity="client", read=read_client, create=Write("create_client", create_client)),
    project=ProjectPart(
        entity="project",
        read=read_project,
        create=Write("create_project", create_project),
        rename=Write("update_project", rename_project),
        archive=Write("update_project", archive_project),
        add_members=Write("update_project_members", add_members),
        remove_members=Write("update_project_members", remove_members),
        members=MembersReading("list_project_members", list_members, read_member),
    ),
    task=TaskPart(
        entity="task",
        read=read_task,
        create=Write("create_task", create_task),
        update=Write("update_task", update_task),
        complete=Write("update_task", complete_task),
        delete=Write("delete_task", delete_task),
    ),
    # Hubstaff's time entries return no id and cannot be changed: time runs from here to the other side only.
    time=TimePart(entity="activity", read=read_time, edits=TimeEdits("time_edit", read_edited_days)),
    native=NativePart(projects="project_link", people="user_link", read_project=read_project_link, read_person=read_user_link),
)
