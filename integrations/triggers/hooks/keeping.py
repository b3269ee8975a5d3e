"""Keeping a webhook: registering it, confirming that it lives, looking after it, removing it. Each step is one run of a task.

Before it is registered its new address stands in the database, because the provider may come there while our call is still under way. What
cannot be confirmed is registered anew, at another address, after pauses that grow; only a few times where nothing removes what was left.
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
from integrations.triggers.hooks.addressing import concealed, draft_of, give_address, secrets_of
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
MOST_IN_VAIN = 3  # registrations in a row that brought nothing, where nobody but a person removes them
POLLED_MEANWHILE = "Meanwhile the trigger looks at its list by itself."
NO_ID = "It does not say what it registered."
GONE = f"It was gone over there and is being set up anew. {POLLED_MEANWHILE}"
IN_VAIN = (
    f"It was registered {MOST_IN_VAIN} times and never brought anything. We do not register it again by itself, because each one stays "
    f"over there until somebody removes it by hand. {POLLED_MEANWHILE}"
)
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

    @property
    def is_in_vain(self) -> bool:
        """Whether it was registered often enough: what brings nothing and cannot be removed would pile up over there."""
        return not self.hooks.remove and self.subscription.registrations >= MOST_IN_VAIN


Step = Callable[[Upkeep], None]


def keep(hold: Hold[Subscription]) -> None:
    """Does what has to be done about a subscription now. Outside of any transaction."""
    subscription = _read(hold)
    with scope():
        forget_notices(subscription)
    state, known = _state_now(subscription), declared(subscription.trigger)
    if state == State.OFF and not (known and known[0].remove and subscription.remote_id):
        hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.OFF, problem="")
    elif known is None:
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
        problem = concealed(_read(hold), f"{error} {POLLED_MEANWHILE}")
        state = subscription.state if subscription.state in OVER else State.FAILED
        hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=state, problem=problem)
    except ProviderError as error:
        try_later(hold, error, problem=concealed(_read(hold), str(error)))


# --- setting it up -------------------------------------------------------------------------------------------------------


def _register(upkeep: Upkeep) -> None:
    """Registers it at a new address. Where the answer was lost it may have been done: that is looked into later."""
    if upkeep.is_in_vain:
        upkeep.hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.FAILED, problem=IN_VAIN)
        return
    _remove_replaced(upkeep)
    _give_new_address(upkeep)
    try:
        answer = upkeep.opened.call(upkeep.hooks.register, upkeep.hooks.registration(draft_of(upkeep.subscription)))
        upkeep.hold.renew(remote_id=_id_in(answer, upkeep.hooks))
    except (LostAnswer, BadAnswer) as error:
        _wait(upkeep, f"{error} {POLLED_MEANWHILE}")
        return
    except (ProviderError, InvalidInput):
        in_vain = upkeep.subscription.registrations - 1  # it was certainly not done
        upkeep.hold.renew(state=State.WAITING, registered_at=None, registrations=in_vain)
        raise
    upkeep.since = timezone.now()  # somebody else's look may have come between our call and what it did
    upkeep.subscription = _read(upkeep.hold)  # the handshake may have come during the call
    _settle(upkeep, otherwise=lambda problem: _wait(upkeep, problem))


def _look_again(upkeep: Upkeep) -> None:
    """What came of a registration that was not confirmed at once; where nothing did, the next one, as soon as the pause is over."""
    again_at = _registered_again_at(upkeep.subscription)
    if again_at > timezone.now():
        _settle(upkeep, otherwise=lambda problem: upkeep.hold.rest(again_at, problem=concealed(upkeep.subscription, problem)))
    else:
        _settle(upkeep, otherwise=lambda problem: _register(upkeep))


def _registered_again_at(subscription: Subscription) -> datetime:
    """However often somebody has it looked at meanwhile."""
    return (subscription.registered_at or timezone.now()) + _pause(max(subscription.failures - 1, 0))


def _pause(failures: int) -> timedelta:
    return PAUSES[min(failures, len(PAUSES) - 1)]


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
    secret = secrets_of(subscription).get(SignedDeliveries.SECRET)
    if not (secret and subscription.remote_id):
        return f"Its first request did not arrive at {settings.BASE_URL} yet. Can it be reached from outside? {POLLED_MEANWHILE}"
    try:
        upkeep.call(hooks.activate, hooks.activation(subscription.remote_id, secret))
    except (NotFound, Refused) as error:
        return f"{error} {POLLED_MEANWHILE}"
    return ""


def _wait(upkeep: Upkeep, problem: str) -> None:
    due_at = timezone.now() + _pause(upkeep.subscription.failures)
    upkeep.hold.postpone(due_at, state=State.HANDSHAKE, problem=concealed(upkeep.subscription, problem))


def _give_new_address(upkeep: Upkeep) -> None:
    """Writes down what is about to be registered, before anybody can come there."""
    subscription, wanted = upkeep.subscription, wanted_by(upkeep.subscription.trigger)
    assert wanted is not None, "where nothing is wanted, it is off"
    give_address(subscription)
    subscription.topic, subscription.events, subscription.remote_id = wanted.topic, wanted.events, ""
    subscription.registrations += 1
    kept = ("address_hash", "name", "sealed", "topic", "events", "remote_id", "registrations")
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
    """The id of what was registered; empty only where nothing is ever asked by it."""
    try:
        found = hooks.registered(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer(NO_ID) from error
    if hooks.get and not found:
        raise BadAnswer(NO_ID)
    return found


# --- looking after it ----------------------------------------------------------------------------------------------------


def _verify(upkeep: Upkeep) -> None:
    now = timezone.now()
    if _is_alive(upkeep):
        upkeep.hold.finish(now + VERIFIED_EVERY, verified_at=now, problem="")
    elif _never_shown_but_delivers(upkeep.subscription):
        upkeep.hold.finish(now + VERIFIED_EVERY)
    else:
        upkeep.hold.finish(timezone.now(), state=State.WAITING, problem=GONE)


def _never_shown_but_delivers(subscription: Subscription) -> bool:
    """Whether only deliveries prove that it lives: then that it is not shown proves nothing, and silence alone would tell its death."""
    since, delivered_at = subscription.registered_at, subscription.delivered_at
    return subscription.verified_at is None and bool(since and delivered_at and delivered_at > since)


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


def _switch_off(upkeep: Upkeep) -> None:
    """Removes what nobody can deliver to any more, once."""
    upkeep.hold.renew(state=State.OFF)
    _remove_replaced(upkeep)
    upkeep.hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.OFF, problem="", remote_id="")


# --- removing it ---------------------------------------------------------------------------------------------------------


def _end(upkeep: Upkeep) -> None:
    """Removes it, or says how a person does; one that has to be removed by hand is ended once it is not listed any more."""
    left = _what_is_left(upkeep)
    if left:
        problem = concealed(upkeep.subscription, left)
        upkeep.hold.finish(timezone.now() + LOOKED_AT_AGAIN, state=State.ORPHAN, problem=problem)
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


def _list_what_is_left(upkeep: Upkeep) -> None:
    """Long after the end somebody asks what is left of them over there."""
    if upkeep.hooks.list_all:
        _listed(upkeep)
    upkeep.hold.finish(state=State.ENDED, problem="")


STEPS: dict[str, Step] = {
    State.OFF: _switch_off,
    State.WAITING: _register,
    State.SILENT: _register,
    State.FAILED: _register,
    State.HANDSHAKE: _look_again,
    State.ACTIVE: _verify,
    State.ENDING: _end,
    State.ORPHAN: _end,
    State.ENDED: _list_what_is_left,
}
