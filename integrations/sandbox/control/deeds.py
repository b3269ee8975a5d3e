"""What a person does over there: creates, renames, assigns, moves, completes, reopens, deletes and tracks time, on either side."""

from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.control.fields import Refused, body, need, whole
from integrations.sandbox.exchange import Call, JsonAnswer
from integrations.sandbox.hubstaff.projects import change_project, create_project
from integrations.sandbox.hubstaff.tasks import change_task, create_task
from integrations.sandbox.hubstaff.times import change_time, track
from integrations.sandbox.kinds import (
    COMPANY,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TASK,
    HUBSTAFF_TIME,
    HUBSTAFF_USER,
    TIMEGHOST_CLIENT,
    TIMEGHOST_FEED_EVENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
    TIMEGHOST_USER,
    Kind,
)
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost import records

LONGEST = 86400
KINDS = {
    ("hubstaff", "projects"): HUBSTAFF_PROJECT,
    ("hubstaff", "tasks"): HUBSTAFF_TASK,
    ("hubstaff", "times"): HUBSTAFF_TIME,
    ("timeghost", "projects"): TIMEGHOST_PROJECT,
    ("timeghost", "tasks"): TIMEGHOST_TASK,
    ("timeghost", "times"): TIMEGHOST_TIME,
    ("timeghost", "feed-events"): TIMEGHOST_FEED_EVENT,
}
TITLES = {HUBSTAFF_TASK: "summary"}
"""The field that holds the name, where it is not `name`."""
ASSIGNEES = {HUBSTAFF_TASK: (HUBSTAFF_USER, "assignee_ids"), TIMEGHOST_TASK: (TIMEGHOST_USER, "assigned_users")}
"""Who can be assigned, and the field that names them."""


def create(call: Call) -> Response:
    """POST /control/{side}/{things}."""
    kind, given = _kind(call), body(call)
    return JsonAnswer(CREATIONS[kind](call.store, given), status_code=201)


def act(call: Call) -> Response:
    """POST /control/{side}/{things}/{id}/{deed}."""
    kind, given = _kind(call), body(call)
    record = _found(call.store, kind, call.segment("id"))
    return JsonAnswer(perform(call.store, kind, record, call.segment("deed"), given))


def show(call: Call) -> Response:
    """GET /control/{side}/{things}/{id}: the record as it is kept."""
    return JsonAnswer(_found(call.store, _kind(call), call.segment("id")))


def perform(store: Store, kind: Kind, record: Body, deed: str, given: Body) -> Body:
    """Do one deed to one record. Raises Refused when there is no such deed for its kind."""
    if deed == "rename":
        return _change(store, kind, record, {TITLES.get(kind, "name"): need(given, "name")})
    if deed == "assign" and kind in ASSIGNEES:
        people, field = ASSIGNEES[kind]
        return _change(store, kind, record, {field: [user["id"] for user in people_of(store, people, _named(given))]})
    if deed == "move" and kind is TIMEGHOST_TASK:
        return records.move_task(store, record, _found(store, TIMEGHOST_PROJECT, need(given, "project")))
    if (kind, deed) not in CHANGES:
        raise Refused(f"Nobody can {deed} that", status=404)
    return _change(store, kind, record, CHANGES[kind, deed])


CHANGES: dict[tuple[Kind, str], Body] = {
    (HUBSTAFF_PROJECT, "complete"): {"status": "archived"},
    (HUBSTAFF_PROJECT, "reopen"): {"status": "active"},
    (HUBSTAFF_PROJECT, "delete"): {"status": "deleted"},
    (HUBSTAFF_TASK, "complete"): {"status": "completed"},
    (HUBSTAFF_TASK, "reopen"): {"status": "active"},
    (HUBSTAFF_TASK, "delete"): {"status": "deleted"},
    (HUBSTAFF_TIME, "delete"): {"deleted": True},
    (TIMEGHOST_PROJECT, "complete"): {"completed": True},
    (TIMEGHOST_PROJECT, "reopen"): {"completed": False},
    (TIMEGHOST_PROJECT, "delete"): {"deleted": True},
    (TIMEGHOST_TASK, "complete"): {"completed": True},
    (TIMEGHOST_TASK, "reopen"): {"completed": False},
    (TIMEGHOST_TASK, "delete"): {"deleted": True},
    (TIMEGHOST_TIME, "delete"): {"deleted": True},
}
"""What each deed changes. Hubstaff's projects are deleted by hand only; its API archives them."""


def _change(store: Store, kind: Kind, record: Body, changes: Body) -> Body:
    if kind is HUBSTAFF_PROJECT:
        return change_project(store, record, **changes)
    if kind is HUBSTAFF_TASK:
        return change_task(store, record, **changes)
    if kind is HUBSTAFF_TIME:
        return change_time(store, record, **changes)
    if changes.get("deleted"):
        return records.delete(store, kind, record)
    return records.change(store, kind, record, **changes)


def _create_hubstaff_project(store: Store, given: Body) -> Body:
    organization_id = company_of(store, need(given, "organization"))["organization_id"]
    moment = moments.written_now()
    members = [
        {"user_id": user["id"], "role": "user", "pay_rate": None, "bill_rate": None, "created_at": moment}
        for user in people_of(store, HUBSTAFF_USER, given.get("members", []))
    ]
    members = [{**member, "updated_at": moment} for member in members]
    return create_project(store, organization_id, need(given, "name"), members=members)


