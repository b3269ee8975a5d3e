"""The fields that a step can take its inputs from: of an event, and of what earlier steps gave. Each with an example, to be clicked on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from integrations.automations.automation_values import facts_of
from integrations.automations.mapping import as_text, placeholder, written
from integrations.automations.models import Automation
from integrations.automations.resolving import Step
from integrations.operations.models import Run
from integrations.records.models import Record
from integrations.triggers.models import Event, Trigger

DEEPEST = 6
MOST_BESIDE = 80
MOST_ITEMS = 1  # of a list; the others are like it
LONGEST_EXAMPLE = 60


@dataclass(frozen=True)
class Branch:
    """A field, or several below a name. A field has a placeholder; `example` is what stands in it now."""

    label: str
    path: str
    placeholder: str = ""
    example: str = ""
    below: list[Branch] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """What one is most likely to look for is seen at once."""
        return self.path in {"event", "event.after"}


def tree_of(label: str, data: Any, path: Sequence[str | int]) -> Branch:
    """What stands below a name. A list of plain values is a field too: it can be joined."""
    below = list(_below(data, path)) if len(path) <= DEEPEST else []
    is_field = not isinstance(data, Mapping) and not (isinstance(data, list) and below)
    return Branch(label, written(path), _placeholder(data, path) if is_field else "", _example(data) if is_field else "", below)


def _below(data: Any, path: Sequence[str | int]) -> Iterator[Branch]:
    if isinstance(data, Mapping):
        for name in list(data)[:MOST_BESIDE] if len(path) == 1 else sorted(data)[:MOST_BESIDE]:
            yield tree_of(str(name), data[name], (*path, str(name)))
    if isinstance(data, list) and any(isinstance(each, Mapping | list) for each in data):
        for number, each in enumerate(data[:MOST_ITEMS]):
            yield tree_of(f"{number}, the first", each, (*path, number))


def _placeholder(data: Any, path: Sequence[str | int]) -> str:
    return placeholder(path).replace(" }}", " | join }}") if isinstance(data, list) else placeholder(path)


def _example(data: Any) -> str:
    said = ", ".join(as_text(each) for each in data) if isinstance(data, list) else as_text(data)
    return f"{said[:LONGEST_EXAMPLE]}…" if len(said) > LONGEST_EXAMPLE else said


def paths_in(branch: Branch) -> Iterator[str]:
    """The paths of all fields of a tree."""
    if branch.placeholder:
        yield branch.path
    for each in branch.below:
        yield from paths_in(each)


# --- examples ----------------------------------------------------------------------------------------------------------


def example_event(trigger: Trigger) -> Event:
    """The newest event of a trigger; where there was none yet, one as it would be of a record that is there. Not saved then."""
    newest = Event.objects.filter(trigger=trigger).order_by("-happened_at", "-id").first()
    event = newest or _imagined(trigger)
    event.trigger = trigger
    return event


def _imagined(trigger: Trigger) -> Event:
    watch = trigger.declaration
    record = _example_record(trigger.connection_id, watch.entity)
    return Event(
        trigger=trigger,
        kind=watch.changes[0],
        entity=watch.entity,
        remote_id=record.remote_id if record else "",
        title=record.title if record else "",
        after=record.data if record else None,
        happened_at=timezone.now(),
    )


def example_outputs(steps: Sequence[Step]) -> dict[int, Any]:
    """What steps are likely to give: what such a step gave last, else a record of its kind. Without those of which neither is
    known.
    """
    found = {step.number: _example_output(step) for step in steps if step.connection and step.operation}
    return {number: output for number, output in found.items() if output is not None}


def _example_output(step: Step) -> Any:
    assert step.connection
    assert step.operation
    done = Run.objects.filter(connection=step.connection, operation=step.operation.name, state=Run.State.DONE)
    output = done.order_by("-created_at").values_list("output", flat=True).first()
    if output is not None:
        return output
    record = _example_record(step.connection.pk, step.operation.entity) if not step.operation.kind.reads else None
    return record.data if record else None


def _example_record(connection_id: UUID, entity: str) -> Record | None:
    return Record.objects.filter(connection=connection_id, entity=entity, removed_at=None).order_by("title", "id").first()


def trees_for(automation: Automation, steps: Sequence[Step]) -> list[Branch]:
    """Everything that a step behind these may name."""
    event = tree_of("The event", facts_of(example_event(automation.trigger)), ("event",))
    outputs = example_outputs(steps)
    return [event, *(tree_of(f"Step {step.number}: {step.label}", outputs.get(step.number, {}), ("steps", step.number)) for step in steps)]
