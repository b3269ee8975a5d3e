"""What is done for connections in the background."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.connections import code_flow, verification
from integrations.connections.models import Authorization, Connection
from portal.work.claims import take
from portal.work.tasks import OrganizationTask


@shared_task(name=Connection.task_name, base=OrganizationTask)
def verify(organization_id: UUID, connection_id: str, claim: str) -> None:
    """Looks whether a connection's sign-in holds."""
    with take(Connection, UUID(connection_id), UUID(claim)) as hold:
        if hold:
            verification.verify(hold)


@shared_task(name=Authorization.task_name, base=OrganizationTask)
def authorize(organization_id: UUID, authorization_id: str, claim: str) -> None:
    """Takes a sign-in that a person has begun one step further."""
    with take(Authorization, UUID(authorization_id), UUID(claim)) as hold:
        if hold:
            code_flow.proceed(hold)
