"""Triggers that are due for a look."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from celery import shared_task

from integrations.connections.services import try_later
from integrations.transport.errors import ProviderError
from integrations.triggers.models import Trigger
from integrations.triggers.polling import look
from portal.organizations.scope import scope
from portal.work.claims import Hold, take_each
from portal.work.tasks import OrganizationTask


@shared_task(name=Trigger.task_name, base=OrganizationTask)
def poll_triggers(organization_id: UUID, claims: Sequence[Sequence[str]]) -> None:
    """One look for each of some triggers of one connection. One that fails hurts no other."""
    take_each(Trigger, claims, work_on)


def work_on(hold: Hold[Trigger]) -> None:
    """One look. A provider that says no is asked again later; the trigger says why, and loses nothing."""
    trigger = _read(hold)
    if _rests(trigger):
        hold.finish()
        return
    try:
        found = look(trigger, progress=hold.renew)
    except ProviderError as error:
        _try_later(hold, error)
        return
    hold.finish(found.due_at, problem="")


def _rests(trigger: Trigger) -> bool:
    """Whether there is nothing to look at: whoever changes that makes it due."""
    return bool(trigger.is_paused or trigger.ended_at) or not trigger.connection.is_connected


def _try_later(hold: Hold[Trigger], error: ProviderError) -> None:
    """Where the sign-in turned out to be over, the connection says so by itself, and the trigger waits for the next one."""
    if _read(hold).connection.is_connected:
        try_later(hold, error, problem=str(error))
    else:
        hold.finish(problem="")


def _read(hold: Hold[Trigger]) -> Trigger:
    with scope():
        return Trigger.objects.select_related("connection").get(pk=hold.id)
