"""From the bytes of an answer to records: decoded, without secrets, side-loads joined, the declared part picked out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from integrations.catalogue import Kind, Operation, SideLoad
from integrations.catalogue.entities import at
from integrations.transport.errors import BadAnswer

Record = dict[str, Any]


def decode(content: bytes) -> Any:
    """The JSON of an answer, None where it is empty. Raises `BadAnswer` where it is something else."""
    if not content.strip():
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("It is not JSON.") from error


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
    by_id = {each.get("id"): each for each in related or [] if isinstance(each, dict)} if isinstance(related, list | None) else {}
    for record in found:
        joined = by_id.get(record.get(side_load.join))
        if joined is not None:
            record[side_load.into] = joined
