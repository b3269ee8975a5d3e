"""Clients."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_CLIENT
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Readers, Shape, a_date, a_name, a_text, additions, changes
from integrations.sandbox.timeghost.filters import listed
from integrations.sandbox.timeghost.records import change, create
from integrations.sandbox.timeghost.visit import Visit

CONTACT: Readers = {
    "phone": a_text,
    "location": a_text,
    "email": a_text,
    "primaryContact": a_text,
    "secondaryContact": a_text,
    "onboardDate": a_date,
    "industry": a_text,
    "taxRate": a_text,
    "externalId": a_text,
}
"""Fields that a client keeps in `meta`. The documents do not say where they stand in a body: they are taken there and beside it."""
META = tuple(CONTACT)
CLIENT: Readers = {"name": a_name, "description": a_text, "color": a_text, **CONTACT, "meta": Shape(CONTACT)}


def list_clients(visit: Visit) -> Response:
    """GET /get/clients."""
    return listed(visit, TIMEGHOST_CLIENT, shapes.client)


def add_client(visit: Visit) -> Response:
    """POST /add/clients."""
    visit.require_admin()
    given = additions(visit, CLIENT, ("name",)).finished()
    details = {"description": "", "color": "#607d8b", **_kept(dict.fromkeys(META), given)}
    return JsonAnswer(shapes.client(visit, create(visit.store, TIMEGHOST_CLIENT, visit.workspace["id"], **details)))


def update_client(visit: Visit) -> Response:
    """POST /update/clients/{ClientId}."""
    visit.require_admin()
    client = visit.client(visit.segment("ClientId"))
    given = changes(visit, CLIENT, client).finished()
    return JsonAnswer(shapes.client(visit, change(visit.store, TIMEGHOST_CLIENT, client, **_kept(client["meta"], given))))


def _kept(meta: Body, given: Body) -> Body:
    """Return read fields as the store keeps them."""
    beside = {name: given[name] for name in META if name in given}
    own = {name: value for name, value in given.items() if name not in (*META, "meta")}
    return {**own, "meta": {**meta, **given.get("meta", {}), **beside}}
