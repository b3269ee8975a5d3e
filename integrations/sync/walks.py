"""What a sync has walked already, so that it goes on behind it after it had to wait for calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.records.days import A_DAY, Days, read_days, united
from integrations.sync.models import Sync


@dataclass(frozen=True)
class Walk:
    """One walk that arrived whole: of which list, which days of it (None where it is not by days), and when it began."""

    of: str
    days: Days | None
    at: datetime

    def as_json(self) -> list[Any]:
        return [self.of, self.days and self.days.as_json(), self.at.isoformat()]


class Walks:
    """The walks of one sync. `since` leaves out those that began before it; those that seem to lie ahead never count: the clock was set
    back, and nobody knows how long ago they were.
    """

    def __init__(self, sync: Sync) -> None:
        self.look_has_ended = sync.looked_at is not None
        self._walks = [_read(each) for each in sync.walked]

    def add(self, of: str, days: Days | None, at: datetime) -> None:
        self._walks.append(Walk(of, days, at))

    def last(self, of: str, since: datetime | None) -> datetime | None:
        return max((walk.at for walk in self._counting(of, since)), default=None)

    def remaining(self, of: str, wanted: Days, since: datetime | None) -> list[Days]:
        """Of these days those that were not walked."""
        walked = [walk.days for walk in self._counting(of, since) if walk.days]
        each_day = (Days(day, day) for day in (wanted.first + A_DAY * number for number in range(wanted.count)))
        return united(day for day in each_day if not any(span.holds(day) for span in walked))

    def as_json(self) -> list[list[Any]]:
        return [walk.as_json() for walk in self._walks]

    def _counting(self, of: str, since: datetime | None) -> Iterator[Walk]:
        now = timezone.now()
        return (walk for walk in self._walks if walk.of == of and walk.at <= now and (since is None or since < walk.at))


def _read(kept: list[Any]) -> Walk:
    of, days, at = kept
    return Walk(of, read_days([days])[0] if days else None, datetime.fromisoformat(at))
