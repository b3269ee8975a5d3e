"""Tracked time: one record a stretch of work, from which the ten-minute blocks and the days are derived."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff.fields import body
from integrations.sandbox.hubstaff.refusals import Problem, Refused, forbidden
from integrations.sandbox.hubstaff.time_edit_logs import log_edit
from integrations.sandbox.hubstaff.values import Convert, Unfit, flag, moment, paragraph, whole
from integrations.sandbox.hubstaff.visit import Visit, member_of
from integrations.sandbox.kinds import HUBSTAFF_PROJECT, HUBSTAFF_TASK, HUBSTAFF_TIME
from integrations.sandbox.store import Body, Store

DAY = 86400


def track(store: Store, project: Body, user_id: int, start: datetime, seconds: int, **details: object) -> Body:
    """Keep a stretch of work in the store and return it."""
    now = moments.written_now()
    time = {
        "id": store.next_number(HUBSTAFF_TIME),
        "organization_id": project["organization_id"],
        "user_id": user_id,
        "project_id": project["id"],
        "task_id": None,
        "start": moments.written(start),
        "seconds": seconds,
        "billable": project["billable"],
        "note": "",
        "manual": False,
        "deleted": False,
        "created_at": now,
        "updated_at": now,
        **details,
    }
    store.put(HUBSTAFF_TIME, time)
    if time["manual"]:
        log_edit(store, None, time)
    return time


def change_time(store: Store, time: Body, **changes: object) -> Body:
    """Change a stretch of work in the store, which the log tells, and return it."""
    changed = {**time, **changes, "updated_at": moments.written_now()}
    store.put(HUBSTAFF_TIME, changed)
    log_edit(store, time, changed)
    return changed


def worked(store: Store, organization_id: int, since: datetime, until: datetime) -> Iterator[Body]:
    """Walk the stretches of work that may touch a range of time; none is longer than a day."""
    earliest = moments.written(since - timedelta(seconds=DAY))
    for time in store.between(HUBSTAFF_TIME, organization_id, earliest, moments.written(until)):
        if not time["deleted"]:
            yield time


def add_time_entry(visit: Visit) -> Response:
    """POST /v2/users/{user_id}/time_entries. The answer names no id; nothing can change the entry afterwards."""
    user_id = visit.number("user_id")
    with body(visit) as fields:
        project = fields.need("project_id", _project_for(visit))
        start, seconds = fields.need("start_time", moment), fields.need("tracked", whole)
        task = _task_in(visit.store, project) if fields.fits("project_id") else whole
        details = fields.setting(note=paragraph, billable=flag, task_id=task)
    if user_id != visit.user_id and not visit.leads(project["organization_id"]):
        raise forbidden()
    if project["status"] != "active" or user_id not in {member["user_id"] for member in project["members"]}:
        raise Refused(Problem.NOT_TRACKABLE, "The user cannot track time on this project")
    _check_stretch(start, seconds)
    _check_policy(visit, details.get("note", ""))
    track(visit.store, project, user_id, start, seconds, **details, manual=True)
    return JsonAnswer({"success": True}, status_code=201)


def _project_for(visit: Visit) -> Convert[Body]:
    """Return the reader of the id of a project in one of the person's organizations."""

    def read(value: Any) -> Body:
        project = visit.store.get(HUBSTAFF_PROJECT, whole(value))
        if project is None or member_of(visit.store, project["organization_id"], visit.user_id) is None:
            raise Unfit(f"there is no project {value}")
        return project

    return read


def _task_in(store: Store, project: Body) -> Convert[int]:
    """Return the reader of the id of a task in a project."""

    def read(value: Any) -> int:
        task = store.get(HUBSTAFF_TASK, whole(value))
        if task is None or task["project_id"] != project["id"] or task["status"] == "deleted":
            raise Unfit(f"there is no task {value} in the project")
        return int(task["id"])

    return read


def _check_stretch(start: datetime, seconds: int) -> None:
    if not 0 < seconds <= DAY:
        raise Refused(Problem.INVALID_TIME, "tracked is invalid: must be more than 0 and at most 24 hours")
    if start + timedelta(seconds=seconds) > moments.now() + timedelta(minutes=1):
        raise Refused(Problem.INVALID_TIME, "start_time is invalid: time cannot be added in the future")


def _check_policy(visit: Visit, note: str) -> None:
    """Raise Refused for what the organizations' settings, played by switches, do not allow."""
    if visit.runtime.switches.hubstaff_note_required and not note.strip():
        raise Refused(Problem.NOTE_REQUIRED, "note is missing")
    if visit.runtime.switches.hubstaff_time_approval:
        raise Refused(Problem.APPROVAL_REQUIRED, "Manual time that needs approval cannot be added through the API")
