"""Example inputs made from the declaration of their fields, and records as the providers answered them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import singledispatch
from pathlib import Path
from typing import Any

from integrations.catalogue import (
    Date,
    Email,
    Entity,
    Field,
    Flag,
    Group,
    Hours,
    Moment,
    Money,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Provider,
    RawCall,
    Rows,
    Text,
)

RECORDINGS = Path(__file__).parent / "recordings"
WORKSPACE = "27"
RAW_CALLS: list[dict[str, Any]] = [
    {"path": "/things"},
    {"method": "POST", "path": "/things/27", "query": [{"name": "how", "value": "fast 🙂"}], "body": '{"name": "Löschen? Nein 🙂"}'},
]


def recording(provider: Provider, entity: Entity) -> dict[str, Any]:
    """A record of an entity as the provider answered it once."""
    file = RECORDINGS / provider.name / f"{entity.name}.json"
    assert file.is_file(), f"put a {entity.name}, as {provider.label} lists it, into {file}"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def input_sets(operation: Operation) -> list[dict[str, Any]]:
    """Inputs in which every field is asked at least once: all that are shown at first, then for each condition those that it shows."""
    if isinstance(operation, RawCall):
        return RAW_CALLS
    return [
        least_inputs(operation.inputs),
        *({**all_inputs(operation.inputs), **decided} for decided in ({}, *_decisions(operation.inputs))),
    ]


def least_inputs(fields: Iterable[Field]) -> dict[str, Any]:
    """Only what must be given; the workspace comes from the connection."""
    return {field.name: example(field) for field in fields if field.required and not is_workspace(field)}


def all_inputs(fields: Iterable[Field]) -> dict[str, Any]:
    return {field.name: example(field) for field in fields}


def is_workspace(field: Field) -> bool:
    return isinstance(field, Pick) and field.workspace


def example(field: Field) -> Any:
    """Something that a person might give, as a form would hold it."""
    return [_example(field)] if field.many else _example(field)


def _decisions(fields: Iterable[Field]) -> Iterator[dict[str, Any]]:
    """What to answer so that each field is shown that depends on another, within groups too."""
    for field in fields:
        if field.shown_when:
            yield from ({field.shown_when.field: value} for value in field.shown_when.values)
        if isinstance(field, Group):
            yield from ({field.name: {**all_inputs(field.fields), **decided}} for decided in _decisions(field.fields))


@singledispatch
def _example(field: Field) -> Any:
    raise TypeError(f"there is no example of a {type(field).__name__}")


@_example.register
def _(field: Text) -> str:
    return ("Relaunch" if field.place is Place.HEADER else "Löschen? Nein 🙂")[: field.max_length]


@_example.register
def _(field: Email) -> str:
    return "ada.park@example.com"


@_example.register
def _(field: Number) -> str:
    return str(field.least if field.least is not None else min(1, field.most if field.most is not None else 1))


@_example.register
def _(field: Money) -> str:
    return "12.50"


@_example.register
def _(field: Hours) -> str:
    return "1.5"


@_example.register
def _(field: Date) -> str:
    return "2026-03-30" if field.not_before else "2026-03-29"


@_example.register
def _(field: Moment) -> str:
    return f"2026-03-29T{'17' if field.not_before else '09'}:00:00+02:00"


@_example.register
def _(field: Flag) -> str:
    return "on"


@_example.register
def _(field: OneOf) -> str:
    return str(field.choices[0][0])


@_example.register
def _(field: Pick) -> str:
    return "27" if field.number else "27-a/b"


@_example.register
def _(field: Group) -> dict[str, Any]:
    return all_inputs(field.fields)


@_example.register
def _(field: Rows) -> list[dict[str, Any]]:
    return [least_inputs(field.fields), all_inputs(field.fields)]
