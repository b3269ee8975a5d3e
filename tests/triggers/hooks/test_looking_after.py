"""A webhook is looked after: those that die or fall silent are set up anew. And what deliveries have said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.registry import tell_connected
from integrations.transport.errors import (
    ProviderDown,
)
from integrations.triggers.hooks.noticing import GRACE, MISSES, REGISTERED_ANEW_AFTER, mark_handled, note_missed, open_notices
from integrations.triggers.hooks.orphans import orphans_of
from integrations.triggers.models import Notice, Subscription
from portal.organizations.scope import scope
from tests.triggers.hooks.over_there import (
    PROVIDERS,
    OverThere,
    Worker,
    as_if_long_ago,
    is_due,
    set_up,
    subscription_of,
    watching,
)
from tests.triggers.hooks.subscriptions import Sender, again, notices

State = Subscription.State


# --- looking after it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_webhook_that_died_is_set_up_anew_at_another_address(there: OverThere, worker: Worker, provider: str) -> None:
    before = as_if_long_ago(set_up(worker, provider))
    there.webhooks.clear()
    now = worker.later(before)
    assert now.state == State.ACTIVE and now.address_hash != before.address_hash
    assert len(there.webhooks) == 1
    assert Sender(before).tell().status_code == 404 and Sender(now).tell().status_code == 200


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_webhook_that_was_switched_off_over_there_is_set_up_anew(there: OverThere, worker: Worker, provider: str) -> None:
    before = as_if_long_ago(set_up(worker, provider))
    there.webhooks[0].is_active = False
    now = worker.later(before)
    assert now.state == State.ACTIVE and now.address_hash != before.address_hash


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_check_that_fails_changes_nothing(there: OverThere, worker: Worker, provider: str) -> None:
    before = as_if_long_ago(set_up(worker, provider))
    there.faults = {"get_webhook": [ProviderDown("down")], "get_workspace": [ProviderDown("down")]}
    now = worker.later(before)
    assert (now.state, now.address_hash) == (State.ACTIVE, before.address_hash)
    assert Sender(now).tell().status_code == 200


def test_webhooks_that_stopped_while_polls_still_see_changes_are_silent_and_set_up_anew(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    with scope():
        note_missed(active.trigger, 0)
        note_missed(active.trigger, MISSES - 1)
        assert again(active).state == State.ACTIVE
        note_missed(active.trigger, 1)
    silent = again(active)
    assert silent.state == State.SILENT and is_due(silent, REGISTERED_ANEW_AFTER), "a few times a day, not more"
    now = worker.later(silent)
    assert (now.state, now.missed) == (State.ACTIVE, 0) and now.address_hash != silent.address_hash
    assert len(there.webhooks) == 1, "the silent one was removed"


def test_deliveries_that_are_only_slower_than_the_look_are_waited_for(worker: Worker, there: OverThere) -> None:
    active = set_up(worker, "timeghost")
    with scope():
        Subscription.objects.update(registered_at=timezone.now() - timedelta(days=3))
        note_missed(active.trigger, MISSES)
    assert is_due(again(active), GRACE)
    Sender(again(active)).tell()
    as_if_long_ago(active)
    now = worker.later(active)
    assert (now.state, now.address_hash) == (State.ACTIVE, active.address_hash)


def test_a_delivery_in_between_ends_the_counting(worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    for _ in range(3):
        with scope():
            note_missed(active.trigger, MISSES - 1)
        Sender(active).tell()
    assert again(active).state == State.ACTIVE


def test_the_silent_webhook_of_timeghost_is_left_behind_as_an_orphan(there: OverThere, worker: Worker) -> None:
    active = as_if_long_ago(set_up(worker, "timeghost"))
    with scope():
        note_missed(active.trigger, MISSES)
    now = worker.later(as_if_long_ago(active))
    with scope():
        assert [orphan.name for orphan in orphans_of(now.connection)] == [active.name]


def test_misses_are_counted_for_active_webhooks_only(there: OverThere, worker: Worker) -> None:
    waiting = subscription_of(watching("hubstaff"))
    with scope():
        note_missed(waiting.trigger, 10)
    assert again(waiting).missed == 0


def test_old_notices_are_forgotten(worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    Sender(active).tell(id="old")
    with scope():
        Notice.objects.update(received_at=timezone.now() - Notice.kept_for - timedelta(hours=1))
    Sender(active).tell(id="new")
    worker.later(active)
    assert [notice.delivery_id for notice in notices(active)] == ["new"]


def test_reconnecting_looks_whether_the_webhook_lives(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    there.webhooks.clear()
    with scope():
        tell_connected(active.connection)
    assert is_due(again(active))
    assert worker.work(active).state == State.ACTIVE and len(there.webhooks) == 1


# --- notices --------------------------------------------------------------------------------------------------------------


def test_notices_are_open_until_they_are_marked_and_come_in_order(worker: Worker) -> None:
    sender = Sender(set_up(worker, "hubstaff"))
    for name in ("a", "b"):
        sender.tell(id=name)
    trigger = sender.subscription.trigger
    with scope():
        found = open_notices(trigger)
        assert [notice.delivery_id for notice in found] == ["a", "b"]
    sender.tell(id="c")
    with scope():
        mark_handled(found)
        mark_handled([])
        assert [notice.delivery_id for notice in open_notices(trigger)] == ["c"]
