"""Reads bodies, and refuses what does not fit. What only one of the two documents requires is optional here."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.sandbox import moments
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.refusals import invalid
from integrations.sandbox.timeghost.visit import Visit

Reader = Callable[[Any], Any]


class Unfit(ValueError):
    """A value that a reader cannot take; says what it would take."""


def body(visit: Visit) -> Body:
    """Return the body of a request. Raises Refused when it is no JSON object."""
    try:
        document = visit.document()
    except ValueError:
        raise invalid("The body is not valid JSON") from None
    if not isinstance(document, dict):
        raise invalid("The body must be an object")
    return document


def read(given: Body, readers: Mapping[str, Reader], *, needed: tuple[str, ...] = ()) -> Body:
    """Return the given fields that have a reader, each read. Raises Refused for a bad or a missing one."""
    missing = [name for name in needed if given.get(name) in (None, "")]
    if missing:
        raise invalid(f"Required: {', '.join(missing)}")
    return {name: _read_one(name, given[name], reader) for name, reader in readers.items() if name in given}


def a_text(value: Any) -> str | None:
    """Read a text or null. Raises Unfit for anything else."""
    if value is not None and not isinstance(value, str):
        raise Unfit("a string")
    return value


def a_name(value: Any) -> str:
    """Read a text that is not blank. Raises Unfit for anything else."""
    if not isinstance(value, str) or not value.strip():
        raise Unfit("a string that is not blank")
    return value


def a_flag(value: Any) -> bool:
    """Read a flag. Raises Unfit for anything else."""
    if not isinstance(value, bool):
        raise Unfit("a boolean")
    return value


def an_amount(value: Any) -> float | None:
    """Read a number or null. Raises Unfit for anything else."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Unfit("a number")
    return value


def a_tag_type(value: Any) -> int:
    """Read 0 for a project tag or 1 for a time tag. Raises Unfit for anything else."""
    if value not in (0, 1) or isinstance(value, bool):
        raise Unfit("0 (project) or 1 (time)")
    return int(value)


def a_moment(value: Any) -> str | None:
    """Read a moment or null, as it is written here. Raises Unfit for anything else."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unfit("a date and time in ISO 8601")
    try:
        return moments.written(moments.read(value))
    except ValueError:
        raise Unfit("a date and time in ISO 8601") from None


def an_id(value: Any) -> str:
    """Read the id of a nested record. Raises Unfit for anything else."""
    identity = value.get("id") if isinstance(value, dict) else value
    if not isinstance(identity, str) or not identity:
        raise Unfit("an object with an id")
    return identity


def ids(value: Any) -> list[str]:
    """Read a list of nested records or of their ids, each once. Raises Unfit for anything else."""
    if not isinstance(value, list):
        raise Unfit("an array of objects with an id")
    return list(dict.fromkeys(an_id(item) for item in value))


def roles(value: Any) -> list[Body]:
    """Read who has which role in a project; 0 is user, 1 is manager. Raises Unfit for anything else."""
    if not isinstance(value, list):
        raise Unfit("an array of objects with an id and a role")
    return [_role(item) for item in value]


def _role(item: Any) -> Body:
    role = item.get("role", 0) if isinstance(item, dict) else 0
    rate = item.get("billable_rate") if isinstance(item, dict) else None
    return {"id": an_id(item), "role": int(an_amount(role) or 0), "billable_rate": an_amount(rate)}


def _read_one(name: str, value: Any, reader: Reader) -> Any:
    try:
        return reader(value)
    except Unfit as error:
        raise invalid(f"{name} must be {error}") from None
