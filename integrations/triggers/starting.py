"""Where a trigger starts, and telling what was there at that moment. Everything here needs a scope.

Whoever starts now is told nothing of it. Whoever starts with everything, or since a moment, is told of the records that stand there as soon
as their list is whole, in the order in which they were first seen; changes follow only after that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, QuerySet

from integrations.connections.models import Connection
from integrations.records.models import Change, Record
from integrations.records.queries import records_of
from integrations.triggers.models import Event, Trigger
from integrations.triggers.reading import (
    MOST_READ,
    READ_AT_ONCE,
    counting_changes,
    entity_of,
    event_at_start,
    key_of,
    known_as_of,
    last_change_before,
    moment_of,
    newest_change,
    told_among,
)
from integrations.triggers.wanting import first_kind, wanted_at_start


def begin(trigger: Trigger) -> bool:
    """Settles, once, what was there at the start. False while its list was never seen whole."""
    if trigger.start_ends is not None:
        return True
    if trigger.start == Trigger.Start.NOW:
        trigger.start_ends = 0
        return True
    if known_as_of(trigger) is None:
        return False
    entity = trigger.declaration.entity
    newest = newest_change(trigger.connection, entity)  # before the records: who is made in between is met twice and told once
    since = trigger.since if trigger.start == Trigger.Start.SINCE else None
    trigger.cursor = last_change_before(trigger.connection, entity, since) if since else newest
    trigger.released_through = max(trigger.released_through, newest)  # their number was confirmed when it was set up
    trigger.start_ends = newest_record(trigger.connection, entity)
    trigger.save(update_fields=["released_through"])
    return True


def newest_record(connection: Connection, entity: str) -> int:
    return Record.objects.filter(connection=connection, entity=entity).aggregate(newest=Max("id"))["newest"] or 0


def told_at_start(trigger: Trigger) -> list[Event]:
    """The next of the records that were there, up to the limit of a cycle."""
    events: list[Event] = []
    for _ in range(max(1, MOST_READ // READ_AT_ONCE)):
        page = list(_standing(trigger)[:READ_AT_ONCE])
        events += _told(trigger, page, trigger.limit - len(events))
        if len(events) >= trigger.limit:
            return events
        trigger.started_through = page[-1].pk if len(page) == READ_AT_ONCE else trigger.start_ends or 0
        if trigger.has_begun:
            return events
    return events


def is_told_at_start(trigger: Trigger, record: Record) -> bool:
    """Whether a record that stands there is one to tell of."""
    if not wanted_at_start(trigger.declaration, trigger.inputs, entity_of(trigger), record.data):
        return False
    return trigger.start != Trigger.Start.SINCE or trigger.since is None or _happened_at(trigger, record) >= trigger.since


def _happened_at(trigger: Trigger, record: Record) -> datetime:
    return moment_of(trigger.declaration, record.data) or record.first_seen_at


def _standing(trigger: Trigger) -> QuerySet[Record]:
    rows = records_of(trigger.connection, trigger.declaration.entity)
    return rows.filter(id__gt=trigger.started_through, id__lte=trigger.start_ends or 0).order_by("id")


def _told(trigger: Trigger, page: list[Record], most: int) -> list[Event]:
    """The events of a page of records; where there is room for no more, it stops behind the last one."""
    events: list[Event] = []
    for key, kind, record in _candidates(trigger, page):
        events.append(event_at_start(trigger, key, kind, record))
        trigger.started_through = record.pk
        if len(events) == most:
            break
    return events


def _candidates(trigger: Trigger, page: list[Record]) -> Iterator[tuple[str, str, Record]]:
    """Key, kind and record of each that is to be told of and stands in no ledger yet. What changed behind the cursor is told from there."""
    records = [record for record in page if is_told_at_start(trigger, record)]
    last = counting_changes(trigger, [record.remote_id for record in records])
    named = [(*_named(trigger, record, last.get(record.remote_id)), record) for record in records]
    known = told_among(trigger, [key for key, _, _ in named])
    for key, kind, record in named:
        change = last.get(record.remote_id)
        if key not in known and (change is None or change.pk <= trigger.cursor):
            yield key, kind, record


def _named(trigger: Trigger, record: Record, change: Change | None) -> tuple[str, str]:
    """The key of the event, the same that its last change gave or would give, and the kind."""
    if change:
        return key_of(trigger, change), change.kind
    watch = trigger.declaration
    kind = first_kind(watch)
    is_named_by_itself = watch.once or (kind == "created" and watch.when is None)
    return watch.key_of(kind, record.remote_id, 0) if is_named_by_itself else f"{watch.entity}/{record.remote_id}/start", kind
