"""Clients. A client's projects are the projects that name it."""

from typing import Any

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.budgets import read_budget
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.metadata import merged, read_metadata, read_needed_metadata
from integrations.sandbox.hubstaff.projects import change_project
from integrations.sandbox.hubstaff.references import project_in
from integrations.sandbox.hubstaff.values import between, email, line, many, one_of, paragraph, title
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_CLIENT, HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

STATUSES = ("active", "archived")
NOTHING: Body = {"emails": [], "phone": "", "address": ""}


def create_client(store: Store, organization_id: int, name: str, **details: object) -> Body:
    """Create a client in the store and return it."""
    moment = moments.written_now()
    client = {
        "id": store.next_number(HUBSTAFF_CLIENT),
        "organization_id": organization_id,
        "name": name,
        "emails": [],
        "phone": "",
        "address": "",
        "inherit_invoice_notes": True,
        "invoice_notes": None,
        "inherit_net_terms": True,
        "net_terms": None,
        "status": "active",
        "created_at": moment,
        "updated_at": moment,
        "budget": None,
        "metadata": {},
        **details,
    }
    store.put(HUBSTAFF_CLIENT, client)
    return client


def list_clients(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/clients."""
    organization = visit.organization()
    with listing(visit, "projects") as asked:
        status = asked.read("status", one_of((*STATUSES, "all"))) or "active"
    project_ids = shapes.projects_of_clients(visit.store, organization["id"])
    clients = visit.store.of_tenant(HUBSTAFF_CLIENT, organization["id"], asked.start)
    wanted = (shapes.client(client, project_ids) for client in clients if status in ("all", client["status"]))
    return page(visit, asked, "clients", wanted)


def get_client(visit: Visit) -> Response:
    """GET /v2/clients/{client_id}."""
    return _answer(visit, visit.client())


def add_client(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/clients."""
    organization = visit.led_organization()
    with body(visit) as fields:
        name = fields.need("name", title)
        details = {**_read_details(fields), "metadata": merged({}, read_metadata(fields))}
        project_ids = _read_project_ids(visit.store, organization["id"], fields)
    client = create_client(visit.store, organization["id"], name, **details)
    _take_projects(visit.store, client, project_ids)
    return _answer(visit, client)


def update_client(visit: Visit) -> Response:
    """PUT /v2/clients/{client_id}."""
    client = visit.led(visit.client())
    with body(visit) as fields:
        changes = {**_read_details(fields), **fields.setting(name=title, status=one_of(STATUSES))}
        changes["metadata"] = merged(client["metadata"], read_metadata(fields))
        project_ids = _read_project_ids(visit.store, client["organization_id"], fields)
    _take_projects(visit.store, client, project_ids)
    return _answer(visit, _changed(visit.store, client, changes))


def update_client_metadata(visit: Visit) -> Response:
    """PUT /v2/clients/{client_id}/update_metadata."""
    client = visit.led(visit.client())
    with body(visit) as fields:
        metadata = merged(client["metadata"], read_needed_metadata(fields))
    return _answer(visit, _changed(visit.store, client, {"metadata": metadata}))


def _changed(store: Store, client: Body, changes: Body) -> Body:
    client = {**client, **changes, "updated_at": moments.written_now()}
    store.put(HUBSTAFF_CLIENT, client)
    return client


def _read_details(fields: Fields) -> Body:
    """Return the given fields that a new and a changed client have in common."""
    contact = fields.clearing(emails=many(email), phone=line, address=paragraph)
    details = {name: NOTHING[name] if value is None else value for name, value in contact.items()}
    # Without notes or terms of its own, a client inherits those of the organization.
    own = fields.clearing(invoice_notes=paragraph, net_terms=net_terms)
    inherited = {f"inherit_{name}": value is None for name, value in own.items()}
    if fields.given("budget"):
        details["budget"] = read_budget(fields)
    return {**details, **own, **inherited}


def net_terms(value: Any) -> str:
    """Read the days until an invoice must be paid, which Hubstaff keeps as a text."""
    return str(between(0, 365)(value))


def _read_project_ids(store: Store, organization_id: int, fields: Fields) -> list[int] | None:
    return fields.read("project_ids", many(project_in(store, organization_id)))


def _take_projects(store: Store, client: Body, wanted: list[int] | None) -> None:
    """Make the named projects, and no others, the client's; None leaves them as they are."""
    if wanted is None:
        return
    for project in list(store.of_tenant(HUBSTAFF_PROJECT, client["organization_id"])):
        if project["id"] in wanted:
            change_project(store, project, client_id=client["id"])
        elif project["client_id"] == client["id"]:
            change_project(store, project, client_id=None)


def _answer(visit: Visit, client: Body) -> Response:
    project_ids = shapes.projects_of_clients(visit.store, client["organization_id"])
    return JsonAnswer({"client": shapes.client(client, project_ids)})
