"""What is done for links in the background."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.linking import mail
from integrations.linking.models import PersonalMail
from portal.work.claims import take
from portal.work.tasks import OrganizationTask


@shared_task(name=PersonalMail.task_name, base=OrganizationTask)
def send_personal_mail(organization_id: UUID, mail_id: str, claim: str) -> None:
    """Sends somebody their personal link."""
    with take(PersonalMail, UUID(mail_id), UUID(claim)) as hold:
        if hold:
            mail.send(hold)
