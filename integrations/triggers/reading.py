"""The changes and records that a trigger reads, in the order in which they were seen. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max, QuerySet

from integrations.catalogue import Entity, Watch
from integrations.catalogue.reading import Data, moment, read
from integrations.connections.models import Connection
from integrations.records.models import Change, Record, RecordList, freshness
from integrations.records.queries import live_lists
from integrations.triggers.models import Event, Trigger
from integrations.triggers.wanting import chosen_kinds, each_of, wanted

READ_AT_ONCE = 1000
MOST_READ = 5000  # in one transaction; whoever has to read on does it in the next one


@dataclass
class Waiting:
    """Changes to tell of that nobody was told of yet, the oldest first, and up to where was read."""

    changes: dict[str, Change] = field(default_factory=dict)  # by the key of the event
    read_through: int = 0
    is_all: bool = False


def entity_of(trigger: Trigger) -> Entity:
    return trigger.connection.declaration.entity(trigger.declaration.entity)


def changes_on(connection: Connection, entity: str) -> QuerySet[Change]:
    return Change.objects.filter(connection=connection, entity=entity)


def newest_change(connection: Connection, entity: str) -> int:
    return changes_on(connection, entity).aggregate(newest=Max("id"))["newest"] or 0


def last_change_before(connection: Connection, entity: str, since: datetime) -> int:
    """The cursor behind which everything lies that was seen at a moment or later."""
    first = changes_on(connection, entity).filter(at__gte=since).order_by("id").values_list("id", flat=True).first()
    return newest_change(connection, entity) if first is None else first - 1


def lists_of(trigger: Trigger) -> QuerySet[RecordList]:
    """The lists that it looks at: where one of them is asked for each record, and it is narrowed to one record, only that one's."""
    entity = entity_of(trigger)
    lists = live_lists(trigger.connection, entity)
    each = each_of(trigger.declaration, trigger.inputs, entity)
    return lists.filter(each=each) if each else lists


def known_as_of(trigger: Trigger) -> datetime | None:
    """As of when its lists are known; None while one was never walked whole."""
    return freshness(lists_of(trigger))


def waiting_behind(trigger: Trigger, cursor: int, through: int | None = None) -> Waiting:
    """What waits behind a cursor, up to a change where one is given."""
    newest = newest_change(trigger.connection, trigger.declaration.entity) if through is None else through
    found = Waiting(read_through=cursor)
    for page in _pages(trigger, cursor, through):
        _sort_in(found, trigger, page)
    return _closed(found, newest)


def wanted_changes(trigger: Trigger, changes: Iterable[Change]) -> Iterator[Change]:
    """Those that count and are not filtered out."""
    watch, entity = trigger.declaration, entity_of(trigger)
    return (each for each in changes if wanted(watch, trigger.inputs, entity, each.kind, each.before, each.after))


def counting_changes(trigger: Trigger, remote_ids: Sequence[str]) -> dict[str, Change]:
    """The last change to tell of, of each of these records that has one."""
    changes = changes_on(trigger.connection, trigger.declaration.entity).filter(remote_id__in=remote_ids, kind__in=_kinds(trigger))
    return {change.remote_id: change for change in wanted_changes(trigger, changes.order_by("id"))}


def key_of(trigger: Trigger, change: Change) -> str:
    return trigger.declaration.key_of(change.kind, change.remote_id, change.pk)


def told_among(trigger: Trigger, keys: Iterable[str]) -> set[str]:
    """Those that stand in the ledger."""
    return set(Event.objects.filter(trigger=trigger, key__in=list(keys)).values_list("key", flat=True))


def title_of(entity: Entity, data: Data, remote_id: str) -> str:
    return str(read(entity.title, data) or remote_id)


def moment_of(watch: Watch, data: Data) -> datetime | None:
    """When it happened over there; None where the record does not tell."""
    told = read(watch.moment, data) if watch.moment else None
    return told if isinstance(told, datetime) else moment(told)


def event_of(trigger: Trigger, key: str, change: Change, via: str) -> Event:
    """What is told of a change."""
    data: Mapping[str, object] = change.after or change.before or {}
    return Event(
        trigger=trigger,
        key=key,
        kind=change.kind,
        entity=change.entity,
        remote_id=change.remote_id,
        title=title_of(entity_of(trigger), data, change.remote_id),
        before=change.before,
        after=change.after,
        happened_at=change.at,
        moment=moment_of(trigger.declaration, data),
        position=change.pk,
        via=via,
        run_id=change.run_id,
    )


def event_at_start(trigger: Trigger, key: str, kind: str, record: Record) -> Event:
    """What is told of a record that was there already."""
    return Event(
        trigger=trigger,
        key=key,
        kind=kind,
        entity=record.entity,
        remote_id=record.remote_id,
        title=title_of(entity_of(trigger), record.data, record.remote_id),
        before=None,
        after=record.data,
        happened_at=record.changed_at,
        moment=moment_of(trigger.declaration, record.data),
        via=Event.Via.START,
    )


def _kinds(trigger: Trigger) -> tuple[str, ...]:
    return chosen_kinds(trigger.declaration, trigger.inputs)


def _pages(trigger: Trigger, cursor: int, through: int | None) -> Iterator[list[Change]]:
    """Up to the most that is read in one go. The last page is the one that is not full."""
    rows = changes_on(trigger.connection, trigger.declaration.entity).filter(kind__in=_kinds(trigger)).order_by("id")
    if through is not None:
        rows = rows.filter(id__lte=through)
    for _ in range(max(1, MOST_READ // READ_AT_ONCE)):
        page = list(rows.filter(id__gt=cursor)[:READ_AT_ONCE])
        yield page
        if len(page) < READ_AT_ONCE:
            return
        cursor = page[-1].pk


def _sort_in(found: Waiting, trigger: Trigger, page: list[Change]) -> None:
    fresh: dict[str, Change] = {}
    for change in wanted_changes(trigger, page):
        fresh.setdefault(key_of(trigger, change), change)
    known = told_among(trigger, fresh)
    for key, change in fresh.items():
        if key not in known:
            found.changes.setdefault(key, change)
    found.read_through = page[-1].pk if page else found.read_through
    found.is_all = len(page) < READ_AT_ONCE


def _closed(found: Waiting, newest: int) -> Waiting:
    """Where everything was read, what is of other kinds was read as well."""
    if found.is_all:
        found.read_through = max(found.read_through, newest)
    return found
