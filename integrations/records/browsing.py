"""What a browse page shows of an entity: its columns, filters and rows, all from the declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from integrations.catalogue import Column, Entity
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.records.keyset import Order, Page
from integrations.records.models import Record
from integrations.records.queries import Name, choices_of, names_of, records_of, statuses_of, titles_of

NAMED = ("parent", "person")
FILTERED = ("status", *NAMED)


@dataclass(frozen=True)
class Place:
    """An entity of a connection."""

    connection: Connection
    entity: Entity

    @property
    def related(self) -> dict[str, str]:
        """The promoted columns that hold ids of other records, and of which entity."""
        named = {"parent": self.entity.parent_entity, "person": self.entity.person_entity}
        return {column: other for column, other in named.items() if other}

    @property
    def heads(self) -> list[Head]:
        return [Head(column, self._is_sortable(column)) for column in self.entity.columns]

    @property
    def sortable(self) -> frozenset[str]:
        return frozenset(column.promoted for column in self.entity.columns if self._is_sortable(column))

    @property
    def order(self) -> Order:
        """Lists that are asked for by days begin with the newest, all others with A."""
        by_days = self.entity.collect and self.entity.collect.window
        return Order("moment", descending=True) if by_days and self.entity.moment else Order("title")

    def label_of(self, column: str) -> str:
        """What the table calls a promoted column, else the kind of record whose ids stand in it."""
        labels = {each.promoted: each.label for each in self.entity.columns}
        return labels.get(column) or self.connection.declaration.entity(self.related[column]).label

    def _is_sortable(self, column: Column) -> bool:
        """A column of names holds ids: sorted by them it would look unsorted."""
        return column.promoted not in self.related


@dataclass(frozen=True)
class Head:
    """The head of a column."""

    column: Column
    is_sortable: bool

    @property
    def is_number(self) -> bool:
        return self.column.promoted == "amount"


@dataclass(frozen=True)
class Cell:
    """What stands in a column of a row. `kind` says how it is shown: text, status, moment, day, amount or record."""

    label: str
    kind: str
    value: Any
    name: Name | None = None


@dataclass(frozen=True)
class Shown:
    """A row as the table shows it; its first cell leads to the record."""

    record: Record
    first: Cell
    rest: list[Cell]


@dataclass(frozen=True)
class Filters:
    """What a person asked for."""

    search: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: Mapping[str, str], place: Place) -> Filters:
        columns = [column for column in FILTERED if column in place.related or (column == "status" and place.entity.status)]
        chosen = {column: clean(query.get(column, "")) for column in columns}
        return cls(clean(query.get("q", "")), {column: value for column, value in chosen.items() if value})

    def narrow(self, rows: QuerySet[Record]) -> QuerySet[Record]:
        found = rows.filter(**self.chosen)
        return found.filter(title__icontains=self.search) if self.search else found

    def __bool__(self) -> bool:
        return bool(self.search or self.chosen)


@dataclass(frozen=True)
class Choice:
    """A drop-down list that narrows the rows."""

    name: str
    label: str
    chosen: str
    options: list[tuple[str, str]]


def place_or_404(connection_id: UUID, entity_name: str) -> Place:
    """The entity in an address. Another organization's connection, and what has no list, is not there."""
    connection = get_object_or_404(Connection, pk=connection_id)
    entity = entities_of(connection).get(entity_name)
    if entity is None:
        raise Http404("There is no such list.")
    return Place(connection, entity)


def entities_of(connection: Connection) -> dict[str, Entity]:
    """The entities of a connection that have a list; none where the provider's folder is gone."""
    try:
        declared = connection.declaration.entity_by_name
    except UnknownProvider:
        return {}
    return {name: entity for name, entity in declared.items() if entity.collect}


def rows_of(place: Place, filters: Filters) -> QuerySet[Record]:
    """The rows without their JSON, which the table does not show."""
    return filters.narrow(records_of(place.connection, place.entity.name)).defer("data", "fingerprint")


def choices(place: Place, filters: Filters) -> list[Choice]:
    """A drop-down list for the status and for each other entity that the records belong to."""
    found = [_choice_of_records(place, column, filters) for column in place.related]
    if place.entity.status:
        options = [(status, status.capitalize()) for status in statuses_of(place.connection, place.entity)]
        found.insert(0, Choice("status", "Status", filters.chosen.get("status", ""), options))
    return [choice for choice in found if choice.options]


def shown(place: Place, page: Page[Record], known: Mapping[Name, str]) -> list[Shown]:
    """The rows with the names of what they belong to; what is not known yet is looked up at once."""
    names = {name for record in page.rows for name in names_of(place.entity, record).values()}
    titles = {**known, **titles_of(place.connection, names - known.keys())}
    return [_shown(place, record, titles) for record in page.rows]


def titles_in(found: list[Choice], place: Place) -> dict[Name, str]:
    """The titles that drop-down lists already brought."""
    lists = [(place.related[choice.name], choice.options) for choice in found if choice.name in place.related]
    return {(entity, value): label for entity, options in lists for value, label in options}


def clean(text: str) -> str:
    """Text from an address, fit for PostgreSQL, which holds no NUL."""
    return text.replace("\0", "").strip()


def _choice_of_records(place: Place, column: str, filters: Filters) -> Choice:
    other = place.connection.declaration.entity(place.related[column])
    chosen = filters.chosen.get(column, "")
    return Choice(column, place.label_of(column), chosen, choices_of(place.connection, other.name, chosen))


def _shown(place: Place, record: Record, titles: Mapping[Name, str]) -> Shown:
    first, *rest = [_cell(place, record, column, titles) for column in place.entity.columns] or [Cell("Record", "text", str(record))]
    return Shown(record, first, rest)


def _cell(place: Place, record: Record, column: Column, titles: Mapping[Name, str]) -> Cell:
    value = getattr(record, column.promoted)
    if column.promoted in place.related:
        name = (place.related[column.promoted], value)
        return Cell(column.label, "record", titles.get(name) or value, name if name in titles else None)
    return Cell(column.label, _kind(column.promoted, value), value)


def _kind(promoted: str, value: Any) -> str:
    if promoted == "moment" and value and value.timetz().replace(tzinfo=None) == time():
        return "day"  # a provider's plain date is kept as its midnight in UTC
    return {"title": "text", "parent": "text", "person": "text"}.get(promoted, promoted)
