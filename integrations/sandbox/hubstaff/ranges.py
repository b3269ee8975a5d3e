"""Ranges of dates and moments in the query: `date[start]` and `date[stop]`."""

from datetime import date, datetime, timedelta
from typing import TypeVar

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.fields import Fields
from integrations.sandbox.hubstaff.values import Convert, day, moment

D = TypeVar("D", date, datetime)

WEEK, MONTH = timedelta(days=7), timedelta(days=31)
THREE_YEARS = timedelta(days=1096)
HALF_A_YEAR = timedelta(days=186)

Window = tuple[str | None, str | None]
"""The first moment and the moment after the last, written; None is no bound."""


def read_days(asked: Fields, name: str, longest: timedelta | None, reaches_back: timedelta | None) -> tuple[date, date]:
    """Return the first and the last day of a range that must be asked for."""
    return _read(asked, name, day, longest, moments.now().date() - reaches_back if reaches_back else None)


def read_moments(asked: Fields, name: str, longest: timedelta, reaches_back: timedelta) -> tuple[datetime, datetime]:
    """Return the beginning and the end of a range that must be asked for."""
    return _read(asked, name, moment, longest, moments.now() - reaches_back)


def read_window(asked: Fields, name: str, convert: Convert[str]) -> Window:
    """Return the bounds of a range that may be asked for, as texts."""
    start, stop = asked.read(f"{name}[start]", convert), asked.read(f"{name}[stop]", convert)
    if start is not None and stop is not None and stop < start:
        asked.refuse(f"{name}[stop]", f"must not be before {name}[start]")
    return start, stop


def _read(asked: Fields, name: str, convert: Convert[D], longest: timedelta | None, earliest: D | None) -> tuple[D, D]:
    first, last = f"{name}[start]", f"{name}[stop]"
    start, stop = asked.need(first, convert), asked.need(last, convert)
    if earliest is not None and asked.fits(first) and start < earliest:
        asked.refuse(first, f"must not be before {earliest.isoformat()}")
    if asked.fits(first, last) and stop < start:
        asked.refuse(last, f"must not be before {first}")
    if longest is not None and asked.fits(first, last) and stop - start > longest:
        asked.refuse(last, f"must be at most {longest.days} days after {first}")
    return start, stop
