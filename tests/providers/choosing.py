"""Inputs for a real account, found by declaration alone: records from its mirror, and made-up values for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import singledispatchmethod
from itertools import count
from typing import Any

from integrations.catalogue import Date, Email, Entity, Field, Group, Kind, Moment, OneOf, Operation, Pick, Place, Provider, Rows, Text
from integrations.catalogue.fields import Version, is_shown
from integrations.catalogue.reading import Data
from tests.providers.examples import example
from tests.providers.wishes import Conditions, Wish, Wishes, fits

Name = tuple[str, str]  # entity and id
SLOT = timedelta(minutes=5)  # of each operation, so that no two times that are added overlap


class NothingToChoose(LookupError):
    """The mirror holds no such record, or none that is still free."""


@dataclass(frozen=True)
class Found:
    """A mirrored record, and the records that it belongs to."""

    entity: str
    id: str
    data: Data
    owners: Mapping[str, str]  # entity to id

    @property
    def name(self) -> Name:
        return self.entity, self.id


def found(entity: Entity, data: Data) -> Found:
    promoted = entity.promoted(data)
    owners = {entity.parent_entity: promoted["parent"], entity.person_entity: promoted["person"]}
    return Found(entity.name, entity.id_of(data), data, {each: str(id) for each, id in owners.items() if each and id})


@dataclass
class Chooser:
    """Chooses for one operation after another. What one of them changes or deletes, no other is given."""

    provider: Provider
    wishes: Wishes
    records: dict[Name, Found] = field(default_factory=dict)
    used: set[Name] = field(default_factory=set)
    taken: set[Name] = field(default_factory=set)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def know(self, records: Iterable[Found]) -> None:
        """What is in the mirror now."""
        self.records = {each.name: each for each in records}

    def inputs(self, operation: Operation) -> dict[str, Any]:
        """Raises `NothingToChoose`."""
        return Choice(self, operation, self.wishes.of(operation), next(iter(self.numbers))).inputs()

    def fitting(self, entity: str, conditions: Conditions) -> list[Found]:
        """Records that nobody changes, that are as wished, and that belong to such."""
        return [each for each in self.records.values() if each.entity == entity and self._is_fine(each) and fits(each.data, conditions)]

    def _is_fine(self, record: Found) -> bool:
        if record.name in self.taken or not fits(record.data, self.wishes.records.get(record.entity, {})):
            return False
        return all(name not in self.records or self._is_fine(self.records[name]) for name in record.owners.items())


@dataclass
class Choice:
    """The inputs of one operation, as they come together."""

    chooser: Chooser
    operation: Operation
    wish: Wish
    number: int
    chosen: dict[str, Found] = field(default_factory=dict)

    def inputs(self) -> dict[str, Any]:
        given = self._values(self.operation.asked)
        subject = self.operation.subject(given)
        for name, record in self.chosen.items():
            self.chooser.used |= {record.name, *record.owners.items()}
            if subject and name == subject.name and self.operation.kind in {Kind.UPDATE, Kind.DELETE}:
                self.chooser.taken.add(record.name)
        return given

    def _values(self, fields: Sequence[Field], above: str = "") -> dict[str, Any]:
        given: dict[str, Any] = {}
        beside = {each.name: each for each in fields}
        for each in deepest_first(fields):
            wished = self.wish.inputs.get(f"{above}{each.name}", each)
            if wished is not each and wished is not None:
                given[each.name] = wished
            elif wished is each and self._is_wanted(each) and is_shown(each, beside, given):
                self._give(given, each, beside, above)
        return {each.name: given[each.name] for each in fields if each.name in given}

    def _is_wanted(self, declared: Field) -> bool:
        """All that a write takes, and of a reading what it needs or is wished.

        The workspace is the connection's, a version the form's to fill in.
        """
        if isinstance(declared, Version) or (isinstance(declared, Pick) and declared.workspace):
            return False
        return declared.required or declared.name in self.wish.also or (declared.prefilled and not self.operation.kind.reads)

    # --- Records ----------------------------------------------------------------------------------------------------------

    def _give(self, given: dict[str, Any], declared: Field, beside: Mapping[str, Field], above: str) -> None:
        if not isinstance(declared, Pick):
            given[declared.name] = self._value(declared)
            return
        record = self._record(declared, beside)
        if record:
            self.chosen[f"{above}{declared.name}"] = record
            given[declared.name] = [record.id] if declared.many else record.id
        elif declared.required:
            raise NothingToChoose(f"{self.operation.name}.{declared.name}: no {declared.entity} that fits is in the mirror")

    def _record(self, pick: Pick, beside: Mapping[str, Field]) -> Found | None:
        """The owner of what was chosen already, the same record again, or the first that is free."""
        fitting = self.chooser.fitting(pick.entity, self.wish.records.get(pick.name, {}))
        if (wanted := self._owners().get(pick.entity)) and not pick.many:
            return next((each for each in fitting if each.id == wanted), None)
        is_changed = pick.place is Place.PATH and self.operation.kind in {Kind.UPDATE, Kind.DELETE}
        free = [each for each in fitting if not (is_changed and each.name in self.chooser.used)]
        return next((each for each in free if self._belongs(each, pick, beside)), None)

    def _belongs(self, record: Found, pick: Pick, beside: Mapping[str, Field]) -> bool:
        """Whether it has owners for what it depends on, and those that were chosen already."""
        entities = {other.entity for name in pick.depends_on if isinstance(other := beside[name], Pick) and not other.workspace}
        owners = self._owners()
        return all(entity in record.owners and record.owners[entity] == owners.get(entity, record.owners[entity]) for entity in entities)

    def _owners(self) -> dict[str, str]:
        """What was chosen, and what that belongs to: one record of an entity."""
        return {entity: id for record in self.chosen.values() for entity, id in [*record.owners.items(), record.name]}

    # --- Values -----------------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _value(self, declared: Field) -> Any:
        return example(declared)

    @_value.register
    def _(self, declared: Text) -> Any:
        words = "Relaunch" if declared.place is Place.HEADER else f"Löschen? Nein 🙂 {self.number}"
        return self._many(declared, words[: declared.max_length])

    @_value.register
    def _(self, declared: Email) -> Any:
        return self._many(declared, f"ada.park.{self.number}@example.com")

    @_value.register
    def _(self, declared: OneOf) -> Any:
        return self._many(declared, declared.choices[0][0] if declared.default is None else declared.default)

    @_value.register
    def _(self, declared: Date) -> Any:
        """Of a range the days of the last week."""
        day = datetime.now(UTC).date() - timedelta(days=0 if declared.not_before else 6)
        return self._many(declared, day.isoformat())

    @_value.register
    def _(self, declared: Moment) -> Any:
        """What is read is a range of the last week; what is written has a slot of its own in the night before yesterday."""
        now = datetime.now(UTC).replace(microsecond=0)
        if self.operation.kind.reads:
            return self._many(declared, (now - timedelta(days=0 if declared.not_before else 6)).isoformat())
        night = datetime.combine(now.date() - timedelta(days=1), time(0), UTC)
        return self._many(declared, (night + SLOT * self.number + (SLOT / 2 if declared.not_before else timedelta())).isoformat())

    @_value.register
    def _(self, declared: Group) -> Any:
        return self._values(declared.fields, f"{declared.name}.")

    @_value.register
    def _(self, declared: Rows) -> Any:
        return [self._values(declared.fields, f"{declared.name}.")]

    @staticmethod
    def _many(declared: Field, value: Any) -> Any:
        return [value] if declared.many else value


def deepest_first(fields: Sequence[Field]) -> list[Field]:
    """What others depend on comes after them, so that a task is chosen first and then the project that it is in."""
    picks = {each.name: each for each in fields if isinstance(each, Pick)}

    def height(pick: Pick) -> int:
        return max((height(each) + 1 for each in picks.values() if pick.name in each.depends_on), default=0)

    return [*(each for each in fields if each.name not in picks), *sorted(picks.values(), key=height)]
