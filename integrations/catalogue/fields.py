"""The inputs of an operation, as a person is asked for them and as they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

LARGEST_WHOLE = 2**63 - 1  # what JSON is commonly read with
LARGEST_DECIMAL = 10**15


class InvalidInput(ValueError):
    """What was given does not fit the declaration. `errors` holds one sentence for each field, by its name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{name}: {message}" for name, message in self.errors.items()))


class Place(StrEnum):
    """Where an input travels."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True)
class ShownWhen:
    """The field is asked, and sent, only while another one has one of these values."""

    field: str
    values: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Whether the other field's value, as it is sent, is one of these."""
        return value in self.values


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input. `sent_as` is its name on the wire, with dots for nesting in the body; the name itself where it is empty."""

    name: str
    label: str
    place: Place = Place.BODY
    required: bool = False
    default: Any = None
    help: str = ""
    sent_as: str = ""
    shown_when: ShownWhen | None = None
    many: bool = False
    asked_only: bool = False  # asked because another field depends on it, and not sent

    type: ClassVar[str] = "text"

    @property
    def wire_name(self) -> str:
        return self.sent_as or self.name

    def read(self, value: Any) -> Any:
        """The value in the type that is sent. Raises `ValueError` with a sentence for the person who typed it."""
        if self.many:
            return [self.read_one(item) for item in _as_list(value)]
        return self.read_one(value)

    def read_one(self, value: Any) -> Any:
        raise TypeError(f"{type(self).__name__} does not say how a value is read")


@dataclass(frozen=True, kw_only=True)
class Text(Field):
    max_length: int | None = None
    long: bool = False

    def read_one(self, value: Any) -> str:
        if not isinstance(value, str | int | float):
            raise ValueError("Enter text.")
        text = str(value)
        if self.max_length and len(text) > self.max_length:
            raise ValueError(f"Use at most {self.max_length} characters; there are {len(text)}.")
        return text


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """A whole number."""

    type: ClassVar[str] = "number"
    least: int | None = None
    most: int | None = None

    def read_one(self, value: Any) -> int:
        number = _whole(value)
        if self.least is not None and number < self.least:
            raise ValueError(f"Enter at least {self.least}.")
        if self.most is not None and number > self.most:
            raise ValueError(f"Enter at most {self.most}.")
        return number


@dataclass(frozen=True, kw_only=True)
class Money(Field):
    """An amount in the currency of the account."""

    type: ClassVar[str] = "money"

    def read_one(self, value: Any) -> float:
        return float(_decimal(value))


@dataclass(frozen=True, kw_only=True)
class Hours(Field):
    """A length of time, asked in hours, sent in seconds unless the operation shapes it otherwise."""

    type: ClassVar[str] = "hours"

    def read_one(self, value: Any) -> int:
        return round(_decimal(value) * 3600)


@dataclass(frozen=True, kw_only=True)
class Date(Field):
    type: ClassVar[str] = "date"

    def read_one(self, value: Any) -> str:
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise ValueError("Enter a date as year-month-day, like 2026-03-29.") from None


@dataclass(frozen=True, kw_only=True)
class Moment(Field):
    """A point in time; sent in UTC."""

    type: ClassVar[str] = "moment"

    def read_one(self, value: Any) -> str:
        try:
            moment = datetime.fromisoformat(str(value))
            in_utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise ValueError("Enter a date and time, like 2026-03-29T09:00:00+02:00.") from None
        return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True)
class Flag(Field):
    type: ClassVar[str] = "flag"

    def read_one(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"true", "on", "yes", "1"}:
            return True
        if str(value).lower() in {"false", "off", "no", "0"}:
            return False
        raise ValueError("Answer yes or no.")


@dataclass(frozen=True, kw_only=True)
class OneOf(Field):
    """A choice; `choices` are pairs of the value that is sent and the words that are shown."""

    type: ClassVar[str] = "one_of"
    choices: tuple[tuple[Any, str], ...]

    def read_one(self, value: Any) -> Any:
        for choice, _ in self.choices:
            if str(choice) == str(value):
                return choice
        raise ValueError(f"Choose one of: {', '.join(str(choice) for choice, _ in self.choices)}.")


@dataclass(frozen=True, kw_only=True)
class Pick(Field):
    """A record of an entity, chosen from the mirror or typed as an id. `depends_on` names the fields that narrow its list."""

    type: ClassVar[str] = "pick"
    entity: str
    depends_on: tuple[str, ...] = ()
    number: bool = False  # the provider wants the id as a number
    workspace: bool = False  # filled with the connection's workspace where nothing else is given

    def read_one(self, value: Any) -> str | int:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("Choose one, or enter its id.")
        text = str(value)
        if not self.number:
            return text
        if not text.isdecimal():
            raise ValueError("An id here is a whole number.")
        return _whole(text)


@dataclass(frozen=True, kw_only=True)
class Group(Field):
    """Fields that belong together and are sent as one object."""

    type: ClassVar[str] = "group"
    fields: tuple[Field, ...]

    def read_one(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("Fill in these fields together.")
        return read_inputs(self.fields, value)


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """Any number of groups, sent as a list of objects."""

    type: ClassVar[str] = "rows"
    fields: tuple[Field, ...]

    def read(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, Sequence) or not all(isinstance(row, Mapping) for row in value):
            raise ValueError("Give a list of rows.")
        rows, errors = [], {}
        for number, row in enumerate(value):
            try:
                rows.append(read_inputs(self.fields, row))
            except InvalidInput as invalid:
                errors.update({f"{number}.{name}": message for name, message in invalid.errors.items()})
        if errors:
            raise InvalidInput(errors)
        return rows


def read_inputs(fields: Sequence[Field], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent, by each field's name: defaults filled in, hidden and empty fields left out.

    Raises `InvalidInput` with every mistake at once, unknown names among them; a field in a group or row has its full name, such as
    `members.0.role`.
    """
    beside = {field.name: field for field in fields}
    errors = {name: "There is no such field." for name in inputs if name not in beside}
    values: dict[str, Any] = {}
    for field in fields:
        given = _given(field, inputs)
        if not _is_shown(field, beside, inputs):
            continue
        if given is None or (field.required and given == []):
            if field.required:
                errors[field.name] = "This is needed."
            continue
        try:
            values[field.name] = field.read(given)
        except InvalidInput as nested:
            errors.update({f"{field.name}.{name}": message for name, message in nested.errors.items()})
        except ValueError as mistake:
            errors[field.name] = str(mistake)
    if errors:
        raise InvalidInput(errors)
    return values


def _given(field: Field, inputs: Mapping[str, Any]) -> Any:
    given = inputs.get(field.name, field.default)
    return None if given == "" else given


def _is_shown(field: Field, beside: Mapping[str, Field], inputs: Mapping[str, Any]) -> bool:
    """Whether a field is asked: the one that decides about it is asked itself, and reads as one of the values."""
    if field.shown_when is None:
        return True
    decides = beside[field.shown_when.field]
    given = _given(decides, inputs)
    try:
        return _is_shown(decides, beside, inputs) and field.shown_when.holds(None if given is None else decides.read(given))
    except ValueError:
        return False


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _whole(value: Any) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise ValueError("Enter a whole number.") from None
    if abs(number) > LARGEST_WHOLE:
        raise ValueError("This number is too large.")
    return number


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("Enter a number.") from None
    if not number.is_finite():
        raise ValueError("Enter a number.")
    if abs(number) > LARGEST_DECIMAL:
        raise ValueError("This number is too large.")
    return number
