"""Checks the fields that an operation or a watch asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from integrations.catalogue.fields import Date, Field, Group, Moment, Pick, Place, Rows

if TYPE_CHECKING:
    from integrations.catalogue.provider import Provider


def fields_mistakes(provider: Provider, fields: tuple[Field, ...], above: str = "") -> Iterator[str]:
    """What cannot stand in the fields of an operation or a watch: sentences that begin with the dotted name of the field."""
    names = {field.name for field in fields}
    for name, times in Counter(field.name for field in fields).items():
        if times > 1:
            yield f".{above}{name}: declared {times} times"
    for field in fields:
        full = f".{above}{field.name}"
        if field.place is Place.PATH and not (field.asked_only or field.required or (isinstance(field, Pick) and field.workspace)):
            yield f"{full}: travels in the path and so must be required"
        if field.shown_when and field.shown_when.field not in names:
            yield f"{full}: is shown by {field.shown_when.field!r}, which is not asked beside it"
        elif _goes_in_a_circle(field, fields):
            yield f"{full}: is shown by itself, in a circle"
        if isinstance(field, Date | Moment) and field.not_before and field.not_before not in {each.name for each in _like(field, fields)}:
            yield f"{full}: may not be before {field.not_before!r}, which is no {field.type} beside it"
        if isinstance(field, Pick):
            if field.entity not in provider.entity_by_name:
                yield f"{full}: picks {field.entity!r}, which is no entity"
            yield from (f"{full}: depends on {name!r}, which {mistake}" for name, mistake in _dependencies(provider, field, fields))
        if isinstance(field, Group | Rows):
            yield from fields_mistakes(provider, field.fields, f"{above}{field.name}.")


def _dependencies(provider: Provider, pick: Pick, beside: tuple[Field, ...]) -> Iterator[tuple[str, str]]:
    """What a pick depends on must say something of its records: they live in that workspace, or belong to that record."""
    others = {field.name: field for field in beside}
    for name in pick.depends_on:
        other = others.get(name)
        if other is None:
            yield name, "is not asked beside it"
        elif not isinstance(other, Pick):
            yield name, "is no pick"
        elif not other.workspace and (entity := provider.entity_by_name.get(pick.entity)) and entity.column_of(other.entity) is None:
            yield name, f"no {pick.entity} belongs to"


def _like(field: Field, beside: tuple[Field, ...]) -> list[Field]:
    """The other fields of its type."""
    return [each for each in beside if each.type == field.type and each is not field]


def _goes_in_a_circle(field: Field, beside: tuple[Field, ...]) -> bool:
    deciding = {each.name: each.shown_when.field for each in beside if each.shown_when}
    seen, name = set(), field.name
    while name in deciding and name not in seen:
        seen.add(name)
        name = deciding[name]
    return name in seen
