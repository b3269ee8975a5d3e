"""A webhook is set up and confirmed, whatever fails on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.transport.errors import (
    Forbidden,
    LostAnswer,
    NotFound,
    OverBudget,
    ProviderDown,
    ProviderError,
    Refused,
    SignedOut,
    Throttled,
)
from integrations.triggers.hooks.keeping import MOST_IN_VAIN, PAUSES, VERIFIED_EVERY
from integrations.triggers.hooks.subscribing import look_again, renew, subscribe
from integrations.triggers.models import Subscription
from portal.organizations.scope import scope
from tests.factories import make_trigger
from tests.triggers.hooks.over_there import (
    INPUTS,
    PROVIDERS,
    OverThere,
    Worker,
    as_if_long_ago,
    is_due,
    path_of,
    set_up,
    subscription_of,
    watching,
)
from tests.triggers.hooks.subscriptions import Sender, again

State = Subscription.State


# --- setting it up --------------------------------------------------------------------------------------------------------


def test_hubstaff_shakes_hands_while_we_register_and_is_activated_at_once(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "hubstaff")
    assert there.calls[:3] == ["register_webhook", "activate_webhook", "get_webhook"]
    (webhook,) = there.webhooks
    assert (active.remote_id, webhook.is_active, active.problem) == (webhook.id, True, "")
    assert active.verified_at and is_due(active, VERIFIED_EVERY)
    assert Sender(active).tell().status_code == 200


def test_a_handshake_that_comes_later_is_waited_for(there: OverThere, worker: Worker) -> None:
    there.handshake = "late"
    waiting = worker.work(subscription_of(watching("hubstaff")))
    assert (waiting.state, there.calls) == (State.HANDSHAKE, ["register_webhook"])
    assert "first request" in waiting.problem and is_due(waiting, PAUSES[0])
    assert there.shake(there.webhooks[0]) == 200
    assert worker.work(waiting).state == State.ACTIVE


def test_without_a_handshake_it_is_registered_anew_at_pauses_that_grow(there: OverThere, worker: Worker) -> None:
    there.handshake = "never"
    waiting = worker.work(subscription_of(watching("hubstaff")))
    for pause in (*PAUSES, PAUSES[-1]):
        assert waiting.state == State.HANDSHAKE and is_due(waiting, pause)
        waiting = worker.later(waiting)
    assert len(there.webhooks) == 1, "what is replaced is removed"
    there.handshake = "during"
    assert worker.later(waiting).state == State.ACTIVE
    assert len({path_of(webhook.url) for webhook in there.webhooks}) == 1


def test_timeghost_needs_no_handshake_and_is_found_in_the_list_by_its_name(there: OverThere, worker: Worker) -> None:
    active = set_up(worker, "timeghost")
    assert there.calls == ["register_webhook", "get_workspace"]
    (webhook,) = there.webhooks
    assert webhook.name == active.name == f"Our projects · Timebridge {active.address_hash[:8]}"
    assert webhook.url.endswith(f"/hooks/{active.open()['address']}/") and webhook.topic == "projects"
    assert Sender(active).tell().status_code == 200


def test_one_look_at_the_list_serves_the_other_subscriptions_of_the_workspace(there: OverThere, worker: Worker) -> None:
    first = set_up(worker, "timeghost")
    with scope():
        other = make_trigger(first.connection, "client_changes", inputs=INPUTS["timeghost"])
        subscribe(other)
    second = worker.work(subscription_of(other))
    there.calls.clear()
    worker.later(first)
    worker.later(second)
    assert there.calls == [] and _verified_since(first, second)


def _verified_since(first: Subscription, second: Subscription) -> bool:
    verified_at, registered_at = again(first).verified_at, again(second).registered_at
    return bool(verified_at and registered_at and verified_at > registered_at)


def test_one_that_is_registered_but_not_shown_is_registered_anew_after_a_while(there: OverThere, worker: Worker) -> None:
    there.is_slow_to_list = True
    waiting = worker.work(subscription_of(watching("timeghost")))
    assert waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[0])
    waiting = worker.later(as_if_long_ago(waiting))
    assert there.calls.count("register_webhook") == 2 and waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[1])
    there.is_slow_to_list = False
    active = worker.later(as_if_long_ago(waiting))
    assert (active.state, active.address_hash) == (State.ACTIVE, waiting.address_hash)
    assert there.calls.count("register_webhook") == 2


def test_what_nobody_removes_is_registered_only_a_few_times_in_vain(there: OverThere, worker: Worker) -> None:
    there.is_slow_to_list = True
    found = worker.work(subscription_of(watching("timeghost")))
    for _ in range(MOST_IN_VAIN + 2):
        found = worker.later(as_if_long_ago(found))
    assert there.calls.count("register_webhook") == MOST_IN_VAIN
    assert found.state == State.FAILED and "by hand" in found.problem and "by itself" in found.problem
    there.is_slow_to_list = False
    with scope():
        renew(found)
    assert worker.work(as_if_long_ago(found)).state == State.ACTIVE, "a person may start again"


def test_a_look_that_is_asked_for_meanwhile_registers_no_sooner(there: OverThere, worker: Worker) -> None:
    there.is_slow_to_list = True
    waiting = worker.work(subscription_of(watching("timeghost")))
    for _ in range(3):
        with scope():
            look_again(waiting.connection)
        waiting = worker.work(as_if_long_ago(waiting))
        assert waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[0])
    assert there.calls.count("register_webhook") == 1 and there.calls.count("get_workspace") > 2
    there.is_slow_to_list = False
    with scope():
        look_again(waiting.connection)
    assert worker.work(as_if_long_ago(waiting)).state == State.ACTIVE


@pytest.mark.parametrize("state", [State.HANDSHAKE, State.FAILED])
def test_a_delivery_confirms_what_needs_no_activation(there: OverThere, worker: Worker, state: str) -> None:
    there.is_slow_to_list = True
    waiting = worker.work(subscription_of(watching("timeghost")))
    with scope():
        Subscription.objects.update(state=state)
    assert Sender(waiting).send(b'{"id": "p1"}').status_code == 200
    now = again(waiting)
    assert (now.state, now.problem, now.registrations) == (State.ACTIVE, "", 0)
    assert worker.later(as_if_long_ago(now)).address_hash == waiting.address_hash, "what delivers lives, even if it is never shown"
    assert there.calls.count("register_webhook") == 1


def test_a_delivery_activates_nothing_that_has_to_be_activated(worker: Worker, there: OverThere) -> None:
    active = set_up(worker, "hubstaff")
    with scope():
        Subscription.objects.update(state=State.HANDSHAKE)
    assert Sender(active).tell().status_code == 200
    assert again(active).state == State.HANDSHAKE


# --- what goes wrong while it is set up -----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ProviderDown("down"), Throttled("wait", 90), OverBudget("no call left", 90)])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_passes_is_tried_again(there: OverThere, worker: Worker, provider: str, error: ProviderError) -> None:
    there.faults["register_webhook"] = [error]
    waiting = worker.work(subscription_of(watching(provider)))
    assert waiting.state == State.WAITING and waiting.registered_at is None
    assert is_due(waiting, timedelta(seconds=error.retry_after or 15))
    assert worker.later(waiting).state == State.ACTIVE
    assert len(there.webhooks) == 1


@pytest.mark.parametrize("error", [Forbidden("Only owners may."), Refused("No webhooks in this plan.")])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_refused_for_good_is_said_and_tried_again_the_next_day(
    there: OverThere, worker: Worker, provider: str, error: ProviderError
) -> None:
    there.faults["register_webhook"] = [error]
    failed = worker.work(subscription_of(watching(provider)))
    assert failed.state == State.FAILED and error.message in failed.problem and "by itself" in failed.problem
    assert is_due(failed, timedelta(days=1))
    assert worker.later(failed).state == State.ACTIVE


def test_a_lost_answer_of_hubstaff_is_followed_by_another_address(there: OverThere, worker: Worker) -> None:
    there.lost["register_webhook"] = LostAnswer("timeout")
    waiting = worker.work(subscription_of(watching("hubstaff")))
    assert waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[0]), "a handshake that came although makes it no quicker"
    active = worker.later(waiting)
    assert active.state == State.ACTIVE and active.address_hash != waiting.address_hash
    assert [webhook.is_active for webhook in there.webhooks] == [False, True], "the lost one was never activated"


def test_a_lost_answer_of_timeghost_is_looked_up_in_the_list(there: OverThere, worker: Worker) -> None:
    there.lost["register_webhook"] = LostAnswer("timeout")
    waiting = worker.work(subscription_of(watching("timeghost")))
    assert waiting.state == State.HANDSHAKE and "lost" in waiting.problem and is_due(waiting, PAUSES[0])
    active = worker.later(waiting)
    assert active.state == State.ACTIVE and active.address_hash == waiting.address_hash
    assert there.calls.count("register_webhook") == 1


def test_a_worker_that_dies_while_it_registers_leaves_a_row_that_goes_on(
    there: OverThere, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in PROVIDERS:
        asked = subscription_of(watching(provider))
        there.faults["register_webhook"] = [KeyboardInterrupt()]
        with pytest.raises(KeyboardInterrupt):
            worker.work(asked)
        assert again(asked).state == State.HANDSHAKE, "what was about to be registered was written down"
        waiting = worker.later(asked)
        assert waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[0])
        assert worker.later(as_if_long_ago(waiting)).state == State.ACTIVE


def test_an_answer_without_the_id_that_it_is_asked_by_counts_as_lost(
    there: OverThere, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(there, "register_webhook", lambda **_: {"unexpected": "words"})
    waiting = worker.work(subscription_of(watching("hubstaff")))
    assert waiting.state == State.HANDSHAKE and is_due(waiting, PAUSES[0])
    assert "does not say what it registered" in waiting.problem


@pytest.mark.parametrize("error", [Refused("wrong secret"), NotFound("gone")])
def test_an_activation_that_is_refused_is_tried_again(there: OverThere, worker: Worker, error: ProviderError) -> None:
    there.faults["activate_webhook"] = [error, error]
    waiting = worker.work(subscription_of(watching("hubstaff")))
    assert waiting.state != State.FAILED
    assert worker.later(waiting).state == State.ACTIVE


def test_a_secret_that_nobody_can_open_any_more_is_followed_by_another_address(there: OverThere, worker: Worker) -> None:
    there.handshake = "late"
    waiting = worker.work(subscription_of(watching("hubstaff")))
    there.shake(there.webhooks[0])
    with scope():
        Subscription.objects.update(sealed=b"from another key")
    there.handshake = "during"
    assert worker.later(worker.work(waiting)).state == State.ACTIVE


@pytest.mark.parametrize("error", [Refused, ProviderDown, LostAnswer])
def test_what_a_provider_repeats_of_our_secrets_is_shown_to_nobody(
    there: OverThere, worker: Worker, monkeypatch: pytest.MonkeyPatch, error: type[ProviderError]
) -> None:
    given: dict[str, str] = {}

    def refuse(**inputs: str) -> None:
        given.update(inputs)
        raise error(f"Cannot take {inputs['url']} with {inputs['password']}.")

    monkeypatch.setattr(there, "register_webhook", refuse)
    found = worker.work(subscription_of(watching("timeghost")))
    assert "Cannot take" in found.problem and given["password"] not in found.problem
    assert again(found).open()["address"] not in found.problem


def test_a_connection_that_is_signed_out_waits(there: OverThere, worker: Worker) -> None:
    there.faults["sign in"] = [SignedOut("over")]
    waiting = worker.work(subscription_of(watching("hubstaff")))
    assert waiting.state == State.WAITING and "over" in waiting.problem
    with scope():
        look_again(waiting.connection)
    assert worker.work(waiting).state == State.ACTIVE
