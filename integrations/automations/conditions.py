"""Conditions on the fields of an event. All must hold; where one does not, nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.automations.mapping import MappingError, look_up, path_of

SIDES = ("before", "after")
TESTS: dict[str, str] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "lacks": "does not contain",
    "starts": "starts with",
    "empty": "is empty",
    "filled": "is not empty",
    "more": "is more than",
    "less": "is less than",
    "changed": "changed",
}
WITHOUT_VALUE = frozenset({"empty", "filled", "changed"})


@dataclass(frozen=True)
class Condition:
    """`field` is written as in a placeholder, such as `event.after.status`; `test` is one of `TESTS`."""

    field: str
    test: str
    value: str = ""

    @property
    def words(self) -> str:
        return TESTS[self.test]

    @property
    def compares(self) -> bool:
        """Whether its value counts."""
        return self.test not in WITHOUT_VALUE

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Whether it holds for the facts of an event."""
        path = path_of(self.field)
        found = look_up({"event": event}, path)
        if self.test == "changed":
            other = look_up({"event": event}, (path[0], SIDES[path[1] == "before"], *path[2:]))
            return bool(found != other)
        return HOLDS[self.test](found, self.value)


@dataclass(frozen=True)
class Checked:
    """A condition, whether it holds for an event, and what stands in its field there."""

    condition: Condition
    holds: bool
    found: Any


def conditions_of(kept: Sequence[Mapping[str, str]]) -> list[Condition]:
    """The conditions as an automation keeps them."""
    return [Condition(each["field"], each["test"], each.get("value", "")) for each in kept]


def check_condition(condition: Condition) -> None:
    """Raises `MappingError` for a field that no event has."""
    path = path_of(condition.field)
    if path[0] != "event" or len(path) < 2:
        raise MappingError("Name a field of the event, such as event.after.status.")
    if condition.test == "changed" and (path[1] not in SIDES or len(path) < 3):
        raise MappingError("Only fields of the record can have changed: event.after.status.")


def checked(kept: Sequence[Mapping[str, str]], event: Mapping[str, Any]) -> list[Checked]:
    """Each condition as it stands for the facts of an event."""
    return [Checked(each, each.holds(event), look_up({"event": event}, path_of(each.field))) for each in conditions_of(kept)]


def all_hold(kept: Sequence[Mapping[str, str]], event: Mapping[str, Any]) -> bool:
    return all(each.holds(event) for each in conditions_of(kept))


def _same(found: Any, value: str) -> bool:
    if isinstance(found, list):
        return any(_same(each, value) for each in found)
    numbers = _numbers(found, value)
    return numbers[0] == numbers[1] if numbers else _words(found) == _words(value)


def _contains(found: Any, value: str) -> bool:
    if isinstance(found, list):
        return any(_same(each, value) for each in found)
    return _words(value) in _words(found)


def _is_empty(found: Any, value: str = "") -> bool:
    return found in (None, "", [], {})


def _compared(found: Any, value: str) -> int:
    """Below, at or above zero, as the field is less, the same, or more; zero too where the two cannot be compared."""
    for pair in (_numbers(found, value), _moments(found, value)):
        if pair:
            return int(pair[0] > pair[1]) - int(pair[0] < pair[1])
    return 0


def _numbers(found: Any, value: str) -> tuple[Any, Any] | None:
    if isinstance(found, bool):
        return None
    try:
        pair = Decimal(str(found)), Decimal(value)
    except InvalidOperation:
        return None
    return pair if all(each.is_finite() for each in pair) else None


def _moments(found: Any, value: str) -> tuple[Any, Any] | None:
    try:
        pair = [datetime.fromisoformat(str(each).strip()) for each in (found, value)]
        told = [each if each.tzinfo else each.replace(tzinfo=UTC) for each in pair]
    except ValueError:
        return None
    return told[0], told[1]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) or value is None:
        return ""
    said = str(value).strip().casefold()
    return {"yes": "true", "no": "false"}.get(said, said)


HOLDS: dict[str, Callable[[Any, str], bool]] = {
    "is": _same,
    "is_not": lambda found, value: not _same(found, value),
    "contains": _contains,
    "lacks": lambda found, value: not _contains(found, value),
    "starts": lambda found, value: _words(found).startswith(_words(value)),
    "empty": _is_empty,
    "filled": lambda found, value: not _is_empty(found),
    "more": lambda found, value: _compared(found, value) > 0,
    "less": lambda found, value: _compared(found, value) < 0,
}
