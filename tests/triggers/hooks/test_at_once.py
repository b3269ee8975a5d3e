"""Deliveries that arrive at the same moment, and while the trigger tells: nothing is counted twice, nobody waits in vain."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations.connections.registry import tell_connected
from integrations.triggers.hooks.noticing import mark_handled, note_missed, open_notices
from integrations.triggers.models import Subscription, Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.records.threads import at_once
from tests.triggers.hooks.subscriptions import Sender, again, body_of, counts, make_subscription, notices

State = Subscription.State


@pytest.fixture
def here(committed: None, alice: User, organization: Organization) -> Organization:
    return organization


def sender_in(organization: Organization, state: str = State.ACTIVE) -> Sender:
    with scope(organization.id):
        return Sender(make_subscription("hubstaff", state))


def alike(sender: Sender) -> Sender:
    """Another connection of the same sender."""
    return Sender(sender.subscription)


def test_one_delivery_that_arrives_many_times_at_once_is_one(here: Organization) -> None:
    sender, body = sender_in(here), body_of(id="d-1")
    answers = at_once(here.id, *[partial(alike(sender).send, body) for _ in range(8)])
    assert {answer.status_code for answer in answers} == {200}
    assert counts(sender.subscription) == {"accepted": 1, "replayed": 7} and len(notices(sender.subscription)) == 1


def test_of_two_handshakes_at_once_one_is_kept(here: Organization) -> None:
    sender = sender_in(here, State.HANDSHAKE)
    secrets = [f"secret {number}" for number in range(4)]
    answers = at_once(here.id, *[partial(alike(sender).send, b"", {"x-hook-secret": secret}) for secret in secrets])
    kept = again(sender.subscription).open()["secret"]
    echoed = [answer.headers["x-hook-secret"] for answer in answers if answer.status_code == 200]
    assert echoed == [kept] and counts(sender.subscription) == {"forged": 3}


def test_deliveries_and_telling_never_wait_for_each_other_in_a_circle(here: Organization) -> None:
    sender = sender_in(here)

    def deliver() -> int:
        return sum(alike(sender).tell().status_code == 200 for _ in range(10))

    def tell() -> int:
        """What telling locks, in its order: the trigger, then what was noticed, then the subscription."""
        for _ in range(10):
            with scope():
                trigger = Trigger.objects.select_for_update().get(pk=sender.subscription.trigger_id)
                mark_handled(open_notices(trigger))
                note_missed(trigger, 1)
        return 10

    def reconnect() -> int:
        for _ in range(10):
            with scope():
                tell_connected(sender.subscription.connection)
        return 10

    assert at_once(here.id, deliver, tell, deliver, tell, reconnect, reconnect) == [10] * 6
    assert counts(sender.subscription) == {"accepted": 20}


def test_what_hears_of_a_connection_locks_triggers_before_subscriptions(here: Organization) -> None:
    sender = sender_in(here)
    with scope(here.id), CaptureQueriesContext(database) as queries:
        tell_connected(sender.subscription.connection)
    locked = [table for query in queries for table in ("triggers_trigger", "triggers_subscription") if f'UPDATE "{table}"' in query["sql"]]
    assert locked == ["triggers_trigger", "triggers_subscription"]
