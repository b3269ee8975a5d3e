"""What can be done at a provider: one call, declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import quote

from integrations.catalogue.fields import (
    Field,
    Group,
    Number,
    Pick,
    Place,
    Rows,
    field_at,
    is_shown,
    read_inputs,
    standing_inputs,
)

PLACEHOLDER = re.compile(r"{(\w+)}")


class Kind(StrEnum):
    """What an operation does to the other side; only the first two may be repeated blindly. Of a raw call the method decides."""

    LIST = "list"
    GET = "get"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    CALL = "call"

    @property
    def reads(self) -> bool:
        return self in {Kind.LIST, Kind.GET}


@dataclass(frozen=True)
class Request:
    """A call ready to be sent: a path below the provider's base address and what travels with it. A list in the query is sent as its name
    over and over.
    """

    method: str
    path: str
    query: dict[str, str | list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class WholeList:
    """A list that arrives whole in one answer."""

    style: ClassVar[str] = "whole"


@dataclass(frozen=True)
class CursorPaging:
    """A list in pages: the answer names where the next one starts, until there is none."""

    start: str
    limit: str
    size: int
    next: str  # dotted path in the answer

    style: ClassVar[str] = "cursor"


@dataclass(frozen=True)
class SideLoad:
    """Related records that an answer carries beside its list: each record whose `join` is the id of one gets it as `into`, one whose `join`
    is a list of ids gets them all.
    """

    key: str
    join: str
    into: str


@dataclass(frozen=True)
class Download:
    """An answer that is a file: what to call it, and its media type. A provider may send it as base64 text."""

    file_name: str
    media_type: str


LIMIT = Number(
    name="limit", label="Limit", asked_only=True, default=100, least=1, most=10_000, help="How many records to get at most, page by page."
)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One declared call. `result` is the dotted path of the record or list in the answer, empty where it is the answer itself."""

    name: str
    label: str
    entity: str
    kind: Kind
    method: str
    path: str
    inputs: tuple[Field, ...] = ()
    result: str = ""
    paging: WholeList | CursorPaging | None = None
    side_loads: tuple[SideLoad, ...] = ()
    row: str | None = None  # the row of the feature list that it serves
    description: str = ""
    shape: Callable[[dict[str, Any]], Any] | None = None  # an oddity of the body that the words cannot say
    download: Download | None = None

    @property
    def asked(self) -> tuple[Field, ...]:
        """Everything that a person is asked; of every list also how much of it."""
        return (*self.inputs, LIMIT) if self.kind is Kind.LIST else self.inputs

    def only_reads(self, inputs: Mapping[str, Any]) -> bool:
        """Whether doing it again changes nothing over there."""
        return self.kind.reads

    def limit(self, inputs: Mapping[str, Any]) -> int:
        """How many records of a list are wanted. Raises `InvalidInput`."""
        return int(read_inputs((LIMIT,), {name: value for name, value in inputs.items() if name == LIMIT.name})[LIMIT.name])

    def subject(self, inputs: Mapping[str, Any]) -> Pick | None:
        """The pick that names the one record which is read, changed or deleted; None where there is none, as for lists."""
        beside = {field.name: field for field in self.inputs}
        picks = [field for field in self.inputs if isinstance(field, Pick) and field.place is Place.PATH and field.required]
        own = [pick for pick in picks if not (pick.workspace or pick.asked_only) and is_shown(pick, beside, inputs)]
        return own[-1] if own and self.kind in {Kind.GET, Kind.UPDATE, Kind.DELETE} else None

    def standing(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What would have to be given so that the subject stays as it is. What names it is left out."""
        return standing_inputs([field for field in self.inputs if field.place is Place.BODY], data)

    def field_at(self, wire_path: str) -> str | None:
        """The full name of the input that travels at a dotted path, None where nothing of ours does."""
        return field_at(self.inputs, wire_path)

    def request(self, inputs: Mapping[str, Any], workspace: str = "") -> Request:
        """The call for these inputs. Raises `InvalidInput` with every mistake at once."""
        values = read_inputs(self.asked, self._with_workspace(inputs, workspace))
        places: dict[Place, dict[str, Any]] = {place: {} for place in Place}
        for given in self.inputs:
            if given.name in values and not given.asked_only:
                _put(places[given.place], given, values[given.name])
        body: Any = places[Place.BODY]
        return Request(
            method=self.method,
            path=PLACEHOLDER.sub(lambda found: quote(str(places[Place.PATH][found[1]]), safe=""), self.path),
            query={name: _as_query(value) for name, value in places[Place.QUERY].items() if value != []},
            headers={name: str(value) for name, value in places[Place.HEADER].items()},
            body=(self.shape(body) if self.shape else body) if self._has_body else None,
        )

    @property
    def _has_body(self) -> bool:
        return any(given.place is Place.BODY and not given.asked_only for given in self.inputs)

    def _with_workspace(self, inputs: Mapping[str, Any], workspace: str) -> dict[str, Any]:
        ours = {given.name: workspace for given in self.inputs if isinstance(given, Pick) and given.workspace and workspace}
        return {**inputs, **{name: value for name, value in ours.items() if inputs.get(name) in (None, "")}}


def _put(target: dict[str, Any], given: Field, value: Any) -> None:
    """Sets a value at its wire name, making the objects that a dotted name asks for."""
    *parents, last = given.wire_name.split(".") if given.place is Place.BODY else [given.wire_name]
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = _on_the_wire(given, value)


def _on_the_wire(given: Field, value: Any) -> Any:
    if isinstance(given, Group) and value:
        return _object(given.fields, value)
    if isinstance(given, Rows) and value:
        return [_object(given.fields, row) for row in value]
    if isinstance(given, Pick) and given.each_as and value:
        return [{given.each_as: each} for each in value]
    return value


def _object(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    target: dict[str, Any] = {}
    for given in fields:
        if given.name in values and not given.asked_only:
            _put(target, given, values[given.name])
    return target


def _as_query(value: Any) -> str:
    """Lists are comma-separated, Swagger 2.0's default collection format."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
