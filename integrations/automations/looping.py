"""Automations that set one another off. How deep an event lies is known by the run that caused it.

Where the change does not name its run, the newest step counts that named the record just before: a raw call leaves no trace in the mirror,
and a look at the list may come between a provider's answer and its being kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from integrations.automations.models import Automation, StepRun
from integrations.catalogue import Entity, Kind, Operation
from integrations.operations.models import Run
from integrations.operations.subjects import id_of
from integrations.providers import UnknownProvider
from integrations.triggers.models import Event, Trigger

TOO_DEEP = (
    f"This event came of an automation, which came of another, more than {Automation.deepest} deep: they go round in a circle. "
    "Give one of them a condition that ends it."
)
COMES_TO_LIGHT = timedelta(minutes=5)  # after the next look at the latest
LONGEST_WAY = timedelta(days=1)  # from asking for a step to its end; keeps the search for steps short
MOST_STEPS = 1000  # that are gone through for the events of one look
NEWLY_SEEN = (Event.Via.POLL, Event.Via.WEBHOOK)
MAY_BE_DONE = (Run.State.RUNNING, Run.State.DONE, Run.State.UNKNOWN)


def depths_of(events: Sequence[Event]) -> dict[UUID, int]:
    """How many automations in a row led to each of these events of one trigger. One query for those whose run is known, and one for those
    that came to light without one.
    """
    runs = {event.run_id for event in events if event.run_id}
    steps = StepRun.objects.filter(run__in=runs).values_list("run", "automation_run__depth") if runs else ()
    deep: dict[UUID | None, int] = {run: depth + 1 for run, depth in steps}
    found = {event.pk: deep.get(event.run_id, 0) for event in events}
    return found | _depths_by_record([event for event in events if event.run_id is None and event.via in NEWLY_SEEN])


def is_too_deep(depth: int) -> bool:
    return depth > Automation.deepest


# --- by the record that a step named -----------------------------------------------------------------------------------


def _depths_by_record(events: Sequence[Event]) -> dict[UUID, int]:
    operations = _writing(events[0].trigger) if events else {}
    steps = _steps_about(events, operations) if operations else []
    return {event.pk: depth for event in events if (depth := _depth_of(event, steps, operations))}


def _writing(trigger: Trigger) -> Mapping[str, Operation]:
    """What a step can do on the trigger's connection that changes something over there."""
    try:
        operations = trigger.connection.declaration.operations
    except UnknownProvider:
        return {}
    return {each.name: each for each in operations if each.kind not in {Kind.LIST, Kind.GET}}


def _steps_about(events: Sequence[Event], operations: Iterable[str]) -> list[StepRun]:
    """The steps that may have caused one of the events, newest first."""
    trigger, moments = events[0].trigger, [event.happened_at for event in events]
    since, until = min(moments) - _stays_hidden(trigger), max(moments)
    was_there = Q(run__ended_at=None) | Q(run__ended_at__gte=since)
    on_it = StepRun.objects.filter(was_there, run__connection=trigger.connection_id, run__operation__in=list(operations))
    about_then = on_it.filter(run__created_at__gte=since - LONGEST_WAY, run__began_at__lte=until, run__state__in=MAY_BE_DONE)
    newest_first = about_then.select_related("run", "automation_run").defer("run__seen", "automation_run__steps").order_by("-run__began_at")
    return list(newest_first[:MOST_STEPS])


def _stays_hidden(trigger: Trigger) -> timedelta:
    """How long a change may have been there before it is seen."""
    return timedelta(minutes=trigger.minutes) + COMES_TO_LIGHT


def _depth_of(event: Event, steps: Iterable[StepRun], operations: Mapping[str, Operation]) -> int:
    entity = event.trigger.connection.declaration.entity(event.entity)
    for step in steps:
        if step.run and _is_about_then(step.run, event) and _names(step.run, operations[step.run.operation], event, entity):
            return step.automation_run.depth + 1
    return 0


def _is_about_then(run: Run, event: Event) -> bool:
    """Whether the run was under way when the change was seen, or had ended just before."""
    had_begun = run.began_at is not None and run.began_at <= event.happened_at
    return had_begun and (run.ended_at is None or run.ended_at >= event.happened_at - _stays_hidden(event.trigger))


def _names(run: Run, operation: Operation, event: Event, entity: Entity) -> bool:
    """Whether a run was about the record of an event. One that is making such a record right now cannot tell its id, and counts."""
    if operation.kind is Kind.CALL:
        return _is_raw_call_about(run, operation, event, entity)
    subject = operation.subject(run.inputs)
    if subject is not None:
        return subject.entity == event.entity and id_of(subject, run.inputs) == event.remote_id
    return operation.entity == event.entity and (not run.has_ended or event.remote_id in _ids_in(entity, run.output))


def _is_raw_call_about(run: Run, operation: Operation, event: Event, entity: Entity) -> bool:
    path = str(run.inputs.get("path", "")).partition("?")[0].strip()
    return not operation.only_reads(run.inputs) and (event.remote_id in path.split("/") or event.remote_id in _ids_in(entity, run.output))


def _ids_in(entity: Entity, output: Any, levels: int = 4) -> Iterator[str]:
    """The ids of everything in an answer that may be such a record, not deeper than records lie in answers."""
    if isinstance(output, Mapping):
        with suppress(KeyError, TypeError, AttributeError, ValueError):
            yield entity.id_of(output)
    below = output.values() if isinstance(output, Mapping) else output if isinstance(output, list) else ()
    for each in below if levels else ():
        yield from _ids_in(entity, each, levels - 1)
