"""The `$filter` of lists: the part of OData that compares fields, joined by `and`; and the named ranges of dates."""

import operator
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import orjson
from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import Kind
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.refusals import invalid
from integrations.sandbox.timeghost.visit import Visit

COMPARISON = re.compile(r"\s*([\w./]+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s']+)\s*")
JOINT = re.compile(r"and\s", re.IGNORECASE)
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}

Test = tuple[list[str], Callable[[Any, Any], Any], Any]
BEGINNING, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def filtered(visit: Visit, rows: Iterable[Body]) -> list[Body]:
    """Return the shown rows that `$filter` lets pass. Raises Refused when it cannot be read."""
    tests = _tests(visit.query("$filter") or "")
    return [row for row in rows if all(_passes(row, test) for test in tests)]


def listed(visit: Visit, kind: Kind, shape: Callable[[Visit, Body], Body]) -> Response:
    """Answer the living records of a kind in the workspace, as `$filter` asks."""
    records = visit.store.of_tenant(kind, visit.workspace["id"])
    return JsonAnswer(filtered(visit, (shape(visit, record) for record in records if not record["deleted"])))


def date_range(visit: Visit) -> tuple[str, str]:
    """Return the asked range of moments, half open. Raises Refused when it is absent or has another name."""
    name = visit.query("$filter-date-range")
    today = datetime.combine(moments.now().date(), time(), UTC)
    ranges = _ranges(today)
    if name not in ranges:
        raise invalid(f"$filter-date-range is required and must be one of {', '.join(ranges)}")
    since, until = ranges[name]
    return moments.written(since), moments.written(until)


def _ranges(today: datetime) -> dict[str, tuple[datetime, datetime]]:
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


def _tests(text: str) -> list[Test]:
    tests: list[Test] = []
    position = 0
    while position < len(text):
        match = COMPARISON.match(text, position)
        if match is None:
            raise invalid(f"$filter cannot be read from here: {text[position:]}")
        name, comparison, value = match.groups()
        tests.append((re.split(r"[./]", name), OPERATORS[comparison], _value(value)))
        joint = JOINT.match(text, match.end())
        position = joint.end() if joint else match.end()
    return tests


def _value(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        return orjson.loads(text)
    except ValueError:
        # An unquoted moment, as OData writes it.
        return text


def _passes(row: Body, test: Test) -> bool:
    path, compare, value = test
    found: Any = row
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    try:
        return bool(compare(found, value))
    except TypeError:
        return False
