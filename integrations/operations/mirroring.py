"""What runs tell the mirror, so that a write shows at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from integrations.catalogue import InvalidInput, Kind, Operation
from integrations.catalogue.reading import read
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.operations.models import Run
from integrations.operations.subjects import id_of, subject_of
from integrations.records.collecting import keep_removed, keep_written, refresh_now
from integrations.transport.errors import BadAnswer, ProviderError
from portal.organizations.scope import scope


def mirror(run: Run, output: Any) -> None:
    """Puts into the mirror what a run has written or deleted. Needs a scope."""
    if run.declaration.kind in {Kind.CREATE, Kind.UPDATE}:
        mirror_record(run.connection, run.declaration.entity, output)
    if run.declaration.kind is Kind.DELETE:
        mirror_deletion(run)


def mirror_record(connection: Connection, entity_name: str, data: Any) -> None:
    """A write that answers with its record shows at once."""
    entity = connection.declaration.entity(entity_name)
    if not isinstance(data, dict) or not (entity.collect or entity.kept):
        return
    each = str(read(entity.parent, data) or "") if entity.collect and entity.collect.each and entity.parent else ""
    # An answer that does not read as a record leaves the mirror to the next walk: the write was done all the same.
    with suppress(BadAnswer):
        keep_written(connection, entity, data, each)


def mirror_deletion(run: Run) -> None:
    """What was deleted is gone at once."""
    if pick := run.declaration.subject(run.inputs):
        keep_removed(run.connection, run.connection.declaration.entity(pick.entity), id_of(pick, run.inputs))


def look_again(run: Run, opened: OpenConnection) -> None:
    """Reads a record anew that somebody else changed, so that the run can say what is different now. Raises nothing of the provider's."""
    with scope():
        record = subject_of(run.connection, run.declaration, run.inputs)
        run.seen = run.seen or (run.declaration.standing(record.data) if record else None)
    for operation, inputs in _readings(run):
        with suppress(ProviderError, InvalidInput):
            newest = opened.call(operation.name, inputs)
            with scope():
                mirror_record(run.connection, operation.entity, newest)
            return
    with scope():
        refresh_now(run.connection, run.connection.declaration.entity(run.declaration.entity))


def _readings(run: Run) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """The operations that get such a record, each with the inputs for it."""
    subject = run.declaration.subject(run.inputs)
    for operation in run.connection.declaration.operations if subject else ():
        pick = operation.subject({}) if operation.kind is Kind.GET else None
        if subject and pick and pick.entity == subject.entity == operation.entity:
            shared = {field.name: run.inputs[field.name] for field in operation.inputs if field.name in run.inputs}
            yield operation, {**shared, pick.name: run.inputs[subject.name]}
