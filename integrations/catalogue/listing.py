"""The whole catalogue as plain data: every operation and trigger of the providers, as `manage.py catalogue` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from integrations.catalogue.fields import Field, Group, OneOf, Place, Rows
from integrations.catalogue.operations import Operation
from integrations.catalogue.provider import Provider, Watch

TRIGGER = "trigger"
Entry = dict[str, Any]


def entries(providers: Iterable[Provider]) -> list[Entry]:
    """Everything that can be run or watched, by the row that it serves; what serves none comes last."""
    found = [entry for provider in providers for entry in _of(provider)]
    return sorted(found, key=lambda each: (each["row"] is None, each["row"] or "", each["provider"], each["operation"]))


def _of(provider: Provider) -> list[Entry]:
    operations = [_operation(provider, operation) for operation in provider.operations]
    return [*operations, *(_watch(provider, watch) for watch in provider.watches)]


def _operation(provider: Provider, operation: Operation) -> Entry:
    """A raw call has no method and no path of its own: both are among its inputs."""
    return {
        "provider": provider.name,
        "entity": operation.entity or None,
        "operation": operation.name,
        "label": operation.label,
        "kind": str(operation.kind),
        "method": operation.method or None,
        "path": operation.path or None,
        "inputs": inputs(operation.asked),
        "paging": operation.paging.style if operation.paging else None,
        "row": operation.row,
    }


def _watch(provider: Provider, watch: Watch) -> Entry:
    """Method, path and paging are those of the list that tells what happened. What a trigger asks is never sent."""
    collect = provider.entity(watch.entity).collect
    how = _operation(provider, provider.operation(collect.operation)) if collect else {}
    return {
        "provider": provider.name,
        "entity": watch.entity,
        "operation": watch.name,
        "label": watch.label,
        "kind": TRIGGER,
        "method": how.get("method"),
        "path": how.get("path"),
        "inputs": [{**each, "in": None} for each in inputs(watch.asked)],
        "paging": how.get("paging"),
        "row": watch.row,
    }


def inputs(fields: Sequence[Field], inside: Place | None = None) -> list[Entry]:
    """What is asked, by the names that an input has to be given with. What stands within a group or in rows travels with it."""
    return [_input(field, inside or field.place) for field in fields]


def _input(field: Field, place: Place) -> Entry:
    entry: Entry = {
        "name": field.name,
        "in": None if field.asked_only else str(place),
        "type": f"list of {field.type}" if field.many else field.type,
        "required": field.required,
        "choices": [value for value, _ in field.choices] if isinstance(field, OneOf) else None,
    }
    if isinstance(field, Group | Rows):
        entry["fields"] = inputs(field.fields, place)
    return entry
