"""Which changes a trigger tells of: what its watch counts, narrowed to what the person chose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.catalogue import Entity, Pick, Watch
from integrations.catalogue.reading import Data, read

Inputs = Mapping[str, Any]


def wanted(watch: Watch, inputs: Inputs, entity: Entity, kind: str, before: Data | None, after: Data | None) -> bool:
    """Whether a change is one to tell of. A record belongs to what it belonged to last: one that is gone, to what it belonged to before."""
    data = before if after is None else after
    return kind in chosen_kinds(watch, inputs) and watch.counts(kind, before, after) and belongs(watch, inputs, entity, data or {})


def wanted_at_start(watch: Watch, inputs: Inputs, entity: Entity, data: Data) -> bool:
    """Whether a record that is there already is one to tell of."""
    return first_kind(watch) in chosen_kinds(watch, inputs) and watch.has_happened(data) and belongs(watch, inputs, entity, data)


def chosen_kinds(watch: Watch, inputs: Inputs) -> tuple[str, ...]:
    """The kinds of changes that count, of those of the watch."""
    chosen = inputs.get(watch.chosen_changes) if watch.chosen_changes else None
    return tuple(kind for kind in watch.changes if kind in chosen) if chosen else watch.changes


def first_kind(watch: Watch) -> str:
    """What is said to have become of a record that was there at the start. What a condition decides need not be new: it became so."""
    if watch.when and "changed" in watch.changes:
        return "changed"
    return "created" if "created" in watch.changes else watch.changes[0]


def belongs(watch: Watch, inputs: Inputs, entity: Entity, data: Data) -> bool:
    """Whether a record belongs to everything that was picked."""
    return all(_told(entity, column, data) == picked for column, picked in narrowed_to(watch, inputs, entity))


def narrowed_to(watch: Watch, inputs: Inputs, entity: Entity) -> Iterator[tuple[str, str]]:
    """The promoted columns that are narrowed down, each with the id that has to stand there."""
    for pick in watch.inputs:
        if isinstance(pick, Pick) and not pick.workspace and inputs.get(pick.name) and (column := entity.column_of(pick.entity)):
            yield column, str(inputs[pick.name])


def each_of(watch: Watch, inputs: Inputs, entity: Entity) -> str:
    """The one record whose list is looked at, where lists are asked one by one and it is narrowed to one; else empty."""
    how = entity.collect
    if how is None or not how.each or how.each != entity.parent_entity:
        return ""
    return dict(narrowed_to(watch, inputs, entity)).get("parent", "")


def _told(entity: Entity, column: str, data: Data) -> str:
    """The id in a promoted column, as the mirror would keep it."""
    source = getattr(entity, column)
    found = read(source, data) if source else None
    return "" if found is None else str(found)
