"""How a shift went: when somebody came and how long they worked, and what that makes of the shift."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.occurrences import begins
from integrations.sandbox.hubstaff.times import worked
from integrations.sandbox.kinds import HUBSTAFF_ATTENDANCE
from integrations.sandbox.store import Body, Store

GRACE = timedelta(minutes=5)
"""A start so much before or after the beginning of the shift is on time."""
EARLIEST = timedelta(hours=2)
"""Work that begins so long before the shift belongs to it."""

FIRST_DAY = date(2000, 1, 1)
DAYS_A_SCHEDULE = 100_000
"""Ids of shifts are the id of their schedule times this, plus the days since the first: stable, and rising with both."""

STATUSES = ("not_started", "early", "ontime", "late", "abandoned", "missed")


@dataclass(frozen=True)
class Attendance:
    """When somebody came and left, if at all, the seconds that they worked, and when this was last changed.

    A status stands when somebody set it by hand; else it follows from time.
    """

    start: datetime | None
    stop: datetime | None
    seconds: int
    changed: str
    status: str | None = None


@dataclass(frozen=True)
class Shift:
    """A schedule on one of its days."""

    schedule: Body
    day: date
    begin: datetime

    @property
    def id(self) -> int:
        """The id, the same whenever it is asked for."""
        return int(self.schedule["id"]) * DAYS_A_SCHEDULE + (self.day - FIRST_DAY).days

    @property
    def end(self) -> datetime:
        """When it ends."""
        return self.begin + timedelta(seconds=self.schedule["duration"])

    def status(self, attendance: Attendance, now: datetime) -> str:
        """Return what the shift is, as time stands."""
        if attendance.status is not None:
            return attendance.status
        if attendance.start is None:
            return "missed" if now >= self.end else "late" if now > self.begin + GRACE else "not_started"
        if now >= self.end and attendance.seconds < self.schedule["minimum_time"]:
            return "abandoned"
        if attendance.start < self.begin - GRACE:
            return "early"
        return "late" if attendance.start > self.begin + GRACE else "ontime"

    def last_turn(self, now: datetime) -> datetime | None:
        """Return the latest moment so far at which the status may have turned without anybody's doing."""
        return max((turn for turn in (self.begin + GRACE, self.end) if turn <= now), default=None)


def shift_of(store: Store, schedule: Body, day: date) -> Shift:
    """Return the shift of a schedule on a day."""
    return Shift(schedule, day, begins(store, schedule, day))


def parts_of(shift_id: int) -> tuple[int, date]:
    """Return the schedule's id and the day that a shift's id is made of."""
    schedule_id, days = divmod(shift_id, DAYS_A_SCHEDULE)
    return schedule_id, FIRST_DAY + timedelta(days=days)


def attendance_of(store: Store, shift: Shift) -> Attendance:
    """Return how somebody attended a shift: as it was written down, else as their tracked time tells; manual time does not count."""
    kept = store.get(HUBSTAFF_ATTENDANCE, shift.id)
    if kept is not None:
        return _kept(kept)
    earliest = shift.begin - EARLIEST
    stretches = worked(store, shift.schedule["organization_id"], earliest, shift.end)
    own = [one for one in stretches if one["user_id"] == shift.schedule["user_id"] and not one["manual"]]
    inside = [one for one in own if one["start"] >= moments.written(earliest)]
    if not inside:
        return Attendance(None, None, 0, shift.schedule["created_at"])
    return Attendance(
        start=moments.read(inside[0]["start"]),
        stop=max(_stop(one["start"], one["seconds"]) for one in inside),
        seconds=sum(one["seconds"] for one in inside),
        changed=max(one["updated_at"] for one in inside),
    )


def written_down(shift: Shift, start: datetime | None, seconds: int, changed: str, status: str | None = None) -> Body:
    """Return how a shift was attended, as it is kept; without a start nobody came."""
    return {
        "id": shift.id,
        "organization_id": shift.schedule["organization_id"],
        "start": None if start is None else moments.written(start),
        "seconds": seconds,
        "status": status,
        "updated_at": changed,
    }


def _kept(kept: Body) -> Attendance:
    if kept["start"] is None:
        return Attendance(None, None, 0, kept["updated_at"], kept["status"])
    start, stop = moments.read(kept["start"]), _stop(kept["start"], kept["seconds"])
    return Attendance(start, stop, kept["seconds"], kept["updated_at"], kept["status"])


def _stop(start: str, seconds: int) -> datetime:
    return moments.read(start) + timedelta(seconds=seconds)
