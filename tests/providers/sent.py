"""Whether a request fits the vendor's published contract: nothing in it that is not known there, everything of the right type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote

from integrations.catalogue import Operation, Request
from integrations.catalogue.swagger import PLACEHOLDER, Contract, Published, Schema

Problem = tuple[str, str]  # what, in the words of `KnownDifference`, and how
IS_OF_TYPE: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
WRITTEN = {"integer": re.compile(r"-?\d+"), "number": re.compile(r"-?\d+(\.\d+)?"), "boolean": re.compile("true|false")}
FORMATS: dict[str, Callable[[str], object]] = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}


MISSING = "is required and was not sent"


def problems(contract: Contract, operation: Operation, request: Request, whole: bool) -> set[Problem]:
    """What of a request does not fit. `whole` says that everything was given that can be: then nothing that is required may be missing."""
    published = contract.find(operation)
    if published is None:
        return {(f"path {operation.path}", "is not published")}
    found = {*_path(published, operation, request), *_beside(published, request), *_body(published, request.body)}
    return found if whole else {(what, how) for what, how in found if how != MISSING}


def _path(published: Published, operation: Operation, request: Request) -> Iterator[Problem]:
    parameters = published.in_path(operation)
    for ours, sent in zip(operation.path.split("/"), request.path.split("/"), strict=True):
        if PLACEHOLDER.fullmatch(ours):
            name = ours.strip("{}")
            yield from _text(parameters[name] or {}, unquote(sent), f"path {name}")


def _beside(published: Published, request: Request) -> Iterator[Problem]:
    sent = {("query", name): value for name, value in request.query.items()}
    sent |= {("header", name): value for name, value in request.headers.items()}
    for place_and_name, value in sent.items():
        schema = published.parameters.get(place_and_name)
        what = " ".join(place_and_name)
        for written in [value] if isinstance(value, str) else value:
            yield from _text(schema, written, what) if schema else [(what, "is not published")]
    for (place, name), schema in published.parameters.items():
        if schema.get("required") and place != "path" and (place, name) not in sent:
            yield f"{place} {name} is not asked", MISSING


def _text(schema: Schema, written: str, what: str) -> Iterator[Problem]:
    """A parameter's value, as it was written into the path, the query or a header."""
    if schema.get("type") == "array":
        for each in written.split(","):
            yield from _text(schema["items"], each, what)
        return
    pattern = WRITTEN.get(schema.get("type", "string"))
    if pattern and not pattern.fullmatch(written):
        yield what, f"{written!r} is no {schema['type']}"
    yield from _of_format(schema, written, what)


def _body(published: Published, body: Any) -> Iterator[Problem]:
    if published.body is not None:
        yield from _value(published.contract, published.body, body if body is not None else {}, "body ")
    elif body is not None:
        yield "body", "none is published"


def _value(contract: Contract, schema: Schema, value: Any, what: str) -> Iterator[Problem]:
    schema = contract.resolve(schema)
    if not IS_OF_TYPE.get(schema.get("type", ""), lambda value: True)(value):
        yield what.strip(), f"{value!r} is no {schema['type']}"
    elif isinstance(value, list):
        for each in value:
            yield from _value(contract, schema.get("items", {}), each, what)
    elif isinstance(value, dict) and "properties" in schema:
        yield from _object(contract, schema, value, what)
    else:
        yield from _of_format(schema, value, what.strip())


def _object(contract: Contract, schema: Schema, sent: Mapping[str, Any], what: str) -> Iterator[Problem]:
    above = what if what.endswith(" ") else f"{what}."
    for name, value in sent.items():
        inner = schema["properties"].get(name)
        yield from _unpublished(value, f"{above}{name}") if inner is None else _value(contract, inner, value, f"{above}{name}")
    for name in set(schema.get("required", ())) - set(sent):
        yield f"{above}{name} is not asked", MISSING


def _unpublished(value: Any, what: str) -> Iterator[Problem]:
    """Of an object that is not published each of its values."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _unpublished(inner, f"{what}.{name}")
    else:
        yield what, "is not published"


def _of_format(schema: Schema, value: Any, what: str) -> Iterator[Problem]:
    if "enum" in schema and value not in schema["enum"] and str(value) not in map(str, schema["enum"]):
        yield what, f"{value!r} is none of {schema['enum']}"
    if (read := FORMATS.get(schema.get("format", ""))) and isinstance(value, str):
        try:
            read(value)
        except ValueError:
            yield what, f"{value!r} is no {schema['format']}"
