"""Webhooks. They are registered for a topic and stand in the workspace; no call takes them away."""

import uuid
from typing import Any

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_WEBHOOK
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.fields import Readers, Shape, a_flag, a_name, a_text, additions, each, one_of, unfit
from integrations.sandbox.timeghost.visit import Visit, VisitHandler
from integrations.sandbox.webhooks.subscriptions import can_be_posted_to, subscribe
from integrations.sandbox.webhooks.timeghost import EVENTS
from integrations.sandbox.webhooks.timeghost import TOPICS as TOPIC_OF_KIND

TOPICS = tuple(TOPIC_OF_KIND.values())


def a_web_address(visit: Visit, value: Any) -> str:
    """Read an address that can be posted to."""
    address = a_text(visit, value)
    if not can_be_posted_to(address):
        raise unfit("must be a web address")
    return address


CREDENTIALS = Shape({"userName": a_text, "pass": a_text})
WEBHOOK: Readers = {
    "name": a_name,
    "entity": one_of(*TOPICS),
    "active": a_flag,
    "events": each(one_of(*EVENTS)),
    "config": Shape({"url": a_web_address, "basicAuth": CREDENTIALS}, ("url",)),
}


def registering(topic: str) -> VisitHandler:
    """Return the handler of POST /register_webhook/{topic}."""
    return lambda visit: _registered(visit, topic)


def _registered(visit: Visit, topic: str) -> Response:
    """Keep a webhook. The answer tells no id."""
    given = additions(visit, WEBHOOK, ("name", "entity", "active", "config")).finished()
    credentials = given["config"].get("basicAuth", {})
    webhook: Body = {
        "id": uuid.uuid4().hex,
        "tenants": [visit.workspace["id"]],
        "workspace_id": visit.workspace["id"],
        "user_id": visit.user["id"],
        "topic": topic,
        "name": given["name"],
        "entity": given["entity"],
        "active": given["active"],
        "events": given.get("events", list(EVENTS)),
        "url": given["config"]["url"],
        "user_name": credentials.get("userName", ""),
        "password": credentials.get("pass", ""),
    }
    subscribe(visit.store, TIMEGHOST_WEBHOOK, webhook)
    return JsonAnswer(shown(webhook))


def shown(webhook: Body) -> Body:
    """Return a webhook as the workspace tells it."""
    return {name: webhook[name] for name in ("name", "entity", "active")}
