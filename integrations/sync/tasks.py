"""Integrations that are due for a sync."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.connections.services import try_later
from integrations.linking.models import Integration
from integrations.sync.services import OUR_FAULT, next_sync, synchronize
from integrations.transport.errors import ProviderError, SignedOut
from portal.organizations.scope import scope
from portal.work.claims import Hold, LostClaim, take
from portal.work.tasks import OrganizationTask


@shared_task(name=Integration.task_name, base=OrganizationTask)
def run_sync(organization_id: UUID, integration_id: str, claim: str) -> None:
    """One sync, and the next one after it. A provider that says no is asked again later; the integration says why."""
    with take(Integration, UUID(integration_id), UUID(claim)) as hold:
        if hold:
            _run(hold)


def _run(hold: Hold[Integration]) -> None:
    with scope():
        integration = Integration.objects.select_related("left", "right").get(pk=hold.id)
    if integration.is_paused:
        hold.finish()
        return
    try:
        synchronize(integration, progress=partial(_go_on, hold, integration))
    except ProviderError as error:
        try_later(hold, error, problem=str(error))
        return
    except LostClaim:
        raise
    except Exception:
        hold.postpone(hold.read().next_try(), problem=OUR_FAULT)
        raise
    hold.finish(next_sync(integration), synced_at=timezone.now(), problem="")


def _go_on(hold: Hold[Integration], integration: Integration) -> None:
    """Before each call: keeps the claim, and stops where one of the connections was disconnected meanwhile."""
    hold.renew()
    with scope():
        connected = Connection.objects.filter(pk__in=[integration.left_id, integration.right_id], state=State.CONNECTED).count()
    if connected < 2:
        raise SignedOut("One of the two connections was disconnected.")
