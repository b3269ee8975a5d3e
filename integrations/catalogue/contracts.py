"""Compares what a provider declares with the contract that the vendor published.

It is for whoever declares a provider: the portal itself never needs a contract. Where a declaration departs from it on purpose, the
provider says so in `known_differences`, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from integrations.catalogue.fields import Date, Field, Flag, Group, Hours, Moment, Money, Number, OneOf, Pick, Place, Rows, Text
from integrations.catalogue.operations import CursorPaging, Kind, Operation
from integrations.catalogue.provider import KnownDifference, Provider
from integrations.catalogue.raw_call import RawCall
from integrations.catalogue.swagger import METHODS, Contract, Published, Schema

WHOLE = frozenset({"integer", "number"})  # a whole number is a number, too
DECIMAL = frozenset({"number"})
TEXT = frozenset({"string"})
JSON_TYPES: dict[type[Field], frozenset[str]] = {
    Text: TEXT,
    Number: WHOLE,
    Money: DECIMAL,
    Date: TEXT,
    Moment: TEXT,
    Flag: frozenset({"boolean"}),
    Group: frozenset({"object"}),
    Rows: frozenset({"object"}),
}
OF_VALUES: dict[type, frozenset[str]] = {bool: JSON_TYPES[Flag], int: WHOLE, float: DECIMAL, str: TEXT}
FORMATS: dict[type[Field], str] = {Date: "date", Moment: "date-time"}


@dataclass(frozen=True)
class Difference:
    """`what` differs: its place and its name on the wire, such as `body budget.rate`; and `how`."""

    operation: str
    what: str
    how: str


@dataclass(frozen=True)
class Comparison:
    """What came of comparing a provider. `outdated` were declared as differences and are none any more."""

    differences: tuple[Difference, ...]
    known: tuple[tuple[Difference, str], ...]  # each with the reason
    outdated: tuple[KnownDifference, ...]

    @property
    def fits(self) -> bool:
        return not (self.differences or self.outdated)


def compare(provider: Provider, document: Any) -> Comparison:
    """Every operation of a provider beside its published contract. Raises `NotAContract` for what is none."""
    contract = Contract(document)
    found = [each for operation in provider.callable_by_name.values() for each in differences(contract, operation)]
    reasons = {(known.operation, known.what): known.reason for known in provider.known_differences}
    differing = {(each.operation, each.what) for each in found}
    return Comparison(
        differences=tuple(each for each in found if (each.operation, each.what) not in reasons),
        known=tuple((each, reasons[each.operation, each.what]) for each in found if (each.operation, each.what) in reasons),
        outdated=tuple(known for known in provider.known_differences if (known.operation, known.what) not in differing),
    )


def differences(contract: Contract, operation: Operation) -> Iterator[Difference]:
    """What is otherwise in an operation than in the contract. A raw call promises nothing that could be compared."""
    if isinstance(operation, RawCall):
        return
    for spelled in contract.spelled_out(operation):
        published = contract.find(spelled)
        found = _of_published(published, spelled) if published else _unpublished(contract, spelled)
        yield from (Difference(operation.name, what, how) for what, how in found)


Found = Iterator[tuple[str, str]]


def _unpublished(contract: Contract, operation: Operation) -> Found:
    fitting = contract.fitting(operation)
    if not fitting:
        yield f"path {operation.path}", "is not published"
    for path, known in fitting.items():
        methods = sorted(method.upper() for method in METHODS.intersection(known))
        yield f"method {operation.method}", f"is not published; {path} knows {', '.join(methods)}"
        return


def _of_published(published: Published, operation: Operation) -> Found:
    for field in _sent(operation.inputs):
        yield from _field(published, operation, field)
    yield from _paging(published, operation)
    yield from _not_asked(published, operation)
    yield from _answer(published, operation)


def _field(published: Published, operation: Operation, field: Field) -> Found:
    if field.place is Place.BODY:
        yield from _in_body(published.contract, field, published.body or {}, "")
        return
    in_path = field.place is Place.PATH
    found = published.in_path(operation).get(field.wire_name) if in_path else published.parameters.get((field.place, field.wire_name))
    yield from _typed(published.contract, field, found, f"{field.place} {field.wire_name}")


def _in_body(contract: Contract, field: Field, schema: Schema, above: str) -> Found:
    found = contract.at(schema, field.wire_name)
    name = f"{above}{field.wire_name}"
    yield from _typed(contract, field, found, f"body {name}")
    if found and isinstance(field, Group | Rows):
        inner = contract.resolve(found.get("items", {})) if isinstance(field, Rows) else found
        for each in _sent(field.fields):
            yield from _in_body(contract, each, inner, f"{name}.")


def _typed(contract: Contract, field: Field, found: Schema | None, name: str) -> Found:
    """How a published parameter or property takes what a field sends. A schema that names no type takes anything."""
    if found is None:
        yield name, "is not published"
    elif not (field.many or isinstance(field, Rows)):
        yield from _one(field, found, name)
    elif found.get("type", "array") != "array":
        yield name, f"is a list here and {found['type']} there"
    elif field.place is Place.QUERY and found.get("collectionFormat", "csv") != "csv":
        yield name, f"is sent with commas here and as {found['collectionFormat']} there"
    else:
        yield from _each(contract, field, contract.resolve(found.get("items", {})), name)


def _each(contract: Contract, field: Field, items: Schema, name: str) -> Found:
    within = field.each_as if isinstance(field, Pick) else ""
    found = contract.at(items, within)
    if found is None:
        yield name, f"is sent as objects with {within!r} here, which there have none"
    else:
        yield from _one(field, found, name)


def _one(field: Field, found: Schema, name: str) -> Found:
    types = json_types(field)
    if found.get("type", next(iter(types), "")) not in types:
        yield name, f"is {' or '.join(sorted(types)) or 'of several types'} here and {found['type']} there"
    elif (ours := FORMATS.get(type(field))) and (theirs := found.get("format")) in FORMATS.values() and ours != theirs:
        yield name, f"is a {ours} here and a {theirs} there"
    if "enum" in found:
        yield from _choices(field, found["enum"], name)


def _choices(field: Field, taken: list[Any], name: str) -> Found:
    if isinstance(field, OneOf):
        strange = [value for value, _ in field.choices if value not in taken]
        yield from [(name, f"offers {_words(strange)}; the vendor takes {_words(taken)}")] if strange else []
    elif not isinstance(field, Flag):
        yield name, f"takes anything; the vendor takes {_words(taken)}"


def json_types(field: Field) -> frozenset[str]:
    """The types of JSON, any of which takes what a field sends."""
    if isinstance(field, OneOf):
        return frozenset.intersection(*(OF_VALUES[type(value)] for value, _ in field.choices))
    if isinstance(field, Pick):
        return WHOLE if field.number else TEXT
    if isinstance(field, Hours):
        return WHOLE if field.in_seconds else DECIMAL
    return next(types for kind, types in JSON_TYPES.items() if isinstance(field, kind))


def _paging(published: Published, operation: Operation) -> Found:
    if isinstance(operation.paging, CursorPaging):
        for name in (operation.paging.start, operation.paging.limit):
            if ("query", name) not in published.parameters:
                yield f"query {name}", "turns the pages here and is not published"


def _not_asked(published: Published, operation: Operation) -> Found:
    """What the vendor requires and nobody is asked for."""
    asked = {(str(field.place), field.wire_name) for field in _sent(operation.inputs)}
    for (place, name), parameter in published.parameters.items():
        if parameter.get("required") and place != "path" and (place, name) not in asked:
            yield f"{place} {name} is not asked", "the vendor requires it"
    in_body = _names(field for field in operation.inputs if field.place is Place.BODY)
    yield from _not_asked_in(published.contract, published.body or {}, in_body, "")


def _not_asked_in(contract: Contract, schema: Schema, asked: set[str], above: str) -> Found:
    schema = contract.resolve(schema)
    if "items" in schema:
        yield from _not_asked_in(contract, schema["items"], asked, above)
    for name, inner in schema.get("properties", {}).items():
        below = {each.removeprefix(f"{name}.") for each in asked if each.startswith(f"{name}.")}
        if below:
            yield from _not_asked_in(contract, inner, below, f"{above}{name}.")
        elif name in schema.get("required", ()) and name not in asked:
            yield f"body {above}{name} is not asked", "the vendor requires it"


def _names(fields: Iterable[Field]) -> set[str]:
    """The dotted names of all that the fields send, those within groups and rows among them."""
    names = set()
    for field in _sent(fields):
        names.add(field.wire_name)
        if isinstance(field, Group | Rows):
            names |= {f"{field.wire_name}.{name}" for name in _names(field.fields)}
        elif isinstance(field, Pick) and field.each_as:
            names.add(f"{field.wire_name}.{field.each_as}")
    return names


def _answer(published: Published, operation: Operation) -> Found:
    """Whether the answer holds the record or list where it is looked for. What cursors and side-loads say stands in words alone."""
    if operation.download or not published.answer or not (operation.result or operation.kind is Kind.LIST):
        return
    wanted = "array" if operation.kind is Kind.LIST else "object"
    found = published.contract.at(published.answer, operation.result)
    if found is None:
        yield f"answer {operation.result}", "is not published"
    elif found.get("type", wanted) != wanted:
        yield f"answer {operation.result}".strip(), f"is an {wanted} here and {found['type']} there"


def _sent(fields: Iterable[Field]) -> list[Field]:
    return [field for field in fields if not field.asked_only]


def _words(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values)
