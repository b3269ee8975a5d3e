"""Asking for a webhook, and giving it up: new triggers, edits, pauses, the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integrations.transport.errors import (
    Forbidden,
    LostAnswer,
    NotFound,
    ProviderDown,
    ProviderError,
)
from integrations.triggers.hooks.orphans import orphans_of
from integrations.triggers.hooks.subscribing import declared, look_again, renew, subscribe, unsubscribe
from integrations.triggers.models import Subscription, Trigger
from portal.organizations.scope import scope
from tests.factories import make_connection, make_trigger
from tests.triggers.hooks.over_there import (
    PROVIDERS,
    OverThere,
    Webhook,
    Worker,
    as_if_long_ago,
    end,
    is_due,
    set_up,
    subscription_of,
    watching,
)
from tests.triggers.hooks.subscriptions import Sender, again, notices

State = Subscription.State


# --- asking for one -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_new_trigger_has_a_webhook_that_waits_to_be_set_up(there: OverThere, provider: str) -> None:
    asked = subscription_of(watching(provider))
    assert asked.state == State.WAITING and is_due(asked) and asked.registered_at is None
    assert there.calls == []


def test_only_the_kinds_that_were_chosen_are_subscribed_to(there: OverThere) -> None:
    assert subscription_of(watching("timeghost")).events == ["add", "delete"]
    assert subscription_of(watching("hubstaff")).events == ["project.create"]


def test_kinds_that_have_one_word_over_there_are_asked_for_once(there: OverThere) -> None:
    with scope():
        trigger = make_trigger(make_connection("hubstaff"), "shifts_late")
        subscribe(trigger)
    assert subscription_of(trigger).events == ["shift.late"]


def test_what_a_provider_tells_nothing_of_has_no_webhook(there: OverThere) -> None:
    with scope():
        trigger = make_trigger(make_connection("hubstaff"), "tasks_completed")
        subscribe(trigger)
        unsubscribe(trigger)
        assert not Subscription.objects.exists()


def test_a_webhook_ends_where_nothing_is_left_to_subscribe_to(there: OverThere, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    active = set_up(worker, "hubstaff")
    monkeypatch.setattr("integrations.triggers.hooks.subscribing.declared", lambda trigger: None)
    monkeypatch.setattr("integrations.triggers.hooks.keeping.declared", declared)
    with scope():
        subscribe(active.trigger)
    ended = worker.work(active)
    assert (ended.state, there.webhooks) == (State.ENDED, [])


def test_a_webhook_whose_provider_is_gone_is_off_until_it_is_back(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    with scope():
        type(active.connection).objects.update(provider="gone")
    assert worker.later(active).state == State.OFF
    assert Sender(active).tell().status_code == 404
    with scope():
        type(active.connection).objects.update(provider="hubstaff")
    assert worker.later(active).state == State.ACTIVE


def test_where_nobody_can_reach_us_nothing_is_asked_for(there: OverThere, worker: Worker, settings: Any) -> None:
    settings.WEBHOOKS_REACH_US = False
    asked = subscription_of(watching("hubstaff"))
    assert asked.state == State.OFF
    assert worker.later(asked).state == State.OFF and there.calls == []
    settings.WEBHOOKS_REACH_US = True
    assert worker.later(asked).state == State.ACTIVE


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_webhook_is_off_when_nobody_can_reach_us_any_more(there: OverThere, worker: Worker, provider: str, settings: Any) -> None:
    active = set_up(worker, provider)
    settings.WEBHOOKS_REACH_US = False
    off = worker.later(active)
    assert off.state == State.OFF
    if provider == "hubstaff":
        assert there.webhooks == [] and off.remote_id == "", "nothing is left over there"
    there.calls.clear()
    assert worker.later(off).state == State.OFF and there.calls == []


def test_one_that_cannot_be_removed_at_once_is_off_all_the_same(there: OverThere, worker: Worker, settings: Any) -> None:
    active = set_up(worker, "hubstaff")
    settings.WEBHOOKS_REACH_US = False
    there.faults["remove_webhook"] = [ProviderDown("down")]
    off = worker.later(active)
    assert off.state == State.OFF and len(there.webhooks) == 1
    assert worker.later(off).state == State.OFF and there.webhooks == []


# --- edits, pauses, the end -----------------------------------------------------------------------------------------------


def test_an_edit_of_the_kinds_or_the_name_registers_anew(there: OverThere, worker: Worker) -> None:
    before = set_up(worker, "timeghost")
    for inputs in ({"name": "Our projects", "run_on": ["changed"]}, {"name": "Theirs", "run_on": ["changed"]}):
        with scope():
            Trigger.objects.update(inputs=inputs)
            subscribe(Trigger.objects.select_related("connection").get())
        now = worker.work(before)
        assert now.state == State.ACTIVE and now.address_hash != before.address_hash
        before = now
    assert (there.webhooks[-1].events, there.webhooks[-1].name[:6]) == (["update"], "Theirs")
    with scope():
        assert len(orphans_of(before.connection)) == 2, "timeghost's replaced ones have to be removed by hand"


def test_any_other_edit_keeps_the_webhook(there: OverThere, worker: Worker) -> None:
    before = set_up(worker, "timeghost")
    with scope():
        Trigger.objects.update(minutes=15, limit=7, name="Another name here")
        subscribe(Trigger.objects.select_related("connection").get())
    assert again(before).due_at == before.due_at and again(before).state == State.ACTIVE


def test_an_edit_while_it_is_set_up_is_not_lost(there: OverThere, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = subscription_of(watching("timeghost"))
    register = there.register_webhook

    def edited_meanwhile(**given: Any) -> Any:
        monkeypatch.setattr(there, "register_webhook", register)
        with scope():
            Trigger.objects.update(inputs={"name": "Edited", "run_on": ["changed"]})
            subscribe(Trigger.objects.select_related("connection").get())
        return register(**given)

    monkeypatch.setattr(there, "register_webhook", edited_meanwhile)
    now = worker.work(asked)
    assert now.state == State.ACTIVE and now.events == ["update"] and now.name.startswith("Edited · ")


def test_a_paused_trigger_keeps_its_webhook(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    with scope():
        Trigger.objects.update(is_paused=True)
    assert worker.later(active).state == State.ACTIVE and len(there.webhooks) == 1


def test_hubstaffs_webhook_is_removed_when_its_trigger_ends(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    Sender(active).tell()
    end(active.trigger)
    ended = worker.work(active)
    assert (ended.state, ended.due_at, there.webhooks, notices(ended)) == (State.ENDED, None, [], [])


@pytest.mark.parametrize(("error", "state"), [(NotFound("gone"), State.ENDED), (Forbidden("Not yours."), State.ORPHAN)])
def test_one_that_cannot_be_removed_is_said_and_tried_again(there: OverThere, worker: Worker, error: ProviderError, state: str) -> None:
    active = set_up(worker, "hubstaff")
    there.faults["remove_webhook"] = [error]
    end(active.trigger)
    left = worker.work(active)
    assert left.state == state and (error.message in left.problem) is (state == State.ORPHAN)
    if state == State.ORPHAN:
        assert worker.later(left).state == State.ENDED


def test_a_removal_whose_answer_was_lost_is_tried_again(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    there.lost["remove_webhook"] = LostAnswer("timeout")
    end(active.trigger)
    assert worker.work(active).state == State.ENDING
    assert worker.later(active).state == State.ENDED


def test_timeghosts_webhook_is_an_orphan_until_somebody_removed_it_by_hand(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "timeghost")
    end(active.trigger)
    orphan = worker.work(active)
    assert orphan.state == State.ORPHAN and orphan.name in orphan.problem and "settings" in orphan.problem
    with scope():
        assert [listed.name for listed in orphans_of(orphan.connection)] == [orphan.name]
    there.webhooks.clear()
    ended = worker.later(as_if_long_ago(orphan))
    assert ended.state == State.ENDED and ended.problem == ""
    with scope():
        assert orphans_of(ended.connection) == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_one_that_was_never_set_up_ends_without_a_call(there: OverThere, worker: Worker, provider: str) -> None:
    trigger = watching(provider)
    end(trigger)
    assert worker.work(subscription_of(trigger)).state == State.ENDED and there.calls == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_trigger_that_ends_while_its_webhook_is_set_up_leaves_none(
    there: OverThere, worker: Worker, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = subscription_of(watching(provider))
    register = there.register_webhook

    def ended_meanwhile(**given: Any) -> Any:
        end(asked.trigger)
        return register(**given)

    monkeypatch.setattr(there, "register_webhook", ended_meanwhile)
    now = worker.work(asked)
    assert now.state == {"hubstaff": State.ENDED, "timeghost": State.ORPHAN}[provider]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_trigger_that_ends_just_before_its_webhook_is_registered_leaves_none(
    there: OverThere, worker: Worker, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = subscription_of(watching(provider))
    opened = there.opened

    @contextmanager
    def ended_meanwhile(*given: Any) -> Iterator[Any]:
        monkeypatch.setattr("integrations.triggers.hooks.keeping.open_client", opened)
        end(asked.trigger)
        with opened(*given) as client:
            yield client

    monkeypatch.setattr("integrations.triggers.hooks.keeping.open_client", ended_meanwhile)
    now = worker.work(asked)
    assert now.state == {"hubstaff": State.ENDED, "timeghost": State.ORPHAN}[provider]


def test_what_is_left_of_triggers_that_ended_is_listed_once_more_where_somebody_asks(there: OverThere, worker: Worker) -> None:
    there.webhooks.append(Webhook("1", "", [], name="Left · Timebridge 0123abcd"))
    ended = set_up(worker, "timeghost")
    end(ended.trigger)
    there.webhooks.pop()
    assert worker.work(as_if_long_ago(ended)).state == State.ENDED
    there.webhooks.clear()
    with scope():
        assert len(orphans_of(ended.connection)) == 1
        look_again(ended.connection)
    now = worker.work(as_if_long_ago(ended))
    with scope():
        assert (now.state, now.due_at, orphans_of(now.connection)) == (State.ENDED, None, [])


def test_webhooks_of_others_are_no_orphans_of_ours(there: OverThere, worker: Worker) -> None:
    there.webhooks += [Webhook("1", "", [], name="Payroll"), Webhook("2", "", [], name="Ours · Timebridge 0123abcd")]
    active = set_up(worker, "timeghost")
    with scope():
        assert [orphan.name for orphan in orphans_of(active.connection)] == ["Ours · Timebridge 0123abcd"]


def test_a_person_may_have_it_set_up_anew(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    with scope():
        renew(active)
    now = worker.work(active)
    assert now.state == State.ACTIVE and now.address_hash != active.address_hash and len(there.webhooks) == 1
