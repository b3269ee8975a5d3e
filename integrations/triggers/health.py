"""How a trigger is at a moment: rules over its row and its webhook's, without a query where both are there.

A trigger that died must never look like one that has nothing to say, so each way of falling silent has a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from integrations.catalogue import Watch
from integrations.providers import UnknownProvider
from integrations.triggers.models import Subscription, Trigger
from portal.ui.words import ago_words, moment_words

LATE_INTERVALS = 2
FROZEN_INTERVALS = 3
ROTATION = timedelta(days=1)  # within which the longest list of lists is walked through
STUBBORN_FAILURES = 7  # in a row: about half an hour of trying, each time later


class Cause(StrEnum):
    """What silences a trigger and is worth an alarm."""

    LATE = "late"
    FROZEN = "frozen"
    LOOKING = "looking"
    HELD = "held"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Condition:
    """A state of the design system, a word for it, and in a sentence what it means; the sentence may be empty. `cause` stands where it has
    to be told of by an alarm.
    """

    state: str
    word: str
    text: str = ""
    cause: Cause | None = None


Rule = Callable[[Trigger, Subscription | None, datetime], Condition | None]


def condition_of(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition:
    """How a trigger is, the worst first. Its connection should be there already."""
    return conditions_of(trigger, subscription, now)[0]


def conditions_of(trigger: Trigger, subscription: Subscription | None, now: datetime) -> list[Condition]:
    """All that is to be said of a trigger, the worst first. Where it cannot look at all, nothing else counts."""
    for rules in (STOPPED, TROUBLED, BUSY):
        found = [condition for rule in rules if (condition := rule(trigger, subscription, now))]
        if found:
            return found[:1] if rules is STOPPED else found
    return [Condition("ok", "Watching")]


def declared(trigger: Trigger) -> Watch | None:
    """The watch's declaration; None where the provider does not have it any more."""
    try:
        return trigger.connection.declaration.watch_by_name.get(trigger.watch)
    except UnknownProvider:
        return None


def subscription_of(trigger: Trigger) -> Subscription | None:
    """Its webhook, where it has one. Without a query where it was selected together with the trigger."""
    return getattr(trigger, "subscription", None)


def is_failing(trigger: Trigger) -> bool:
    """Whether its last look did not go well. What broke off in the portal itself leaves no problem, but counts as a failure."""
    return bool(trigger.problem) or trigger.failures > 0


def is_stubborn(trigger: Trigger) -> bool:
    """Whether its looks have failed for long."""
    return trigger.failures >= STUBBORN_FAILURES


def is_overdue(trigger: Trigger, now: datetime) -> bool:
    """Whether a look is late by two intervals. Either nobody took it up, or it was put off again and again, as where calls run out.

    A claim says nothing: one that waits in a queue without a worker is renewed for ever.
    """
    if trigger.due_at is None:
        return False
    if trigger.due_at > now and not is_failing(trigger):
        return now - _looked_at(trigger) > (1 + LATE_INTERVALS) * interval(trigger)
    return now - trigger.due_at > LATE_INTERVALS * interval(trigger)


def is_frozen(trigger: Trigger, now: datetime) -> bool:
    """Whether looks go well, but what was told stays as of long ago: `polled_at` moves, `watermark_at` does not.

    One that still tells of what waits behind its cursor is not frozen, and neither is one that is about to look, or that holds a burst.
    Lists that are asked one by one are walked in turns: their watermark may lag behind for a whole round.
    """
    if trigger.polled_at is None or trigger.due_at is None or trigger.due_at <= now or trigger.held_at:
        return False
    moved_at = max(filter(None, (trigger.watermark_at, trigger.last_event_at, trigger.created_at)))
    return trigger.polled_at - moved_at > max(FROZEN_INTERVALS * interval(trigger), _round(trigger))


def is_silent(subscription: Subscription) -> bool:
    """Whether a webhook that should work brings nothing, although looks see changes."""
    return subscription.state == Subscription.State.SILENT


