"""On which days an attendance schedule falls, and when its shifts begin. Wall-clock times keep their hour across daylight saving."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrations.sandbox import moments
from integrations.sandbox.kinds import HUBSTAFF_ORGANIZATION, HUBSTAFF_USER
from integrations.sandbox.store import Body, Store

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `date.weekday` counts them."""
WEEKS_APART = {"weekly": 1, "bi_weekly": 2}


def occurrences(schedule: Body, first: date, last: date) -> Iterator[date]:
    """Walk the days of a range that a schedule falls on."""
    start = moments.read_date(schedule["start_date"])
    apart = WEEKS_APART.get(schedule["repeat_schedule"])
    if apart is None:
        yield from (day for day in (start,) if first <= day <= last)
        return
    until = min(last, moments.read_date(schedule["repeat_until"] or last.isoformat()))
    day = max(first, start)
    while day <= until:
        in_week = (_monday(day) - _monday(start)).days // 7 % apart == 0
        if in_week and WEEKDAYS[day.weekday()] in schedule["weekdays"] and day.isoformat() not in schedule["excluded_dates"]:
            yield day
        day += timedelta(days=1)


def begins(store: Store, schedule: Body, day: date) -> datetime:
    """Return the moment in UTC at which the shift of a day begins, in the time zone that the schedule goes by."""
    local = datetime.combine(day, time.fromisoformat(schedule["start_time"]), zone_of(store, schedule))
    return local.astimezone(UTC)


def zone_of(store: Store, schedule: Body) -> ZoneInfo:
    """Return the time zone that a schedule goes by: its user's or its organization's."""
    by_user = schedule["use_time_zone"] == "user"
    kind, identity = (HUBSTAFF_USER, "user_id") if by_user else (HUBSTAFF_ORGANIZATION, "organization_id")
    return ZoneInfo((store.get(kind, schedule[identity]) or {})["time_zone"])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
