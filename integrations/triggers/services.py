"""Setting up triggers and finding what happened. Everything here but `poll` needs a scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from integrations.catalogue.reading import read
from integrations.connections.models import Connection
from integrations.connections.services import Urgency, open_client
from integrations.records.collecting import collect, list_of
from integrations.records.models import Change, RecordList
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.scope import scope
from portal.work.claims import make_due

Progress = Callable[[], None]
MOST_CHANGES = 1000


def watch(connection: Connection, name: str, person: User | None, minutes: int = 5) -> Trigger:
    """Starts to watch from now on. Raises `KeyError` where the provider declares no such watch."""
    declaration = connection.declaration.watch_by_name[name]
    trigger = Trigger.objects.create(
        connection=connection,
        watch=name,
        name=f"{declaration.label} ({connection.name})",
        minutes=minutes,
        cursor=newest_change(connection, declaration.entity),
        made_by=person,
    )
    audit(person, "trigger.created", trigger.name)
    make_due(trigger)
    return trigger


def pause(trigger: Trigger, person: User | None) -> None:
    trigger.is_paused = True
    trigger.save(update_fields=["is_paused"])
    audit(person, "trigger.paused", trigger.name)


def resume(trigger: Trigger, person: User | None) -> None:
    """Goes on where the cursor stands: what happened meanwhile is told now."""
    trigger.is_paused = False
    trigger.save(update_fields=["is_paused"])
    make_due(trigger)
    audit(person, "trigger.resumed", trigger.name)


def newest_change(connection: Connection, entity: str) -> int:
    return Change.objects.filter(connection=connection, entity=entity).aggregate(newest=Max("id"))["newest"] or 0


def poll(trigger: Trigger, progress: Progress) -> int:
    """Looks at the list where nobody did lately, then tells what changed. Gives the number of new events. Outside of any transaction."""
    watched = trigger.declaration
    with scope():
        record_list = list_of(trigger.connection, watched.entity)
    if not _is_fresh(record_list, trigger):
        with open_client(trigger.connection_id, f"trigger “{trigger.name}”", Urgency.POLL) as opened:
            collect(record_list, opened, progress=progress)
    return tell(trigger)


def tell(trigger: Trigger) -> int:
    """Writes an event for each change behind the cursor and moves the cursor, in one transaction. Gives how many were new."""
    watched = trigger.declaration
    with scope():
        trigger.cursor = Trigger.objects.select_for_update().values_list("cursor", flat=True).get(pk=trigger.pk)
        changes = Change.objects.filter(connection=trigger.connection, entity=watched.entity, id__gt=trigger.cursor)
        newest = list(changes.order_by("id")[:MOST_CHANGES])
        events = [_event(trigger, change) for change in newest if watched.counts(change.kind, change.before, change.after)]
        Event.objects.bulk_create(events, ignore_conflicts=True)
        if newest:
            trigger.cursor = newest[-1].pk
        if events:
            trigger.last_event_at = timezone.now()
        trigger.save(update_fields=["cursor", "last_event_at"])
    return len(events)


def _event(trigger: Trigger, change: Change) -> Event:
    entity = trigger.connection.declaration.entity(change.entity)
    data = change.after or change.before or {}
    return Event(
        trigger=trigger,
        key=f"{change.entity}/{change.remote_id}/{change.kind}/{change.pk}",
        kind=change.kind,
        entity=change.entity,
        remote_id=change.remote_id,
        title=str(read(entity.title, data) or change.remote_id),
        before=change.before,
        after=change.after,
        happened_at=change.at,
    )


def _is_fresh(record_list: RecordList, trigger: Trigger) -> bool:
    """Whether a sync or another trigger looked at the list since this one was last due."""
    whole_at = record_list.whole_at
    return whole_at is not None and whole_at > timezone.now() - timedelta(minutes=trigger.minutes) / 2
