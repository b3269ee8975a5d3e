"""From the bytes of an answer to records: decoded, without secrets, side-loads joined, the declared part picked out."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from integrations.catalogue import Download, Kind, Operation, SideLoad
from integrations.catalogue.reading import at
from integrations.transport.errors import BadAnswer

Record = dict[str, Any]
NUL = "\x00"


@dataclass(frozen=True)
class File:
    """A file that a provider answered."""

    name: str
    media_type: str
    content: bytes


def decode(content: bytes) -> Any:
    """The JSON of an answer, None where it is empty. Raises `BadAnswer` where it is something else.

    NUL characters are dropped: PostgreSQL keeps none in its texts. In JSON they can only stand escaped.
    """
    if not content.strip():
        return None
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("It is not JSON.") from error
    return _without_nul(data) if rb"\u0000" in content else data


def _without_nul(data: Any) -> Any:
    """The same data without NUL in its texts and names. Not recursive, so that no nesting is too deep for it."""
    whole = [data]
    waiting: list[Any] = [whole]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            cleaned = {name.replace(NUL, ""): _text_without_nul(child) for name, child in found.items()}
            found.clear()
            found.update(cleaned)
        else:
            found[:] = map(_text_without_nul, found)
        children = found.values() if isinstance(found, dict) else found
        waiting.extend(child for child in children if isinstance(child, dict | list))
    return whole[0]


def _text_without_nul(data: Any) -> Any:
    return data.replace(NUL, "") if isinstance(data, str) else data


def without(data: Any, names: Collection[str]) -> Any:
    """The same data; these names are taken out wherever they stand. Not recursive, so that no nesting is too deep for it."""
    waiting = [data] if names and isinstance(data, dict | list) else []
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            for name in names:
                found.pop(name, None)
        children = found.values() if isinstance(found, dict) else found
        waiting.extend(child for child in children if isinstance(child, dict | list))
    return data


def result(operation: Operation, answer: Any) -> Any:
    """What the operation is for: a list of records, a record, or for a deletion whatever came. Raises `BadAnswer` for another shape."""
    if operation.kind is Kind.LIST:
        return records(operation, answer)
    picked = at(answer, operation.result)
    if operation.kind is Kind.DELETE or (picked is None and not operation.result and not operation.kind.reads):
        return picked
    return _record(operation, picked)


def file_of(download: Download, content: bytes) -> File:
    """The file in an answer, sent as it is or as base64 text, also within JSON. Raises `BadAnswer` where there is none."""
    try:
        sent = b64decode(content.strip().strip(b'"'), validate=True)
    except binascii.Error:
        sent = content
    if not sent.strip() or sent.lstrip()[:1] in (b"<", b"{"):
        raise BadAnswer("A file was expected.")
    return File(download.file_name, download.media_type, sent)


def records(operation: Operation, answer: Any) -> list[Record]:
    """The records of a list or of one page of it, with what was side-loaded. Raises `BadAnswer` where it is no list of objects."""
    found = at(answer, operation.result)
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise BadAnswer(f"{operation.label}: a list of records was expected.")
    for side_load in operation.side_loads:
        _join(found, side_load, at(answer, side_load.key))
    return found


def _record(operation: Operation, picked: Any) -> Record:
    """Some operations answer a record as a list of one."""
    if isinstance(picked, list) and len(picked) == 1:
        picked = picked[0]
    if not isinstance(picked, dict):
        raise BadAnswer(f"{operation.label}: a record was expected.")
    return picked


def _join(found: list[Record], side_load: SideLoad, related: Any) -> None:
    named = [each for each in related if isinstance(each, dict)] if isinstance(related, list) else []
    by_id = {each["id"]: each for each in named if isinstance(each.get("id"), int | str)}
    for record in found if by_id else ():
        joined = _named(by_id, record.get(side_load.join))
        if joined is not None:
            record[side_load.into] = joined


def _named(by_id: Mapping[int | str, Record], given: Any) -> Any:
    """The record that an id names, None where there is none; of a list of ids those that there are."""
    if isinstance(given, list):
        return [by_id[each] for each in given if isinstance(each, int | str) and each in by_id]
    return by_id.get(given) if isinstance(given, int | str) else None
