"""Paging that neither counts nor skips: a page begins behind the last row of the one before it, found by index.

Rows are ordered by one column and the primary key; rows without a value come last, whichever way the column is sorted. A cursor is the
place of a row in that order, as text. What is no cursor, or has nothing behind it any more, opens the first page.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, Generic, TypeVar

import orjson
from django.core.exceptions import ValidationError
from django.db.models import F, Field, Func, Model, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan

Row = TypeVar("Row", bound=Model)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Order:
    """A column, and which way it is sorted. Ties are broken by the primary key, the same way."""

    column: str
    descending: bool = False

    @classmethod
    def read(cls, text: str, allowed: frozenset[str], default: Order) -> Order:
        """Reads `title` or `-title`; the default where that column is not allowed."""
        column = text.removeprefix("-")
        return cls(column, text.startswith("-")) if column in allowed else default

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column

    @property
    def turned(self) -> Order:
        return replace(self, descending=not self.descending)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows in order, and the cursors of the pages around them, where there are any."""

    rows: list[Row] = field(default_factory=list)
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class Place:
    """Where a row stands: its value in the column, and its primary key."""

    value: Any
    key: Any


def page_of(rows: QuerySet[Row], order: Order, before: str = "", after: str = "", size: int = PAGE_SIZE) -> Page[Row]:
    """The page that ends ahead of the cursor `before`, or begins behind the cursor `after`, or the first."""
    ahead, behind = _read(before, rows, order), _read(after, rows, order)
    if ahead and (found := _take(rows, order.turned, ahead, size, nulls_first=True)):
        return _page(found[:size][::-1], order, has_before=len(found) > size, has_after=True)
    if behind and (found := _take(rows, order, behind, size)):
        return _page(found[:size], order, has_before=True, has_after=len(found) > size)
    found = _take(rows, order, None, size)
    return _page(found[:size], order, has_before=False, has_after=len(found) > size)


def cursor_of(row: Model, order: Order) -> str:
    """The place of a row as text that may stand in an address."""
    packed = orjson.dumps([getattr(row, order.column), row.pk])
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _page(rows: list[Row], order: Order, *, has_before: bool, has_after: bool) -> Page[Row]:
    if not rows:
        return Page()
    return Page(rows, cursor_of(rows[0], order) if has_before else None, cursor_of(rows[-1], order) if has_after else None)


def _take(rows: QuerySet[Row], order: Order, place: Place | None, size: int, nulls_first: bool = False) -> list[Row]:
    """The rows beyond a place: one more than a page holds, to see whether there are more."""
    stretches = _stretches(rows, order, place, nulls_first)
    return list(islice(chain.from_iterable(stretch[: size + 1] for stretch in stretches), size + 1))


def _stretches(rows: QuerySet[Row], order: Order, place: Place | None, nulls_first: bool) -> list[QuerySet[Row]]:
    """Rows with a value and rows without are asked for one after the other, so that each is read from the index in its order."""
    if not _column(rows, order).null:
        return [_valued(rows, order, place)]
    blank = _blank(rows.filter(**{f"{order.column}__isnull": True}), order, place)
    valued = _valued(rows.filter(**{f"{order.column}__isnull": False}), order, place)
    first, second = (blank, valued) if nulls_first else (valued, blank)
    stands_in_second = place is not None and (place.value is None) is not nulls_first
    return [second] if stands_in_second else [first, second]


def _valued(rows: QuerySet[Row], order: Order, place: Place | None) -> QuerySet[Row]:
    sign = "-" if order.descending else ""
    ordered = rows.order_by(f"{sign}{order.column}", f"{sign}pk")
    if place is None or place.value is None:
        return ordered
    beyond = LessThan if order.descending else GreaterThan
    here = _pair(F(order.column), F("pk"))
    return ordered.filter(beyond(here, _pair(Value(place.value, _column(rows, order)), Value(place.key, rows.model._meta.pk))))


def _blank(rows: QuerySet[Row], order: Order, place: Place | None) -> QuerySet[Row]:
    ordered = rows.order_by("-pk" if order.descending else "pk")
    if place is None or place.value is not None:
        return ordered
    return ordered.filter(**{"pk__lt" if order.descending else "pk__gt": place.key})


def _pair(*parts: Any) -> Func:
    """Two values compared as one, which PostgreSQL answers from an index over both."""
    return Func(*parts, function="ROW", output_field=TextField())


def _column(rows: QuerySet[Row], order: Order) -> Field[Any, Any]:
    column = rows.model._meta.get_field(order.column)
    assert isinstance(column, Field), f"{order.column} is no column"
    return column


def _read(cursor: str, rows: QuerySet[Row], order: Order) -> Place | None:
    """Cursors come back from people's addresses, so anything may stand there."""
    if not cursor:
        return None
    try:
        value, key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = Place(_column(rows, order).to_python(value), rows.model._meta.pk.to_python(key))
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None
    is_broken = place.key is None or "\0" in str(place.value) or (place.value is None and not _column(rows, order).null)
    return None if is_broken else place
