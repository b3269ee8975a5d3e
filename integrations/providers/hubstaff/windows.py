"""Days as Hubstaff's lists want to be asked for them: in ranges that it takes at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

A_MONTH, A_WEEK = 31, 7  # the most days in one call


def days(first: date, last: date) -> list[dict[str, Any]]:
    """For lists that are asked by day, the last one included. https://developer.hubstaff.com/docs/hubstaff_v2"""
    return [{"date_start": begin.isoformat(), "date_stop": end.isoformat()} for begin, end in _ranges(first, last, A_MONTH)]


def at_once(first: date, last: date) -> list[dict[str, Any]]:
    """For lists that take any number of days."""
    return [{"date_start": first.isoformat(), "date_stop": last.isoformat()}]


def time_slots(first: date, last: date) -> list[dict[str, Any]]:
    """For blocks of tracked time."""
    return _moments("time_slot", first, last, A_WEEK)


def edits(first: date, last: date) -> list[dict[str, Any]]:
    """For time that was edited by hand."""
    return _moments("created", first, last, A_MONTH)


def updates(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """For blocks of tracked time that were changed. Both moments may have a fraction of a second, which is not told over there."""
    begin, end, found = since.astimezone(UTC).replace(microsecond=0), until.astimezone(UTC), []
    while begin < end:
        stop = min(end, begin + timedelta(days=A_WEEK))
        found.append({"updated_start": _written(begin), "updated_stop": _written(stop)})
        begin = stop
    return found


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments(name: str, first: date, last: date, longest: int) -> list[dict[str, Any]]:
    """From midnight to midnight in UTC; the end is not included over there."""
    return [
        {f"{name}_start": f"{begin}T00:00:00Z", f"{name}_stop": f"{end + timedelta(days=1)}T00:00:00Z"}
        for begin, end in _ranges(first, last, longest)
    ]


def _ranges(first: date, last: date, longest: int) -> Iterator[tuple[date, date]]:
    """First and last day of each part that is `longest` days long at most."""
    while first <= last:
        end = min(last, first + timedelta(days=longest - 1))
        yield first, end
        first = end + timedelta(days=1)
