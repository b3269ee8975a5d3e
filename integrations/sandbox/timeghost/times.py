"""Times."""

from collections.abc import Iterable, Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_PROJECT, TIMEGHOST_TASK, TIMEGHOST_TIME
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import (
    OrNull,
    Readers,
    Reading,
    a_flag,
    a_moment,
    a_text,
    a_time_zone,
    additions,
    an_amount,
    changes,
)
from integrations.sandbox.timeghost.filters import asked_people, filtered
from integrations.sandbox.timeghost.overlaps import would_overlap
from integrations.sandbox.timeghost.projects import project_in_address
from integrations.sandbox.timeghost.ranges import Range, date_range
from integrations.sandbox.timeghost.records import change, create_time
from integrations.sandbox.timeghost.references import a_client, a_person_or_oneself, a_project, a_task_or_none, time_tags
from integrations.sandbox.timeghost.visit import Visit

TAGS: Readers = {"tags": time_tags}
TIME: Readers = {
    "name": a_text,
    "client": a_client,
    "project": a_project,
    "task": a_task_or_none,
    "user": a_person_or_oneself,
    "start": a_moment,
    "end": a_moment,
    "billable": a_flag,
    "timeZone": a_time_zone,
    "inputMode": a_text,
    "outlookCalenderReference": OrNull(a_text),
    "externalId": a_text,
    "timeDiff": an_amount,
    **TAGS,
}
"""`timeDiff` must fit, and is not taken: it follows from start and end."""
NEEDED = ("client", "project", "name", "start", "billable")
KEPT_AS = {"project": "project_id", "task": "task_id", "user": "user_id"}


def list_times(visit: Visit) -> Response:
    """GET /get/times. Who may not see the team sees their own times only."""
    return _list(visit, _asked(visit))


def list_project_times(visit: Visit) -> Response:
    """GET /get/projects/{projectid}/times."""
    project = project_in_address(visit)
    return _list(visit, (time for time in _asked(visit) if time["project_id"] == project["id"]))


def list_client_times(visit: Visit) -> Response:
    """GET /get/clients/{clientid}/times."""
    client = visit.client(visit.segment("clientid"))
    projects = {project["id"] for project in visit.store.of_parent(TIMEGHOST_PROJECT, client["id"])}
    return _list(visit, (time for time in _asked(visit) if time["project_id"] in projects))


def tracked(visit: Visit, span: Range, user_ids: set[str] | None) -> Iterator[Body]:
    """Walk the living times that began in a range, of some people, or of everybody when that is None."""
    for time in visit.store.between(TIMEGHOST_TIME, visit.workspace["id"], *span):
        if not time["deleted"] and (user_ids is None or time["user_id"] in user_ids):
            yield time


def add_time(visit: Visit) -> Response:
    """POST /add/times. Another person's time is only added by an admin. Without an end it ends when it starts."""
    reading = additions(visit, TIME, NEEDED)
    whole = {"user_id": visit.user["id"], "end": reading.values.get("start"), **_kept(reading.values)}
    _check(visit, reading, whole, None)
    reading.finished()
    visit.require_own(whole["user_id"], "times")
    project, start = visit.project(whole["project_id"]), moments.read(whole["start"])
    user_id = whole.pop("user_id")
    return _answer(visit, create_time(visit.store, project, user_id, start, _seconds(whole), **whole))


def update_time(visit: Visit) -> Response:
    """POST /update/times/{TimeId}. A time that moves to another project leaves its task behind, unless the body names one."""
    time = _own_time(visit)
    reading = changes(visit, TIME, time)
    details = _kept(reading.values)
    if details.get("project_id", time["project_id"]) != time["project_id"]:
        details = {"task_id": None, **details}
    whole = {**time, **details}
    _check(visit, reading, whole, time["id"])
    reading.finished()
    visit.require_own(whole["user_id"], "times")
    return _answer(visit, change(visit.store, TIMEGHOST_TIME, time, **details, seconds=_seconds(whole)))


def update_tags(visit: Visit) -> Response:
    """POST /update/times/{TimeId}/tags. Those in the body are all that the time has afterwards."""
    time = _own_time(visit)
    return _answer(visit, change(visit.store, TIMEGHOST_TIME, time, **changes(visit, TAGS, time, ("tags",)).finished()))


def _asked(visit: Visit) -> Iterator[Body]:
    return tracked(visit, date_range(visit), asked_people(visit))


def _list(visit: Visit, times: Iterable[Body]) -> Response:
    return JsonAnswer(filtered(visit, shapes.times(visit, times)))


def _own_time(visit: Visit) -> Body:
    time = visit.found(TIMEGHOST_TIME, visit.segment("TimeId"), "Time")
    visit.require_own(time["user_id"], "times")
    return time


def _kept(given: Body) -> Body:
    """Return read fields as the store keeps them."""
    own = {name: value for name, value in given.items() if name not in ("client", "timeDiff")}
    return {KEPT_AS.get(name, name): value for name, value in own.items()}


def _check(visit: Visit, reading: Reading, time: Body, identity: str | None) -> None:
    """Complain about what does not go together in a time as it would be, as far as it could be read."""
    if "project_id" in time:
        _check_place(visit, reading, time)
    if time.get("start"):
        _check_moments(visit, reading, time, identity)


def _check_place(visit: Visit, reading: Reading, time: Body) -> None:
    project = visit.project(time["project_id"])
    if reading.values.get("client", project["client_id"]) != project["client_id"]:
        reading.complain("client", "must be the client of the project")
    task = visit.known(TIMEGHOST_TASK, reading.values["task"]) if reading.values.get("task") else None
    if task is not None and task["project_id"] != project["id"]:
        reading.complain("task", "must be a task of the project")


def _check_moments(visit: Visit, reading: Reading, time: Body, identity: str | None) -> None:
    settings = visit.workspace["settings"]
    if _seconds(time) < 0:
        reading.complain("end", "must not be before start")
    elif not settings["allowFutureTimeTracking"] and time["start"] > moments.written_now():
        reading.complain("start", "must not be in the future: the workspace does not allow it")
    elif not settings["allowTimeOverlap"] and would_overlap(visit.store, visit.workspace["id"], time, identity):
        reading.complain("start", "must not be within another time of the person: the workspace does not allow it")


def _seconds(time: Body) -> int:
    return round((moments.read(time["end"]) - moments.read(time["start"])).total_seconds())


def _answer(visit: Visit, time: Body) -> Response:
    return JsonAnswer(shapes.times(visit, [time])[0])
