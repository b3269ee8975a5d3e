"""Runs that are due."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.connections.services import open_client
from integrations.operations.models import Run
from integrations.operations.running import give_up, repeat
from integrations.transport.errors import ProviderError
from portal.organizations.scope import scope
from portal.work.claims import take
from portal.work.tasks import OrganizationTask

MOST_ATTEMPTS = 5


@shared_task(name=Run.task_name, base=OrganizationTask)
def execute(organization_id: UUID, run_id: str, claim: str) -> None:
    """Attempts one run; what may pass by itself is tried again a few times."""
    with take(Run, UUID(run_id), UUID(claim)) as hold:
        if hold is None:
            return
        with scope():
            connection_id = hold.read().connection_id
        try:
            with open_client(connection_id, asked_by="run") as opened:
                repeat(hold.id, opened)
        except ProviderError as error:
            if error.passes and hold.read().failures < MOST_ATTEMPTS:
                hold.postpone(hold.read().next_try())
                return
            give_up(hold.id, error)
        hold.finish()
