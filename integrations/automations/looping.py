"""Automations that set one another off. How deep an event lies is known by the run that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from integrations.automations.models import Automation, StepRun
from integrations.triggers.models import Event

TOO_DEEP = (
    f"This event came of an automation, which came of another, more than {Automation.deepest} deep: they go round in a circle. "
    "Give one of them a condition that ends it."
)


def depths_of(events: Sequence[Event]) -> dict[UUID, int]:
    """How many automations in a row led to each event. One query, and none where no event was caused by a run."""
    runs = {event.run_id for event in events if event.run_id}
    steps = StepRun.objects.filter(run__in=runs).values_list("run", "automation_run__depth") if runs else ()
    deep: dict[UUID | None, int] = {run: depth + 1 for run, depth in steps}
    return {event.pk: deep.get(event.run_id, 0) for event in events}


def is_too_deep(depth: int) -> bool:
    return depth > Automation.deepest
