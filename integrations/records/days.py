"""Days of lists that are asked for by days: which ones a walk spans, and which ones are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

A_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Days:
    """First and last day of a walk, both inclusive, in UTC."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        """The moment behind the last day."""
        return midnight(self.last + A_DAY)

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def holds(self, other: Days) -> bool:
        return self.first <= other.first and other.last <= self.last

    def as_json(self) -> list[str]:
        return [self.first.isoformat(), self.last.isoformat()]


def read_days(kept: Iterable[Iterable[str]]) -> list[Days]:
    """Spans of days as they are kept in a column."""
    return [Days(*map(date.fromisoformat, pair)) for pair in kept]


def united(spans: Iterable[Days]) -> list[Days]:
    """The same days in as few spans as possible, the earliest first: what overlaps or adjoins becomes one."""
    found: list[Days] = []
    for span in sorted(spans):
        if found and span.first <= found[-1].last + A_DAY:
            found[-1] = Days(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def shared(known: Iterable[Iterable[Days]]) -> list[Days]:
    """The days that stand in each of several sets of spans."""
    found: list[Days] | None = None
    for spans in known:
        found = list(spans) if found is None else [each for one in found for other in spans if (each := _overlap(one, other))]
    return united(found or [])


def _overlap(one: Days, other: Days) -> Days | None:
    first, last = max(one.first, other.first), min(one.last, other.last)
    return Days(first, last) if first <= last else None
