"""Tasks. They are listed only for one project at a time."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_TASK
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Readers, Reading, Shape, a_flag, a_name, a_text, additions, an_amount, changes
from integrations.sandbox.timeghost.filters import filtered
from integrations.sandbox.timeghost.projects import MANAGERS_ONLY, project_in_address
from integrations.sandbox.timeghost.records import change, create_task
from integrations.sandbox.timeghost.references import a_client, a_project, groups, people
from integrations.sandbox.timeghost.refusals import Refused
from integrations.sandbox.timeghost.visit import Visit

TASK: Readers = {
    "name": a_name,
    "client": a_client,
    "project": a_project,
    "estimation": an_amount,
    "completed": a_flag,
    "assignedToUsers": people,
    "assignedToGroups": groups,
    "externalId": a_text,
}
RECORDED: Readers = {"billable": an_amount, "notBillable": an_amount}
ECHOED: Readers = {**RECORDED, "timesRecorded": Shape(RECORDED), "canCreateTime": a_flag, "canEdit": a_flag}
"""Fields that the later document has in a change, and that follow from other things: they must fit, and are not taken. It does not say
whether the recorded times stand beside the others or, as in an answer, in `timesRecorded`."""
NEEDED = ("name", "project")
KEPT_AS = {"assignedToUsers": "assigned_users", "assignedToGroups": "assigned_groups"}


def list_tasks(visit: Visit) -> Response:
    """GET /get/projects/{projectid}/tasks."""
    project = project_in_address(visit)
    living = (task for task in visit.store.of_parent(TIMEGHOST_TASK, project["id"]) if not task["deleted"])
    return JsonAnswer(filtered(visit, shapes.tasks(visit, project, living)))


def add_task(visit: Visit) -> Response:
    """POST /add/tasks."""
    reading = additions(visit, TASK, NEEDED)
    if "project" in reading.values:
        _check_client(reading, visit.project(reading.values["project"]))
    given = reading.finished()
    project = visit.project(given["project"])
    if project["whoCanAddTasks"] == MANAGERS_ONLY and not visit.manages(project):
        raise Refused(403, "You are not allowed to add tasks to this project: only its managers and an admin of the workspace are")
    details = _kept(given)
    return _answer(visit, project, create_task(visit.store, project, details.pop("name"), **details))


def update_task(visit: Visit) -> Response:
    """POST /update/tasks/{TaskId}. A task stays in its project."""
    task = visit.found(TIMEGHOST_TASK, visit.segment("TaskId"), "Task")
    project = visit.project(task["project_id"])
    reading = changes(visit, {**TASK, **ECHOED}, task)
    _check_client(reading, project)
    if reading.values.get("project", project["id"]) != project["id"]:
        reading.complain("project", "must stay the project of the task")
    return _answer(visit, project, change(visit.store, TIMEGHOST_TASK, task, **_kept(reading.finished())))


def _check_client(reading: Reading, project: Body) -> None:
    if reading.values.get("client", project["client_id"]) != project["client_id"]:
        reading.complain("client", "must be the client of the project")


def _kept(given: Body) -> Body:
    """Return read fields as the store keeps them."""
    own = {name: value for name, value in given.items() if name not in ("client", "project", *ECHOED)}
    return {KEPT_AS.get(name, name): value for name, value in own.items()}


def _answer(visit: Visit, project: Body, task: Body) -> Response:
    return JsonAnswer(shapes.tasks(visit, project, [task])[0])
