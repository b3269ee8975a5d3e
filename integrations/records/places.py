"""What an address of the browse pages means: an entity of a connection, and what its declaration says of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from integrations.catalogue import Column, Entity, Window
from integrations.connections.models import Connection
from integrations.records.queries import entities_of
from portal.ui.keyset import Order


@dataclass(frozen=True)
class Place:
    """An entity of a connection."""

    connection: Connection
    entity: Entity

    @cached_property
    def related(self) -> dict[str, str]:
        """The promoted columns that hold ids of other records that can be browsed, and of which entity."""
        named = {"parent": self.entity.parent_entity, "person": self.entity.person_entity}
        return {column: other for column, other in named.items() if other in entities_of(self.connection)}

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return self.entity.columns or (Column(label=self.entity.label, promoted="title"),)

    @property
    def heads(self) -> list[Head]:
        return [Head(column, column.promoted in self.sortable) for column in self.columns]

    @cached_property
    def sortable(self) -> frozenset[str]:
        """A column of names holds ids: sorted by them it would look unsorted."""
        return frozenset(column.promoted for column in self.columns if column.promoted not in self.related)

    @property
    def order(self) -> Order:
        """Lists that are asked for by days begin with the newest, all others with A."""
        return Order("moment", descending=True) if self.window and not self.window.lasting else Order("title")

    @property
    def window(self) -> Window | None:
        return self.entity.collect.window if self.entity.collect else None

    @property
    def moment(self) -> Column | None:
        """The column of moments, by which the rows can be narrowed to days."""
        return next((column for column in self.columns if column.promoted == "moment"), None)

    @property
    def address(self) -> dict[str, Any]:
        """The parts of its addresses, but for the organization."""
        return {"connection": self.connection.pk, "entity": self.entity.name}

    def label_of(self, column: str) -> str:
        """What the table calls a promoted column, else the kind of record whose ids stand in it."""
        label = next((each.label for each in self.columns if each.promoted == column), "")
        return label or (self.connection.declaration.entity(self.related[column]).label if column in self.related else column.capitalize())


@dataclass(frozen=True)
class Head:
    """The head of a column."""

    column: Column
    is_sortable: bool

    @property
    def is_number(self) -> bool:
        return self.column.promoted == "amount"


def place_or_404(connection_id: UUID, entity_name: str) -> Place:
    """The entity in an address. Another organization's connection, and what has no list, is not there."""
    connection = get_object_or_404(Connection, pk=connection_id)
    entity = entities_of(connection).get(entity_name)
    if entity is None:
        raise Http404("There is no such list.")
    return Place(connection, entity)
