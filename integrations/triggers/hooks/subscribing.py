"""Asking for a trigger's webhook, and giving it up: rows only, in the transaction of whoever asks. The calls follow in `keeping`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from integrations.catalogue import Hooks, Watch
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.triggers.hooks.addressing import give_address, is_called, title_of
from integrations.triggers.hooks.reach import can_be_reached
from integrations.triggers.models import Subscription, Trigger
from portal.work.claims import make_due, wake_soon

State = Subscription.State
NOT_USED = {State.OFF, State.FAILED, State.ENDED, State.ORPHAN, State.ENDING}
LOOKED_AT_AGAIN = timedelta(days=1)  # where there is nothing to be done as things are


@dataclass(frozen=True)
class Wanted:
    """What a trigger has to subscribe to."""

    topic: str
    events: list[str]


def subscribe(trigger: Trigger) -> None:
    """Has the trigger's webhook made; made anew where the trigger was edited so that the old one does not serve any more.

    There is none where its provider tells nothing of what is watched. Where this portal cannot be reached, a row that is off says so. Call
    it in the transaction that saves the trigger.
    """
    wanted = wanted_by(trigger)
    if wanted is None:
        unsubscribe(trigger)
        return
    found = Subscription.objects.select_for_update().filter(trigger=trigger).first()
    if found is None:
        _make(trigger, wanted)
    elif found.state in NOT_USED or not serves(found, trigger):
        renew(found)


def renew(subscription: Subscription) -> None:
    """Has a webhook set up anew, at a new address. Needs a scope."""
    _be(subscription, State.WAITING if can_be_reached() else State.OFF)


def unsubscribe(trigger: Trigger) -> None:
    """Has the webhook of a trigger that ends removed. Call it in the transaction that ends the trigger."""
    found = Subscription.objects.select_for_update().filter(trigger=trigger).first()
    if found and (found.registered_at or found.is_being_worked_on):  # it may be registered at this very moment
        _be(found, State.ENDING)
    elif found:
        Subscription.objects.filter(pk=found.pk).update(state=State.ENDED, problem="", due_at=None)


def look_again(connection: Connection) -> None:
    """Has every webhook of a connection looked at now, for one that was reconnected or where a person asks. Where all have ended the last
    one is, for the sake of what may be left of them over there. Needs a scope, and after the triggers: their rows are locked first.
    """
    known = Subscription.objects.select_for_update(no_key=True).filter(connection=connection)
    looked_at = list(known.exclude(state=State.ENDED).order_by("pk")) or list(known.order_by("-registered_at", "pk")[:1])
    if Subscription.objects.filter(pk__in=[each.pk for each in looked_at]).update(due_at=timezone.now()):
        wake_soon()


def wanted_by(trigger: Trigger) -> Wanted | None:
    """What to subscribe to, None where its provider tells nothing of what is watched."""
    found = declared(trigger)
    if found is None or found[1].hook is None:
        return None
    watch, hook = found[1], found[1].hook
    kinds = trigger.inputs.get(watch.chosen_changes) or watch.changes
    events = list(dict.fromkeys(hook.events[kind] for kind in kinds if kind in hook.events))
    return Wanted(hook.topic, events) if events else None


def declared(trigger: Trigger) -> tuple[Hooks, Watch] | None:
    """How its provider keeps webhooks, and the watch; None where it has not the one or the other."""
    try:
        provider = trigger.connection.declaration
    except UnknownProvider:
        return None
    watch = provider.watch_by_name.get(trigger.watch)
    return (provider.hooks, watch) if provider.hooks and watch else None


def _make(trigger: Trigger, wanted: Wanted) -> None:
    subscription = Subscription(trigger=trigger, connection=trigger.connection, topic=wanted.topic, events=wanted.events)
    give_address(subscription)
    subscription.save()
    renew(subscription)


def serves(subscription: Subscription, trigger: Trigger) -> bool:
    """Whether what was registered is what the trigger wants now."""
    registered = Wanted(subscription.topic, subscription.events)
    return registered == wanted_by(trigger) and is_called(subscription.name, title_of(trigger))


def _be(subscription: Subscription, state: str) -> None:
    """Has the task go on from here, from the first try on; a webhook that is off is looked at again every day, whether it can be used."""
    Subscription.objects.filter(pk=subscription.pk).update(state=state, problem="", failures=0, registrations=0)
    make_due(subscription, timezone.now() + (LOOKED_AT_AGAIN if state == State.OFF else timedelta(0)))
