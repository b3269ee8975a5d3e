"""What a trigger would have told of lately, before it is saved. Bounded reads of the mirror; everything here needs a scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations.catalogue import Watch
from integrations.connections.models import Connection
from integrations.records.models import Record
from integrations.records.queries import records_of
from integrations.triggers.models import Event, Trigger
from integrations.triggers.reading import changes_on, event_at_start, event_of, key_of, moment_of, wanted_changes
from integrations.triggers.starting import is_told_at_start
from integrations.triggers.wanting import chosen_kinds, first_kind, wanted_at_start

LATELY = timedelta(days=7)
MOST_SAMPLES = 20
MOST_READ = 2000


@dataclass(frozen=True)
class Preview:
    """What it would have told of in the last days, the newest first, and how many there were. `start_count` is how many records it would
    be told of at its start. `is_more`: at least so many, because only so much was read.
    """

    samples: list[Event]
    count: int
    is_more: bool
    start_count: int = 0


def lately(connection: Connection, watch: Watch, inputs: Mapping[str, Any], start: str, since: datetime | None) -> Preview:
    """What a trigger like this would have told of; nothing is written."""
    trigger = Trigger(connection=connection, watch=watch.name, inputs=dict(inputs), start=start, since=since)
    after = timezone.now() - LATELY
    seen, is_cut = _seen(trigger, after)
    records, is_part = _newest_records(trigger)
    there = [event for event in _happened(trigger, records, after) if event.remote_id not in {each.remote_id for each in seen}]
    samples = sorted([*seen, *there], key=lambda event: event.moment or event.happened_at, reverse=True)
    is_more = is_cut or is_part
    return Preview(samples[:MOST_SAMPLES], len(samples), is_more, _count_at_start(trigger, records))


def _seen(trigger: Trigger, after: datetime) -> tuple[list[Event], bool]:
    """The events of what became different, each once."""
    changes = changes_on(trigger.connection, trigger.declaration.entity).filter(at__gte=after, kind__in=_kinds(trigger))
    read = list(changes.order_by("-id")[:MOST_READ])
    told = {key_of(trigger, change): change for change in wanted_changes(trigger, read)}  # of those with one key the first one counts
    return [event_of(trigger, key, change, Event.Via.POLL) for key, change in told.items()], len(read) == MOST_READ


def _newest_records(trigger: Trigger) -> tuple[list[Record], bool]:
    read = list(records_of(trigger.connection, trigger.declaration.entity).order_by("-id")[:MOST_READ])
    return read, len(read) == MOST_READ


def _happened(trigger: Trigger, records: list[Record], after: datetime) -> Iterator[Event]:
    """What records tell of by themselves: it may have happened before anybody looked."""
    watch, entity = trigger.declaration, trigger.connection.declaration.entity(trigger.declaration.entity)
    for record in records:
        happened_at = moment_of(watch, record.data)
        if happened_at and after <= happened_at <= timezone.now() and wanted_at_start(watch, trigger.inputs, entity, record.data):
            yield event_at_start(trigger, "", first_kind(watch), record)


def _count_at_start(trigger: Trigger, records: list[Record]) -> int:
    """How many records it would be told of at the start."""
    return 0 if trigger.start == Trigger.Start.NOW else sum(is_told_at_start(trigger, record) for record in records)


def _kinds(trigger: Trigger) -> tuple[str, ...]:
    return chosen_kinds(trigger.declaration, trigger.inputs)
