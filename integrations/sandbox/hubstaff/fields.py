"""Reads bodies and queries, and refuses what the contract does not allow."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from integrations.sandbox import moments
from integrations.sandbox.exchange import Call
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.store import Body

KEY = re.compile(r"[a-z0-9_]{2,30}")
VALUE_LENGTH = 200


def invalid(name: str, expected: str) -> Refused:
    """Return the refusal for a field with a value that does not fit."""
    return Refused(Problem.INVALID, f"{name} is invalid: {expected}")


def missing(name: str) -> Refused:
    """Return the refusal for a field that must be given."""
    return Refused(Problem.MISSING, f"{name} is missing")


@dataclass(frozen=True)
class Fields:
    """A body, field by field. Absent and null both read as None; `given` tells them apart."""

    values: Body

    def given(self, name: str) -> bool:
        """Whether the body has the field, be it null."""
        return name in self.values

    def text(self, name: str) -> str | None:
        """Return a text. Raises Refused for anything else."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid(name, "must be a string")
        return value

    def needed_text(self, name: str) -> str:
        """Return a text that must be there and not blank. Raises Refused otherwise."""
        value = self.text(name)
        if value is None or not value.strip():
            raise missing(name)
        return value

    def number(self, name: str) -> int | None:
        """Return a whole number, also from digits as text. Raises Refused for anything else."""
        value = self.values.get(name)
        return None if value is None else _whole(name, value)

    def needed_number(self, name: str) -> int:
        """Return a whole number that must be there. Raises Refused otherwise."""
        value = self.number(name)
        if value is None:
            raise missing(name)
        return value

    def amount(self, name: str) -> float | None:
        """Return a number. Raises Refused for anything else."""
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise invalid(name, "must be a number")
        return None if value is None else float(value)

    def flag(self, name: str) -> bool | None:
        """Return a flag. Raises Refused for anything else."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise invalid(name, "must be a boolean")
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """Return one of the words allowed. Raises Refused for anything else."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid(name, f"must be one of {', '.join(choices)}")
        return value

    def numbers(self, name: str) -> list[int] | None:
        """Return a list of whole numbers. Raises Refused for anything else."""
        values = self._list(name)
        return None if values is None else [_whole(name, value) for value in values]

    def texts(self, name: str) -> list[str] | None:
        """Return a list of texts. Raises Refused for anything else."""
        values = self._list(name)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise invalid(name, "must be an array of strings")
        return values

    def rows(self, name: str) -> "list[Fields] | None":
        """Return a list of nested bodies. Raises Refused for anything else."""
        values = self._list(name)
        if values is not None and not all(isinstance(value, dict) for value in values):
            raise invalid(name, "must be an array of objects")
        return None if values is None else [Fields(value) for value in values]

    def group(self, name: str) -> "Fields | None":
        """Return a nested body. Raises Refused for anything else."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(name, "must be an object")
        return None if value is None else Fields(value)

    def metadata(self) -> dict[str, str | None] | None:
        """Return metadata changes by key, None for a key to remove. Raises Refused for keys or values not allowed."""
        rows = self.rows("metadata")
        return None if rows is None else dict(_pair(row) for row in rows)

    def _list(self, name: str) -> list[Any] | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, list):
            raise invalid(name, "must be an array")
        return value


def body(call: Call) -> Fields:
    """Return the body of a request. Raises Refused when it is no JSON object."""
    try:
        document = call.document()
    except ValueError:
        raise Refused(Problem.INVALID, "The body is not valid JSON") from None
    if not isinstance(document, dict):
        raise Refused(Problem.INVALID, "The body must be an object")
    return Fields(document)


def merged(metadata: dict[str, str], changes: dict[str, str | None] | None) -> dict[str, str]:
    """Return metadata with the changes applied: new keys are added, null removes."""
    both = {**metadata, **(changes or {})}
    return {key: value for key, value in both.items() if value is not None}


def query_numbers(call: Call, name: str) -> set[int] | None:
    """Return a comma-separated query parameter as numbers, or None. Raises Refused for anything else."""
    text = call.query(name)
    return None if text is None else {_whole(name, part) for part in text.split(",")}


def query_words(call: Call, name: str, choices: Collection[str]) -> set[str]:
    """Return a comma-separated query parameter as words. Raises Refused for words that are not allowed."""
    words = set((call.query(name) or "").split(",")) - {""}
    if words - set(choices):
        raise invalid(name, f"must be of {', '.join(choices)}")
    return words


def query_choice(call: Call, name: str, choices: Collection[str], default: str) -> str:
    """Return a query parameter that is one word. Raises Refused for words that are not allowed."""
    return Fields(dict(call.request.query_params)).choice(name, choices) or default


def query_flag(call: Call, name: str) -> bool:
    """Return a query parameter as a flag, false when absent. Raises Refused for anything else."""
    return query_choice(call, name, ("true", "false"), "false") == "true"


def query_moment(call: Call, name: str) -> datetime:
    """Return a query parameter that must be a moment. Raises Refused otherwise."""
    return read_moment(name, call.query(name))


def query_date(call: Call, name: str) -> date:
    """Return a query parameter that must be a date. Raises Refused otherwise."""
    text = call.query(name)
    if text is None:
        raise missing(name)
    try:
        return moments.read_date(text[:10])
    except ValueError:
        raise invalid(name, "must be a date in ISO 8601") from None


def read_moment(name: str, text: str | None) -> datetime:
    """Return a moment that must be there. Raises Refused otherwise."""
    if text is None:
        raise missing(name)
    try:
        return moments.read(text)
    except ValueError:
        raise invalid(name, "must be a date and time in ISO 8601") from None


def _whole(name: str, value: Any) -> int:
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(name, "must be an integer")
    return value


def _pair(row: Fields) -> tuple[str, str | None]:
    key, value = row.needed_text("key"), row.text("value")
    if not row.given("value"):
        raise missing("metadata[value]")
    if not KEY.fullmatch(key):
        raise Refused(Problem.INVALID_METADATA, f"metadata key {key!r} is invalid: 2 to 30 of a-z, 0-9 and _")
    if value is not None and len(value) > VALUE_LENGTH:
        raise Refused(Problem.INVALID_METADATA, f"metadata value of {key} is too long: {VALUE_LENGTH} at most")
    return key, value
