"""What is done about events in the background."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.automations.delivering import try_once
from integrations.automations.digesting import send_daily_mail
from integrations.automations.models import AutomationRun, Delivery, Destination, SampleMessage
from integrations.automations.performing import perform
from integrations.automations.sampling import send_sample
from portal.work.claims import take
from portal.work.tasks import OrganizationTask


@shared_task(name=Delivery.task_name, base=OrganizationTask)
def deliver(organization_id: UUID, delivery_id: str, claim: str) -> None:
    """Makes one try of a delivery."""
    with take(Delivery, UUID(delivery_id), UUID(claim)) as hold:
        if hold:
            try_once(hold)


@shared_task(name=Destination.task_name, base=OrganizationTask)
def digest(organization_id: UUID, destination_id: str, claim: str) -> None:
    """Sends the mail of a day."""
    with take(Destination, UUID(destination_id), UUID(claim)) as hold:
        if hold:
            send_daily_mail(hold)


@shared_task(name=SampleMessage.task_name, base=OrganizationTask)
def send_test_message(organization_id: UUID, sample_id: str, claim: str) -> None:
    """Sends a sample to a destination."""
    with take(SampleMessage, UUID(sample_id), UUID(claim)) as hold:
        if hold:
            send_sample(hold)


@shared_task(name=AutomationRun.task_name, base=OrganizationTask)
def run_automation(organization_id: UUID, automation_run_id: str, claim: str) -> None:
    """Goes on with one run of an automation."""
    with take(AutomationRun, UUID(automation_run_id), UUID(claim)) as hold:
        if hold:
            perform(hold)
