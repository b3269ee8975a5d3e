"""Runs that are due."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.connections.sealing import SealBroken
from integrations.connections.services import Urgency, open_client, try_later
from integrations.operations.models import Run
from integrations.operations.queries import declared
from integrations.operations.retrying import may_pass
from integrations.operations.running import UNREADABLE, give_up, repeat
from integrations.transport.errors import ProviderError, SignedOut
from portal.organizations.scope import scope
from portal.work.claims import Hold, take
from portal.work.tasks import OrganizationTask

IN_THE_BACKGROUND = ("sync", "automation")
UNDECLARED = "This portal does not know this operation any more."


@shared_task(name=Run.task_name, base=OrganizationTask)
def execute(organization_id: UUID, run_id: str, claim: str) -> None:
    """Attempts one run; what may pass by itself is tried again a few times."""
    with take(Run, UUID(run_id), UUID(claim)) as hold:
        if hold:
            _execute(hold)


def _execute(hold: Hold[Run]) -> None:
    with scope():
        run = Run.objects.select_related("asked_by", "connection").get(pk=hold.id)
    if declared(run):
        _attempt(hold, run)
    else:
        give_up(hold.id, UNDECLARED)
        hold.finish()


def _attempt(hold: Hold[Run], run: Run) -> None:
    urgency = Urgency.WRITE if run.origin in IN_THE_BACKGROUND else Urgency.INTERACTIVE
    try:
        with open_client(run.connection_id, str(run.asked_by or run.origin), urgency) as opened:
            repeat(hold.id, opened)
    except ProviderError as error:
        if may_pass(hold.id, hold.read().failures, error):
            try_later(hold, error)
            return
        give_up(hold.id, str(error), error.kind)
    except SealBroken:
        give_up(hold.id, str(SignedOut(UNREADABLE)), SignedOut.kind)
    hold.finish()
