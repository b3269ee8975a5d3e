"""The sweep, and the base of every task that works for an organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import Task, shared_task

from portal.organizations.scope import bind
from portal.work.claims import Claimed, claim_due
from portal.work.heartbeats import beat_heart
from portal.work.models import due_models


class OrganizationTask(Task):  # type: ignore[type-arg]
    """A task bound to the organization that its message names first. Its code opens short scopes (`with scope():`) for its steps."""

    abstract = True

    def __call__(self, organization_id: str, *args: Any, **kwargs: Any) -> Any:
        with bind(UUID(organization_id)):
            return super().__call__(UUID(organization_id), *args, **kwargs)


@shared_task(name="portal.work.sweep")
def sweep() -> None:
    """Looks for what is due in every organization, claims it, and hands it out. Runs every few seconds, and at once when something was
    made due.
    """
    beat_heart("worker")
    for model in due_models():
        for claimed in claim_due(model):
            _hand_out(claimed)


def _hand_out(claimed: Claimed) -> None:
    from celery import current_app

    current_app.send_task(claimed.task, args=[str(claimed.organization_id), str(claimed.id), str(claimed.claim)])
