"""What a field may hold. Each function turns a JSON value, or a word of the query, into what it stands for.

A value that does not fit raises Unfit with what was expected. Its words hold no comma, which parts one fault from the next in an answer.
"""

import re
from collections.abc import Callable, Collection
from datetime import date, datetime, time
from typing import Any, TypeVar

from integrations.sandbox import moments
from integrations.sandbox.exchange import LARGEST

T = TypeVar("T")
Convert = Callable[[Any], T]

LINE, PARAGRAPH = 255, 65_535
"""The longest texts. The contract names no lengths: these are a guess at the columns behind it."""
HIGHEST_AMOUNT = 1_000_000_000
YEARS = range(1970, 3000)
EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")


class Unfit(Exception):
    """A value that does not fit; the words say what was expected."""


def line(value: Any) -> str:
    """Read a text of one line."""
    return _text(value, LINE)


def paragraph(value: Any) -> str:
    """Read a long text."""
    return _text(value, PARAGRAPH)


def title(value: Any) -> str:
    """Read a text that must not be blank: a name, a summary."""
    text = line(value)
    if not text.strip():
        raise Unfit("must not be blank")
    return text


def email(value: Any) -> str:
    """Read an email address; Hubstaff keeps them in lower case."""
    text = line(value).strip().lower()
    if not EMAIL.fullmatch(text):
        raise Unfit("must be an email address")
    return text


def whole(value: Any) -> int:
    """Read a whole number, also from digits as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise Unfit("must be an integer")
    return value


def between(least: int, most: int) -> Convert[int]:
    """Return the reader of a whole number within bounds."""

    def read(value: Any) -> int:
        number = whole(value)
        if not least <= number <= most:
            raise Unfit(f"must be {least} to {most}")
        return number

    return read


def amount(value: Any) -> float:
    """Read a number of hours or money, rounded to two decimals as Hubstaff rounds rates."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("must be a number")
    if not 0 <= value <= HIGHEST_AMOUNT:
        raise Unfit(f"must be 0 to {HIGHEST_AMOUNT}")
    return round(float(value), 2)


def limit(value: Any) -> float:
    """Read an amount that must be more than nothing."""
    number = amount(value)
    if number == 0:
        raise Unfit("must be greater than 0")
    return number


def rate(value: Any) -> str:
    """Read an hourly rate, kept as memberships keep theirs: a text with two decimals."""
    return f"{amount(value):.2f}"


def flag(value: Any) -> bool:
    """Read a flag of a body."""
    if not isinstance(value, bool):
        raise Unfit("must be a boolean")
    return value


def flag_word(value: Any) -> bool:
    """Read a flag of the query."""
    if value not in ("true", "false"):
        raise Unfit("must be a boolean")
    return bool(value == "true")


def day(value: Any) -> date:
    """Read a calendar date; the time of a moment is left away."""
    try:
        found = moments.read_date(line(value)[:10])
    except ValueError:
        raise Unfit("must be a date in ISO 8601") from None
    return _in_bounds(found)


def written_day(value: Any) -> str:
    """Read a calendar date and keep it as a text."""
    return day(value).isoformat()


def moment(value: Any) -> datetime:
    """Read a point in time; without an offset it is in UTC."""
    try:
        found = moments.read(line(value))
    except ValueError:
        raise Unfit("must be a date and time in ISO 8601") from None
    return _in_bounds(found)


def written_moment(value: Any) -> str:
    """Read a point in time and keep it as a text."""
    return moments.written(moment(value))


def half_hour(value: Any) -> str:
    """Read a time of day at a full or half hour, as in 9:30, and keep it with seconds."""
    hour, _, minute = line(value).partition(":")
    if not (hour.isdecimal() and len(hour) < 3 and int(hour) < 24 and minute in ("00", "30")):
        raise Unfit("must be a time of 24 hours at a full or half hour as in 9:30")
    return time(int(hour), int(minute)).isoformat()


def one_of(words: Collection[str]) -> Convert[str]:
    """Return the reader of one of the words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(f"must be {' or '.join(words)}")
        return value

    return read


def many(convert: Convert[T]) -> Convert[list[T]]:
    """Return the reader of a list in a body."""

    def read(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise Unfit("must be an array")
        return [convert(one) for one in value]

    return read


def listed(convert: Convert[T]) -> Convert[set[T]]:
    """Return the reader of a list in the query, where commas part its values."""
    return lambda value: {convert(one) for one in str(value).split(",") if one}


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise Unfit("must be a string")
    if len(value) > longest:
        raise Unfit(f"must be at most {longest} characters")
    return value


D = TypeVar("D", bound=date)


def _in_bounds(found: D) -> D:
    """Refuse years that nobody means, near which adding an hour or a time zone fails."""
    if found.year not in YEARS:
        raise Unfit(f"must be in the years {YEARS.start} to {YEARS.stop - 1}")
    return found
