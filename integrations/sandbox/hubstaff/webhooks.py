"""Webhooks: registered, proved by an echo, activated with the secret. There is no call that lists them."""

import secrets
import uuid
from typing import Any

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff.fields import body
from integrations.sandbox.hubstaff.refusals import Problem, Refused, not_found
from integrations.sandbox.hubstaff.values import Unfit, line, many, one_of
from integrations.sandbox.hubstaff.visit import Visit, member_of
from integrations.sandbox.kinds import HUBSTAFF_ORGANIZATION, HUBSTAFF_WEBHOOK
from integrations.sandbox.store import Body
from integrations.sandbox.webhooks.hubstaff import EVENTS, EVERYTHING, handshake
from integrations.sandbox.webhooks.subscriptions import can_be_posted_to, subscribe

SHOWN = ("id", "status", "events", "target_url", "created_at", "updated_at")


def add_organization_webhook(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/webhooks."""
    return _added(visit, [visit.led_organization()["id"]])


def add_project_webhook(visit: Visit) -> Response:
    """POST /v2/projects/{project_id}/webhooks: what happens in one project."""
    project = visit.led_project()
    return _added(visit, [project["organization_id"]], project_id=project["id"])


def add_own_webhook(visit: Visit) -> Response:
    """POST /v2/users/me/webhooks: what is about the person who calls, in every organization of theirs."""
    organizations = [organization["id"] for organization in visit.store.every(HUBSTAFF_ORGANIZATION)]
    own = [one for one in organizations if member_of(visit.store, one, visit.user_id)]
    return _added(visit, own, of_user=visit.user_id)


def get_webhook(visit: Visit) -> Response:
    """GET /v2/webhooks/{webhook_id}."""
    return _answer(_own(visit))


def activate_webhook(visit: Visit) -> Response:
    """POST /v2/webhooks/{webhook_id}/activate, with the secret that the address was told."""
    webhook = _own(visit)
    if not secrets.compare_digest(visit.header("x-hook-secret").encode(), webhook["secret"].encode()):
        raise Refused(Problem.FORBIDDEN, "X-Hook-Secret is not the secret of this webhook")
    if webhook["status"] == "failed":
        raise Refused(Problem.INVALID, "target_url is invalid: it did not echo the secret")
    active = {**webhook, "status": "active", "updated_at": moments.written_now()}
    visit.store.put(HUBSTAFF_WEBHOOK, active)
    return _answer(active, status_code=201)


def delete_webhook(visit: Visit) -> Response:
    """DELETE /v2/webhooks/{webhook_id}."""
    visit.store.remove(HUBSTAFF_WEBHOOK, _own(visit)["id"])
    return Response(status_code=204)


def web_address(value: Any) -> str:
    """Read an address that can be posted to."""
    address = line(value)
    if not can_be_posted_to(address):
        raise Unfit("must be a web address")
    return address


def _added(visit: Visit, tenants: list[int], project_id: int | None = None, of_user: int | None = None) -> Response:
    with body(visit) as fields:
        events = fields.need("events", many(one_of((EVERYTHING, *EVENTS))))
        target_url = fields.need("target_url", web_address)
    moment = moments.written_now()
    webhook: Body = {
        "id": uuid.uuid4().hex,
        "tenants": tenants,
        "project_id": project_id,
        "of_user": of_user,
        "user_id": visit.user_id,
        "status": "pending",
        "secret": secrets.token_hex(16),
        "events": events,
        "target_url": target_url,
        "created_at": moment,
        "updated_at": moment,
    }
    subscribe(visit.store, HUBSTAFF_WEBHOOK, webhook)
    visit.runtime.post.take_at_once(handshake(visit.store, webhook))
    return _answer(webhook, status_code=201)


def _own(visit: Visit) -> Body:
    """Return the webhook of the path. Raises Refused when there is none, or somebody else's."""
    webhook = visit.found(HUBSTAFF_WEBHOOK, visit.segment("webhook_id"))
    if webhook["user_id"] != visit.user_id:
        raise not_found()
    return webhook


def _answer(webhook: Body, status_code: int = 200) -> Response:
    return JsonAnswer({"webhook": {name: webhook[name] for name in SHOWN}}, status_code=status_code)
