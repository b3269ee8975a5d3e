"""Tracked time: one record a stretch of work, from which the ten-minute blocks and the days are derived."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff.fields import body, invalid, read_moment
from integrations.sandbox.hubstaff.refusals import Problem, Refused, forbidden
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_PROJECT, HUBSTAFF_TASK, HUBSTAFF_TIME
from integrations.sandbox.store import Body, Store

DAY = 86400


def track(store: Store, project: Body, user_id: int, start: datetime, seconds: int, **details: object) -> Body:
    """Keep a stretch of work in the store and return it."""
    moment = moments.written_now()
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
        "created_at": moment,
        "updated_at": moment,
        **details,
    }
    store.put(HUBSTAFF_TIME, time)
    return time


def change_time(store: Store, time: Body, **changes: object) -> Body:
    """Change a stretch of work in the store and return it."""
    time = {**time, **changes, "updated_at": moments.written_now()}
    store.put(HUBSTAFF_TIME, time)
    return time


def worked(store: Store, organization_id: int, since: datetime, until: datetime) -> Iterator[Body]:
    """Walk the stretches of work that may touch a range of time; none is longer than a day."""
    earliest = moments.written(since - timedelta(seconds=DAY))
    for time in store.between(HUBSTAFF_TIME, organization_id, earliest, moments.written(until)):
        if not time["deleted"]:
            yield time


def add_time_entry(visit: Visit) -> Response:
    """POST /v2/users/{user_id}/time_entries. The answer names no id; nothing can change the entry afterwards."""
    fields = body(visit)
    project = visit.found(HUBSTAFF_PROJECT, fields.needed_number("project_id"))
    user_id, task_id = visit.number("user_id"), fields.number("task_id")
    if user_id != visit.user_id and not visit.leads(project["organization_id"]):
        raise forbidden()
    _check_place(visit, project, user_id, task_id)
    note = fields.text("note")
    if not (note or "").strip():
        raise Refused(Problem.NOTE_REQUIRED, "note is missing: the organization requires a reason")
    start = read_moment("start_time", fields.text("start_time"))
    seconds = fields.needed_number("tracked")
    _check_stretch(start, seconds)
    billable = fields.flag("billable")
    details = {"task_id": task_id, "note": note, "manual": True}
    if billable is not None:
        details["billable"] = billable
    track(visit.store, project, user_id, start, seconds, **details)
    return JsonAnswer({"success": True}, status_code=201)


def _check_place(visit: Visit, project: Body, user_id: int, task_id: int | None) -> None:
    visit.member(project["organization_id"])
    if project["status"] != "active" or user_id not in {member["user_id"] for member in project["members"]}:
        raise Refused(Problem.NOT_TRACKABLE, "The user cannot track time on this project")
    task = visit.store.get(HUBSTAFF_TASK, task_id) if task_id is not None else None
    if task_id is not None and (task is None or task["project_id"] != project["id"] or task["status"] == "deleted"):
        raise invalid("task_id", "there is no such task in the project")


def _check_stretch(start: datetime, seconds: int) -> None:
    if not 0 < seconds <= DAY:
        raise Refused(Problem.INVALID_TIME, "tracked must be more than 0 and at most 24 hours")
    if start + timedelta(seconds=seconds) > moments.now() + timedelta(minutes=1):
        raise Refused(Problem.INVALID_TIME, "Time cannot be added in the future")
