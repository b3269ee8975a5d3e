"""Metadata: pairs of key and value that a client may hang on a record."""

import re
from typing import Any

from integrations.sandbox.hubstaff.fields import Fields
from integrations.sandbox.hubstaff.values import Unfit, line

KEY = re.compile(r"[a-z0-9_]{2,30}")
VALUE_LENGTH = 200

Changes = dict[str, str | None]
"""New values by key, None for a key to remove."""


def read_metadata(fields: Fields) -> Changes:
    """Return the changes that a body asks for; none at all when it names no metadata."""
    return dict(_pair(row) for row in fields.rows("metadata") or [])


def read_needed_metadata(fields: Fields) -> Changes:
    """Return the changes of a body that must ask for some."""
    return dict(_pair(row) for row in fields.needed_rows("metadata"))


def merged(metadata: dict[str, str], changes: Changes) -> dict[str, str]:
    """Return metadata with the changes made: new keys are added, None removes."""
    both = {**metadata, **changes}
    return {key: value for key, value in both.items() if value is not None}


def _pair(row: Fields) -> tuple[str, str | None]:
    # Null is a value here: it removes the key.
    if not row.given("value"):
        row.miss("value")
    return row.need("key", _key), row.read("value", _value)


def _key(value: Any) -> str:
    if not KEY.fullmatch(line(value)):
        raise Unfit("must be 2 to 30 of a-z and 0-9 and _")
    return str(value)


def _value(value: Any) -> str:
    if len(line(value)) > VALUE_LENGTH:
        raise Unfit(f"must be at most {VALUE_LENGTH} characters")
    return str(value)
