"""Syncing an integration: look at both sides, plan, apply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import Urgency, open_client
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import parts_of
from integrations.operations.models import Attempt, Run
from integrations.records.collecting import collect, list_of
from integrations.records.models import Record, RecordList
from integrations.records.staging import Days
from integrations.sync.applying import Progress, Sides, apply
from integrations.sync.models import Sync
from integrations.sync.plan import plan
from integrations.sync.reading import days_of, read_situation
from integrations.sync.steps import Plan
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope
from portal.work.claims import LostClaim, make_due

OUR_FAULT = "Something went wrong on our side. It is tried again by itself; tell your operator if it stays."
WORKER_STOPPED = "The worker stopped in the middle of this. The next sync looks at the other side before it repeats anything."


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
    goes on. Whatever ends it, its row says so.
    """
    with scope():
        unfinished_since = _end_interrupted(integration)
        sync = Sync.objects.create(integration=integration)
    try:
        with _opened(integration, Urgency.POLL) as sides:
            _look(integration, sides, progress, unfinished_since)
        with _opened(integration, Urgency.WRITE) as sides:
            _write(sync, sides, progress)
    except ProviderError as error:
        _end(sync, Sync.State.FAILED, str(error))
        raise
    except LostClaim:
        raise  # somebody else goes on with it, and marks this one interrupted
    except BaseException:
        _end(sync, Sync.State.FAILED, OUR_FAULT)
        raise
    return _end(sync, Sync.State.DONE)


@contextmanager
def _opened(integration: Integration, urgency: Urgency) -> Iterator[Sides]:
    """Both connections. Looking may wait longer than writing: what is planned should be done."""
    asked_by = f"sync of {integration}"
    with open_client(integration.left_id, asked_by, urgency) as left, open_client(integration.right_id, asked_by, urgency) as right:
        yield Sides(left, right)


def _end_interrupted(integration: Integration) -> datetime | None:
    """Ends what a worker that died left open. Gives when the last sync began, if it did not come to its end."""
    now = timezone.now()
    for left_open in Sync.objects.filter(integration=integration, ended_at=None):
        runs = Run.objects.filter(key__startswith=f"{left_open.pk}/")
        Attempt.objects.filter(run__in=runs.filter(state=Run.State.RUNNING), ended_at=None).update(outcome=Run.State.UNKNOWN, ended_at=now)
        runs.filter(state=Run.State.RUNNING).update(state=Run.State.UNKNOWN, message=WORKER_STOPPED, ended_at=now)
        runs.filter(state=Run.State.WAITING).update(state=Run.State.FAILED, message=WORKER_STOPPED, ended_at=now)
        Sync.objects.filter(pk=left_open.pk).update(state=Sync.State.INTERRUPTED, ended_at=now)
    last = Sync.objects.filter(integration=integration).order_by("-created_at").first()
    return last.created_at if last and last.state != Sync.State.DONE else None


def _look(integration: Integration, sides: Sides, progress: Progress, unfinished_since: datetime | None) -> None:
    """Collects every list that the plan reads. On a side that lists tasks by project only the linked ones are asked, and after a sync
    that did not come to its end only those that it had not seen: so it gets further each time, however many there are.
    """
    days = days_of(integration)
    with scope():
        linked = list(ProjectLink.live.filter(integration=integration).values_list("left_id", flat=True))
    for connection, opened, projects in ((integration.left, sides.left, linked), (integration.right, sides.right, None)):
        for record_list in _lists(connection, projects):
            if record_list.each and not _is_worth_asking(record_list, unfinished_since):
                continue
            window = record_list.declaration.collect and record_list.declaration.collect.window
            collect(record_list, opened, _within(days, window.longest) if window else None, progress)


def _is_worth_asking(record_list: RecordList, unfinished_since: datetime | None) -> bool:
    """Whether the list's parent still stands, and the list was not seen since the sync that did not come to its end."""
    how = record_list.declaration.collect
    if how is None or (unfinished_since and record_list.whole_at and record_list.whole_at >= unfinished_since):
        return False
    with scope():
        parents = Record.objects.filter(connection=record_list.connection, entity=how.each, removed_at=None)
        return parents.filter(remote_id=record_list.each).exists()


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
