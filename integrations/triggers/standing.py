"""What the page of a trigger says beside its row: how far its start is, what a burst holds. Needs a scope."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

from django.db.models import Count, Q

from integrations.records.models import Record
from integrations.triggers.models import Event, Trigger
from integrations.triggers.reading import READ_AT_ONCE, changes_on, event_of, key_of, wanted_changes

HELD_SHOWN = 5


@dataclass(frozen=True)
class StartProgress:
    """Of the records that were there at the start: how many were gone through. `there` is None until their list was seen whole."""

    read: int
    there: int | None


@dataclass(frozen=True)
class Standing:
    start: StartProgress | None = None
    held: list[Event] = field(default_factory=list)


def standing_of(trigger: Trigger) -> Standing:
    """Of a trigger whose watch is still declared."""
    return Standing(_start_of(trigger), _held_by(trigger))


def _start_of(trigger: Trigger) -> StartProgress | None:
    if trigger.start == Trigger.Start.NOW or trigger.has_begun:
        return None
    if trigger.start_ends is None:
        return StartProgress(0, None)
    records = Record.objects.filter(connection=trigger.connection, entity=trigger.declaration.entity, id__lte=trigger.start_ends)
    return StartProgress(**records.aggregate(read=Count("id", filter=Q(id__lte=trigger.started_through)), there=Count("id")))


def _held_by(trigger: Trigger) -> list[Event]:
    """The first of a burst, as they would be told."""
    if trigger.held_at is None:
        return []
    behind = max(trigger.cursor, trigger.released_through)
    changes = changes_on(trigger.connection, trigger.declaration.entity).filter(id__gt=behind).order_by("id")[:READ_AT_ONCE]
    first = islice(wanted_changes(trigger, changes), HELD_SHOWN)
    return [event_of(trigger, key_of(trigger, change), change, Event.Via.POLL) for change in first]
