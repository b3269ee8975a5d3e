"""Times."""

from collections.abc import Iterable, Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_PROJECT, TIMEGHOST_TAG, TIMEGHOST_TASK, TIMEGHOST_TIME
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import a_flag, a_moment, a_text, an_id, body, ids, read
from integrations.sandbox.timeghost.filters import date_range, filtered
from integrations.sandbox.timeghost.records import change, create_time
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import Visit

READERS = {
    "name": a_text,
    "client": an_id,
    "project": an_id,
    "task": an_id,
    "user": an_id,
    "start": a_moment,
    "end": a_moment,
    "billable": a_flag,
    "tags": ids,
    "timeZone": a_text,
    "inputMode": a_text,
    "outlookCalenderReference": a_text,
    "externalId": a_text,
}
NEEDED = ("client", "project", "name", "start", "billable")
NESTED = {"project": "project_id", "task": "task_id", "user": "user_id"}


def list_times(visit: Visit) -> Response:
    """GET /get/times. Who is no admin sees their own times only."""
    return _list(visit, _asked(visit))


def list_project_times(visit: Visit) -> Response:
    """GET /get/projects/{id}/times."""
    project = visit.project(visit.segment("id"))
    return _list(visit, (time for time in _asked(visit) if time["project_id"] == project["id"]))


def list_client_times(visit: Visit) -> Response:
    """GET /get/clients/{id}/times."""
    client = visit.client(visit.segment("id"))
    projects = {project["id"] for project in visit.store.of_parent(TIMEGHOST_PROJECT, client["id"])}
    return _list(visit, (time for time in _asked(visit) if time["project_id"] in projects))


def add_time(visit: Visit) -> Response:
    """POST /add/times. Another person's time may only be added by an admin."""
    given = {"user": visit.user["id"], **read(_present(body(visit)), READERS, needed=NEEDED)}
    _check_person(visit, given["user"])
    project = visit.project(given["project"])
    details = _details(visit, project, given)
    start = moments.read(given["start"])
    seconds = _seconds(given["start"], given.get("end") or given["start"])
    return _answer(visit, create_time(visit.store, project, given["user"], start, seconds, **details))


def update_time(visit: Visit) -> Response:
    """POST /update/times/{id}: also below /tags, with only the tags in the body."""
    time = visit.found(TIMEGHOST_TIME, visit.segment("id"), "Time")
    _check_person(visit, time["user_id"])
    same = {"user": time["user_id"], "project": time["project_id"]}
    given = {**same, **read(_present(body(visit)), READERS)}
    _check_person(visit, given["user"])
    project = visit.project(given["project"])
    changes = _details(visit, project, given)
    both = {**time, **changes}
    changes["seconds"] = _seconds(both["start"], both["end"])
    return _answer(visit, change(visit.store, TIMEGHOST_TIME, time, **changes))


def _asked(visit: Visit) -> Iterator[Body]:
    since, until = date_range(visit)
    user_id = visit.query("$filter-user") if visit.is_admin else visit.user["id"]
    for time in visit.store.between(TIMEGHOST_TIME, visit.workspace["id"], since, until):
        if not time["deleted"] and user_id in (None, time["user_id"]):
            yield time


def _list(visit: Visit, times: Iterable[Body]) -> Response:
    return JsonAnswer(filtered(visit, shapes.times(visit, times)))


def _present(given: Body) -> Body:
    """Leave out what is null: of a time that means "not said"."""
    return {name: value for name, value in given.items() if value is not None}


def _check_person(visit: Visit, user_id: str) -> None:
    visit.check_members([user_id])
    if user_id != visit.user["id"] and not visit.is_admin:
        raise Refused(403, "You are not allowed to edit times of other users")


def _details(visit: Visit, project: Body, given: Body) -> Body:
    """Return read fields as the store keeps them. Raises Refused when they do not fit the project."""
    if given.get("client", project["client_id"]) != project["client_id"]:
        raise invalid("The client is not the client of the project")
    task = visit.found(TIMEGHOST_TASK, given["task"], "Task") if "task" in given else None
    if task is not None and task["project_id"] != project["id"]:
        raise invalid("The task is not of the project")
    for tag_id in given.get("tags", []):
        visit.found(TIMEGHOST_TAG, tag_id, "Tag")
    return {NESTED.get(name, name): value for name, value in given.items() if name != "client"}


def _seconds(start: str, end: str) -> int:
    seconds = round((moments.read(end) - moments.read(start)).total_seconds())
    if seconds < 0:
        raise invalid("end must not be before start")
    return seconds


def _answer(visit: Visit, time: Body) -> Response:
    return JsonAnswer(shapes.times(visit, [time])[0])
