"""Writes records to the store, as handlers and a person's own hands do it alike."""

import uuid
from datetime import datetime, timedelta

from integrations.sandbox import moments
from integrations.sandbox.kinds import (
    TIMEGHOST_COMEGO,
    TIMEGHOST_FEED_EVENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
    Kind,
)
from integrations.sandbox.store import Body, Store


def create(store: Store, kind: Kind, workspace_id: str, **details: object) -> Body:
    """Create a record in the store and return it."""
    moment = moments.written_now()
    record = {
        "id": str(uuid.uuid4()),
        "workspace_id": workspace_id,
        "deleted": False,
        "status": "created",
        "created": moment,
        "modified": moment,
        **details,
    }
    store.put(kind, record)
    return record


def change(store: Store, kind: Kind, record: Body, **changes: object) -> Body:
    """Change a record in the store and return it."""
    record = {**record, "status": "updated", **changes, "modified": moments.written_now()}
    store.put(kind, record)
    return record


def delete(store: Store, kind: Kind, record: Body) -> Body:
    """Mark a record as deleted, so that lists no longer show it; with a project go its tasks and times."""
    if kind is TIMEGHOST_PROJECT:
        for below in (TIMEGHOST_TASK, TIMEGHOST_TIME):
            for child in list(store.of_parent(below, record["id"])):
                change(store, below, child, deleted=True, status="deleted")
    return change(store, kind, record, deleted=True, status="deleted")


def move_task(store: Store, task: Body, project: Body) -> Body:
    """Put a task into another project, as timeghost's own pages may: it keeps its id, and its times go with it."""
    for time in list(store.of_parent(TIMEGHOST_TIME, task["project_id"])):
        if time["task_id"] == task["id"]:
            change(store, TIMEGHOST_TIME, time, project_id=project["id"])
    return change(store, TIMEGHOST_TASK, task, project_id=project["id"])


def create_project(store: Store, workspace_id: str, client_id: str, name: str, **details: object) -> Body:
    """Create a project in the store and return it."""
    usual = {
        "client_id": client_id,
        "name": name,
        "description": "",
        "color": "#3f51b5",
        "billable": True,
        "completed": False,
        "taskBasedEstimation": False,
        "estimation": 0.0,
        "private": False,
        "projectType": "project",
        "hourly_rate": 0.0,
        "hourly_rate_enabled": False,
        "whoCanAddTasks": 2,
        "users": [],
        "groups": [],
        "tags": [],
        "externalId": None,
    }
    return create(store, TIMEGHOST_PROJECT, workspace_id, **{**usual, **details})


def create_task(store: Store, project: Body, name: str, **details: object) -> Body:
    """Create a task in the store and return it."""
    usual = {
        "project_id": project["id"],
        "name": name,
        "completed": False,
        "estimation": 0.0,
        "assigned_users": [],
        "assigned_groups": [],
        "externalId": None,
    }
    return create(store, TIMEGHOST_TASK, project["workspace_id"], **{**usual, **details})


def create_time(store: Store, project: Body, user_id: str, start: datetime, seconds: int, /, **details: object) -> Body:
    """Create a time in the store and return it."""
    usual = {
        "project_id": project["id"],
        "task_id": None,
        "user_id": user_id,
        "name": "",
        "start": moments.written(start),
        "end": moments.written(start + timedelta(seconds=seconds)),
        "seconds": seconds,
        "billable": project["billable"],
        "tags": [],
        "timeZone": "Europe/Berlin",
        "inputMode": "range",
        "outlookCalenderReference": None,
        "externalId": None,
    }
    return create(store, TIMEGHOST_TIME, project["workspace_id"], **{**usual, **details})


def create_comego(store: Store, workspace_id: str, **details: object) -> Body:
    """Create an entry of working hours in the store and return it; `user_id`, `start` and `timeZone` are needed."""
    usual: Body = {"status": "new", "name": None, "end": None, "type": "work", "tags": []}
    return create(store, TIMEGHOST_COMEGO, workspace_id, **{**usual, **details})


def create_feed_event(store: Store, workspace_id: str, user_id: str, **details: object) -> Body:
    """Create an event in a person's feed in the store and return it; `name`, `start` and `end` are needed."""
    usual: Body = dict.fromkeys(("description", "imageUrl", "url", "category", "externalId"))
    return create(store, TIMEGHOST_FEED_EVENT, workspace_id, user_id=user_id, **{**usual, **details})
