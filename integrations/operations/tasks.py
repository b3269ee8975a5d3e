"""Runs that are due."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from integrations.connections.sealing import SealBroken
from integrations.connections.services import Urgency, open_client, try_later
from integrations.operations.models import Run
from integrations.operations.queries import declared
from integrations.operations.running import UNREADABLE, give_up, repeat, wait
from integrations.transport.errors import OverBudget, ProviderError, SignedOut, Throttled
from portal.organizations.scope import scope
from portal.work.claims import Hold, take
from portal.work.tasks import OrganizationTask

MOST_ATTEMPTS = 5
MOST_WAITS = 30  # a call that was turned away was certainly not done; one that our own budget holds back waits as often as it must
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
        if _may_pass(hold, error):
            try_later(hold, error)
            return
        give_up(hold.id, str(error), error.kind)
    except SealBroken:
        give_up(hold.id, str(SignedOut(UNREADABLE)), SignedOut.kind)
    hold.finish()


def _may_pass(hold: Hold[Run], error: ProviderError) -> bool:
    """Whether the run is tried again. One that was held back or turned away was certainly not done, and waits."""
    failures = hold.read().failures
    if not isinstance(error, Throttled):
        return error.passes and failures < MOST_ATTEMPTS
    may_wait = isinstance(error, OverBudget) or failures < MOST_WAITS
    if may_wait:
        wait(hold.id, error)
    return may_wait
