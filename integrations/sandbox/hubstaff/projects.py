"""Projects. They cannot be deleted, only archived."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.budgets import read_budget
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.metadata import merged, read_metadata, read_needed_metadata
from integrations.sandbox.hubstaff.project_members import changed_members, read_new_members
from integrations.sandbox.hubstaff.references import client_in
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.values import amount, flag, one_of, paragraph, title
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

STATUSES = ("active", "archived")


def create_project(store: Store, organization_id: int, name: str, **details: object) -> Body:
    """Create a project in the store and return it."""
    moment = moments.written_now()
    project = {
        "id": store.next_number(HUBSTAFF_PROJECT),
        "organization_id": organization_id,
        "name": name,
        "description": None,
        "created_at": moment,
        "updated_at": moment,
        "status": "active",
        "type": "project",
        "client_id": None,
        "billable": True,
        "budget": None,
        "metadata": {},
        "pay_rate": None,
        "bill_rate": None,
        "integration_id": None,
        "members": [],
        **details,
    }
    store.put(HUBSTAFF_PROJECT, project)
    return project


def change_project(store: Store, project: Body, **changes: object) -> Body:
    """Change a project in the store and return it."""
    project = {**project, **changes, "updated_at": moments.written_now()}
    store.put(HUBSTAFF_PROJECT, project)
    return project


def list_projects(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/projects."""
    organization = visit.organization()
    with listing(visit, "clients") as asked:
        status = asked.read("status", one_of((*STATUSES, "all"))) or "active"
        project_ids = asked.numbers("project_ids")
    found = _asked_projects(visit, organization["id"], asked, status, project_ids)
    return page(visit, asked, "projects", (shapes.project(project) for project in found))


def get_project(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}."""
    return _answer(visit.project())


def add_project(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/projects."""
    organization = visit.led_organization()
    with body(visit) as fields:
        name = fields.need("name", title)
        members = read_new_members(visit.store, organization["id"], fields)
        details = {**_read_details(visit.store, organization["id"], fields), "metadata": merged({}, read_metadata(fields))}
    # The body's own members are the first; nobody was removed yet.
    people = changed_members({"members": []}, members)
    return _answer(create_project(visit.store, organization["id"], name, **details, **people), status_code=201)


def update_project(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}. While a project is archived, only its status may change."""
    project = visit.led_project()
    with body(visit) as fields:
        details = _read_details(visit.store, project["organization_id"], fields)
        changes = {**details, **fields.setting(name=title, status=one_of(STATUSES))}
    if project["status"] == "archived" and set(fields.values) - {"status"}:
        raise Refused(Problem.READ_ONLY, "Only the status of an archived project can be changed")
    return _answer(change_project(visit.store, project, **changes))


def update_project_metadata(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}/update_metadata."""
    project = visit.led_project()
    with body(visit) as fields:
        metadata = merged(project["metadata"], read_needed_metadata(fields))
    return _answer(change_project(visit.store, project, metadata=metadata))


def _asked_projects(visit: Visit, organization_id: int, asked: Listing, status: str, project_ids: set[int] | None) -> Iterator[Body]:
    for project in visit.store.of_tenant(HUBSTAFF_PROJECT, organization_id, asked.start):
        fits = status in ("all", project["status"]) and (project_ids is None or project["id"] in project_ids)
        if fits and visit.sees(project):
            yield project


def _read_details(store: Store, organization_id: int, fields: Fields) -> Body:
    """Return the given fields that a new and a changed project have in common."""
    client = client_in(store, organization_id)
    details = fields.clearing(description=paragraph, client_id=client, pay_rate=amount, bill_rate=amount)
    if fields.given("budget"):
        details["budget"] = read_budget(fields)
    return {**details, **fields.setting(billable=flag)}


def _answer(project: Body, status_code: int = 200) -> Response:
    return JsonAnswer({"project": shapes.project(project)}, status_code=status_code)
