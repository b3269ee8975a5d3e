"""A declaration checks itself: every mistake at once, each by its full name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from integrations.catalogue.entities import Collect, Column, Entity
from integrations.catalogue.fields import Date, Field, Group, Moment, Pick, Place, Rows
from integrations.catalogue.operations import PLACEHOLDER, Kind, Operation
from integrations.catalogue.parts import Me, MembersReading, NativePart, Part, Parts, ProjectPart, TimePart, Write
from integrations.catalogue.raw_call import METHODS, RawCall

if TYPE_CHECKING:
    from integrations.catalogue.provider import Provider, Watch

NAME = re.compile(r"[a-z][a-z0-9_]*")
CHANGES = {"created", "changed", "removed"}


class BadDeclaration(ValueError):
    """A provider's folder says something that cannot be. `mistakes` holds a sentence for each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(["This declaration cannot stand:", *mistakes]))


def check(provider: Provider) -> None:
    """Raises `BadDeclaration` where the provider's declaration contradicts itself."""
    mistakes = [f"{provider.name}.{mistake}" for mistake in _mistakes(provider)]
    if mistakes:
        raise BadDeclaration(mistakes)


def _mistakes(provider: Provider) -> Iterator[str]:
    if not provider.sign_ins:
        yield "sign_ins: there is no way to sign in"
    yield from _names("sign_in", (sign_in.name for sign_in in provider.sign_ins))
    yield from _names("entity", (entity.name for entity in provider.entities))
    yield from _names("operation", (operation.name for operation in provider.operations))
    yield from _names("watch", (watch.name for watch in provider.watches))
    for entity in provider.entities:
        yield from (f"{entity.name}: {mistake}" for mistake in _entity(provider, entity))
    for operation in provider.operations:
        yield from (f"{operation.name}{mistake}" for mistake in _operation(provider, operation))
    for watch in provider.watches:
        yield from (f"{watch.name}: {mistake}" for mistake in _watch(provider, watch))
    for name in (provider.identity.account_operation, provider.identity.workspaces_operation):
        if name not in provider.operation_by_name:
            yield f"identity: {name!r} is no operation"
    if provider.parts:
        yield from _parts(provider, provider.parts)


def _watch(provider: Provider, watch: Watch) -> Iterator[str]:
    if watch.entity not in provider.entity_by_name:
        yield f"watches {watch.entity!r}, which is no entity"
    if not watch.changes:
        yield "watches no change at all"
    told = {*watch.changes, *(watch.hook.events if watch.hook else ())}
    yield from (f"{change!r} is no change; use {', '.join(sorted(CHANGES))}" for change in sorted(told - CHANGES))
    yield from (mistake.removeprefix(".") for mistake in _fields(provider, watch.asked, ""))


