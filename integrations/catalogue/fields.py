"""The inputs of an operation, as a person is asked for them and as they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, ClassVar

from integrations.catalogue.reading import at

LARGEST_WHOLE = 2**63 - 1  # what JSON is commonly read with
LARGEST_DECIMAL = 10**15
LONGEST_TEXT = 100_000  # where a field does not say less
LONGEST_ID = 128
NEVER_EMPTIED = object()
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


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
    """One input. `sent_as` is its name on the wire, with dots for nesting in the body; the name itself where it is empty.

    A value that is given as None outright empties the field over there: `emptied_as` is sent, where the field can be emptied.
    """

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
    emptied_as: Any = NEVER_EMPTIED
    found_at: str = ""  # where its value stands in a record, if not at its name on the wire
    prefilled: bool = True  # a form that changes a record begins with the value that stands there

    type: ClassVar[str] = "text"

    @property
    def wire_name(self) -> str:
        return self.sent_as or self.name

    @property
    def wire_path(self) -> str:
        """The name on the wire with dots alone: `date[start]` is `date.start`."""
        return self.wire_name.replace("[", ".").replace("]", "")

    @property
    def can_be_emptied(self) -> bool:
        return self.emptied_as is not NEVER_EMPTIED

    def standing(self, data: Mapping[str, Any]) -> Any:
        """Its value in a record, as it would be given; None where the record has none."""
        value = at(data, self.found_at or self.wire_name)
        if value is None or not self.many:
            return None if value is None else self.given_as(value)
        return [self.given_as(each) for each in value] if isinstance(value, list) else None

    def given_as(self, value: Any) -> Any:
        """One value of a record, as it would be given."""
        return value

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
        longest = self.max_length or LONGEST_TEXT
        if len(text) > longest:
            raise ValueError(f"Use at most {longest:,} characters; there are {len(text):,}.")
        if "\0" in text:
            raise ValueError("A character in this text cannot be sent.")
        return text


@dataclass(frozen=True, kw_only=True)
class Email(Text):
    """An e-mail address."""

    type: ClassVar[str] = "email"
    max_length: int | None = 254

    def read_one(self, value: Any) -> str:
        text = super().read_one(value).strip()
        if not EMAIL.fullmatch(text):
            raise ValueError("Enter an e-mail address, like ada@example.com.")
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
class Version(Number):
    """The version of a record that a change is based on, by which a provider notices that two people change it at once. It is filled in
    from the newest record.
    """


@dataclass(frozen=True, kw_only=True)
class Money(Field):
    """An amount in the currency of the account."""

    type: ClassVar[str] = "money"

    def read_one(self, value: Any) -> float:
        return float(_decimal(value))


@dataclass(frozen=True, kw_only=True)
class Hours(Field):
    """A length of time, asked in hours; sent in seconds, or in hours where the provider wants it so."""

    type: ClassVar[str] = "hours"
    in_seconds: bool = True

    def read_one(self, value: Any) -> float:
        return round(_decimal(value) * 3600) if self.in_seconds else float(_decimal(value))

    def given_as(self, value: Any) -> Any:
        return value / 3600 if self.in_seconds and isinstance(value, int | float) else value


@dataclass(frozen=True, kw_only=True)
class Date(Field):
    """A day. `not_before` names a field beside it that holds the first day of a range of which this is the last."""

    type: ClassVar[str] = "date"
    not_before: str = ""

    def read_one(self, value: Any) -> str:
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise ValueError("Enter a date as year-month-day, like 2026-03-29.") from None


@dataclass(frozen=True, kw_only=True)
class Moment(Field):
    """A point in time; sent in UTC. `not_before` names a field beside it that holds the start of what ends here."""

    type: ClassVar[str] = "moment"
    not_before: str = ""

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
    each_as: str = ""  # of many, each is sent as an object with its id under this name

    def given_as(self, value: Any) -> Any:
        """Its id; records often show what they name as an object with that."""
        return value.get(self.each_as or "id") if isinstance(value, Mapping) else value

    def read_one(self, value: Any) -> str | int:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("Choose one, or enter its id.")
        text = str(value)
        if len(text) > LONGEST_ID or not text.isprintable():
            raise ValueError(f"An id is at most {LONGEST_ID} plain characters.")
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

    def given_as(self, value: Any) -> Any:
        return standing_inputs(self.fields, value) if isinstance(value, Mapping) else None

    def read_one(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValueError("Fill in these fields together.")
        return read_inputs(self.fields, value)


@dataclass(frozen=True, kw_only=True)
class Rows(Field):
    """Any number of groups, sent as a list of objects."""

    type: ClassVar[str] = "rows"
    fields: tuple[Field, ...]

    def given_as(self, value: Any) -> Any:
        rows = value if isinstance(value, list) else []
        return [standing_inputs(self.fields, row) for row in rows if isinstance(row, Mapping)]

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
        if not is_shown(field, beside, inputs):
            continue
        if _is_emptied(field, inputs):
            values[field.name] = field.emptied_as
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
    errors |= _turned_round(fields, values)
    if errors:
        raise InvalidInput(errors)
    return values


def _turned_round(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """Ranges that end before they begin. Read values are texts that sort as they follow in time."""
    labels = {field.name: field.label for field in fields}
    ends = [field for field in fields if isinstance(field, Date | Moment) and values.get(field.not_before) and values.get(field.name)]
    return {end.name: f"This is before “{labels[end.not_before]}”." for end in ends if values[end.name] < values[end.not_before]}


def standing_inputs(fields: Sequence[Field], data: Mapping[str, Any]) -> dict[str, Any]:
    """What would have to be given so that a record stays as it is. What it says nothing of is left out, and what is not prefilled."""
    found = {field.name: field.standing(data) for field in fields if field.prefilled}
    return {name: value for name, value in found.items() if value is not None}


def field_at(fields: Sequence[Field], wire_path: str) -> str | None:
    """The full name of the field that travels at a dotted path, such as `members.0.role`, or of the first below it, such as `client.id`
    for `client`; None where nothing of ours does.
    """
    for field in fields:
        if wire_path == field.wire_path:
            return field.name
        inner = wire_path.removeprefix(f"{field.wire_path}.")
        if inner == wire_path:
            continue
        if isinstance(field, Group) and (found := field_at(field.fields, inner)):
            return f"{field.name}.{found}"
        row, _, column = inner.partition(".")
        if isinstance(field, Rows) and row.isdecimal() and (found := field_at(field.fields, column)):
            return f"{field.name}.{row}.{found}"
        return field.name
    return next((field.name for field in fields if field.wire_path.startswith(f"{wire_path}.")), None)


def _is_emptied(field: Field, inputs: Mapping[str, Any]) -> bool:
    return field.can_be_emptied and field.name in inputs and inputs[field.name] is None


def _given(field: Field, inputs: Mapping[str, Any]) -> Any:
    given = inputs.get(field.name, field.default)
    return None if given == "" else given


def is_shown(field: Field, beside: Mapping[str, Field], inputs: Mapping[str, Any]) -> bool:
    """Whether a field is asked: the one that decides about it is asked itself, and reads as one of the values."""
    if field.shown_when is None:
        return True
    decides = beside[field.shown_when.field]
    given = _given(decides, inputs)
    try:
        return is_shown(decides, beside, inputs) and field.shown_when.holds(None if given is None else decides.read(given))
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
