"""The sweep, and the base of every task that works for an organization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from celery import Task, shared_task

from portal.organizations.scope import bind
from portal.work.claims import BATCH, Claimed, claim_due
from portal.work.heartbeats import beat_heart
from portal.work.models import DueModel, due_models

LONGEST = 5.0  # seconds that one sweep spends on one model: the others have their turn, and the next sweep goes on
MOST_TOGETHER = 50  # rows in one message


@dataclass(frozen=True)
class Message:
    """What the broker is given: nothing but ids."""

    task: str
    arguments: list[Any]


class OrganizationTask(Task):  # type: ignore[type-arg]
    """A task bound to the organization that its message names first. Its code opens short scopes (`with scope():`) for its steps."""

    abstract = True

    def __call__(self, organization_id: str, *args: Any, **kwargs: Any) -> Any:
        with bind(UUID(organization_id)):
            return super().__call__(UUID(organization_id), *args, **kwargs)


@shared_task(name="portal.work.sweep")
def sweep() -> None:
    """Looks for what is due in every organization, claims it, and hands it out. Runs every few seconds, and at once when something was
    made due. Its heart beats when it came to its end.
    """
    for model in due_models():
        hand_out(model)
    beat_heart("sweep")


def hand_out(model: type[DueModel]) -> int:
    """Claims what is due of a model and enqueues it, batch by batch, until nothing is left or the time for it is over. Gives how many rows
    that were.
    """
    count, until = 0, monotonic() + LONGEST
    while claimed := claim_due(model, BATCH):
        for message in messages_of(model, claimed):
            _send(message)
        count += len(claimed)
        if len(claimed) < BATCH or monotonic() >= until:
            break
    return count


def messages_of(model: type[DueModel], claimed: Sequence[Claimed]) -> Iterator[Message]:
    """What is sent for claimed rows: a message for each, or for those that travel together."""
    if model.travels_alone():
        yield from (Message(each.task, [str(each.organization_id), str(each.id), str(each.claim)]) for each in claimed)
        return
    groups: dict[tuple[UUID, UUID], list[list[str]]] = {}
    for each in claimed:
        groups.setdefault((each.organization_id, each.together), []).append([str(each.id), str(each.claim)])
    for (organization_id, _), rows in groups.items():
        for first in range(0, len(rows), MOST_TOGETHER):
            yield Message(model.task_name, [str(organization_id), rows[first : first + MOST_TOGETHER]])


def _send(message: Message) -> None:
    from celery import current_app

    current_app.send_task(message.task, args=message.arguments)
