"""Syncing an integration: look at both sides, plan, apply."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import open_client
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import parts_of
from integrations.records.collecting import collect, list_of
from integrations.records.models import RecordList
from integrations.records.staging import Days
from integrations.sync.applying import Progress, Sides, apply
from integrations.sync.models import Sync
from integrations.sync.plan import plan
from integrations.sync.reading import days_of, read_situation
from integrations.sync.steps import Plan
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope
from portal.work.claims import make_due


def preview(integration: Integration) -> Plan:
    """What a sync would do now, by what the mirrors know. Needs a scope; asks no provider."""
    return plan(read_situation(integration))


def sync_now(integration: Integration) -> None:
    """Asks for a sync at once. Needs a scope."""
    make_due(integration)


def next_sync(integration: Integration) -> datetime:
    return timezone.now() + timedelta(minutes=integration.minutes)


def synchronize(integration: Integration, progress: Progress) -> Sync:
    """One sync from looking to writing, outside of any transaction. Raises `ProviderError` where it could not be finished; the next one
    goes on.
    """
    with scope():
        Sync.objects.filter(integration=integration, ended_at=None).update(state=Sync.State.INTERRUPTED, ended_at=timezone.now())
        sync = Sync.objects.create(integration=integration)
    try:
        with open_client(integration.left_id, "sync") as left, open_client(integration.right_id, "sync") as right:
            _look(integration, Sides(left, right), progress)
            _write(sync, Sides(left, right), progress)
    except ProviderError as error:
        _end(sync, Sync.State.FAILED, str(error))
        raise
    return _end(sync, Sync.State.DONE)


def _look(integration: Integration, sides: Sides, progress: Progress) -> None:
    """Collects every list that the plan reads. On a side that lists tasks by project only the linked ones are asked."""
    days = days_of(integration)
    with scope():
        linked = list(ProjectLink.live.filter(integration=integration).values_list("left_id", flat=True))
    for connection, opened, projects in ((integration.left, sides.left, linked), (integration.right, sides.right, None)):
        for record_list in _lists(connection, projects):
            window = record_list.declaration.collect and record_list.declaration.collect.window
            collect(record_list, opened, _within(days, window.longest) if window else None, progress)


def _lists(connection: Connection, linked: list[str] | None) -> list[RecordList]:
    parts = parts_of(connection)
    names = dict.fromkeys(part.entity for part in (parts.project, parts.person, parts.task, parts.time))
    with scope():
        return [record_list for name in names for record_list in _lists_of(connection, name, linked)]


def _lists_of(connection: Connection, entity: str, linked: list[str] | None) -> list[RecordList]:
    how = connection.declaration.entity(entity).collect
    if how is None or not how.each:
        return [list_of(connection, entity)]
    return [list_of(connection, entity, each) for each in linked or ()]


def _within(days: Days, longest: int) -> Days:
    return Days(max(days.first, days.last - timedelta(days=longest - 1)), days.last)


def _write(sync: Sync, sides: Sides, progress: Progress) -> None:
    with scope():
        made = preview(sync.integration)
        Sync.objects.filter(pk=sync.pk).update(
            state=Sync.State.APPLYING, planned=len(made.steps), left_out=[asdict(each) for each in made.left_out]
        )
    apply(made, sync, sides, progress)


def _end(sync: Sync, state: Sync.State, message: str = "") -> Sync:
    with scope():
        Sync.objects.filter(pk=sync.pk).update(state=state, message=message, ended_at=timezone.now())
        return Sync.objects.get(pk=sync.pk)
