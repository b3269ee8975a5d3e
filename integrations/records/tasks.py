"""Fresh looks at lists that are due, and exports that were asked for."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from celery import shared_task

from integrations.connections.services import Urgency, open_client, try_later
from integrations.records.collecting import collect
from integrations.records.days import Days
from integrations.records.exporting import work_on
from integrations.records.models import Export, RecordList
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope
from portal.work.claims import Hold, take
from portal.work.tasks import OrganizationTask


@shared_task(name=RecordList.task_name, base=OrganizationTask)
def refresh(organization_id: UUID, list_id: str, claim: str) -> None:
    """Collects one list. A list whose provider says no is tried again later, where time may mend it."""
    with take(RecordList, UUID(list_id), UUID(claim)) as hold:
        if hold:
            _refresh(hold)


@shared_task(name=Export.task_name, base=OrganizationTask)
def export(organization_id: UUID, export_id: str, claim: str) -> None:
    """Writes an export; when its day is over, throws it away."""
    with take(Export, UUID(export_id), UUID(claim)) as hold:
        if hold:
            work_on(hold)


def _refresh(hold: Hold[RecordList]) -> None:
    with scope():
        record_list = RecordList.objects.select_related("connection").get(pk=hold.id)
    days, arrived = record_list.asked_days, count(1)
    hold.renew(pages=0)
    by_person = record_list.asked_by_person_at is not None or days is not None  # only people ask for certain days
    urgency = Urgency.INTERACTIVE if by_person else Urgency.POLL
    try:
        with open_client(record_list.connection_id, _cause(record_list, by_person), urgency) as opened:
            collect(record_list, opened, days, progress=lambda: hold.renew(pages=next(arrived)))
    except ProviderError as error:
        if error.passes:
            try_later(hold, error)
            return
    if days:
        _forget_days(record_list, days)
    _forget_person(record_list)
    hold.finish(pages=0)


def _cause(record_list: RecordList, by_person: bool) -> str:
    """Who wanted the calls, for the log of calls."""
    return f"refresh of {record_list.declaration.plural.lower()}{', asked for by a person' if by_person else ''}"


def _forget_person(record_list: RecordList) -> None:
    """Their look has been taken, or cannot be. Whoever asked meanwhile still waits."""
    with scope():
        RecordList.objects.filter(pk=record_list.pk, asked_by_person_at=record_list.asked_by_person_at).update(asked_by_person_at=None)


def _forget_days(record_list: RecordList, days: Days) -> None:
    """They have been read, or cannot be. Others that somebody asked for meanwhile stand."""
    with scope():
        asked = RecordList.objects.filter(pk=record_list.pk, asked_first=days.first, asked_last=days.last)
        asked.update(asked_first=None, asked_last=None)