def _create_hubstaff_task(store: Store, given: Body) -> Body:
    project = _found(store, HUBSTAFF_PROJECT, str(need(given, "project")))
    assignees = [user["id"] for user in people_of(store, HUBSTAFF_USER, given.get("assignees", []))]
    return create_task(store, project, need(given, "name"), assignee_ids=assignees)


def _create_hubstaff_time(store: Store, given: Body) -> Body:
    project = _found(store, HUBSTAFF_PROJECT, str(need(given, "project")))
    [user] = people_of(store, HUBSTAFF_USER, [need(given, "user")])
    seconds, start = _stretch(given)
    details = {"task_id": given.get("task"), "note": given.get("note", "")}
    return track(store, project, user["id"], start, seconds, **details)


def _create_timeghost_project(store: Store, given: Body) -> Body:
    workspace_id = company_of(store, need(given, "organization"))["workspace_id"]
    clients = [client for client in store.of_tenant(TIMEGHOST_CLIENT, workspace_id) if not client["deleted"]]
    client_id = given.get("client") or clients[0]["id"]
    people = people_of(store, TIMEGHOST_USER, given.get("members", []))
    users = [{"id": user["id"], "role": 0, "billable_rate": None} for user in people]
    return records.create_project(store, workspace_id, client_id, need(given, "name"), users=users)


def _create_timeghost_task(store: Store, given: Body) -> Body:
    project = _found(store, TIMEGHOST_PROJECT, need(given, "project"))
    assigned = [user["id"] for user in people_of(store, TIMEGHOST_USER, given.get("assignees", []))]
    return records.create_task(store, project, need(given, "name"), assigned_users=assigned)


def _create_timeghost_time(store: Store, given: Body) -> Body:
    project = _found(store, TIMEGHOST_PROJECT, need(given, "project"))
    [user] = people_of(store, TIMEGHOST_USER, [need(given, "user")])
    seconds, start = _stretch(given)
    details = {"task_id": given.get("task"), "name": given.get("note", "")}
    return records.create_time(store, project, user["id"], start, seconds, **details)


def _create_timeghost_feed_event(store: Store, given: Body) -> Body:
    """Let another system have put an event into somebody's feed so many `days_ago`, in the workspace where the person is at home."""
    [user] = people_of(store, TIMEGHOST_USER, [need(given, "user")])
    made = moments.written(moments.now() - timedelta(days=whole(given.get("days_ago", 0), "days_ago")))
    details = {"name": need(given, "name"), "start": made, "end": made, "created": made, "modified": made}
    return records.create_feed_event(store, user["default_workspace"], user["id"], **details)


CREATIONS: dict[Kind, Callable[[Store, Body], Body]] = {
    HUBSTAFF_PROJECT: _create_hubstaff_project,
    HUBSTAFF_TASK: _create_hubstaff_task,
    HUBSTAFF_TIME: _create_hubstaff_time,
    TIMEGHOST_PROJECT: _create_timeghost_project,
    TIMEGHOST_TASK: _create_timeghost_task,
    TIMEGHOST_TIME: _create_timeghost_time,
    TIMEGHOST_FEED_EVENT: _create_timeghost_feed_event,
}


def _kind(call: Call) -> Kind:
    kind = KINDS.get((call.segment("side"), call.segment("things")))
    if kind is None:
        raise Refused("The sides are hubstaff and timeghost, the things projects, tasks and times", status=404)
    return kind


def _found(store: Store, kind: Kind, identity: str) -> Body:
    key = int(identity) if kind.name.startswith("hubstaff.") and identity.isdigit() else identity
    record = store.get(kind, key)
    if record is None:
        raise Refused("There is no such record", status=404)
    return record


def company_of(store: Store, number: int | str) -> Body:
    """Return a company by its number, the id of its organization or the id of its workspace."""
    keys = ("id", "organization_id", "workspace_id")
    company = next((one for one in store.every(COMPANY) if number in [one[key] for key in keys]), None)
    if company is None:
        raise Refused("There is no such company", status=404)
    return company


def people_of(store: Store, kind: Kind, named: list[int | str]) -> list[Body]:
    """Return people by id or email address. Raises Refused when one is not known."""
    users = {key: user for user in store.every(kind) for key in (user["id"], user["email"])}
    strangers = [str(name) for name in named if name not in users]
    if strangers:
        raise Refused(f"Nobody here is {', '.join(strangers)}", status=404)
    return [users[name] for name in named]


def _named(given: Body) -> list[int | str]:
    """Return the people of a body, which may be none."""
    named = given.get("people")
    if not isinstance(named, list):
        raise Refused("people must be a list of ids or email addresses")
    return named


def _stretch(given: Body) -> tuple[int, datetime]:
    """Return seconds and start; without a start, it ended just now."""
    seconds = whole(need(given, "seconds"), "seconds")
    if not 0 < seconds <= LONGEST:
        raise Refused("seconds must be more than 0 and at most a day's")
    if "start" not in given:
        return seconds, moments.now() - timedelta(seconds=seconds)
    try:
        return seconds, moments.read(given["start"])
    except (TypeError, ValueError):
        raise Refused("start must be a date and time in ISO 8601") from None
