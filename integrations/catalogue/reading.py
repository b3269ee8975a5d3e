"""Reading a record: by a dotted path, or by a function of it. And reading what a stranger sent, which may be anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Data = Mapping[str, Any]
Source = str | Callable[[Data], Any]
LONGEST_WORD = 128
LARGEST_NUMBER = 2**63  # that an id may be


def read(source: Source, data: Data) -> Any:
    """What a source says of a record; None where a step of its path is missing."""
    if callable(source):
        return source(data)
    return at(data, source)


def at(data: Any, path: str) -> Any:
    """The value at a dotted path; the data itself where the path is empty, None where a step is missing."""
    for step in path.split(".") if path else ():
        if not isinstance(data, Mapping):
            return None
        data = data.get(step)
    return data


def word(value: Any, longest: int = LONGEST_WORD) -> str:
    """An id or a word as text. Empty for what is none: flags, lists, what is too long and what cannot be printed."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < LARGEST_NUMBER else ""
    return value if len(value) <= longest and value.isprintable() else ""


def moment(value: Any) -> datetime | None:
    """A point in time that is told in ISO 8601, in UTC; one without a zone is taken as such. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        told = datetime.fromisoformat(value)
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
