"""What came of a run, as its page shows it: each by the template of its kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.catalogue import Entity, Kind, Operation
from integrations.operations.models import Run
from integrations.records.browsing import Shown, shown
from integrations.records.cards import Line, card_of
from integrations.records.models import Record
from integrations.records.places import Place
from integrations.records.queries import names_of, titles_of
from integrations.records.staging import PROMOTED, row_of

MOST_ROWS = 100
LONGEST_JSON = 20_000


@dataclass(frozen=True)
class Result:
    """What is shown of an output. `count` says how many records a list has; `text` is its JSON where that is not too long for a page."""

    kind: str
    card: list[Line] = field(default_factory=list)
    cards: list[list[Line]] = field(default_factory=list)
    place: Place | None = None
    rows: list[Shown] = field(default_factory=list)
    known: frozenset[str] = frozenset()  # the ids that have a page of their own
    count: int | None = None
    text: str = ""

    @property
    def template(self) -> str:
        return f"operations/results/{self.kind}.html"

    @property
    def more(self) -> int:
        """How many records are not shown."""
        return max(0, (self.count or 0) - MOST_ROWS)


def result_of(run: Run, operation: Operation | None) -> Result:
    """What is shown of a run's output. Needs a scope; one query for a list of records."""
    result = _result(run, operation)
    return replace(result, text="" if run.output is None or result.more else _short(run.output))


def _result(run: Run, operation: Operation | None) -> Result:
    output: Any = run.output
    if output in (None, "", {}):
        return Result("nothing")
    if operation and operation.kind is Kind.CALL:
        return Result("answer")
    if hasattr(run, "file"):
        return Result("file")
    if isinstance(output, list):
        return _listed(run, operation, output)
    return Result("card", card=card_of(output))


def pretty(output: Any) -> str:
    """JSON that people read."""
    return json.dumps(output, indent=2, ensure_ascii=False)


def _short(output: Any) -> str:
    """The same, empty where it is too long for a page: it is not even written to its end then."""
    pieces: list[str] = []
    left = LONGEST_JSON
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(output):
        left -= len(piece)
        if left < 0:
            return ""
        pieces.append(piece)
    return "".join(pieces)


def _listed(run: Run, operation: Operation | None, output: list[Any]) -> Result:
    """A table with the columns of the entity; of what does not read as its records, a card each."""
    entity = run.connection.declaration.entity_by_name.get(operation.entity) if operation else None
    first = output[:MOST_ROWS]
    records = _records(run, entity, first) if entity and entity.columns else None
    if records is None or entity is None:
        return Result("cards", cards=[card_of(each) for each in first], count=len(output))
    place = Place(run.connection, entity)
    own = {(entity.name, record.remote_id) for record in records}
    titles = titles_of(run.connection, own | {name for record in records for name in names_of(entity, record).values()})
    known = frozenset(remote_id for name, remote_id in own & titles.keys())
    return Result("table", place=place, rows=shown(place, records, titles), known=known, count=len(output))


def _records(run: Run, entity: Entity, output: list[Any]) -> list[Record] | None:
    """Rows as the mirror would hold them; None where one cannot be read."""
    try:
        rows = [row_of(entity, data) for data in output]
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return [
        Record(connection=run.connection, entity=entity.name, remote_id=row.remote_id, **dict(zip(PROMOTED, row.promoted, strict=True)))
        for row in rows
    ]
