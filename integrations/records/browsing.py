"""What a browse page shows of an entity: its rows and pickers, all from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import QueryDict

from integrations.catalogue import Column
from integrations.records.filters import Filters
from integrations.records.models import Record
from integrations.records.picking import Asked, Picker, option_rows, picker
from integrations.records.places import Place
from integrations.records.queries import Name, name_rows, names_of, read_together, records_of
from integrations.records.search import clean

HOUR = 3600
KINDS = {
    ("moment", ""): "moment",
    ("moment", "day"): "day",
    ("amount", ""): "number",
    ("amount", "money"): "money",
    ("amount", "seconds"): "duration",
    ("amount", "hours"): "duration",
    ("status", ""): "status",
}
NUMBERS = frozenset({"number", "money", "duration"})


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row. `kind` says how it is shown: text, status, moment, day, duration (in seconds), money, number or
    record. A moment may say how it was `sent`.
    """

    label: str
    kind: str
    value: Any
    name: Name | None = None
    sent: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Shown:
    """A row as the table shows it; its first cell leads to the record."""

    record: Record
    first: Cell
    rest: list[Cell]


@dataclass(frozen=True)
class Controls:
    """What narrows a page: a picker for each other entity that the rows belong to, and the statuses that occur, in words."""

    titles: Mapping[Name, str]
    pickers: list[Picker]
    statuses: list[tuple[str, str]]


def rows_of(place: Place, filters: Filters) -> QuerySet[Record]:
    """The rows without their JSON, which the table does not show. Needs a scope, and the reader's zone to be the current one."""
    return records_of(place.connection, place.entity.name).filter(filters.condition(place)).defer("data", "fingerprint")


def with_moment_sent(place: Place, rows: QuerySet[Record]) -> QuerySet[Record]:
    """The rows with their moments as the provider sent them, where these stand as they are in the records."""
    if place.moment is None or not isinstance(place.entity.moment, str):
        return rows
    found: Any = F("data")
    for step in place.entity.moment.split("."):
        found = KeyTextTransform(step, found)
    return rows.annotate(moment_sent=found)


def words_of_status(status: str) -> str:
    """`not_approved` in words: Not approved."""
    said = status.replace("_", " ")
    return said[:1].upper() + said[1:]


def titles_for(place: Place, rows: Sequence[Record]) -> dict[Name, str]:
    """The titles of what the rows belong to, in one query."""
    found = read_together({"names": name_rows(place.connection, _names(place, rows))})
    return {(entity, remote_id): title for entity, remote_id, title in found["names"]}


def controls_for(place: Place, filters: Filters, rows: Sequence[Record], query: QueryDict, organization: str) -> Controls:
    """What narrows the rows, and the titles of what they belong to, in one query."""
    asked = {column: _asked(column, filters, query) for column in place.related}
    chosen = {(place.related[column], value) for column, value in filters.chosen.items() if column in place.related}
    options = {column: option_rows(place.connection, other, asked[column]) for column, other in place.related.items()}
    found = read_together(
        options | {"names": name_rows(place.connection, _names(place, rows) | chosen)},
        statuses_of=(place.connection, place.entity) if place.entity.status else None,
    )
    titles = {(entity, remote_id): title for entity, remote_id, title in found["names"]}
    pickers = [
        picker(organization, place.connection, other, asked[column], place.label_of(column), found[column], titles)
        for column, other in place.related.items()
    ]
    return Controls(titles, pickers, [(status, words_of_status(status)) for _, status, _ in found["statuses"]])


def shown(place: Place, rows: Sequence[Record], titles: Mapping[Name, str]) -> list[Shown]:
    """The rows with the titles of what they belong to in place of the ids."""
    return [_shown(place, record, titles) for record in rows]


def cells_of(place: Place, record: Record, titles: Mapping[Name, str]) -> list[Cell]:
    return [_cell(place, record, column, titles) for column in place.columns]


def _shown(place: Place, record: Record, titles: Mapping[Name, str]) -> Shown:
    first, *rest = cells_of(place, record, titles)
    return Shown(record, first, rest)


def kind_of(place: Place, column: Column) -> str:
    """How the values of a column are shown."""
    return "record" if column.promoted in place.related else KINDS.get((column.promoted, column.unit), "text")


def _cell(place: Place, record: Record, column: Column, titles: Mapping[Name, str]) -> Cell:
    kind, value = kind_of(place, column), getattr(record, column.promoted)
    if kind == "record":
        name = (place.related[column.promoted], value)
        return Cell(column.label, kind, titles.get(name) or value, name if name in titles else None)
    if kind == "moment":
        return Cell(column.label, kind, value, sent=getattr(record, "moment_sent", None) or "")
    return Cell(column.label, kind, TOLD[kind](column, value) if value not in (None, "") and kind in TOLD else value)


def _day(column: Column, value: datetime) -> date:
    """A whole day is kept as its midnight in UTC."""
    return value.astimezone(UTC).date()


def _seconds(column: Column, value: float) -> float:
    return value * HOUR if column.unit == "hours" else value


TOLD: Mapping[str, Callable[[Column, Any], Any]] = {"day": _day, "duration": _seconds, "status": lambda _, status: words_of_status(status)}
"""How the value of a kind is told, where it is not as it is kept."""


def _names(place: Place, rows: Sequence[Record]) -> set[Name]:
    return {name for record in rows for name in names_of(place.entity, record).values()}


def _asked(column: str, filters: Filters, query: QueryDict) -> Asked:
    chosen = filters.chosen.get(column, "")
    return Asked(column, [chosen] if chosen else [], clean(query.get(f"find_{column}", "")), blank="any")
