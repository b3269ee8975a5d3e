"""Telling what happened: an event for each change behind the cursor, exactly once.

The trigger's row is locked, so that two who tell follow one another. Events, what is to be done about them and the cursor are written in
one transaction: whoever dies at any line has told either all of it or nothing, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from integrations.triggers.holding import hold_back
from integrations.triggers.hooks.noticing import note_missed
from integrations.triggers.models import Event, Trigger
from integrations.triggers.reading import event_of, known_as_of, waiting_behind
from integrations.triggers.registry import tell_above
from integrations.triggers.starting import begin, told_at_start
from portal.organizations.scope import scope

WRITTEN = (
    "cursor", "started_through", "start_ends", "held_at", "held_count", "last_event_at", "watermark_at",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The new events. `is_all` says that nothing more waits; where something does, it is read on at once unless the cycle `is_full`."""

    events: Sequence[Event] = field(default=())
    is_all: bool = True
    is_full: bool = False

    @property
    def reads_on(self) -> bool:
        return not (self.is_all or self.is_full)


def tell(trigger: Trigger, via: str = Event.Via.POLL) -> int:
    """Tells what waits, as much as one cycle may. Gives how many events are new."""
    return len(tell_some(trigger, via).events)


def tell_some(trigger: Trigger, via: str) -> Told:
    """Tells what waits, as much as one cycle may. One that was paused or ended meanwhile tells nothing."""
    with scope():
        stands = Trigger.objects.select_for_update().get(pk=trigger.pk)
        stands.connection = trigger.connection  # known already: spares the query
        if stands.is_paused or stands.ended_at:
            return Told()
        known_at = known_as_of(stands)  # before the changes are read: they are at least as new
        told = _some(stands, via)
        if told.is_all and known_at:
            stands.watermark_at = max(known_at, stands.watermark_at or known_at)
        _write(stands, told, via)
    return told


def _some(trigger: Trigger, via: str) -> Told:
    if not begin(trigger):
        return Told(is_all=False, is_full=True)
    if not trigger.has_begun:
        events = told_at_start(trigger)
        return Told(events, is_all=False, is_full=len(events) >= trigger.limit)
    return _changes(trigger, via)


def _changes(trigger: Trigger, via: str) -> Told:
    """What became different, up to the limit of a cycle. The cursor stops behind the last one that is told."""
    waiting = waiting_behind(trigger, trigger.cursor)
    passing = hold_back(trigger, waiting)
    chosen = passing[: trigger.limit]
    is_cut = len(chosen) < len(waiting.changes)
    if not is_cut:
        trigger.cursor = waiting.read_through
    elif chosen:
        trigger.cursor = chosen[-1][1].pk
    events = [event_of(trigger, key, change, _way(trigger, change.pk, via)) for key, change in chosen]
    return Told(events, is_all=waiting.is_all and not is_cut, is_full=is_cut)


def _way(trigger: Trigger, position: int, via: str) -> str:
    return Event.Via.REPLAY if position <= trigger.replay_ends else via


def _write(trigger: Trigger, told: Told, via: str) -> None:
    Event.objects.bulk_create(told.events)
    if told.events:
        trigger.last_event_at = timezone.now()
    trigger.save(update_fields=WRITTEN)
    tell_above(told.events)
    if via == Event.Via.POLL:
        note_missed(trigger, _found_by_this_look(trigger, told))


def _found_by_this_look(trigger: Trigger, told: Told) -> int:
    """How many came to light since the last look; what the cycle before had no room for did not."""
    looked_at = trigger.polled_at or trigger.created_at
    return sum(event.via == Event.Via.POLL and event.happened_at > looked_at for event in told.events)
