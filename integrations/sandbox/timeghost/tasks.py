"""Tasks. They are listed only for one project at a time."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_GROUP, TIMEGHOST_TASK
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import a_flag, a_name, a_text, an_amount, an_id, body, ids, read
from integrations.sandbox.timeghost.filters import filtered
from integrations.sandbox.timeghost.records import change, create_task
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import Visit

MANAGERS_ONLY = 1
READERS = {
    "name": a_name,
    "client": an_id,
    "project": an_id,
    "estimation": an_amount,
    "completed": a_flag,
    "assignedToUsers": ids,
    "assignedToGroups": ids,
    "externalId": a_text,
}


def list_tasks(visit: Visit) -> Response:
    """GET /get/projects/{id}/tasks."""
    project = visit.project(visit.segment("id"))
    living = (task for task in visit.store.of_parent(TIMEGHOST_TASK, project["id"]) if not task["deleted"])
    return JsonAnswer(filtered(visit, shapes.tasks(visit, project, living)))


def add_task(visit: Visit) -> Response:
    """POST /add/tasks."""
    given = read(body(visit), READERS, needed=("name", "project"))
    project = visit.project(given["project"])
    if project["whoCanAddTasks"] == MANAGERS_ONLY and not visit.manages(project):
        raise Refused(403, "Only managers can add tasks to this project")
    details = _details(visit, project, given)
    task = create_task(visit.store, project, details.pop("name"), **details)
    return _answer(visit, project, task)


def update_task(visit: Visit) -> Response:
    """POST /update/tasks/{id}. A task stays in its project."""
    task = visit.found(TIMEGHOST_TASK, visit.segment("id"), "Task")
    project, given = visit.project(task["project_id"]), read(body(visit), READERS)
    if given.get("project", project["id"]) != project["id"]:
        raise invalid("A task cannot be moved to another project")
    changed = change(visit.store, TIMEGHOST_TASK, task, **_details(visit, project, given))
    return _answer(visit, project, changed)


def _details(visit: Visit, project: Body, given: Body) -> Body:
    """Return read fields as the store keeps them. Raises Refused when they do not fit the project."""
    if given.get("client", project["client_id"]) != project["client_id"]:
        raise invalid("The client is not the client of the project")
    details = {name: value for name, value in given.items() if name not in ("client", "project")}
    if "assignedToUsers" in details:
        details["assigned_users"] = details.pop("assignedToUsers")
        visit.check_members(details["assigned_users"])
    if "assignedToGroups" in details:
        details["assigned_groups"] = details.pop("assignedToGroups")
        for group_id in details["assigned_groups"]:
            visit.found(TIMEGHOST_GROUP, group_id, "Group")
    return details


def _answer(visit: Visit, project: Body, task: Body) -> Response:
    return JsonAnswer(shapes.tasks(visit, project, [task])[0])
