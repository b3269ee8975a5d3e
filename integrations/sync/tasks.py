"""Integrations that are due for a sync."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from integrations.connections.services import try_later
from integrations.linking.models import Integration
from integrations.sync.services import OUR_FAULT, end_paused, make_sure_both_are_connected, next_sync, synchronize, wait_until
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope
from portal.work.claims import Hold, LostClaim, take
from portal.work.tasks import OrganizationTask


@shared_task(name=Integration.task_name, base=OrganizationTask)
def run_sync(organization_id: UUID, integration_id: str, claim: str) -> None:
    """One sync, and the next one after it. A provider that says no is asked again later; the integration says why."""
    with take(Integration, UUID(integration_id), UUID(claim)) as hold:
        if hold:
            work_on(hold)


def work_on(hold: Hold[Integration]) -> None:
    """Syncs a claimed integration, unless it is paused, and says when it is due again."""
    with scope():
        integration = Integration.objects.select_related("left", "right").get(pk=hold.id)
        if integration.is_paused:
            end_paused(integration)
    if integration.is_paused:
        hold.finish()
        return
    try:
        synchronize(integration, progress=partial(_go_on, hold, integration))
    except ProviderError as error:
        due_at = try_later(hold, error, problem=str(error))
        with scope():
            wait_until(integration, due_at)
        return
    except LostClaim:
        raise
    except Exception:
        hold.postpone(hold.read().next_try(), problem=OUR_FAULT)
        raise
    with scope():
        due_at = next_sync(hold.read())  # as it is now: somebody may have changed the interval
    hold.finish(due_at, synced_at=timezone.now(), problem="")


def _go_on(hold: Hold[Integration], integration: Integration) -> None:
    """Before each call: keeps the claim, and stops where one of the connections was disconnected meanwhile."""
    hold.renew()
    with scope():
        make_sure_both_are_connected(integration)
