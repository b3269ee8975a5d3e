"""The records that the picks of a form offer. Whatever a form asks of the mirror is asked once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from integrations.catalogue import Field, Group, Pick, Rows
from integrations.connections.models import Connection
from integrations.operations.building.given import Given, shown_fields
from integrations.records.models import Record
from integrations.records.picking import Asked, Picker, option_rows, picker
from integrations.records.queries import Name, Row
from integrations.records.search import clean

CHOOSE = "Choose"
NOTHING = "Nothing"


@dataclass(frozen=True)
class Known:
    """What the mirror says of a record that is chosen, or said before it was removed."""

    title: str
    belongs: Mapping[str, str]  # the ids in the columns that say what it belongs to


class Shelf:
    """The records of one connection, for the picks of one form."""

    def __init__(self, organization: str, connection: Connection, names: Iterable[Name] = (), left_open: str = NOTHING) -> None:
        self.organization, self.connection, self._left_open = organization, connection, left_open
        self._known = _known(connection, set(names))
        self._found: dict[Any, list[Row]] = {}

    def title(self, entity: str, remote_id: str) -> str:
        """Its title, or its id where nobody has seen it yet."""
        known = self._known.get((entity, remote_id))
        return known.title if known and known.title else f"{remote_id} (not seen yet)" if known is None else remote_id

    def is_elsewhere(self, pick: Pick, remote_id: str, narrowed: Mapping[str, str]) -> bool:
        """Whether a chosen record is known to belong to something else than was chosen beside it."""
        known = self._known.get((pick.entity, remote_id))
        return known is not None and any(known.belongs[column] not in ("", wanted) for column, wanted in narrowed.items())

    def picker(self, pick: Pick, name: str, given: Any, words: str, narrowed: Mapping[str, str]) -> Picker:
        """The search box and the options of one pick."""
        asked = Asked(
            name=name,
            chosen=[each for each in (given if pick.many else [given]) if each],
            words=clean(words),
            narrowed=narrowed,
            many=pick.many,
            blank="" if pick.many else CHOOSE if pick.required else self._left_open,
            typed=True,
        )
        titles = {(pick.entity, each): self.title(pick.entity, each) for each in asked.chosen}
        drawn = picker(self.organization, self.connection, pick.entity, asked, pick.label, self._rows(pick.entity, asked), titles)
        return replace(drawn, url=f"{drawn.url}&{urlencode(narrowed)}") if narrowed else drawn

    def _rows(self, entity: str, asked: Asked) -> list[Row]:
        query = (entity, asked.words, tuple(asked.narrowed.items()))
        if query not in self._found:
            rows = option_rows(self.connection, entity, asked)
            self._found[query] = list(rows.values_list("entity", "remote_id", "title"))
        return self._found[query]


def narrowing(connection: Connection, pick: Pick, beside: Sequence[Field], given: Given) -> dict[str, str]:
    """What narrows the list of a pick: the ids chosen beside it, by the column of its entity that holds them."""
    entity, others = connection.declaration.entity(pick.entity), {each.name: each for each in beside}
    parents = [other for name in pick.depends_on if isinstance(other := others[name], Pick) and not (other.workspace or other.many)]
    columns = ((entity.column_of(parent.entity), clean(given[parent.name])) for parent in parents)
    return {column: chosen for column, chosen in columns if column and chosen}


def chosen_names(fields: Sequence[Field], given: Given) -> Iterator[Name]:
    """Every record that is chosen in a form."""
    for each in shown_fields(fields, given):
        value = given[each.name]
        if isinstance(each, Pick) and not each.workspace:
            yield from ((each.entity, clean(chosen)) for chosen in (value if each.many else [value]) if clean(chosen))
        for inner in [value] if isinstance(each, Group) else value if isinstance(each, Rows) else ():
            assert isinstance(each, Group | Rows)
            yield from chosen_names(each.fields, inner)


def _known(connection: Connection, names: set[Name]) -> dict[Name, Known]:
    if not names:
        return {}
    entities, ids = {entity for entity, _ in names}, {remote_id for _, remote_id in names}
    rows = Record.objects.filter(connection=connection, entity__in=entities, remote_id__in=ids)
    found = rows.values_list("entity", "remote_id", "title", "parent", "person")
    return {(entity, remote_id): Known(title, {"parent": parent, "person": person}) for entity, remote_id, title, parent, person in found}
