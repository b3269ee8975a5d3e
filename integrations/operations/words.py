"""What was asked, in the words of the declaration: labels for names, titles for ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.catalogue import Field, Group, Hours, OneOf, Operation, Pick, Place, Rows, Version
from integrations.connections.models import Connection
from integrations.operations.models import Run
from integrations.operations.subjects import subject_of
from integrations.records.cards import Line, line_of, words_of
from integrations.records.queries import Name, titles_of

EMPTIED = "emptied"


@dataclass(frozen=True)
class Meanwhile:
    """A field of a record that somebody else has changed: how it was seen, how it stands now, and what was asked for."""

    label: str
    seen: Line
    now: Line
    asked: Line | None


def inputs_of(run: Run, operation: Operation | None) -> list[Line]:
    """What went in. Needs a scope; one query."""
    return inputs_in_words(run.connection, operation.asked if operation else (), run.inputs)


def inputs_in_words(connection: Connection, asked: Sequence[Field], inputs: Mapping[str, Any]) -> list[Line]:
    """What was filled in, then what nobody asks for any more. Needs a scope; one query."""
    fields = {each.name: each for each in asked}
    titles = titles_of(connection, [name for each in asked for name in _names(each, inputs.get(each.name))])
    unknown = [line_of(words_of(name), value) for name, value in inputs.items() if name not in fields]
    return [*(_line(each, inputs[name], titles) for name, each in fields.items() if name in inputs), *unknown]


def meanwhile(run: Run, operation: Operation | None) -> list[Meanwhile]:
    """What became different since the record was seen. Needs a scope; two queries."""
    record = subject_of(run.connection, operation, run.inputs) if operation and run.is_stale else None
    seen: Any = run.seen
    if operation is None or record is None or not isinstance(seen, Mapping):
        return []
    now = operation.standing(record.data)
    fields = [each for each in operation.inputs if each.place is Place.BODY and not (each.asked_only or isinstance(each, Version))]
    changed = [each for each in fields if seen.get(each.name) != now.get(each.name)]
    values = [(each, value) for each in changed for value in (seen.get(each.name), now.get(each.name), run.inputs.get(each.name))]
    titles = titles_of(run.connection, [name for each, value in values for name in _names(each, value)])
    return [_meanwhile(each, seen, now, run.inputs, titles) for each in changed]


def _meanwhile(
    declared: Field, seen: Mapping[str, Any], now: Mapping[str, Any], inputs: Mapping[str, Any], titles: Mapping[Name, str]
) -> Meanwhile:
    before, standing = (_line(declared, values.get(declared.name, ""), titles) for values in (seen, now))
    asked = _line(declared, inputs[declared.name], titles) if declared.name in inputs else None
    return Meanwhile(declared.label, before, standing, asked)


def _line(declared: Field, value: Any, titles: Mapping[Name, str]) -> Line:
    """One input with its value in words. Inputs are kept as they were given, so any shape may come."""
    if value is None:
        return Line(declared.label, "text", EMPTIED)
    if isinstance(declared, Group) and isinstance(value, Mapping):
        return Line(declared.label, "card", _lines(declared, value, titles))
    if isinstance(declared, Rows) and isinstance(value, list) and value:
        return Line(declared.label, "items", [_row(declared, row, titles, number) for number, row in enumerate(value, 1)])
    if isinstance(value, list):
        return line_of(declared.label, [_said(declared, each, titles) for each in value])
    return line_of(declared.label, _said(declared, value, titles))


def _row(declared: Rows, row: Any, titles: Mapping[Name, str], number: int) -> Line:
    """One row, called by the first thing in it that has words."""
    if not isinstance(row, Mapping):
        return line_of("", row)
    lines = _lines(declared, row, titles)
    return Line(next((str(line.value) for line in lines if line.kind == "text"), f"Row {number}"), "card", lines)


def _lines(declared: Group | Rows, values: Mapping[str, Any], titles: Mapping[Name, str]) -> list[Line]:
    return [_line(each, values[each.name], titles) for each in declared.fields if each.name in values]


def _said(declared: Field, value: Any, titles: Mapping[Name, str]) -> Any:
    """One value as people say it."""
    if isinstance(declared, Pick):
        return titles.get((declared.entity, str(value))) or value
    if isinstance(declared, OneOf):
        return {str(choice): label for choice, label in declared.choices}.get(str(value), value)
    if isinstance(declared, Hours):
        return f"{value} h"
    return value


def _names(declared: Field, value: Any) -> Iterator[Name]:
    """The records that an input names."""
    if isinstance(declared, Pick):
        yield from ((declared.entity, str(each)) for each in (value if isinstance(value, list) else [value]) if isinstance(each, str | int))
    if isinstance(declared, Group | Rows):
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from (name for each in declared.fields for name in _names(each, inner.get(each.name)))
