"""What a person asked to see of an entity: words, a status, what the records belong to, and days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.records.days import A_DAY
from integrations.records.places import Place
from integrations.records.search import clean, matching

YEARS = range(1900, 3000)
FIRST, LAST = "from", "until"


@dataclass(frozen=True)
class Filters:
    """`first` and `last` are days in the reader's zone, both inclusive; where they cannot be used, `problem` says why and nothing is
    narrowed by them.
    """

    search: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    problem: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], place: Place) -> Filters:
        columns = [*(["status"] if place.entity.status else []), *place.related]
        chosen = {column: value for column in columns if (value := clean(query.get(column, "")))}
        return cls(clean(query.get("q", "")), chosen, *(days_in(query) if place.moment else ()))

    @property
    def has_days(self) -> bool:
        return not self.problem and bool(self.first or self.last)

    def condition(self, place: Place) -> Q:
        """The condition for the records of the place. Needs a scope, and the reader's zone to be the current one."""
        named = Q(**self.chosen)
        days = self._within(place) if self.has_days else Q()
        return named & days & matching(place.connection, place.entity.name, self.search)

    def as_query(self) -> dict[str, str]:
        """As they stand in an address."""
        days = {FIRST: self.first, LAST: self.last} if self.has_days else {}
        named = {"q": self.search, **self.chosen, **{name: day.isoformat() for name, day in days.items() if day}}
        return {name: value for name, value in named.items() if value}

    def __bool__(self) -> bool:
        return bool(self.as_query())

    def _within(self, place: Place) -> Q:
        """Whole days are kept as their midnight in UTC, whatever the reader's zone."""
        zone = UTC if place.moment and place.moment.unit == "day" else timezone.get_current_timezone()
        bounds: dict[str, Any] = {}
        if self.first:
            bounds["moment__gte"] = datetime.combine(self.first, time(), tzinfo=zone)
        if self.last:
            bounds["moment__lt"] = datetime.combine(self.last + A_DAY, time(), tzinfo=zone)
        return Q(**bounds)


def days_in(query: Mapping[str, str]) -> tuple[date | None, date | None, str]:
    """First and last day of an address, and what is wrong with them: nothing is narrowed then."""
    try:
        first, last = read_day(query.get(FIRST, "")), read_day(query.get(LAST, ""))
    except ValueError as mistake:
        return None, None, str(mistake)
    return first, last, "The last day lies before the first one." if first and last and last < first else ""


def read_day(text: str) -> date | None:
    """A day from an address or a form, None where none is given. Raises `ValueError` with a sentence."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("Enter days as year-month-day, like 2026-03-29.") from None
    if day.year not in YEARS:
        raise ValueError(f"Enter days between {YEARS[0]} and {YEARS[-1]}.")
    return day
