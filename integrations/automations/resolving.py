"""The steps of an automation with their inputs made from an event: as a run does it, and as a dry run shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from integrations.automations.automation_values import Values
from integrations.automations.filling import Filler, grown, mapped_texts
from integrations.automations.mapping import MappingError, steps_in
from integrations.automations.step_form import StepForm
from integrations.catalogue import Operation, Request
from integrations.connections.models import Connection
from integrations.operations.building.form import ActionForm
from integrations.operations.models import Run
from integrations.providers import UnknownProvider
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id

NO_CONNECTION = "Its connection is not there any more."
NO_OPERATION = "This portal does not know its action any more."


@dataclass(frozen=True)
class Step:
    """A step as an automation keeps it, with what it stands on; without the latter where that is gone."""

    number: int
    id: str
    given: Mapping[str, Any]
    connection: Connection | None
    operation: Operation | None

    @property
    def problem(self) -> str:
        return NO_CONNECTION if self.connection is None else NO_OPERATION if self.operation is None else ""

    @property
    def label(self) -> str:
        return self.operation.label if self.operation else "Gone"


@dataclass(frozen=True)
class Resolved:
    """A step with its inputs. `errors` says by the full names of fields what is wrong; `waits_for` holds the earlier steps without whose
    output its inputs cannot be known.
    """

    step: Step
    run: Run | None = None
    request: Request | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    waits_for: Sequence[int] = ()

    @property
    def is_well(self) -> bool:
        """Whether nothing speaks against it."""
        return not (self.errors or self.problem)

    @property
    def message(self) -> str:
        """What is wrong, in a sentence for each field."""
        return " ".join([self.problem, *(f"{name}: {said}" for name, said in self.errors.items())]).strip()


def steps_of(kept: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps with their connections. One query; needs a scope."""
    ids = {UUID(each["connection"]) for each in kept}
    connections = Connection.objects.in_bulk(ids) if ids else {}
    return [_step(number, each, connections.get(UUID(each["connection"]))) for number, each in enumerate(kept, 1)]


def _step(number: int, kept: Mapping[str, Any], connection: Connection | None) -> Step:
    operation = _declared(connection, kept["operation"]) if connection else None
    return Step(number, kept["id"], kept["given"], connection, operation)


def _declared(connection: Connection, name: str) -> Operation | None:
    try:
        return connection.declaration.operation_by_name.get(name)
    except UnknownProvider:
        return None


def resolve(step: Step, values: Values, zone: ZoneInfo) -> Resolved:
    """Makes the inputs of a step, and the call that they make. Needs a scope."""
    if step.connection is None or step.operation is None:
        return Resolved(step, problem=step.problem)
    given = _given(step, zone)
    if waits_for := _unknown_steps(step, given, values):
        return Resolved(step, waits_for=waits_for)
    filler = Filler(values, zone)
    form = ActionForm("", step.connection, step.operation, zone, given=filler.fill(step.operation.asked, given))
    form.meet_record()
    checked = form.check()
    if filler.errors or checked is None:
        return Resolved(step, errors={**form.errors, **filler.errors})
    inputs, request = checked
    return Resolved(step, run=form.run(inputs), request=request)


def organizations_zone() -> ZoneInfo:
    """The zone in which dates are meant: nobody in particular reads what an automation writes. Needs a scope."""
    return ZoneInfo(Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id()))


def _given(step: Step, zone: ZoneInfo) -> dict[str, Any]:
    assert step.connection
    assert step.operation
    untouched = StepForm("", step.connection, step.operation, zone).before()
    return grown(step.operation.asked, step.given, untouched)


def _unknown_steps(step: Step, given: dict[str, Any], values: Values) -> list[int]:
    assert step.operation
    try:
        named = {number for _, text in mapped_texts(step.operation.asked, given) for number in steps_in(text)}
    except MappingError:
        return []  # told with its field, when it is filled in
    return sorted(number for number in named if number < step.number and number not in values["steps"])
