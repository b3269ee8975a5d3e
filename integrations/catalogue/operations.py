"""What can be done at a provider: one call, declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from integrations.catalogue.fields import Field, Group, Pick, Place, Rows, read_inputs

PLACEHOLDER = re.compile(r"{(\w+)}")


class Kind(StrEnum):
    """What an operation does to the other side; only the first two may be repeated blindly."""

    LIST = "list"
    GET = "get"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def reads(self) -> bool:
        return self in {Kind.LIST, Kind.GET}


@dataclass(frozen=True)
class Request:
    """A call ready to be sent: a path below the provider's base address and what travels with it."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class WholeList:
    """A list that arrives whole in one answer."""


@dataclass(frozen=True)
class CursorPaging:
    """A list in pages: the answer names where the next one starts, until there is none."""

    start: str
    limit: str
    size: int
    next: str  # dotted path in the answer


@dataclass(frozen=True)
class SideLoad:
    """Related records that an answer carries beside its list: each record whose `join` is the id of one gets it as `into`."""

    key: str
    join: str
    into: str


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

    def request(self, inputs: Mapping[str, Any], workspace: str = "") -> Request:
        """The call for these inputs. Raises `InvalidInput` with every mistake at once."""
        values = read_inputs(self.inputs, self._with_workspace(inputs, workspace))
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
        return any(given.place is Place.BODY for given in self.inputs)

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
    if isinstance(given, Group):
        return _object(given.fields, value)
    if isinstance(given, Rows):
        return [_object(given.fields, row) for row in value]
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
