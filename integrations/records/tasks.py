"""Fresh looks at lists that are due."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.connections.services import open_client
from integrations.records.collecting import collect
from integrations.records.models import RecordList
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


def _refresh(hold: Hold[RecordList]) -> None:
    with scope():
        record_list = RecordList.objects.select_related("connection").get(pk=hold.id)
    try:
        with open_client(record_list.connection_id, asked_by="mirror") as opened:
            collect(record_list, opened, progress=hold.renew)
    except ProviderError as error:
        if error.passes:
            hold.postpone(hold.read().next_try())
            return
    hold.finish()
