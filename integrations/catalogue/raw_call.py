"""Any call at all below a provider's base address: "make an API call"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import orjson

from integrations.catalogue.fields import Field, InvalidInput, OneOf, Place, Rows, Text, read_inputs
from integrations.catalogue.operations import Kind, Operation, Request

HEADER_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NAME_AND_VALUE = (Text(name="name", label="Name", required=True), Text(name="value", label="Value"))
OURS_ALONE = frozenset({"authorization", "proxy-authorization", "cookie", "host", "content-length", "transfer-encoding", "connection"})
ANOTHER_METHOD = frozenset(
    {"x-http-method", "x-http-method-override", "x-method-override"}
)  # would make a write of what looks like reading
MOST_CODED = 5  # times that a path may be encoded over and over


@dataclass(frozen=True, kw_only=True)
class RawCall(Operation):
    """Any call below the provider's base address, signed as all others are. `own_headers` are those that the sign-in sets."""

    name: str = "make_api_call"
    label: str = "Make an API Call"
    entity: str = ""
    kind: Kind = Kind.CALL
    method: str = ""
    path: str = ""
    inputs: tuple[Field, ...] = (
        OneOf(
            name="method",
            label="Method",
            required=True,
            asked_only=True,
            default="GET",
            choices=tuple((method, method) for method in METHODS),
        ),
        Text(
            name="path",
            label="Path",
            place=Place.PATH,
            required=True,
            help="Such as /v2/organizations. It stands in the log of calls; the query's values and the body do not.",
        ),
        Rows(name="query", label="Query string", place=Place.QUERY, fields=NAME_AND_VALUE),
        Rows(
            name="headers",
            label="Headers",
            place=Place.HEADER,
            fields=NAME_AND_VALUE,
            help="The sign-in is added by itself.",
        ),
        Text(name="body", label="Body", long=True, help="JSON."),
    )
    own_headers: frozenset[str] = frozenset()
    workspace_header: str = ""  # carries the connection's workspace unless the call says another one

    def only_reads(self, inputs: Mapping[str, Any]) -> bool:
        return bool(inputs.get("method", "GET") == "GET")

    def request(self, inputs: Mapping[str, Any], workspace: str = "") -> Request:
        """The call as it was given. Raises `InvalidInput` for what would lead elsewhere, replace the sign-in, or is no JSON."""
        values = read_inputs(self.inputs, inputs)
        errors: dict[str, str] = {}
        path, _, behind = values["path"].strip().partition("?")
        query = _query(parse_qsl(behind, keep_blank_values=True), values.get("query", []))
        path = _below_the_base(path, errors)
        headers = self._headers(values.get("headers", []), errors)
        body = _json(values.get("body"), errors)
        if errors:
            raise InvalidInput(errors)
        of_workspace = {self.workspace_header: workspace} if self.workspace_header and workspace else {}
        return Request(values["method"], path, query, {**of_workspace, **headers}, body)

    def _headers(self, rows: list[dict[str, str]], errors: dict[str, str]) -> dict[str, str]:
        taken = OURS_ALONE | {name.lower() for name in self.own_headers}
        for number, row in enumerate(rows):
            name = row["name"].lower()
            if name in taken:
                errors[f"headers.{number}.name"] = "This header is set by the portal and cannot be replaced."
            elif name in ANOTHER_METHOD:
                errors[f"headers.{number}.name"] = "Choose the method above."
            elif not HEADER_NAME.fullmatch(name):
                errors[f"headers.{number}.name"] = "A header's name has letters, digits and - only."
            elif not (row.get("value", "").isascii() and row.get("value", "a").isprintable()):
                errors[f"headers.{number}.value"] = "Use plain letters, digits and signs."
        return {row["name"].lower(): row.get("value", "") for row in rows}


def _query(written: list[tuple[str, str]], rows: list[dict[str, str]]) -> dict[str, str | list[str]]:
    """What was written behind the path, then the rows. A name may stand more than once: then all its values are sent."""
    values: dict[str, list[str]] = {}
    for name, value in (*written, *((row["name"], row.get("value", "")) for row in rows)):
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _below_the_base(path: str, errors: dict[str, str]) -> str:
    """A path that stays below the base address, however often it was encoded."""
    plain = _decoded(path)
    if not path.startswith("/") or plain.startswith("//") or "://" in plain:
        errors["path"] = "Enter a path that begins with one /. Another address cannot be called."
    elif any(segment == "." or segment.startswith("..") for segment in plain.replace("\\", "/").split("/")):
        errors["path"] = "A path with . or .. could lead elsewhere."
    elif "#" in path or "%" in plain or not all(character.isprintable() and character != " " for character in plain):
        errors["path"] = "A path has no spaces, no # or % of its own and no control characters."
    return quote(path, safe="/%:@!$&'()*+,;=~-._")


def _decoded(path: str) -> str:
    """The path without any encoding; one that was encoded without end keeps a %."""
    for _ in range(MOST_CODED):
        path = unquote(path)
    return path


def _json(text: str | None, errors: dict[str, str]) -> Any:
    if text is None or not text.strip():
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        errors["body"] = f"This is not JSON: {error}"
        return None
