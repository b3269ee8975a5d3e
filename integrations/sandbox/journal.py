"""The log of requests received, for tests that count or order them."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count

LENGTH = 20_000


@dataclass(frozen=True)
class Entry:
    """One request, as it was answered. A status of 0 means that the line was cut."""

    number: int
    at: str
    method: str
    path: str
    query: str
    status: int
    fault: str | None


@dataclass
class Journal:
    """The latest requests, numbered from 1 since the start."""

    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=LENGTH))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def note(self, at: str, method: str, path: str, query: str, status: int, fault: str | None) -> None:
        """Write down one request."""
        self._entries.append(Entry(next(self._numbers), at, method, path, query, status, fault))

    def since(self, number: int) -> list[Entry]:
        """Return the requests after the given number."""
        return [entry for entry in self._entries if entry.number > number]

    def forget(self) -> None:
        """Empty the log; numbering goes on."""
        self._entries.clear()
