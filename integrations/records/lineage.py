"""What a record belongs to, and what that belongs to: task, project, client."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.records.models import Record
from integrations.records.places import Place
from integrations.records.queries import Name, name_rows, names_of

MOST_LEVELS = 3


@dataclass(frozen=True)
class Kin:
    """A record that another one belongs to. `record` is None where the mirror does not hold it."""

    label: str
    entity: str
    remote_id: str
    record: Record | None
    level: int  # 0 for what the record itself belongs to

    @property
    def title(self) -> str:
        return str(self.record or self.remote_id)


def lineage_of(place: Place, record: Record) -> list[Kin]:
    """Each one followed by what it belongs to itself, with one query a level. Needs a scope."""
    known: dict[Name, Record] = {}
    level = list(_names(place, record).values())
    for _ in range(MOST_LEVELS):
        found = {(each.entity, each.remote_id): each for each in _read(place, level)} if level else {}
        known |= found
        level = [name for each in found.values() for name in _names(_place_of(place, each.entity), each).values() if name not in known]
    return _follow(place, record, known, 0)


def _follow(place: Place, record: Record, known: dict[Name, Record], level: int) -> list[Kin]:
    found = []
    for column, name in _names(place, record).items():
        above = known.get(name)
        found.append(Kin(place.label_of(column), *name, above, level))
        if above and level + 1 < MOST_LEVELS:
            found += _follow(_place_of(place, above.entity), above, known, level + 1)
    return found


def _names(place: Place, record: Record) -> dict[str, Name]:
    return {column: name for column, name in names_of(place.entity, record).items() if column in place.related}


def _read(place: Place, names: list[Name]) -> list[Record]:
    return list(name_rows(place.connection, names).defer("data", "fingerprint"))


def _place_of(place: Place, entity: str) -> Place:
    return Place(place.connection, place.connection.declaration.entity(entity))
