"""Keeping a webhook: registering it, confirming that it lives, looking after it, removing it. Each step is one run of a task.

Before it is registered its new address stands in the database, because the provider may come there while our call is still under way. What
cannot be confirmed is registered anew, at another address, after pauses that grow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations.catalogue import Hooks, InvalidInput, Registered, SignedDeliveries
from integrations.connections.services import OpenConnection, Urgency, open_client, try_later
from integrations.transport.errors import BadAnswer, Forbidden, LostAnswer, NotFound, ProviderError, Refused, StaleVersion
from integrations.triggers.hooks.addressing import draft_of, give_address
from integrations.triggers.hooks.noticing import forget_notices
from integrations.triggers.hooks.orphans import listed_webhooks
from integrations.triggers.hooks.reach import can_be_reached
from integrations.triggers.hooks.subscribing import LOOKED_AT_AGAIN, declared, serves, wanted_by
from integrations.triggers.models import Subscription
from portal.organizations.scope import scope
from portal.work.claims import Hold

State = Subscription.State
OVER = (State.ENDING, State.ORPHAN, State.ENDED)
LASTING = (Forbidden, NotFound, Refused, StaleVersion, InvalidInput)
VERIFIED_EVERY = timedelta(hours=4)
PAUSES = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))  # after each registration in a row that was not confirmed
POLLED_MEANWHILE = "Meanwhile the trigger looks at its list by itself."
GONE = f"It was gone over there and is being set up anew. {POLLED_MEANWHILE}"
NOT_ACTIVE = f"It was registered, but is not shown as active over there. We try again. {POLLED_MEANWHILE}"


@dataclass
class Upkeep:
    """One run of the task on one subscription. What was listed over there before `since` does not count."""

    hold: Hold[Subscription]
    subscription: Subscription
    hooks: Hooks
    opened: OpenConnection
    since: datetime | None = None

    def call(self, operation: str, inputs: dict[str, Any]) -> Any:
        self.hold.renew()
        return self.opened.call(operation, inputs)


Step = Callable[[Upkeep], None]


def keep(hold: Hold[Subscription]) -> None:
    """Does what has to be done about a subscription now. Outside of any transaction."""
    subscription = _read(hold)
    with scope():
        forget_notices(subscription)
    state, known = _state_now(subscription), declared(subscription.trigger)
    if state == State.OFF:
        hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.OFF, problem="")
    elif state == State.ENDED or known is None:
        hold.finish(state=State.ENDED)
    else:
        _take_step(hold, subscription, known[0], STEPS[state])


def _read(hold: Hold[Subscription]) -> Subscription:
    with scope():
        return Subscription.objects.select_related("trigger__connection").get(pk=hold.id)


def _state_now(subscription: Subscription) -> str:
    """Its state, unless something has overtaken it: its trigger ended or was edited, its provider does not tell of that any more or nobody
    can reach us, or can again.
    """
    state, trigger = subscription.state, subscription.trigger
    if state in OVER or trigger.ended_at:
        return state if state in OVER else State.ENDING
    if not can_be_reached() or wanted_by(trigger) is None:
        return State.OFF
    outdated = state == State.ACTIVE and not serves(subscription, trigger)
    return State.WAITING if state == State.OFF or outdated else state


def _take_step(hold: Hold[Subscription], subscription: Subscription, hooks: Hooks, step: Step) -> None:
    try:
        with open_client(subscription.connection_id, f"webhook of “{subscription.trigger}”", Urgency.WRITE) as opened:
            step(Upkeep(hold, subscription, hooks, opened))
    except LASTING as error:
        hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.FAILED, problem=f"{error} {POLLED_MEANWHILE}")
    except ProviderError as error:
        try_later(hold, error, problem=str(error))


# --- setting it up -------------------------------------------------------------------------------------------------------


def _register(upkeep: Upkeep) -> None:
    """Registers it at a new address. Where the answer was lost it may have been done: that is looked into later."""
    _remove_replaced(upkeep)
    _give_new_address(upkeep)
    try:
        answer = upkeep.opened.call(upkeep.hooks.register, upkeep.hooks.registration(draft_of(upkeep.subscription)))
        upkeep.hold.renew(remote_id=_id_in(answer, upkeep.hooks))
    except (LostAnswer, BadAnswer) as error:
        _wait(upkeep, f"{error} {POLLED_MEANWHILE}")
        return
    except (ProviderError, InvalidInput):
        upkeep.hold.renew(state=State.WAITING, registered_at=None)  # it was certainly not done
        raise
    upkeep.since = timezone.now()  # somebody else's look may have come between our call and what it did
    upkeep.subscription = _read(upkeep.hold)  # the handshake may have come during the call
    _settle(upkeep, otherwise=lambda problem: _wait(upkeep, problem))


def _look_again(upkeep: Upkeep) -> None:
    """What came of a registration that was not confirmed at once; where nothing did, the next one."""
    _settle(upkeep, otherwise=lambda problem: _register(upkeep))


def _settle(upkeep: Upkeep, otherwise: Callable[[str], None]) -> None:
    """Activates it, where that has to be done, and confirms that it lives; `otherwise` learns why not."""
    problem = _activate(upkeep) or ("" if _is_alive(upkeep) else NOT_ACTIVE)
    if problem:
        otherwise(problem)
    else:
        now = timezone.now()
        upkeep.hold.finish(now + VERIFIED_EVERY, state=State.ACTIVE, verified_at=now, missed=0, problem="")


def _activate(upkeep: Upkeep) -> str:
    """What hinders it; empty where nothing does."""
    hooks, subscription = upkeep.hooks, upkeep.subscription
    if hooks.activation is None:
        return ""
    secret = subscription.open().get(SignedDeliveries.SECRET)
    if not (secret and subscription.remote_id):
        return f"Its first request did not arrive at {settings.BASE_URL} yet. Can it be reached from outside? {POLLED_MEANWHILE}"
    try:
        upkeep.call(hooks.activate, hooks.activation(subscription.remote_id, secret))
    except (NotFound, Refused) as error:
        return f"{error} {POLLED_MEANWHILE}"
    return ""


def _wait(upkeep: Upkeep, problem: str) -> None:
    pause = PAUSES[min(upkeep.subscription.failures, len(PAUSES) - 1)]
    upkeep.hold.postpone(timezone.now() + pause, state=State.HANDSHAKE, problem=problem)


def _give_new_address(upkeep: Upkeep) -> None:
    """Writes down what is about to be registered, before anybody can come there."""
    subscription, wanted = upkeep.subscription, wanted_by(upkeep.subscription.trigger)
    assert wanted is not None, "where nothing is wanted, it is off"
    give_address(subscription)
    subscription.topic, subscription.events, subscription.remote_id = wanted.topic, wanted.events, ""
    kept = ("address_hash", "name", "sealed", "topic", "events", "remote_id")
    fresh = {name: getattr(subscription, name) for name in kept}
    upkeep.hold.renew(state=State.HANDSHAKE, registered_at=timezone.now(), verified_at=None, problem="", **fresh)
    upkeep.subscription = _read(upkeep.hold)


def _remove_replaced(upkeep: Upkeep) -> None:
    """Removes what the next registration replaces, where that can be done. What is left delivers to an address that is unknown."""
    hooks, remote_id = upkeep.hooks, upkeep.subscription.remote_id
    if not (hooks.remove and remote_id):
        return
    try:
        upkeep.call(hooks.remove, {hooks.remove_as: remote_id})
    except (Forbidden, NotFound, Refused):
        return


def _id_in(answer: Any, hooks: Hooks) -> str:
    try:
        return hooks.registered(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer("It does not say what it registered.") from error


# --- looking after it ----------------------------------------------------------------------------------------------------


def _verify(upkeep: Upkeep) -> None:
    if _is_alive(upkeep):
        now = timezone.now()
        upkeep.hold.finish(now + VERIFIED_EVERY, verified_at=now, problem="")
    else:
        upkeep.hold.finish(timezone.now(), state=State.WAITING, problem=GONE)


def _is_alive(upkeep: Upkeep) -> bool:
    """Whether the provider says that it is active; where it tells nobody, it is believed to be."""
    hooks, subscription = upkeep.hooks, upkeep.subscription
    if hooks.list_all:
        return any(each.name == subscription.name and each.is_active for each in _listed(upkeep))
    if hooks.is_alive is None:
        return True
    try:
        return hooks.is_alive(upkeep.call(hooks.get, {hooks.get_as: subscription.remote_id}))
    except NotFound:
        return False


def _listed(upkeep: Upkeep) -> list[Registered]:
    upkeep.hold.renew()
    return listed_webhooks(upkeep.hooks, upkeep.opened, since=upkeep.since or upkeep.subscription.registered_at)


# --- removing it ---------------------------------------------------------------------------------------------------------


def _end(upkeep: Upkeep) -> None:
    """Removes it, or says how a person does; one that has to be removed by hand is ended once it is not listed any more."""
    left = _what_is_left(upkeep)
    if left:
        upkeep.hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.ORPHAN, problem=left)
        return
    with scope():
        forget_notices(upkeep.subscription, received_before=timezone.now())
    upkeep.hold.finish(state=State.ENDED, problem="")


def _what_is_left(upkeep: Upkeep) -> str:
    """How to remove by hand what is still there; empty where nothing is."""
    hooks, subscription = upkeep.hooks, upkeep.subscription
    if hooks.remove:
        return _remove(upkeep) if subscription.remote_id else ""
    if hooks.list_all and subscription.name not in {each.name for each in _listed(upkeep)}:
        return ""
    return f"{hooks.remove_help} It is called “{subscription.name}” there."


def _remove(upkeep: Upkeep) -> str:
    try:
        upkeep.call(upkeep.hooks.remove, {upkeep.hooks.remove_as: upkeep.subscription.remote_id})
    except NotFound:
        return ""
    except (Forbidden, Refused) as error:
        return f"It could not be removed. {error} We try again every day."
    return ""


STEPS: dict[str, Step] = {
    State.WAITING: _register,
    State.SILENT: _register,
    State.FAILED: _register,
    State.HANDSHAKE: _look_again,
    State.ACTIVE: _verify,
    State.ENDING: _end,
    State.ORPHAN: _end,
}
