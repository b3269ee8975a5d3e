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
    is_found: bool = False  # its pair is not known yet: it stands on the left, and nothing else of ours can be what stands there

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.seconds)

    @property
    def end(self) -> datetime:
        assert self.start is not None
        return self.start + self.length

    @property
    def is_within_its_place(self) -> bool:
        """Whether it reaches nowhere where it does not stand already."""
        if self.pair is None or self.start is None:
            return False
        return self.pair.start <= self.start and self.end <= self.pair.start + timedelta(seconds=self.pair.seconds)


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
    new ones last, none before nine. Fixed ones stay where they are, and the others go around them. If the day's end is passed, all move
    together, as early as it takes but not before the day begins.
    """
    pieces.sort(key=lambda piece: (piece.start or FAR, piece.key))
    fixed, free = [each for each in pieces if each.is_fixed], [each for each in pieces if not each.is_fixed]
    if _lay_forward(free, fixed, day.begin, day.work) <= day.end:
        return
    if _lay_backward(free, fixed, day.end) < day.begin:
        for piece in free:
            piece.start = None
        _lay_forward(free, fixed, day.begin, day.begin)


def _lay_forward(free: list[Piece], fixed: list[Piece], reach: datetime, earliest_new: datetime) -> datetime:
    """Each where it stands, or as soon after the one before as nothing fixed is in its way; returns the end of the last."""
    for piece in free:
        start = max(reach, piece.start or earliest_new)
        for other in fixed:
            if other.start is not None and start < other.end and other.start < start + piece.length:
                start = other.end
        piece.start, reach = start, start + piece.length
    return reach


def _lay_backward(free: list[Piece], fixed: list[Piece], reach: datetime) -> datetime:
    """The last one ends there, each other one where the next begins or something fixed does; returns the start of the first."""
    for piece in reversed(free):
        for other in reversed(fixed):
            if other.start is not None and reach - piece.length < other.end and other.start < reach:
                reach = other.start
        piece.start = reach = reach - piece.length
    return reach
