"""Attendance shifts: what became of schedules, day by day."""

from collections.abc import Iterator
from datetime import date, datetime

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.attendance import Shift, attendance_of, shift_of
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.occurrences import occurrences
from integrations.sandbox.hubstaff.ranges import MONTH, THREE_YEARS, read_days
from integrations.sandbox.hubstaff.schedules import seen_schedules
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.store import Body, Store


def list_shifts(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/attendance_shifts: 31 days at most."""
    organization = visit.organization()
    with listing(visit, "users", "attendance_schedules") as asked:
        # How far back the data goes depends on the plan; three years are a guess.
        first, last = read_days(asked, "date", MONTH, THREE_YEARS)
    shifts = _shifts(visit.store, seen_schedules(visit, organization["id"]), first, last)
    now = moments.now()
    return page(visit, asked, "attendance_shifts", (shown(visit.store, shift, now) for shift in shifts if shift.id >= asked.start))


def shown(store: Store, shift: Shift, now: datetime) -> Body:
    """Return a shift as Hubstaff shows it."""
    schedule, attended, turn = shift.schedule, attendance_of(store, shift), shift.last_turn(now)
    return {
        "id": shift.id,
        "user_id": schedule["user_id"],
        "organization_id": schedule["organization_id"],
        "attendance_schedule_id": schedule["id"],
        "created_at": schedule["created_at"],
        "updated_at": max(attended.changed, moments.written(turn) if turn else ""),
        "date": shift.day.isoformat(),
        "start_time": moments.written(shift.begin),
        "duration": schedule["duration"],
        "minimum_time": schedule["minimum_time"],
        "status": shift.status(attended, now),
        "actual_start_time": moments.written(attended.start) if attended.start else None,
        "actual_stop_time": moments.written(attended.stop) if attended.stop else None,
        "actual_duration": attended.seconds,
    }


def _shifts(store: Store, schedules: list[Body], first: date, last: date) -> Iterator[Shift]:
    for schedule in schedules:
        for day in occurrences(schedule, first, last):
            yield shift_of(store, schedule, day)
