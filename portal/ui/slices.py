"""Paging through a list that is in memory already, with the same `before` and `after` as keyset paging has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
PAGE_SIZE = 50


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """Some rows of a list, where they stand in it, and the places of the pages around them, where there are any."""

    rows: Sequence[Row]
    total: int
    start: int = 0
    size: int = PAGE_SIZE

    @property
    def before(self) -> str | None:
        return str(self.start) if self.start else None

    @property
    def after(self) -> str | None:
        return str(self.start + self.size) if self.start + self.size < self.total else None


def slice_of(rows: Sequence[Row], before: str = "", after: str = "", size: int = PAGE_SIZE) -> Slice[Row]:
    """The page that ends ahead of the row with the number `before`, or begins with the one `after`, or the first. What is no number, or
    stands past the end, opens the first page.
    """
    start = _number(after) if after else max(0, _number(before) - size)
    start = start if start < len(rows) else 0
    return Slice(rows[start : start + size], len(rows), start, size)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
