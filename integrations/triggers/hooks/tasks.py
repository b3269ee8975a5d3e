"""Webhooks that something has to be done about."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.triggers.hooks import keeping
from integrations.triggers.models import Subscription
from portal.work.claims import take
from portal.work.tasks import OrganizationTask


@shared_task(name=Subscription.task_name, base=OrganizationTask)
def subscribe(organization_id: UUID, subscription_id: str, claim: str) -> None:
    """Takes a webhook one step further."""
    with take(Subscription, UUID(subscription_id), UUID(claim)) as hold:
        if hold:
            keeping.keep(hold)
