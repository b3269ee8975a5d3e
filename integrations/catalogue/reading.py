"""Reading a record: by a dotted path, or by a function of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]
Source = str | Callable[[Data], Any]


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
