"""Clients."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_CLIENT
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import a_name, a_text, body, read
from integrations.sandbox.timeghost.filters import listed
from integrations.sandbox.timeghost.records import change, create
from integrations.sandbox.timeghost.visit import Visit

META = ("phone", "location", "email", "primaryContact", "secondaryContact", "onboardDate", "taxRate", "externalId")
"""Fields that a client keeps in `meta`; they are taken beside it and inside it."""
META_READERS = dict.fromkeys(META, a_text)
CLIENT_READERS = {"name": a_name, "description": a_text, "color": a_text}


def list_clients(visit: Visit) -> Response:
    """GET /get/clients."""
    return listed(visit, TIMEGHOST_CLIENT, shapes.client)


def add_client(visit: Visit) -> Response:
    """POST /add/clients."""
    visit.require_admin()
    given = body(visit)
    usual = {"description": "", "color": "#607d8b"}
    details = {**usual, **read(given, CLIENT_READERS, needed=("name",)), "meta": _meta({}, given)}
    return JsonAnswer(shapes.client(visit, create(visit.store, TIMEGHOST_CLIENT, visit.workspace["id"], **details)))


def update_client(visit: Visit) -> Response:
    """POST /update/clients/{id}."""
    visit.require_admin()
    client, given = visit.client(visit.segment("id")), body(visit)
    changes = {**read(given, CLIENT_READERS), "meta": _meta(client["meta"], given)}
    return JsonAnswer(shapes.client(visit, change(visit.store, TIMEGHOST_CLIENT, client, **changes)))


def _meta(present: Body, given: Body) -> Body:
    inside = given.get("meta") if isinstance(given.get("meta"), dict) else {}
    return {**dict.fromkeys(META), **present, **read({**given, **(inside or {})}, META_READERS)}
