"""A declaration checks itself: every mistake at once, each by its full name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from integrations.catalogue.check_fields import fields_mistakes
from integrations.catalogue.check_watches import hooks_mistakes, watch_mistakes
from integrations.catalogue.entities import Collect, Column, Entity
from integrations.catalogue.fields import Place
from integrations.catalogue.operations import PLACEHOLDER, Kind, Operation
from integrations.catalogue.parts import Me, MembersReading, NativePart, Part, Parts, ProjectPart, TimePart, Write
from integrations.catalogue.raw_call import METHODS, RawCall

if TYPE_CHECKING:
    from integrations.catalogue.provider import Provider

NAME = re.compile(r"[a-z][a-z0-9_]*")


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
    yield from _names("operation", (operation.name for operation in _callable(provider)))
    yield from _names("watch", (watch.name for watch in provider.watches))
    for entity in provider.entities:
        yield from (f"{entity.name}: {mistake}" for mistake in _entity(provider, entity))
    for operation in _callable(provider):
        yield from (f"{operation.name}{mistake}" for mistake in _operation(provider, operation))
    for watch in provider.watches:
        yield from (f"{watch.name}: {mistake}" for mistake in watch_mistakes(provider, watch))
    for name in (provider.identity.account_operation, provider.identity.workspaces_operation):
        if name not in provider.operation_by_name:
            yield f"identity: {name!r} is no operation"
    if provider.hooks:
        yield from (f"hooks.{mistake}" for mistake in hooks_mistakes(provider, provider.hooks))
    if provider.parts:
        yield from _parts(provider, provider.parts)


def _callable(provider: Provider) -> tuple[Operation, ...]:
    """What is offered to people, and what keeps webhooks."""
    return (*provider.operations, *(provider.hooks.operations if provider.hooks else ()))


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
    yield from fields_mistakes(provider, operation.asked)


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
