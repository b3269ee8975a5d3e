"""What can be run on a connection, by what it is about; and links to it from the pages of records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from integrations.catalogue import Kind, Operation, Pick, Place, Provider
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.records.models import Record
from integrations.records.registry import ActionLink

ANYTHING_ELSE = "Anything else"
ICONS = {Kind.LIST: "list", Kind.GET: "eye", Kind.CREATE: "plus", Kind.UPDATE: "edit", Kind.DELETE: "trash", Kind.CALL: "code"}
WORDS = {
    Kind.LIST: "reads a list",
    Kind.GET: "reads",
    Kind.CREATE: "creates",
    Kind.UPDATE: "changes",
    Kind.DELETE: "deletes",
    Kind.CALL: "calls",
}


@dataclass(frozen=True)
class Offer:
    """An operation as the page lists it."""

    operation: Operation

    @property
    def icon(self) -> str:
        return "download" if self.operation.download else ICONS[self.operation.kind]

    @property
    def words(self) -> str:
        return WORDS[self.operation.kind]


@dataclass(frozen=True)
class Offers:
    """The operations about one kind of record."""

    label: str
    icon: str
    offers: list[Offer]


def offers_of(connection: Connection, words: str = "") -> list[Offers]:
    """What a connection's provider can do, those that hold the words; nothing where its folder is gone."""
    try:
        provider = connection.declaration
    except UnknownProvider:
        return []
    wanted = words.casefold().split()
    about = [*((entity.name, entity.plural, entity.icon) for entity in provider.entities), ("", ANYTHING_ELSE, "code")]
    found = [Offers(label, icon, list(_matching(provider, entity, label, wanted))) for entity, label, icon in about]
    return [offers for offers in found if offers.offers]


def _matching(provider: Provider, entity: str, label: str, wanted: list[str]) -> Iterator[Offer]:
    for operation in provider.operations:
        said = f"{operation.label} {operation.description} {label}".casefold()
        if operation.entity == entity and all(word in said for word in wanted):
            yield Offer(operation)


def links_for(organization: str, record: Record) -> list[ActionLink]:
    """What can be done with one record."""
    operations = record.connection.declaration.operations
    asked = [(operation, given) for operation in operations if (given := _about(operation, record))]
    return [_link(organization, record.connection, operation, given) for operation, given in asked]


def links_on(organization: str, connection: Connection, entity: str) -> list[ActionLink]:
    """What can be done without a record yet: creating one."""
    creating = [each for each in connection.declaration.operations if each.entity == entity and each.kind is Kind.CREATE]
    return [_link(organization, connection, operation, {}) for operation in creating]


def _about(operation: Operation, record: Record) -> dict[str, str] | None:
    """The inputs that make a record the subject of an operation; None where it cannot be."""
    picks = [each for each in operation.inputs if isinstance(each, Pick) and each.place is Place.PATH and each.entity == record.entity]
    for pick in picks:
        decided = {pick.shown_when.field: str(pick.shown_when.values[0])} if pick.shown_when else {}
        given = {**decided, pick.name: record.remote_id}
        if operation.subject(given) == pick:
            return given
    return None


def _link(organization: str, connection: Connection, operation: Operation, given: dict[str, str]) -> ActionLink:
    place = {"organization": organization, "connection": connection.pk, "operation": operation.name}
    query = f"?{urlencode(given)}" if given else ""
    url = f"{reverse('operations:action', kwargs=place)}{query}"
    return ActionLink(operation.label, url, ICONS[operation.kind], operation.kind is Kind.DELETE)
