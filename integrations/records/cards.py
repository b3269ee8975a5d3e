"""Any JSON as a card that people can read, and what differs between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOST_ITEMS = 50
TELLING = ("name", "title", "summary", "description", "email", "number", "id")
LAST = ("card", "items", "blank")
DEEPEST = 6


@dataclass(frozen=True)
class Line:
    """One field of a card. `kind` says how the value is shown: text, long, words, flag,
    number, moment, day, address, blank, items or card."""

    label: str
    kind: str
    value: Any = None
    more: int = 0  # items that are not shown
    sent: str = ""  # a moment as the provider sent it, in its zone


@dataclass(frozen=True)
class Difference:
    """A field that is not what it was; a missing side is None."""

    label: str
    before: Line | None
    after: Line | None

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def card_of(data: Any, depth: int = 0) -> list[Line]:
    """The fields of a record by name: plain ones, then nested ones, then empty ones. The mirror does not know the provider's own order."""
    if not isinstance(data, Mapping):
        return [line_of("Value", data, depth)]
    lines = [line_of(words_of(str(name)), value, depth) for name, value in data.items()]
    return sorted(lines, key=lambda line: (LAST.index(line.kind) + 1 if line.kind in LAST else 0, line.label.casefold()))


def line_of(label: str, value: Any, depth: int = 0) -> Line:
    """One field with its value in the kind that it is shown as."""
    if value in (None, "", [], {}):
        return Line(label, "blank")
    if isinstance(value, bool):
        return Line(label, "flag", value)
    if isinstance(value, int | float):
        return Line(label, "number", value)
    if isinstance(value, str):
        return _text(label, value)
    if depth >= DEEPEST:
        return Line(label, "text", str(value)[:300])
    if isinstance(value, Mapping):
        return Line(label, "card", card_of(value, depth + 1))
    return _items(label, value, depth)


def _items(label: str, values: Sequence[Any], depth: int) -> Line:
    """A list: of plain values in one line, of anything else one below the other."""
    first, more = values[:MOST_ITEMS], max(0, len(values) - MOST_ITEMS)
    if all(isinstance(each, str | int | float) for each in first):
        return Line(label, "words", ", ".join(str(each) for each in first), more)
    return Line(label, "items", [line_of(_name_of(item), item, depth + 1) for item in first], more)


def _name_of(item: Any) -> str:
    """What tells an item of a list from the others."""
    named = item if isinstance(item, Mapping) else {}
    return next((str(named[name])[:100] for name in TELLING if isinstance(named.get(name), str | int) and named[name] != ""), "One more")


def words_of(name: str) -> str:
    """`created_at` and `createdAt` in words: Created at."""
    words = HUMP.sub(" ", name).replace("_", " ").replace("-", " ").split()
    said = " ".join(word if word.isupper() else word.lower() for word in words)
    return said[:1].upper() + said[1:]


def compare(before: Any, after: Any) -> list[Difference]:
    """Every field of two versions of a record, side by side: what differs first."""
    old, new = dict(_flat(before)), dict(_flat(after))
    found = [Difference(words_of(name), _side(name, old), _side(name, new)) for name in old | new]
    return sorted(found, key=lambda each: (not each.is_changed, each.label.casefold()))


def differences(before: Any, after: Any) -> list[Difference]:
    """The fields that are not what they were."""
    return [each for each in compare(before, after) if each.is_changed]


def _side(name: str, values: Mapping[str, Any]) -> Line | None:
    return line_of(words_of(name), values[name]) if name in values else None


def _flat(data: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested objects by their full name; lists stay whole."""
    if not isinstance(data, Mapping):
        return
    for name, value in data.items():
        full = f"{above} {name}".strip()
        if isinstance(value, Mapping) and value:
            yield from _flat(value, full)
        else:
            yield full, value


def _text(label: str, value: str) -> Line:
    if MOMENT.match(value) and (moment := _moment(value)):
        return Line(label, "moment", moment, sent=value)
    if DAY.fullmatch(value) and (moment := _moment(value)):
        return Line(label, "day", moment.date())
    if value.startswith(("https://", "http://")) and " " not in value:
        return Line(label, "address", value)
    return Line(label, "long" if "\n" in value or len(value) > 200 else "text", value)


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not 1900 <= moment.year < 3000:  # a provider's way to say never
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
