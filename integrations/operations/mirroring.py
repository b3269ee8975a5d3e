"""What runs tell the mirror, so that a write shows at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from integrations.catalogue import Entity, InvalidInput, Kind, Operation, Pick
from integrations.catalogue.reading import read
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.operations.models import Run
from integrations.operations.subjects import id_of, subject_of
from integrations.records.collecting import keep_removed, keep_written, refresh_now
from integrations.transport.errors import BadAnswer, ProviderError
from portal.organizations.scope import scope


def mirror(run: Run, output: Any) -> bool:
    """Puts into the mirror what a run has written or deleted. Says whether the mirror is still old: a record was changed and did not come
    back. Needs a scope.
    """
    kind = run.declaration.kind
    if kind not in {Kind.CREATE, Kind.UPDATE, Kind.DELETE} or in_another_workspace(run):
        return False
    if kind is Kind.DELETE:
        mirror_deletion(run)
        return False
    return not mirror_record(run.connection, run.declaration.entity, output, run.pk) and kind is Kind.UPDATE


def in_another_workspace(run: Run) -> bool:
    """Whether it was sent to a workspace that is not the connection's: nothing of that one is mirrored here."""
    picks = [field for field in run.declaration.inputs if isinstance(field, Pick) and field.workspace]
    return not {id_of(pick, run.inputs) for pick in picks} <= {"", run.connection.workspace_id}


def mirror_record(connection: Connection, entity_name: str, data: Any, run_id: UUID | None = None) -> bool:
    """A write that answers with its record shows at once. Says whether it does. `run_id` names the run that made it so."""
    entity = connection.declaration.entity(entity_name)
    if not isinstance(data, dict) or not (entity.collect or entity.kept):
        return False
    # An answer that does not read as a record leaves the mirror to the next walk: the write was done all the same.
    with suppress(BadAnswer):
        keep_written(connection, entity, data, _parent_of(entity, data), run_id)
        return True
    return False


def _parent_of(entity: Entity, data: dict[str, Any]) -> str:
    """The record whose list this one belongs to; empty where there is one list for all. Raises `BadAnswer`."""
    if not (entity.collect and entity.collect.each and entity.parent):
        return ""
    try:
        return str(read(entity.parent, data) or "")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadAnswer(f"It does not tell where it belongs ({error}).") from error


def mirror_deletion(run: Run) -> None:
    """What was deleted is gone at once."""
    if pick := run.declaration.subject(run.inputs):
        keep_removed(run.connection, run.connection.declaration.entity(pick.entity), id_of(pick, run.inputs), run.pk)


def look_again(run: Run, opened: OpenConnection) -> None:
    """Reads a record anew that somebody else changed, so that the run can say what is different now. Raises nothing of the provider's."""
    if in_another_workspace(run):
        return
    with scope():
        record = subject_of(run.connection, run.declaration, run.inputs)
        run.seen = run.seen or (run.declaration.standing(record.data) if record else None)
    read_anew(run, opened)


def read_anew(run: Run, opened: OpenConnection, run_id: UUID | None = None) -> None:
    """Has the mirror see how the record of a run stands now; with `run_id`, as what that run made. Raises nothing of the provider's."""
    for operation, inputs in _readings(run):
        with suppress(ProviderError, InvalidInput):
            newest = opened.call(operation.name, inputs)
            with scope():
                mirror_record(run.connection, operation.entity, newest, run_id)
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