def interval(trigger: Trigger) -> timedelta:
    return timedelta(minutes=trigger.minutes)


def _looked_at(trigger: Trigger) -> datetime:
    return trigger.polled_at or trigger.created_at


def _round(trigger: Trigger) -> timedelta:
    """How long its lists may take to be walked in turns; nothing where there is only one."""
    watch = declared(trigger)
    collect = trigger.connection.declaration.entity(watch.entity).collect if watch else None
    return ROTATION if collect and collect.each else timedelta()


# --- what stops it ------------------------------------------------------------------------------------------------------


def _ended(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    return Condition("neutral", "Ended", "It does not look any more; its events stay.") if trigger.ended_at else None


def _not_offered(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    text = "The provider does not offer this trigger any more. End it, and set up another one."
    return None if declared(trigger) else Condition("failed", "Not offered any more", text, Cause.LOOKING)


def _paused(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    text = "It does not look. When you resume it, it goes on where it stopped."
    return Condition("neutral", "Paused", text) if trigger.is_paused else None


def _not_connected(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    """The alarm is about the connection."""
    text = f"{trigger.connection.name} is not connected. When it is again, the trigger goes on where it stopped."
    return None if trigger.connection.is_connected else Condition("failed", "Not connected", text)


# --- what troubles it, the worst first ------------------------------------------------------------------------------------


def _could_not_look(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    """A look that fails now and then is no alarm: it is tried again by itself."""
    if not is_failing(trigger):
        return None
    text = trigger.problem or "Its last look broke off in the portal itself. It is tried again by itself; the log says more."
    if is_stubborn(trigger):
        return Condition("failed", "Could not look", text, Cause.LOOKING)
    return Condition("attention", "Could not look", text)


def _held(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    text = f"{trigger.held_count:,} events came at once and wait for you: let them pass, or leave them out."
    return Condition("attention", "Holds a burst", text, Cause.HELD) if trigger.held_at else None


def _overdue(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    if not is_overdue(trigger, now):
        return None
    looked = f"It last looked {ago_words(trigger.polled_at, now)}." if trigger.polled_at else "It has not looked yet."
    is_put_off = trigger.due_at is not None and trigger.due_at > now
    why = "Its looks are put off: the calls of its connection are used up." if is_put_off else "Nobody took up the look that is due."
    return Condition("attention", "Late", f"{looked} {why} What happens meanwhile is told later.", Cause.LATE)


def _frozen(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    if not is_frozen(trigger, now):
        return None
    since = moment_words(trigger.watermark_at or trigger.created_at)
    text = f"It looks, but nothing newer than {since} was told: its list does not get whole."
    return Condition("attention", "Stands still", text, Cause.FROZEN)


def _webhook_failed(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    if subscription is None or subscription.state != Subscription.State.FAILED:
        return None
    text = f"{subscription.problem} Until it works, looks find what happens.".strip()
    return Condition("attention", "Webhook failed", text, Cause.WEBHOOK)


def _webhook_silent(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    text = "Looks see changes that its webhook did not tell of. Nothing is lost, but events come later."
    return Condition("attention", "Webhook silent", text, Cause.WEBHOOK) if subscription and is_silent(subscription) else None


# --- what it is at --------------------------------------------------------------------------------------------------------


def _looking(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    is_claimed = trigger.claimed_until is not None and trigger.claimed_until > now
    return Condition("working", "Looking") if is_claimed else None


def _begins(trigger: Trigger, subscription: Subscription | None, now: datetime) -> Condition | None:
    return Condition("working", "Begins in a moment") if trigger.polled_at is None else None


STOPPED: tuple[Rule, ...] = (_ended, _not_offered, _paused, _not_connected)
TROUBLED: tuple[Rule, ...] = (_could_not_look, _held, _overdue, _frozen, _webhook_failed, _webhook_silent)
BUSY: tuple[Rule, ...] = (_looking, _begins)
