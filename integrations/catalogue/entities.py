"""What there is at a provider: kinds of records, how they are listed, told apart and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from integrations.catalogue.reading import Data, Source, read

Reading = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a browse page. `promoted` is the column of the mirror that holds it, one of `Entity.PROMOTED`: it can be sorted and
    filtered. `unit` says what an amount counts, one of `UNITS`, or that a moment is a whole `day`.
    """

    label: str
    promoted: str
    unit: str = ""

    UNITS: ClassVar[tuple[str, ...]] = ("seconds", "hours", "money", "day")


@dataclass(frozen=True)
class Window:
    """A list that must be asked for by days.

    `inputs` turns first and last day (both inclusive) into inputs of the list operation: one set for each call that it takes. A refresh
    looks at the days from `back` days before today to `ahead` days after it.
    """

    inputs: Callable[[date, date], list[dict[str, Any]]]
    longest: int  # days that one walk may span
    back: int = 7
    ahead: int = 0
    lasting: bool = False  # its records last for days: the moment is the last day of each, and one without it has no end


@dataclass(frozen=True)
class Updates:
    """A second list of the same records, asked for by when they were last changed: it shows what is new and what was edited, never what is
    gone.

    `inputs` turns two moments into inputs of the operation: one set for each call that it takes. It reaches `back` at most; an update may
    show itself as late as `late` after it was made, so each look begins that much before the end of the one before it.
    """

    operation: str
    inputs: Callable[[datetime, datetime], list[dict[str, Any]]]
    back: timedelta
    late: timedelta


@dataclass(frozen=True, kw_only=True)
class Collect:
    """How the mirror gets the records of an entity: which list operation, with which inputs, and once for each of what."""

    operation: str
    inputs: Data = field(default_factory=dict)
    each: str = ""  # an entity: the list is asked once for each of its records
    each_as: str = ""  # the input that takes that record's id
    window: Window | None = None
    updates: Updates | None = None


@dataclass(frozen=True, kw_only=True)
class Entity:
    """A kind of record. `title` to `amount` say where the promoted columns come from: a dotted path in the record, or a function of it.

    What cannot be listed over there may be `kept` from the runs that write it.
    """

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
    kept: bool = False
    is_gone: Callable[[Data], bool] | None = None  # records that a list shows although they were deleted
    address: Source | None = None  # of its page over there, where the record tells it

    PROMOTED = ("title", "status", "parent", "person", "moment", "amount")

    def column_of(self, other: str) -> str | None:
        """The promoted column that holds ids of another entity; None where its records do not belong to that one."""
        related = {self.parent_entity: "parent", self.person_entity: "person"}
        return related.get(other) if other else None

    def id_of(self, data: Data) -> str:
        """The record's id as text. Raises `KeyError` where the record has none: it is then no record of ours."""
        found = read(self.identity, data)
        if found in (None, ""):
            raise KeyError(f"a {self.name} without an id")
        return str(found)

    def promoted(self, data: Data) -> Reading:
        """The values of the promoted columns, by name."""
        return {name: read(source, data) if (source := getattr(self, name)) else None for name in self.PROMOTED}
