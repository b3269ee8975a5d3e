"""Which of Paperclock's entities play which part in linking and sync."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from integrations.catalogue import (
    Me,
    Parts,
    PersonFacts,
    PersonPart,
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
from integrations.catalogue.reading import Data


def read_person(person: Data) -> PersonFacts:
    return PersonFacts(id=person["id"], name=person["name"], email=person["mail"], is_active=True)


def read_project(project: Data) -> ProjectFacts:
    return ProjectFacts(id=project["id"], name=project["name"], is_active=not project["closed"])


def read_task(task: Data) -> TaskFacts:
    return TaskFacts(
        id=task["id"],
        project_id=task["project"],
        name=task["text"],
        is_completed=task["done"],
        assignee_ids=frozenset([task["person"]] if task["person"] else []),
        changed_at=datetime.fromisoformat(task["changed"]),
    )


def read_time(time: Data) -> TimeFacts:
    start, end = datetime.fromisoformat(time["from"]), datetime.fromisoformat(time["until"])
    return TimeFacts(
        id=time["id"],
        person_id=time["person"],
        project_id=time["project"],
        task_id=time["task"],
        day=start.date(),
        seconds=time["seconds"],
        start=start,
        end=end,
    )


def create_task(draft: TaskDraft) -> dict[str, Any]:
    return {"project": draft.project["id"], "text": draft.name[:200], "person": next(iter(draft.assignee_ids), None)}


def change_task(draft: TaskDraft) -> dict[str, Any]:
    return {"task": draft.record["id"], "text": draft.name[:200], "person": next(iter(draft.assignee_ids), None)}


def complete_task(draft: TaskDraft) -> dict[str, Any]:
    return {"task": draft.record["id"], "done": draft.is_completed}


def add_time(draft: TimeDraft) -> dict[str, Any]:
    return {"task": draft.task["id"], "person": draft.person_id, "from": draft.start.isoformat(), "until": draft.end.isoformat()}


PARTS = Parts(
    person=PersonPart(entity="person", read=read_person, me=Me("get_me", lambda me: str(me["id"]))),
    project=ProjectPart(entity="project", read=read_project),
    task=TaskPart(
        entity="task",
        read=read_task,
        create=Write("create_task", create_task),
        update=Write("change_task", change_task),
        complete=Write("change_task", complete_task),
    ),
    time=TimePart(entity="time", read=read_time, create=Write("add_time", add_time)),
)
