"""Projects."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_PROJECT
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes, templates
from integrations.sandbox.timeghost.fields import (
    Readers,
    Reading,
    a_flag,
    a_name,
    a_text,
    additions,
    an_amount,
    changes,
    numbered,
    one_of,
)
from integrations.sandbox.timeghost.filters import filtered
from integrations.sandbox.timeghost.records import change, create_project
from integrations.sandbox.timeghost.references import a_client, groups_with_roles, people_with_roles, project_tags
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import MANAGER, Visit

MANAGERS_ONLY, EVERYBODY = 1, 2
TAGS: Readers = {"tags": project_tags}
USERS: Readers = {"users": people_with_roles}
GROUPS: Readers = {"groups": groups_with_roles}
PROJECT: Readers = {
    "name": a_name,
    "description": a_text,
    "client": a_client,
    "color": a_text,
    "billable": a_flag,
    "completed": a_flag,
    "taskBasedEstimation": a_flag,
    "estimation": an_amount,
    "private": a_flag,
    "projectType": one_of("project", "template"),
    "hourly_rate": an_amount,
    "hourly_rate_enabled": a_flag,
    "whoCanAddTasks": numbered(managers=MANAGERS_ONLY, everybody=EVERYBODY),
    "externalId": a_text,
    **TAGS,
    **USERS,
    **GROUPS,
}
NEEDED = ("name", "client", "billable", "taskBasedEstimation")


def list_projects(visit: Visit) -> Response:
    """GET /get/projects."""
    return _list(visit, None)


def list_client_projects(visit: Visit) -> Response:
    """GET /get/clients/{clientid}/projects."""
    return _list(visit, visit.client(visit.segment("clientid"))["id"])


def project_in_address(visit: Visit) -> Body:
    """Return the project of an address, which the header clientid may name the client of. Raises Refused when it does not."""
    project = visit.project(visit.segment("projectid"))
    if visit.header("clientid") not in ("", project["client_id"]):
        raise invalid("The header clientid is not the client of the project")
    return project


def add_project(visit: Visit) -> Response:
    """POST /add/projects. Who adds a project manages it, unless the body says who does."""
    if not visit.manages_projects:
        raise Refused(403, "You are not allowed to add projects: only an admin of the workspace is")
    reading = additions(visit, {**PROJECT, **templates.FIELDS}, NEEDED)
    _check_rate(reading)
    asked, given = templates.split(reading.finished())
    template = templates.template_of(visit, asked)
    usual = {**templates.taken_over(template, asked), "users": [{"id": visit.user["id"], "role": MANAGER, "billable_rate": None}]}
    details = {**usual, **given}
    client_id, name = details.pop("client"), details.pop("name")
    project = create_project(visit.store, visit.workspace["id"], client_id, name, **details)
    templates.copy_tasks(visit.store, template, asked, project)
    return _answer(visit, project)


def update_project(visit: Visit) -> Response:
    """POST /update/projects/{ProjectId}."""
    return _update(visit, PROJECT)


def update_tags(visit: Visit) -> Response:
    """POST /update/projects/{ProjectId}/tags. Those in the body are all that the project has afterwards."""
    return _update(visit, TAGS, ("tags",))


def update_users(visit: Visit) -> Response:
    """POST /update/projects/{ProjectId}/users. Those in the body are all that the project has afterwards."""
    return _update(visit, USERS, ("users",))


def update_groups(visit: Visit) -> Response:
    """POST /update/projects/{ProjectId}/groups. Those in the body are all that the project has afterwards."""
    return _update(visit, GROUPS, ("groups",))


def _list(visit: Visit, client_id: str | None) -> Response:
    projects = visit.store.of_tenant(TIMEGHOST_PROJECT, visit.workspace["id"])
    living = (project for project in projects if not project["deleted"] and visit.sees(project))
    seen = (project for project in living if client_id in (None, project["client_id"]))
    return JsonAnswer(filtered(visit, shapes.projects(visit, seen)))


def _update(visit: Visit, readers: Readers, needed: tuple[str, ...] = ()) -> Response:
    project = visit.project(visit.segment("ProjectId"))
    if not visit.manages(project):
        raise Refused(403, "You are not allowed to change this project: only its managers and an admin of the workspace are")
    given = changes(visit, readers, project, needed).finished()
    details = {"client_id" if name == "client" else name: value for name, value in given.items()}
    return _answer(visit, change(visit.store, TIMEGHOST_PROJECT, project, **details))


def _check_rate(reading: Reading) -> None:
    if reading.values.get("hourly_rate_enabled") and "hourly_rate" not in reading.values:
        reading.complain("hourly_rate", "is required when hourly_rate_enabled is true")


def _answer(visit: Visit, project: Body) -> Response:
    return JsonAnswer(shapes.projects(visit, [project])[0])
