"""What any form of declared fields is: the fields, what stands in their controls, and the records that its picks offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations.catalogue import Field, Group, Pick, Rows
from integrations.connections.models import Connection
from integrations.operations.building.given import Given, first_given, shown_fields
from integrations.operations.building.picks import NOTHING, Shelf, chosen_names, narrowing


class DeclaredForm(ABC):
    """Fields on a connection that a person fills in. Needs a scope."""

    organization: str  # the slug
    connection: Connection
    zone: ZoneInfo
    given: Given
    words: Mapping[str, str]  # typed into search boxes, by their names
    errors: dict[str, str]

    @property
    @abstractmethod
    def fields(self) -> tuple[Field, ...]:
        """What is asked."""

    @property
    def left_open(self) -> str:
        """What choosing no record is called."""
        return NOTHING

    @property
    def changes_a_record(self) -> bool:
        """Whether it is filled from a record, and so drawn anew when another one is chosen as its `subject`."""
        return False

    @property
    def subject(self) -> Pick | None:
        return None

    def before(self) -> Given:
        """How the form stood before the person touched it."""
        return first_given(self.fields) | self.own_workspaces()

    def own_workspaces(self) -> Given:
        """The connection's own workspace, in each field that asks for one."""
        return {each.name: self.connection.workspace_id for each in self.fields if isinstance(each, Pick) and each.workspace}

    @cached_property
    def shelf(self) -> Shelf:
        """The records that its picks show. Asked for when the form is as it will be drawn."""
        return Shelf(self.organization, self.connection, chosen_names(self.fields, self.given), self.left_open)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another workspace is chosen than the one whose records the mirror holds."""
        chosen = {self.given[each.name] for each in self.fields if isinstance(each, Pick) and each.workspace}
        return not chosen <= {"", self.connection.workspace_id}

    @property
    def workspaces(self) -> list[tuple[str, str]]:
        """Id and name of each workspace that can be chosen, the connection's own first: all that it reaches."""
        own = (self.connection.workspace_id, self.connection.workspace_name or self.connection.workspace_id)
        others = [(str(each["id"]), str(each["name"])) for each in self.connection.workspaces]
        return [own, *(other for other in others if other[0] != own[0])] if own[0] else others

    def out_of_place(self) -> dict[str, str]:
        """What is wrong with what was chosen, by the names of the fields: workspaces and records that do not belong here."""
        return {**dict(self._unreached()), **dict(self._strangers(self.fields, self.given))}

    def without_strangers(self, fields: Sequence[Field], given: Given) -> Given:
        """Empties picks whose list has narrowed away from what was chosen."""
        kept = dict(given)
        for each in shown_fields(fields, given):
            if isinstance(each, Pick) and self._is_stranger(each, fields, given):
                kept[each.name] = ""
            if isinstance(each, Group):
                kept[each.name] = self.without_strangers(each.fields, given[each.name])
            if isinstance(each, Rows):
                kept[each.name] = [self.without_strangers(each.fields, row) for row in given[each.name]]
        return kept

    def _unreached(self) -> Iterator[tuple[str, str]]:
        """Workspaces that cannot be chosen."""
        reached = {value for value, _ in self.workspaces}
        for each in self.fields:
            if isinstance(each, Pick) and each.workspace and self.given[each.name] not in ("", *reached):
                yield each.name, f"This connection does not reach the {self.connection.declaration.workspace_word} {self.given[each.name]}."

    def _strangers(self, fields: Sequence[Field], given: Given, above: str = "") -> Iterator[tuple[str, str]]:
        """Chosen records that are known to belong to something else than was chosen beside them."""
        for each in shown_fields(fields, given):
            value, name = given[each.name], f"{above}{each.name}"
            if isinstance(each, Pick) and self._is_stranger(each, fields, given):
                yield name, "This does not belong to what is chosen beside it."
            for at, inner in _inside(each, value):
                yield from self._strangers(inner.fields, value if at is None else value[at], f"{name}." if at is None else f"{name}.{at}.")

    def _is_stranger(self, pick: Pick, beside: Sequence[Field], given: Given) -> bool:
        narrowed = {} if pick.many or pick.workspace else narrowing(self.connection, pick, beside, given)
        return bool(narrowed and given[pick.name]) and self.shelf.is_elsewhere(pick, given[pick.name], narrowed)


def readers_zone() -> ZoneInfo:
    """The zone of whoever reads the page."""
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo), f"whoever activates a zone gives one with a name, not {zone}"
    return zone


def _inside(declared: Field, given: Any) -> Iterator[tuple[int | None, Group | Rows]]:
    """The group itself, or each of the rows by its number."""
    if isinstance(declared, Group):
        yield None, declared
    if isinstance(declared, Rows):
        yield from ((number, declared) for number in range(len(given)))
