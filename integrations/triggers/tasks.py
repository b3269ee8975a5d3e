"""Triggers that are due for a look."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from integrations.connections.services import try_later
from integrations.transport.errors import ProviderError
from integrations.triggers.models import Trigger
from integrations.triggers.services import poll
from portal.organizations.scope import scope
from portal.work.claims import Hold, take
from portal.work.tasks import OrganizationTask


@shared_task(name=Trigger.task_name, base=OrganizationTask)
def poll_trigger(organization_id: UUID, trigger_id: str, claim: str) -> None:
    """One look. A provider that says no is asked again later; the trigger says why, and loses nothing."""
    with take(Trigger, UUID(trigger_id), UUID(claim)) as hold:
        if hold:
            _poll(hold)


def _poll(hold: Hold[Trigger]) -> None:
    with scope():
        trigger = Trigger.objects.select_related("connection").get(pk=hold.id)
    if trigger.is_paused:
        hold.finish()
        return
    try:
        poll(trigger, progress=hold.renew)
    except ProviderError as error:
        try_later(hold, error, problem=str(error))
        return
    hold.finish(timezone.now() + timedelta(minutes=trigger.minutes), polled_at=timezone.now(), problem="")
