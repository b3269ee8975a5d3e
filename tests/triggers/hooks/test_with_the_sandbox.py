"""Webhooks from end to end: registered at the sandbox, which delivers to the portal over HTTP."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import Urgency, choose_workspace, open_client
from integrations.triggers.hooks import tasks
from integrations.triggers.hooks.noticing import open_notices
from integrations.triggers.hooks.orphans import orphans_of
from integrations.triggers.hooks.subscribing import renew, subscribe, unsubscribe
from integrations.triggers.models import Subscription, Trigger
from portal.organizations.scope import scope
from tests.conftest import committing
from tests.connections.conftest import Office, Sandbox, office, sandbox, sandbox_process
from tests.factories import make_trigger
from tests.triggers.hooks.served import portal_served
from tests.triggers.hooks.subscriptions import again, counts, notices

__all__ = ["office", "sandbox", "sandbox_process"]
State = Subscription.State
CREATE = {"hubstaff": "create_client", "timeghost": "add_client"}


@pytest.fixture
def committed_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Comes before everything that writes: the served portal sees only what was committed."""
    with committing(django_db_blocker):
        yield


@pytest.fixture
def bridge(committed_rows: None, sandbox: Sandbox, office: Office, settings: Any) -> Iterator[Office]:
    """Alice's organization, in a portal that the sandbox reaches."""
    with portal_served() as address:
        settings.BASE_URL, settings.WEBHOOKS_REACH_US = address, True
        yield office


def connected(bridge: Office, provider: str) -> Connection:
    sign_in, secret = {"hubstaff": ("personal_token", "hubstaff-pat-1"), "timeghost": ("api_key", "timeghost-key-1")}[provider]
    connection = bridge.connect(provider, sign_in, secret)
    if not connection.is_connected:
        with scope():
            choose_workspace(connection, connection.workspaces[0]["id"], bridge.person)
    return bridge.again(connection)


def watched(connection: Connection) -> Subscription:
    """An active webhook for the clients of a connection."""
    watch, inputs = {
        "hubstaff": ("clients_created", {}),
        "timeghost": ("client_changes", {"name": "Our clients", "run_on": ["created", "changed", "removed"]}),
    }[connection.provider]
    with scope():
        trigger = make_trigger(connection, watch, inputs=inputs)
        subscribe(trigger)
    with scope():
        asked = Subscription.objects.get(trigger=trigger)
    return until(lambda: work(asked), lambda found: found.state == State.ACTIVE)


def work(subscription: Subscription) -> Subscription:
    """What the worker does where something is due."""
    now = again(subscription)
    if now.due_at and now.due_at <= timezone.now():
        claim = uuid.uuid4()
        with scope():
            Subscription.objects.filter(pk=now.pk).update(claim=claim, claimed_until=timezone.now())
        tasks.subscribe(str(now.organization_id), str(now.pk), str(claim))
    return again(subscription)


def make_due_now(subscription: Subscription) -> None:
    with scope():
        Subscription.objects.filter(pk=subscription.pk).update(due_at=timezone.now())


Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], holds: Callable[[Seen], bool]) -> Seen:
    """What is seen once it holds."""
    latest = time.monotonic() + 20
    while not holds(seen := look()):
        assert time.monotonic() < latest, f"it did not come to that: {seen!r} {getattr(seen, 'state', '')} {getattr(seen, 'problem', '')}"
        time.sleep(0.02)
    return seen


def opened(connection: Connection) -> AbstractContextManager[Any]:
    return open_client(connection.pk, "a test", Urgency.INTERACTIVE)


def create_client(connection: Connection, name: str) -> None:
    with opened(connection) as client:
        client.call(CREATE[connection.provider], {"name": name})


def webhooks(sandbox: Sandbox) -> list[dict[str, Any]]:
    found = sandbox._http.get("/control/webhooks").raise_for_status().json()["webhooks"]
    return list(found)


@pytest.mark.parametrize("provider", ["hubstaff", "timeghost"])
def test_a_change_over_there_arrives_as_a_notice(bridge: Office, sandbox: Sandbox, provider: str) -> None:
    connection = connected(bridge, provider)
    active = watched(connection)
    create_client(connection, f"Told by a webhook {uuid.uuid4()}")
    (notice,) = until(lambda: notices(active), lambda found: len(found) == 1)
    assert notice.record_id and notice.event in {"client.create", "add"}
    with scope():
        trigger = Trigger.objects.get(pk=active.trigger_id)
        assert [each.pk for each in open_notices(trigger)] == [notice.pk] and trigger.due_at
    _refuses_what_is_forged(sandbox, active)


def _refuses_what_is_forged(sandbox: Sandbox, active: Subscription) -> None:
    """And takes the very same delivery a second time without effect, where it has an id."""
    ours = next(
        webhook for webhook in webhooks(sandbox) if again(active).open()["address"] in (webhook.get("url") or webhook["target_url"])
    )
    sandbox.control("webhooks/forge", webhook=ours["id"], event="client.create", payload={"id": 1})
    until(lambda: counts(active), lambda counted: counted.get("forged") == 1)
    sandbox.control("webhooks/forge", webhook=ours["id"], content="no json", signed=True)
    until(lambda: counts(active), lambda counted: counted.get("malformed") == 1)
    assert len(notices(active)) == 1


def test_hubstaffs_webhook_is_removed_with_its_trigger(bridge: Office, sandbox: Sandbox) -> None:
    active = watched(connected(bridge, "hubstaff"))
    before = active.remote_id
    with scope():
        renew(active)
    renewed = until(lambda: work(active), lambda found: found.state == State.ACTIVE)
    assert before not in {webhook["id"] for webhook in webhooks(sandbox)}
    with scope():
        unsubscribe(renewed.trigger)
    assert work(active).state == State.ENDED
    assert renewed.remote_id not in {webhook["id"] for webhook in webhooks(sandbox)}


def test_timeghosts_webhook_stays_as_an_orphan(bridge: Office, sandbox: Sandbox) -> None:
    active = watched(connected(bridge, "timeghost"))
    with scope():
        unsubscribe(active.trigger)
    orphan = work(active)
    assert orphan.state == State.ORPHAN and orphan.name in orphan.problem
    with scope():
        assert orphan.name in {each.name for each in orphans_of(orphan.connection)}


@pytest.mark.parametrize("provider", ["hubstaff", "timeghost"])
def test_a_webhook_that_is_switched_off_over_there_is_set_up_anew(bridge: Office, sandbox: Sandbox, provider: str) -> None:
    active = watched(connected(bridge, provider))
    sandbox.control("webhooks/kill")
    with scope():
        active.connection.listed_webhooks.delete() if provider == "timeghost" else None
    make_due_now(active)
    assert work(active).state == State.WAITING
    now = until(lambda: work(active), lambda found: found.state == State.ACTIVE)
    assert now.address_hash != active.address_hash
