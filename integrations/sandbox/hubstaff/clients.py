"""Clients. A client's projects are the projects that name it."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.budgets import read_budget
from integrations.sandbox.hubstaff.fields import Fields, body, invalid, merged, missing, query_choice
from integrations.sandbox.hubstaff.lists import page, page_start
from integrations.sandbox.hubstaff.projects import change_project
from integrations.sandbox.hubstaff.refusals import forbidden
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_CLIENT, HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

STATUSES = ("active", "archived")


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
    status = query_choice(visit, "status", (*STATUSES, "all"), "active")
    clients = visit.store.of_tenant(HUBSTAFF_CLIENT, organization["id"], page_start(visit))
    asked = (client for client in clients if status in ("all", client["status"]))
    return page(visit, "clients", _shown_all(visit, organization["id"], asked))


def get_client(visit: Visit) -> Response:
    """GET /v2/clients/{client_id}."""
    return _answer(visit, _client(visit))


def add_client(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/clients."""
    organization, fields = visit.led_organization(), body(visit)
    details = {**_details(fields), "metadata": merged({}, fields.metadata())}
    client = create_client(visit.store, organization["id"], fields.needed_text("name"), **details)
    _take_projects(visit, client, fields)
    return _answer(visit, client)


def update_client(visit: Visit) -> Response:
    """PUT /v2/clients/{client_id}."""
    client, fields = _led_client(visit), body(visit)
    changes = _details(fields)
    if fields.given("name"):
        changes["name"] = fields.needed_text("name")
    status = fields.choice("status", STATUSES)
    if status is not None:
        changes["status"] = status
    if fields.given("metadata"):
        changes["metadata"] = merged(client["metadata"], fields.metadata())
    _take_projects(visit, client, fields)
    return _answer(visit, _changed(visit, client, changes))


def update_client_metadata(visit: Visit) -> Response:
    """PUT /v2/clients/{client_id}/update_metadata."""
    client, fields = _led_client(visit), body(visit)
    if not fields.given("metadata"):
        raise missing("metadata")
    changes = {"metadata": merged(client["metadata"], fields.metadata())}
    return _answer(visit, _changed(visit, client, changes))


def _client(visit: Visit) -> Body:
    client = visit.found(HUBSTAFF_CLIENT, visit.number("client_id"))
    visit.member(client["organization_id"])
    return client


def _led_client(visit: Visit) -> Body:
    client = _client(visit)
    if not visit.leads(client["organization_id"]):
        raise forbidden()
    return client


def _changed(visit: Visit, client: Body, changes: Body) -> Body:
    client = {**client, **changes, "updated_at": moments.written_now()}
    visit.store.put(HUBSTAFF_CLIENT, client)
    return client


def _details(fields: Fields) -> Body:
    """Return the given fields that a new and a changed client have in common."""
    net_terms = fields.number("net_terms")
    values: Body = {
        "emails": fields.texts("emails") or [],
        "phone": fields.text("phone") or "",
        "address": fields.text("address") or "",
        "invoice_notes": fields.text("invoice_notes"),
        "net_terms": None if net_terms is None else str(net_terms),
        "budget": read_budget(fields),
    }
    details = {name: value for name, value in values.items() if fields.given(name)}
    inherited = {f"inherit_{name}": details[name] is None for name in ("invoice_notes", "net_terms") if name in details}
    return {**details, **inherited}


def _take_projects(visit: Visit, client: Body, fields: Fields) -> None:
    """Make the named projects, and no others, the client's."""
    wanted = fields.numbers("project_ids")
    if wanted is None:
        return
    projects = list(visit.store.of_tenant(HUBSTAFF_PROJECT, client["organization_id"]))
    if set(wanted) - {project["id"] for project in projects}:
        raise invalid("project_ids", "there is no such project")
    for project in projects:
        if project["id"] in wanted:
            change_project(visit.store, project, client_id=client["id"])
        elif project["client_id"] == client["id"]:
            change_project(visit.store, project, client_id=None)


def _shown_all(visit: Visit, organization_id: int, clients: Iterator[Body]) -> Iterator[Body]:
    projects = list(visit.store.of_tenant(HUBSTAFF_PROJECT, organization_id))
    for client in clients:
        project_ids = [project["id"] for project in projects if project["client_id"] == client["id"]]
        yield shapes.client({**client, "project_ids": project_ids})


def _answer(visit: Visit, client: Body) -> Response:
    shown = next(_shown_all(visit, client["organization_id"], iter([client])))
    return JsonAnswer({"client": shown})
