"""What there is at a provider: kinds of records, how they are listed, told apart and shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Data = Mapping[str, Any]
Source = str | Callable[[Data], Any]
Reading = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a browse page. `promoted` is the column of the mirror that holds it, one of `Entity.PROMOTED`: it can be sorted and
    filtered.
    """

    label: str
    promoted: str


@dataclass(frozen=True)
class Window:
    """A list that must be asked for by days.

    `inputs` turns first and last day (both inclusive) into inputs of the list operation: one set for each call that it takes.
    """

    inputs: Callable[[date, date], list[dict[str, Any]]]
    longest: int  # days that one walk may span


@dataclass(frozen=True, kw_only=True)
class Collect:
    """How the mirror gets the records of an entity: which list operation, with which inputs, and once for each of what."""

    operation: str
    inputs: Data = field(default_factory=dict)
    each: str = ""  # an entity: the list is asked once for each of its records
    each_as: str = ""  # the input that takes that record's id
    window: Window | None = None


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of record. `title` to `amount` say where the promoted columns come from: a dotted path in the record, or a function of it."""

    name: str
    label: str
    plural: str
    icon: str = "folder"
    identity: Source = "id"
    title: Source = "name"
    status: Source | None = None
    parent: Source | None = None
    person: Source | None = None
    moment: Source | None = None
    amount: Source | None = None
    parent_entity: str = ""
    person_entity: str = ""
    columns: tuple[Column, ...] = ()
    collect: Collect | None = None
    is_gone: Callable[[Data], bool] | None = None  # records that a list shows although they were deleted

    PROMOTED = ("title", "status", "parent", "person", "moment", "amount")

    def id_of(self, data: Data) -> str:
        """The record's id as text. Raises `KeyError` where the record has none: it is then no record of ours."""
        found = read(self.identity, data)
        if found in (None, ""):
            raise KeyError(f"a {self.name} without an id")
        return str(found)

    def promoted(self, data: Data) -> Reading:
        """The values of the promoted columns, by name."""
        return {name: read(source, data) if (source := getattr(self, name)) else None for name in self.PROMOTED}


def read(source: Source, data: Data) -> Any:
    """What a source says of a record; None where a step of its path is missing."""
    if callable(source):
        return source(data)
    return at(data, source)


def at(data: Any, path: str) -> Any:
    """The value at a dotted path; the data itself where the path is empty, None where a step is missing."""
    for step in path.split(".") if path else ():
        if not isinstance(data, Mapping):
            return None
        data = data.get(step)
    return data
