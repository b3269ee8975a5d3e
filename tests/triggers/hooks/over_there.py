"""Providers' webhooks without HTTP, so that each of their calls can be made to fail; and the worker's part done by hand."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.transport.errors import NotFound, ProviderError
from integrations.triggers.hooks import tasks
from integrations.triggers.hooks.subscribing import subscribe, unsubscribe
from integrations.triggers.models import ListedWebhooks, Subscription, Trigger
from portal.organizations.scope import bound_organization_id, scope
from tests.factories import make_connection, make_trigger
from tests.triggers.hooks.subscriptions import again

State = Subscription.State
PROVIDERS = ("hubstaff", "timeghost")
WATCHES = {"hubstaff": "projects_created", "timeghost": "project_changes"}
INPUTS = {"hubstaff": {}, "timeghost": {"name": "Our projects", "run_on": ["created", "removed"]}}


@dataclass
class Webhook:
    """A subscription as it stands over there."""

    id: str
    url: str
    events: list[str]
    name: str = ""
    topic: str = ""
    is_active: bool = True
    secret: str = ""


@dataclass
class OverThere:
    """Both providers' sides. `handshake` says when the first request comes: during the call that registers, late, or never.

    `faults` holds what goes wrong next, by operation; `lost` those whose next answer is lost after all was done.
    """

    webhooks: list[Webhook] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    faults: dict[str, list[BaseException]] = field(default_factory=dict)
    lost: dict[str, ProviderError] = field(default_factory=dict)
    handshake: str = "during"
    is_slow_to_list: bool = False

    @contextmanager
    def opened(self, connection_id: uuid.UUID, asked_by: str, urgency: Any) -> Iterator[Opened]:
        with scope():
            connection = Connection.objects.get(pk=connection_id)
        if self.faults.get("sign in"):
            raise self.faults["sign in"].pop()
        yield Opened(self, connection)

    def call(self, name: str, inputs: dict[str, Any]) -> Any:
        self.calls.append(name)
        if waiting := self.faults.get(name):
            raise waiting.pop(0)
        answer = getattr(self, name)(**inputs)
        if name in self.lost:
            raise self.lost.pop(name)
        return answer

    def register_webhook(self, **given: Any) -> dict[str, Any]:
        url = given.get("target_url") or given["url"]
        is_hubstaff = "target_url" in given
        made = Webhook(str(uuid.uuid4()), url, given["events"], given.get("name", ""), given.get("topic", ""), not is_hubstaff)
        self.webhooks.append(made)
        if is_hubstaff and self.handshake == "during":
            self.shake(made)
        return {"id": made.id} if is_hubstaff else {}

    def shake(self, webhook: Webhook) -> int:
        """The first request to the address; what is echoed is what counts."""
        answer = Client().post(path_of(webhook.url), b"", content_type="application/json", headers={"x-hook-secret": f"s-{webhook.id}"})
        webhook.secret = answer.headers.get("x-hook-secret", "")
        return answer.status_code

    def activate_webhook(self, webhook_id: str, secret: str) -> None:
        webhook = self.find(webhook_id)
        assert secret == webhook.secret != ""
        webhook.is_active = True

    def get_webhook(self, webhook_id: str) -> dict[str, Any]:
        return {"id": webhook_id, "status": "active" if self.find(webhook_id).is_active else "inactive"}

    def remove_webhook(self, webhook_id: str) -> None:
        self.webhooks.remove(self.find(webhook_id))

    def get_workspace(self) -> dict[str, Any]:
        shown = [] if self.is_slow_to_list else self.webhooks
        return {"webhooks": [{"name": each.name, "entity": each.topic, "active": each.is_active} for each in shown]}

    def find(self, webhook_id: str) -> Webhook:
        found = [webhook for webhook in self.webhooks if webhook.id == webhook_id]
        if not found:
            raise NotFound("no such webhook")
        return found[0]


@dataclass
class Opened:
    there: OverThere
    connection: Connection

    def call(self, name: str, inputs: dict[str, Any]) -> Any:
        return self.there.call(name, inputs)


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@dataclass
class Worker:
    """Does what is due, as sweep and worker would, at a clock that can be put forward."""

    there: OverThere

    def work(self, subscription: Subscription) -> Subscription:
        """Everything that is due now."""
        for _ in range(10):
            now = again(subscription)
            if now.due_at is None or now.due_at > timezone.now():
                return now
            self.run(now)
        raise AssertionError("it is due without end")

    def run(self, subscription: Subscription) -> Subscription:
        claim = uuid.uuid4()
        with scope():
            Subscription.objects.filter(pk=subscription.pk).update(claim=claim, claimed_until=timezone.now() + timedelta(minutes=5))
        tasks.subscribe(str(bound_organization_id()), str(subscription.pk), str(claim))
        return again(subscription)

    def later(self, subscription: Subscription) -> Subscription:
        """When it is next due: as if it had been registered so much earlier."""
        now = again(subscription)
        past = max((now.due_at or timezone.now()) - timezone.now(), timedelta(0))
        registered_at = now.registered_at and now.registered_at - past
        with scope():
            Subscription.objects.filter(pk=subscription.pk).update(due_at=timezone.now(), registered_at=registered_at)
        return self.work(subscription)


def subscription_of(trigger: Trigger) -> Subscription:
    with scope():
        return Subscription.objects.select_related("trigger__connection").get(trigger=trigger)


def watching(provider: str, **fields: Any) -> Trigger:
    """A trigger that was just made, with its webhook asked for."""
    with scope():
        given = {"name": "New projects", "inputs": INPUTS[provider]}
        trigger = make_trigger(make_connection(provider), WATCHES[provider], **given | fields)
        subscribe(trigger)
    return trigger


def set_up(worker: Worker, provider: str) -> Subscription:
    """An active webhook."""
    found = worker.work(subscription_of(watching(provider)))
    assert found.state == State.ACTIVE
    return found


def is_due(subscription: Subscription, pause: timedelta = timedelta(0)) -> bool:
    """Whether it is next due now or after a pause, give or take what the test takes."""
    assert subscription.due_at is not None
    return abs((subscription.due_at - timezone.now() - pause).total_seconds()) < 60


def end(trigger: Trigger) -> None:
    with scope():
        trigger.ended_at = timezone.now()
        trigger.save()
        unsubscribe(trigger)


def as_if_long_ago(subscription: Subscription) -> Subscription:
    with scope():
        ListedWebhooks.objects.update(listed_at=timezone.now() - timedelta(hours=1))
    return subscription
