"""Projects and their members."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.budgets import read_budget
from integrations.sandbox.hubstaff.fields import (
    Fields,
    body,
    invalid,
    merged,
    missing,
    query_choice,
    query_numbers,
    query_words,
)
from integrations.sandbox.hubstaff.lists import page, page_start
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.visit import Visit, member_of
from integrations.sandbox.kinds import HUBSTAFF_CLIENT, HUBSTAFF_PROJECT, HUBSTAFF_USER
from integrations.sandbox.store import Body, Store

STATUSES = ("active", "archived")
ROLES = ("viewer", "user", "manager")


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
    return page(visit, "projects", (shapes.project(project) for project in _asked_projects(visit)))


def get_project(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}."""
    return JsonAnswer({"project": shapes.project(visit.project())})


def add_project(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/projects."""
    organization, fields = visit.led_organization(), body(visit)
    name = fields.needed_text("name")
    details = {
        **_details(visit, organization["id"], fields),
        "metadata": merged({}, fields.metadata()),
        "members": _members(visit.store, organization["id"], [], fields.rows("members") or [], ROLES),
    }
    project = create_project(visit.store, organization["id"], name, **details)
    return JsonAnswer({"project": shapes.project(project)}, status_code=201)


def update_project(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}. While a project is archived, only its status may change."""
    project, fields = visit.led_project(), body(visit)
    if project["status"] == "archived" and set(fields.values) - {"status"}:
        raise Refused(Problem.INVALID, "Only the status of an archived project can be changed")
    changes = _details(visit, project["organization_id"], fields)
    if fields.given("name"):
        changes["name"] = fields.needed_text("name")
    status = fields.choice("status", STATUSES)
    if status is not None:
        changes["status"] = status
    return JsonAnswer({"project": shapes.project(change_project(visit.store, project, **changes))})


def update_project_metadata(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}/update_metadata."""
    project, fields = visit.led_project(), body(visit)
    if not fields.given("metadata"):
        raise missing("metadata")
    metadata = merged(project["metadata"], fields.metadata())
    return JsonAnswer({"project": shapes.project(change_project(visit.store, project, metadata=metadata))})


def update_project_members(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}/update_members. The answer is only success."""
    project, fields = visit.led_project(), body(visit)
    rows = fields.rows("members")
    if rows is None:
        raise missing("members")
    members = _members(visit.store, project["organization_id"], project["members"], rows, (*ROLES, "remove"))
    change_project(visit.store, project, members=members)
    return JsonAnswer({"success": True})


def list_project_members(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/members."""
    user_ids = query_numbers(visit, "user_ids")
    roles = query_words(visit, "membership_roles", ROLES)
    email, name = visit.query("search[email]"), visit.query("search[name]")
    found = []
    for member in sorted(visit.project()["members"], key=lambda member: int(member["user_id"])):
        user = visit.found(HUBSTAFF_USER, member["user_id"])
        fits = (
            (user_ids is None or member["user_id"] in user_ids)
            and (not roles or member["role"] in roles)
            and (email is None or email.lower() == user["email"].lower())
            and (name is None or name.lower() in user["name"].lower())
        )
        if fits:
            found.append(shapes.project_member(member))
    return page(visit, "members", found, identity="user_id")


def _asked_projects(visit: Visit) -> Iterator[Body]:
    organization = visit.organization()
    status = query_choice(visit, "status", (*STATUSES, "all"), "active")
    project_ids = query_numbers(visit, "project_ids")
    for project in visit.store.of_tenant(HUBSTAFF_PROJECT, organization["id"], page_start(visit)):
        fits = status in ("all", project["status"]) and (project_ids is None or project["id"] in project_ids)
        if fits and visit.sees(project):
            yield project


def _details(visit: Visit, organization_id: int, fields: Fields) -> Body:
    """Return the given fields that a new and a changed project have in common."""
    values: Body = {
        "description": fields.text("description"),
        "client_id": _client_id(visit, organization_id, fields),
        "budget": read_budget(fields),
        "pay_rate": fields.amount("pay_rate"),
        "bill_rate": fields.amount("bill_rate"),
    }
    details = {name: value for name, value in values.items() if fields.given(name)}
    billable = fields.flag("billable")
    return details if billable is None else {**details, "billable": billable}


def _client_id(visit: Visit, organization_id: int, fields: Fields) -> int | None:
    client_id = fields.number("client_id")
    if client_id is None:
        return None
    client = visit.store.get(HUBSTAFF_CLIENT, client_id)
    if client is None or client["organization_id"] != organization_id:
        raise invalid("client_id", "there is no such client")
    return client_id


def _members(
    store: Store,
    organization_id: int,
    present: list[Body],
    rows: list[Fields],
    roles: tuple[str, ...],
) -> list[Body]:
    """Return a project's members with the asked changes. Raises Refused for a person outside the organization."""
    members = {member["user_id"]: member for member in present}
    for row in rows:
        user_id, role = row.needed_number("user_id"), row.choice("role", roles)
        if member_of(store, organization_id, user_id) is None:
            raise invalid("members[user_id]", f"{user_id} is not a member of the organization")
        if role == "remove":
            members.pop(user_id, None)
        else:
            members[user_id] = _member(members.get(user_id), row, user_id, role)
    return list(members.values())


def _member(present: Body | None, row: Fields, user_id: int, role: str | None) -> Body:
    moment = moments.written_now()
    before = present or {"user_id": user_id, "role": "user", "created_at": moment, "pay_rate": None, "bill_rate": None}
    rates = {name: _rate(row, name) for name in ("pay_rate", "bill_rate") if row.given(name)}
    return {**before, **rates, "role": role or before["role"], "updated_at": moment}


def _rate(row: Fields, name: str) -> str | None:
    """Return a rate as Hubstaff keeps it: a text with two decimals."""
    rate = row.amount(name)
    return None if rate is None else f"{rate:.2f}"
