"""Subscriptions as they are after they were set up, and what a provider sends to them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from integrations.triggers.hooks.addressing import ADDRESS, give_address
from integrations.triggers.hooks.subscribing import wanted_by
from integrations.triggers.models import Notice, Subscription, Trigger
from portal.organizations.scope import scope
from tests.factories import make_connection, make_trigger

SECRET = "the provider's own"
WATCHES = {"hubstaff": "projects_created", "timeghost": "project_changes"}


def make_subscription(provider: str = "hubstaff", state: str = Subscription.State.ACTIVE, **fields: Any) -> Subscription:
    """A subscription with its trigger, which is not due. Needs a scope."""
    trigger = fields.pop("trigger", None) or make_trigger(make_connection(provider), WATCHES[provider])
    return subscribed(trigger, state, **fields)


def subscribed(trigger: Trigger, state: str = Subscription.State.ACTIVE, **fields: Any) -> Subscription:
    wanted = wanted_by(trigger)
    assert wanted is not None
    given = {"topic": wanted.topic, "events": wanted.events, "remote_id": "77", "registered_at": timezone.now()}
    subscription = Subscription(trigger=trigger, connection=trigger.connection, state=state, **given | fields)
    give_address(subscription)
    if trigger.connection.provider == "hubstaff" and state != Subscription.State.HANDSHAKE:
        subscription.keep({**subscription.open(), "secret": SECRET})
    subscription.save()
    return subscription


@dataclass
class Sender:
    """Whoever delivers to a subscription, with the right proof unless another is given."""

    subscription: Subscription
    browser: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def address(self) -> str:
        return f"/hooks/{self.subscription.open()[ADDRESS]}/"

    def send(self, body: bytes, headers: dict[str, str] | None = None, **given: Any) -> HttpResponse:
        proof = self.proof(body) if headers is None else headers
        return self.browser.post(self.address, body, content_type="application/json", headers=proof, **given)  # type: ignore[return-value]

    def tell(self, **told: Any) -> HttpResponse:
        return self.send(body_of(**told))

    def proof(self, body: bytes) -> dict[str, str]:
        secrets = self.subscription.open()
        if "secret" in secrets:
            return signed(body, secrets["secret"])
        return basic(secrets["user_name"], secrets["password"])


def body_of(record_id: int = 9, id: str = "", at: datetime | None = None, event: str = "project.create") -> bytes:
    """A delivery in Hubstaff's words; timeghost's need no more than a record."""
    created_at = (at or timezone.now()).isoformat()
    return orjson.dumps({"id": id or str(uuid.uuid4()), "event": event, "created_at": created_at, "payload": {"id": record_id}})


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hook-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def basic(user_name: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()}


def again(subscription: Subscription) -> Subscription:
    """As it is now, with its trigger."""
    with scope(subscription.organization_id):
        return Subscription.objects.select_related("trigger__connection").get(pk=subscription.pk)


def notices(subscription: Subscription) -> list[Notice]:
    with scope(subscription.organization_id):
        return list(Notice.objects.filter(subscription=subscription).order_by("received_at"))


def counts(subscription: Subscription) -> dict[str, int]:
    """What was counted, as far as anything was."""
    now = again(subscription)
    names = ("accepted", "replayed", "forged", "malformed", "oversized", "throttled")
    return {name: getattr(now, name) for name in names if getattr(now, name)}


def due_at(sender: Sender) -> Any:
    with scope(sender.subscription.organization_id):
        return Trigger.objects.values_list("due_at", flat=True).get(pk=sender.subscription.trigger_id)


def assert_turned_away(sender: Sender, answer: HttpResponse, status: int, **counted: int) -> None:
    """It is counted, and did nothing."""
    assert answer.status_code == status
    assert counts(sender.subscription) == counted
    assert due_at(sender) is None
    assert [notice for notice in notices(sender.subscription) if notice.handled_at is None] == []
