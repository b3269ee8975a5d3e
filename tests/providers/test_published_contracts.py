"""Every declared operation stands in the vendor's published contract, and sends nothing that does not: path, method, place, name and type.

The contracts are data beside the repository and are never copied into it. What differs on purpose is listed below with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from integrations.catalogue import (
    CursorPaging,
    Date,
    Field,
    Flag,
    Group,
    Hours,
    Kind,
    Moment,
    Money,
    Number,
    OneOf,
    Operation,
    Pick,
    Place,
    Provider,
    Rows,
    Text,
)
from integrations.providers import all_providers

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
LATER_DOCUMENT = "only the later of timeghost's two documents has it; the union of both stands (shared/specs/README.md)"
KNOWN: Mapping[tuple[str, str, str], str] = {
    ("timeghost", "list_tasks", "header clientid is not asked"): "optional since the later document; the list is asked by project alone",
    ("timeghost", "update_task", "body completed"): LATER_DOCUMENT,
    ("timeghost", "add_time", "body task.id"): LATER_DOCUMENT,
    ("timeghost", "add_time", "body timeZone"): LATER_DOCUMENT,
    ("timeghost", "add_time", "body inputMode"): LATER_DOCUMENT,
    ("timeghost", "update_time", "body task.id"): LATER_DOCUMENT,
    ("timeghost", "update_time", "body timeZone"): LATER_DOCUMENT,
    ("timeghost", "update_time", "body inputMode"): LATER_DOCUMENT,
}
PLACEHOLDER = re.compile(r"{\w+}")
JSON_TYPES: dict[type[Field], set[str]] = {
    Text: {"string"},
    Number: {"integer", "number"},
    Money: {"number"},
    Hours: {"integer", "number"},
    Date: {"string"},
    Moment: {"string"},
    Flag: {"boolean"},
    Group: {"object"},
}

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")


@cache
def document(name: str) -> dict[str, Any] | None:
    file = SPECS / f"{name}.swagger.json"
    loaded: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    return loaded


PUBLISHED = {name: provider for name, provider in all_providers().items() if document(name)}
OPERATIONS = [(provider, operation) for provider in PUBLISHED.values() for operation in provider.operations]

every_operation = pytest.mark.parametrize(("provider", "operation"), OPERATIONS, ids=lambda value: value.name)


@every_operation
def test_its_path_and_method_are_published(provider: Provider, operation: Operation) -> None:
    assert Published(provider, operation)


@every_operation
def test_what_is_sent_is_published_in_its_place_with_its_type(provider: Provider, operation: Operation) -> None:
    assert _but_known(provider, operation, _sent_otherwise(Published(provider, operation), operation)) == []


@every_operation
def test_what_the_vendor_requires_is_asked(provider: Provider, operation: Operation) -> None:
    assert _but_known(provider, operation, _not_asked(Published(provider, operation), operation)) == []


@every_operation
def test_its_answer_holds_the_record_or_list_where_it_is_looked_for(provider: Provider, operation: Operation) -> None:
    published = Published(provider, operation)
    if not operation.result and operation.kind is not Kind.LIST:
        return
    found = published.at(published.answer, operation.result)
    assert found.get("type") == ("array" if operation.kind is Kind.LIST else "object") or "$ref" in found or "properties" in found
    if isinstance(operation.paging, CursorPaging):  # the next page's start and side-loads stand in the vendors' words alone
        assert {operation.paging.start, operation.paging.limit} <= {name for place, name in published.parameters if place == "query"}


def test_every_known_difference_still_is_one() -> None:
    differing = {
        (provider.name, operation.name, difference.partition(":")[0])
        for provider, operation in OPERATIONS
        for published in [Published(provider, operation)]
        for difference in [*_sent_otherwise(published, operation), *_not_asked(published, operation)]
    }
    assert set(KNOWN) - differing == set()


# --- What the tests above stand on -------------------------------------------------------------------------------------


class Published:
    """An operation as the vendor published it."""

    def __init__(self, provider: Provider, operation: Operation) -> None:
        found = document(provider.name)
        assert found
        self.document = found
        self.path = self._path(operation)
        methods = self.document["paths"][self.path]
        assert operation.method.lower() in methods, f"{self.path} knows {', '.join(methods)}"
        self.operation: dict[str, Any] = methods[operation.method.lower()]
        given = [*methods.get("parameters", []), *self.operation.get("parameters", [])]
        self.parameters = {(each["in"], each["name"]): each for each in map(self.resolve, given) if each["in"] != "body"}
        bodies = [self.resolve(each["schema"]) for each in map(self.resolve, given) if each["in"] == "body"]
        self.body: dict[str, Any] = bodies[0] if bodies else {}

    def _path(self, operation: Operation) -> str:
        """The path with the same segments; a word of ours may stand where the vendor has a placeholder, if it is one of its values."""
        fitting: list[str] = [path for path in self.document["paths"] if self._fits(operation, path)]
        assert fitting, f"{operation.path} is not published"
        return min(fitting, key=lambda path: len(PLACEHOLDER.findall(path)))

    def _fits(self, operation: Operation, path: str) -> bool:
        ours, theirs = operation.path.split("/"), path.split("/")
        return len(ours) == len(theirs) and all(map(self._same_segment, ours, theirs, [operation.method] * len(ours), [path] * len(ours)))

    def _same_segment(self, ours: str, theirs: str, method: str, path: str) -> bool:
        if PLACEHOLDER.fullmatch(ours):
            return bool(PLACEHOLDER.fullmatch(theirs))
        return ours == theirs or ours in self._values(theirs, method, path)

    def _values(self, placeholder: str, method: str, path: str) -> list[str]:
        declared = self.document["paths"][path].get(method.lower(), {}).get("parameters", [])
        return [value for each in declared if f"{{{each.get('name')}}}" == placeholder for value in each.get("enum", [])]

    @property
    def answer(self) -> dict[str, Any]:
        responses = self.operation["responses"]
        return self.resolve(next(responses[status] for status in ("200", "201", "default") if status in responses).get("schema", {}))

    def resolve(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            _, *steps = schema["$ref"].split("/")
            found: Any = self.document
            for step in steps:
                found = found[step]
            schema = found
        return dict(schema)

    def at(self, schema: dict[str, Any], path: str) -> dict[str, Any]:
        """The schema at a dotted path, empty where a step is missing."""
        for step in path.split(".") if path else ():
            schema = self.resolve(schema.get("properties", {}).get(step, {}))
        return self.resolve(schema)


def _sent_otherwise(published: Published, operation: Operation) -> Iterator[str]:
    """What is sent and not published so, each as `place name: what is wrong`."""
    for field in operation.inputs:
        if field.asked_only:
            continue
        if field.place is Place.BODY:
            yield from _in_body(published, field, published.body, "")
        elif field.place is not Place.PATH:
            parameter = published.parameters.get((str(field.place), field.wire_name))
            yield from _typed(published, field, parameter, f"{field.place} {field.wire_name}")
    placeholders = [segment for segment in operation.path.split("/") if PLACEHOLDER.fullmatch(segment)]
    vendors = [published.path.split("/")[operation.path.split("/").index(segment)] for segment in placeholders]
    for segment in vendors:
        if ("path", segment.strip("{}")) not in published.parameters:
            yield f"path {segment}: is not published"


def _in_body(published: Published, field: Field, schema: dict[str, Any], above: str) -> Iterator[str]:
    found = published.at(schema, field.wire_name)
    name = f"{above}{field.wire_name}"
    yield from _typed(published, field, found or None, f"body {name}")
    if isinstance(field, Group | Rows) and found:
        inner = published.resolve(found.get("items", {})) if isinstance(field, Rows) else found
        for each in field.fields:
            yield from _in_body(published, each, inner, f"{name}.")


def _typed(published: Published, field: Field, found: Mapping[str, Any] | None, name: str) -> Iterator[str]:
    if found is None:
        yield f"{name}: is not published"
        return
    one = found
    if field.many or isinstance(field, Rows):
        if found.get("type") != "array":
            yield f"{name}: is a list here and {found.get('type')} there"
            return
        one = published.resolve(found.get("items", {}))
    if one.get("type") not in _types(field):
        yield f"{name}: is {' or '.join(sorted(_types(field)))} here and {one.get('type')} there"
    if isinstance(field, OneOf) and "enum" in one and (strange := [value for value, _ in field.choices if value not in one["enum"]]):
        yield f"{name}: offers {strange}, the vendor {one['enum']}"


def _types(field: Field) -> set[str]:
    if isinstance(field, OneOf):
        return {{bool: "boolean", int: "integer", float: "number", str: "string"}[type(value)] for value, _ in field.choices}
    if isinstance(field, Pick):
        return {"integer"} if field.number else {"string"}
    if isinstance(field, Rows):
        return {"object"}
    return JSON_TYPES[type(field)]


def _not_asked(published: Published, operation: Operation) -> Iterator[str]:
    """What the vendor requires and nobody is asked for, each as `place name is not asked`."""
    asked = {(str(field.place), field.wire_name) for field in operation.inputs if not field.asked_only}
    for (place, name), parameter in published.parameters.items():
        if parameter.get("required") and place != "path" and (place, name) not in asked:
            yield f"{place} {name} is not asked"
    body = {field.wire_name for field in operation.inputs if field.place is Place.BODY and not field.asked_only}
    for name in published.body.get("required", []):
        if not any(each == name or each.startswith(f"{name}.") for each in body):
            yield f"body {name} is not asked"


def _but_known(provider: Provider, operation: Operation, differences: Iterator[str]) -> list[str]:
    return [each for each in differences if (provider.name, operation.name, each.partition(":")[0]) not in KNOWN]