def _names(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if not NAME.fullmatch(name):
            yield f"{what} {name!r}: a name is lower-case letters, digits and underscores"
        if times > 1:
            yield f"{what} {name!r}: declared {times} times"


def _entity(provider: Provider, entity: Entity) -> Iterator[str]:
    for column in entity.columns:
        if column.promoted not in Entity.PROMOTED:
            yield f"column {column.label!r} shows {column.promoted!r}, which is not promoted"
        elif getattr(entity, column.promoted) is None:
            yield f"column {column.label!r} shows {column.promoted!r}, which has no source"
        if column.unit and (column.unit not in Column.UNITS or column.promoted != ("moment" if column.unit == "day" else "amount")):
            yield f"column {column.label!r}: a {column.promoted} is not shown as {column.unit!r}"
    for related in (entity.parent_entity, entity.person_entity):
        if related and related not in provider.entity_by_name:
            yield f"relates to {related!r}, which is no entity"
    collect = entity.collect
    if collect and entity.kept:
        yield "is listed over there, and so need not be kept from runs"
    if collect is None:
        return
    operation = provider.operation_by_name.get(collect.operation)
    if operation is None or operation.kind is not Kind.LIST:
        yield f"is collected by {collect.operation!r}, which is no list operation"
        return
    yield from _updates(provider, entity, collect)
    inputs = {field.name for field in operation.inputs}
    for name in [*collect.inputs, *([collect.each_as] if collect.each else [])]:
        if name not in inputs:
            yield f"is collected with the input {name!r}, which {operation.name} does not take"
    if collect.each and collect.each not in provider.entity_by_name:
        yield f"is collected for each {collect.each!r}, which is no entity"


def _updates(provider: Provider, entity: Entity, collect: Collect) -> Iterator[str]:
    updates = collect.updates
    if updates is None:
        return
    operation = provider.operation_by_name.get(updates.operation)
    if operation is None or operation.kind is not Kind.LIST or operation.entity != entity.name:
        yield f"is updated by {updates.operation!r}, which lists no {entity.name}"
    if collect.each:
        yield f"is updated as a whole, and so cannot be collected for each {collect.each!r}"


def _operation(provider: Provider, operation: Operation) -> Iterator[str]:
    if not isinstance(operation, RawCall):
        yield from _address(provider, operation)
    yield from _fields(provider, operation.asked, "")


def _address(provider: Provider, operation: Operation) -> Iterator[str]:
    if operation.entity not in provider.entity_by_name:
        yield f": belongs to {operation.entity!r}, which is no entity"
    if operation.method not in METHODS:
        yield f": {operation.method!r} is no method"
    if not operation.path.startswith("/"):
        yield f": the path {operation.path!r} must start with /"
    if (operation.kind is Kind.LIST) != (operation.paging is not None):
        yield ": a list has a paging, and nothing else has"
    asked = {field.wire_name for field in operation.inputs if field.place is Place.PATH and not field.asked_only}
    named = set(PLACEHOLDER.findall(operation.path))
    yield from (f".{name}: travels in the path, which does not name it" for name in sorted(asked - named))
    yield from (f": the path names {name!r}, which is not asked" for name in sorted(named - asked))


def _fields(provider: Provider, fields: tuple[Field, ...], above: str) -> Iterator[str]:
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
            yield from _fields(provider, field.fields, f"{above}{field.name}.")


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


def _parts(provider: Provider, parts: Parts) -> Iterator[str]:
    for name, part in vars(parts).items():
        if part is None:
            continue
        for role, entity in _entities_of(part):
            if entity not in provider.entity_by_name:
                yield f"parts.{name}{role}: {entity!r} is no entity"
        for verb, operation in _operations_of(part):
            if operation not in provider.operation_by_name:
                yield f"parts.{name}.{verb}: {operation!r} is no operation"
    yield from _me(provider, parts.person.me)
    yield from _members(provider, parts.project)


def _entities_of(part: Part) -> Iterator[tuple[str, str]]:
    """The entities that a part names, each with the word that names it."""
    if isinstance(part, NativePart):
        yield from ((".projects", part.projects), (".people", part.people))
        return
    yield "", part.entity
    if isinstance(part, TimePart) and part.edits:
        yield ".edits", part.edits.entity


def _operations_of(part: Part) -> Iterator[tuple[str, str]]:
    return ((verb, word.operation) for verb, word in vars(part).items() if isinstance(word, Write | Me | MembersReading))


def _me(provider: Provider, me: Me | None) -> Iterator[str]:
    """Who has just signed in is asked before anything else is known."""
    operation = provider.operation_by_name.get(me.operation) if me else None
    if operation is None:
        return
    if operation.kind is not Kind.GET or any(field.required for field in operation.inputs):
        yield f"parts.person.me: {operation.name!r} does not get one record without being told anything"


def _members(provider: Provider, project: ProjectPart) -> Iterator[str]:
    """Who is added anew would lose the role that they have: before anybody is added one must know who is there."""
    if project.add_members and not project.members:
        yield "parts.project.add_members: people are added, and no `members` tells who is there already"
    operation = provider.operation_by_name.get(project.members.operation) if project.members else None
    if operation and operation.kind is not Kind.LIST:
        yield f"parts.project.members: {operation.name!r} is no list operation"
