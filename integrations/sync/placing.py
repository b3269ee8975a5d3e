"""Where written-back time stands in a day: cut into pieces, and pieces laid out so that none overlap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from integrations.catalogue import TimeFacts
from integrations.sync.situation import TimeKey, TimePair

START_OF_WORK = time(9)
BLOCK = timedelta(minutes=10)  # tracked time comes in blocks of this length, each worked in wholly or in part
FAR = datetime.max.replace(tzinfo=UTC)

Slot = tuple[date, str, str]
"""Day, person and task (or project) on the right: what a `TimeKey` says besides its number."""
Cut = tuple[datetime | None, int]
"""Start and seconds of a piece to be; in days the start is found later."""


@dataclass(slots=True)
class Piece:
    """One piece of a person's day as it shall stand on the left. `start` is empty until it is placed; `is_fixed` ones stay as they are."""

    key: TimeKey
    seconds: int
    start: datetime | None = None
    task_id: str = ""
    project_id: str = ""
    name: str = ""
    link: str = ""
    pair: TimePair | None = None
    is_fixed: bool = False

    @property
    def end(self) -> datetime:
        assert self.start is not None
        return self.start + timedelta(seconds=self.seconds)


@dataclass(frozen=True)
class DayBounds:
    """When a day begins and ends in a zone, and when its work begins, in UTC: a day has 23 or 25 hours where clocks change."""

    begin: datetime
    work: datetime
    end: datetime


@lru_cache(maxsize=1024)
def bounds_of(day: date, zone: ZoneInfo) -> DayBounds:
    midnight = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    work = datetime.combine(day, START_OF_WORK, tzinfo=zone).astimezone(UTC)
    return DayBounds(midnight, work, datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC))


def blocks_of(tracked: Mapping[Slot, Iterable[TimeFacts]]) -> dict[Slot, list[Cut]]:
    """One person's day as stretches of work: block after block on the same task is one, until a block is left out or one of another task
    comes between.
    """
    stretches: dict[Slot, list[Cut]] = {slot: [] for slot in tracked}
    before, reach = None, FAR
    for start, seconds, slot in sorted(_span(slot, each) for slot, facts in tracked.items() for each in facts):
        if slot == before and start <= reach:
            first, length = stretches[slot][-1]
            stretches[slot][-1] = (first, length + seconds)
        else:
            stretches[slot].append((start, seconds))
        before, reach = slot, start + max(BLOCK, timedelta(seconds=seconds))
    return stretches


def _span(slot: Slot, facts: TimeFacts) -> tuple[datetime, int, Slot]:
    assert facts.start is not None
    return facts.start.astimezone(UTC), facts.seconds, slot


def lay_out(pieces: list[Piece], day: DayBounds) -> None:
    """Gives each piece of a person's day its start: where it stands already if nothing before it reaches into it, else right after that;
    new ones last, none before nine. If the day's end is passed, all move together, as early as it takes but not before the day begins.
    """
    pieces.sort(key=lambda piece: (piece.start or FAR, piece.key))
    reach = day.begin
    for piece in pieces:
        piece.start = max(reach, piece.start or day.work)
        reach = piece.end
    if reach > day.end:
        total = timedelta(seconds=sum(piece.seconds for piece in pieces))
        _follow_one_another(pieces, max(day.begin, day.end - total))


def _follow_one_another(pieces: list[Piece], start: datetime) -> None:
    for piece in pieces:
        piece.start = start
        start = piece.end
