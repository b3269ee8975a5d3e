"""Reads bodies and queries, and says of every field that does not fit what is wrong with it, all at once.

Null means "not said", but for the few fields that can be emptied. What only one of the two documents requires is optional here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from integrations.sandbox import moments
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.refusals import invalid
from integrations.sandbox.timeghost.visit import Visit

Reader = Callable[[Visit, Any], Any]
"""Gives a value as it is kept. Raises Unfit for one that it cannot take."""
Readers = Mapping[str, Reader]
Complaint = tuple[str, str]
"""Where, as a path below the value (empty means the value itself), and what is wrong there."""


class Unfit(ValueError):
    """A value that a reader cannot take."""

    def __init__(self, *complaints: Complaint) -> None:
        """Say everything that is wrong with it."""
        super().__init__(worded(complaints))
        self.complaints = complaints


def unfit(words: str) -> Unfit:
    """Return what a reader raises that has one thing to say about the value as a whole."""
    return Unfit(("", words))


def worded(complaints: tuple[Complaint, ...] | list[Complaint]) -> str:
    """Return complaints as one sentence, each with its place."""
    return "; ".join(f"{path.lstrip('.')} {words}" for path, words in complaints)


class Reading:
    """An object as far as it could be read, and all that is wrong with it. Handlers may add complaints of their own."""

    def __init__(self, visit: Visit, given: Body, readers: Readers, needed: tuple[str, ...] = ()) -> None:
        """Read the given fields that have a reader; further ones are left alone, as the real service does."""
        self.values: Body = {}
        self.complaints: list[Complaint] = []
        missing = [name for name in needed if given.get(name) in (None, "")]
        for name in missing:
            self.complain(name, "is required")
        for name, reader in {**BOOKKEEPING, **readers}.items():
            said = name in given and (given[name] is not None or isinstance(reader, OrNull))
            if said and name not in missing:
                self._read(visit, name, given[name], reader, keep=name in readers)

    def complain(self, path: str, words: str) -> None:
        """Note that something is wrong with a field."""
        self.complaints.append((path, words))

    def finished(self) -> Body:
        """Return the values. Raises Refused with all complaints when there is any."""
        if self.complaints:
            raise invalid(worded(self.complaints))
        return self.values

    def _read(self, visit: Visit, name: str, value: Any, reader: Reader, *, keep: bool) -> None:
        try:
            read = reader(visit, value)
        except Unfit as error:
            self.complaints += [(f"{name}{path}", words) for path, words in error.complaints]
            return
        if keep:
            self.values[name] = read


def additions(visit: Visit, readers: Readers, needed: tuple[str, ...]) -> Reading:
    """Read the body that adds a record. Raises Refused when it is no object."""
    return Reading(visit, body(visit), readers, needed)


def changes(visit: Visit, readers: Readers, record: Body, needed: tuple[str, ...] = ()) -> Reading:
    """Read the body that changes a record. Raises Refused when it is no object."""
    given = body(visit)
    reading = Reading(visit, given, readers, needed)
    if given.get("id") not in (None, record["id"]):
        reading.complain("id", "must be the id in the address")
    return reading


def body(visit: Visit) -> Body:
    """Return the body of a request. Raises Refused when it is no JSON object."""
    found = document(visit)
    if not isinstance(found, dict):
        raise invalid("The body must be an object")
    return found


def document(visit: Visit) -> Any:
    """Return the body of a request, whatever it is. Raises Refused when it is no JSON."""
    try:
        return visit.document()
    except ValueError:
        raise invalid("The body is not valid JSON") from None


@dataclass(frozen=True)
class OrNull:
    """Reads null, too: it empties the field."""

    reader: Reader

    def __call__(self, visit: Visit, value: Any) -> Any:
        """Read a value or null."""
        return None if value is None else self.reader(visit, value)


@dataclass(frozen=True)
class Shape:
    """Reads a nested object by its fields."""

    readers: Readers
    needed: tuple[str, ...] = ()

    def __call__(self, visit: Visit, value: Any) -> Body:
        """Read an object."""
        if not isinstance(value, dict):
            raise unfit("must be an object")
        reading = Reading(visit, value, self.readers, self.needed)
        if reading.complaints:
            raise Unfit(*((f".{path}", words) for path, words in reading.complaints))
        return reading.values


def each(reader: Reader) -> Reader:
    """Return a reader of a list whose items another one reads."""

    def read(visit: Visit, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise unfit("must be an array")
        items: list[Any] = []
        complaints: list[Complaint] = []
        for place, item in enumerate(value):
            try:
                items.append(reader(visit, item))
            except Unfit as error:
                complaints += [(f"[{place}]{path}", words) for path, words in error.complaints]
        if complaints:
            raise Unfit(*complaints)
        return items

    return read


def one_of(*words: str) -> Reader:
    """Return a reader of one of some words."""

    def read(_visit: Visit, value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise unfit(f"must be one of {', '.join(words)}")
        return value

    return read


def numbered(**meanings: int) -> Reader:
    """Return a reader of one of some whole numbers, each with a meaning."""
    explained = " or ".join(f"{number} ({meaning})" for meaning, number in meanings.items())

    def read(_visit: Visit, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in meanings.values():
            raise unfit(f"must be {explained}")
        return int(value)

    return read


def a_text(_visit: Visit, value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise unfit("must be a string")
    return value


def a_name(visit: Visit, value: Any) -> str:
    """Read a text that is not blank."""
    if not a_text(visit, value).strip():
        raise unfit("must not be blank")
    return str(value)


def a_flag(_visit: Visit, value: Any) -> bool:
    """Read a flag."""
    if not isinstance(value, bool):
        raise unfit("must be a boolean")
    return value


def an_amount(_visit: Visit, value: Any) -> float:
    """Read a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unfit("must be a number")
    return value


def a_moment(_visit: Visit, value: Any) -> str:
    """Read a moment, as it is written here."""
    try:
        return moments.written(moments.read(value))
    except (TypeError, ValueError, OverflowError):
        raise unfit("must be a date and time in ISO 8601") from None


def a_date(_visit: Visit, value: Any) -> str:
    """Read a calendar date, as it is written here."""
    try:
        return moments.read_date(value).isoformat()
    except (TypeError, ValueError):
        raise unfit("must be a date in ISO 8601") from None


def a_time_zone(_visit: Visit, value: Any) -> str:
    """Read the name of a time zone."""
    if not isinstance(value, str) or value not in _zones():
        raise unfit("must be the name of a time zone, such as Europe/Berlin")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _this_workspace(visit: Visit, value: Any) -> None:
    """Read the workspace of a record, which is never another one than the request names."""
    if Shape({"id": a_text}, ("id",))(visit, value)["id"] != visit.workspace["id"]:
        raise unfit("must be the workspace that the header workspace-id names")


BOOKKEEPING: Readers = {
    "cosmosEntityName": a_text,
    "partitionKey": a_text,
    "author": a_text,
    "editor": a_text,
    "status": a_text,
    "deleted": a_flag,
    "currentUserCanEdit": a_flag,
    "created": a_moment,
    "modified": a_moment,
    "workspace": _this_workspace,
}
"""Fields that any object may carry because the answers do. They must fit, and are not taken: timeghost keeps its own books (a guess)."""
