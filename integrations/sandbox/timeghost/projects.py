"""Projects."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_GROUP, TIMEGHOST_PROJECT, TIMEGHOST_TAG
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import a_flag, a_name, a_text, an_amount, an_id, body, ids, read, roles
from integrations.sandbox.timeghost.filters import filtered
from integrations.sandbox.timeghost.records import change, create_project
from integrations.sandbox.timeghost.refusals import Refused
from integrations.sandbox.timeghost.visit import MANAGER, Visit

READERS = {
    "name": a_name,
    "description": a_text,
    "client": an_id,
    "color": a_text,
    "billable": a_flag,
    "completed": a_flag,
    "taskBasedEstimation": a_flag,
    "estimation": an_amount,
    "private": a_flag,
    "projectType": a_text,
    "hourly_rate": an_amount,
    "hourly_rate_enabled": a_flag,
    "whoCanAddTasks": an_amount,
    "users": roles,
    "groups": roles,
    "tags": ids,
    "externalId": a_text,
}
NEEDED = ("name", "client", "billable", "taskBasedEstimation")


def list_projects(visit: Visit) -> Response:
    """GET /get/projects."""
    return _list(visit, None)


def list_client_projects(visit: Visit) -> Response:
    """GET /get/clients/{id}/projects."""
    return _list(visit, visit.client(visit.segment("id"))["id"])


def add_project(visit: Visit) -> Response:
    """POST /add/projects. Who adds a project manages it, unless the body says who does."""
    visit.require_admin()
    details = _details(visit, read(body(visit), READERS, needed=NEEDED))
    details.setdefault("users", [{"id": visit.user["id"], "role": MANAGER, "billable_rate": None}])
    client_id, name = details.pop("client_id"), details.pop("name")
    return _answer(visit, create_project(visit.store, visit.workspace["id"], client_id, name, **details))


def update_project(visit: Visit) -> Response:
    """POST /update/projects/{id}: also below /tags, /users and /groups, with only that part in the body."""
    project = visit.project(visit.segment("id"))
    if not visit.manages(project):
        raise Refused(403, "You need to manage the project to change it")
    changes = _details(visit, read(body(visit), READERS))
    return _answer(visit, change(visit.store, TIMEGHOST_PROJECT, project, **changes))


def _list(visit: Visit, client_id: str | None) -> Response:
    projects = visit.store.of_tenant(TIMEGHOST_PROJECT, visit.workspace["id"])
    living = (project for project in projects if not project["deleted"] and visit.sees(project))
    seen = (project for project in living if client_id in (None, project["client_id"]))
    return JsonAnswer(filtered(visit, shapes.projects(visit, seen)))


def _details(visit: Visit, given: Body) -> Body:
    """Return read fields as the store keeps them. Raises Refused when they name what is not there."""
    details = dict(given)
    if "client" in details:
        details["client_id"] = visit.client(details.pop("client"))["id"]
    visit.check_members([user["id"] for user in details.get("users", [])])
    for group in details.get("groups", []):
        visit.found(TIMEGHOST_GROUP, group["id"], "Group")
    for tag_id in details.get("tags", []):
        visit.found(TIMEGHOST_TAG, tag_id, "Tag")
    return details


def _answer(visit: Visit, project: Body) -> Response:
    return JsonAnswer(shapes.projects(visit, [project])[0])
