"""The one record that an operation reads, changes or deletes, as the mirror knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import Operation, Pick
from integrations.connections.models import Connection
from integrations.records.models import Record
from integrations.records.search import clean


def id_of(pick: Pick, inputs: Mapping[str, Any]) -> str:
    """The id that was given for a pick, as text; empty where there is none."""
    given = inputs.get(pick.name)
    return clean(str(given)) if isinstance(given, str | int) else ""


def subject_of(connection: Connection, operation: Operation, inputs: Mapping[str, Any]) -> Record | None:
    """The mirrored record that these inputs are about; None where there is none, or none is known. Needs a scope."""
    pick = operation.subject(inputs)
    if pick is None or not (remote_id := id_of(pick, inputs)):
        return None
    return Record.objects.filter(connection=connection, entity=pick.entity, remote_id=remote_id).first()


def name_of_subject(connection: Connection, operation: Operation, inputs: Mapping[str, Any], record: Record | None) -> str:
    """What it is called: its title, or its id where nobody has seen it yet; empty where the operation has no subject."""
    pick = operation.subject(inputs)
    if pick is None or not (remote_id := id_of(pick, inputs)):
        return ""
    label = connection.declaration.entity(pick.entity).label.lower()
    return f"the {label} “{record}”" if record and record.title else f"the {label} with the id {remote_id}"
