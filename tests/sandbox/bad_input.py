"""Input that fits nothing, made from what a contract declares."""

from typing import Any

from tests.sandbox.refusals import Row

NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    "none",
    "\u0000",
    [],
    [[]],
    [None],
    [{}],
    {},
    {"type": {}},
    [{"value": [], "role": 0}],
)
NASTY_WORDS = ("%", ",", ",,1,", "-1", "null", "[]", "\u0000", "9" * 30, "2026-02-30", "0001-01-01T00:00:00+14:00", "true")


def wrong_word(schema: dict[str, Any]) -> str:
    """A word of the query that fits nothing; a text without a format fits until it is too long."""
    free = schema["type"] == "string" and "enum" not in schema and "format" not in schema
    return "x" * 300 if free else "nonsense"


def wrong(schema: dict[str, Any], name: str) -> tuple[Any, set[str]]:
    """A value in which everything has the wrong type or is no choice, and the names of what is wrong in it."""
    if schema.get("type") == "object" and "properties" in schema:
        parts = {inner: wrong(one, f"{name}[{inner}]" if name else inner) for inner, one in schema["properties"].items()}
        return {inner: value for inner, (value, _) in parts.items()}, set().union(*(names for _, names in parts.values()))
    if schema.get("type") == "array" and schema["items"].get("type") == "object":
        value, names = wrong(schema["items"], f"{name}[0]")
        return [value], names
    free = schema.get("type") == "string" and "enum" not in schema and "format" not in schema
    return 7 if free else "nonsense", {name}


def bare(schema: dict[str, Any], name: str) -> tuple[Any, set[str]]:
    """A value with every list and group begun and nothing in them, and the names of what must be there."""
    value: Row = {}
    names: set[str] = set()
    for inner, one in schema.get("properties", {}).items():
        whole = f"{name}[{inner}]" if name else inner
        if one.get("type") == "array" and one["items"].get("type") == "object":
            row, missing = bare(one["items"], f"{whole}[0]")
            value[inner], names = [row], names | missing
        elif one.get("type") == "object":
            value[inner], missing = bare(one, whole)
            names |= missing
        elif inner in schema.get("required", []) and "default" not in one:
            names.add(whole)
    return value, names
