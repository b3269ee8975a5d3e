"""The named ranges of dates that times are asked by."""

from datetime import UTC, datetime, time, timedelta

from integrations.sandbox import moments
from integrations.sandbox.timeghost.refusals import invalid
from integrations.sandbox.timeghost.visit import Visit

Range = tuple[str, str]
"""Two moments, half open."""

BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def date_range(visit: Visit) -> Range:
    """Return the asked range. Raises Refused when it is absent or has another name."""
    name, ranges = visit.query("$filter-date-range"), named_ranges()
    if name not in ranges:
        raise invalid(f"$filter-date-range is required and must be one of {', '.join(ranges)}")
    return ranges[name]


def named_ranges() -> dict[str, Range]:
    """Return all ranges by their names, as they are today."""
    today = datetime.combine(moments.now().date(), time(), UTC)
    return {name: (moments.written(since), moments.written(until)) for name, (since, until) in _spans(today).items()}


def _spans(today: datetime) -> dict[str, tuple[datetime, datetime]]:
    day, week = timedelta(days=1), timedelta(days=7)
    monday = today - timedelta(days=today.weekday())
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month, next_month = (month - day).replace(day=1), (month + timedelta(days=31)).replace(day=1)
    last_year, next_year = year.replace(year=year.year - 1), year.replace(year=year.year + 1)
    return {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "this_month": (month, next_month),
        "last_month": (last_month, month),
        "this_year": (year, next_year),
        "last_year": (last_year, year),
        "all_time": (BEGINNING, END),
    }
