"""What stands in the controls of a form, and the inputs that it means.

`Given` is what the browser holds, by the names of the fields and nested as they are: a text for most, a list of texts where there may be
many, `Given` again for a group, and a list of it for rows. Inputs are what a run keeps and the catalogue reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from integrations.catalogue import Field, Flag, Group, Moment, OneOf, Pick, Place, Rows, Text
from integrations.catalogue.fields import is_shown

Given = dict[str, Any]
MOST_ROWS = 200
SHORT_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
NOT_EMPTIED = "This cannot be emptied over there."
LEFT_OUT = object()
NO_SUCH_TIME = "The clocks go forward over this time on that day: choose another."
COMES_TWICE = "The clocks go back over this time on that day. Enter {} for the first time, or {} for the second."


# --- from the browser --------------------------------------------------------------------------------------------------


def given_in(fields: Sequence[Field], data: QueryDict, before: Given, above: str = "") -> Given:
    """What a browser sent. What was not on its page stands as it stood `before`."""
    return {each.name: sent(each, data, f"{above}{each.name}", before[each.name]) for each in fields}


@singledispatch
def sent(declared: Field, data: QueryDict, name: str, before: Any) -> Any:
    """What was sent for one field."""
    if name not in data:
        return before
    return _lines(_text_at(data, name)) if declared.many else _one_line(_text_at(data, name))


@sent.register
def _(declared: Text, data: QueryDict, name: str, before: Any) -> Any:
    if name not in data:
        return before
    text = _text_at(data, name)
    if declared.many:
        return _lines(text)
    return _with_plain_ends(text) if declared.long else _one_line(text)


@sent.register
def _(declared: Moment, data: QueryDict, name: str, before: Any) -> Any:
    """As we write it: browsers leave out the seconds of a full minute."""
    if name not in data:
        return before
    text = _one_line(_text_at(data, name))
    return f"{text}:00" if SHORT_MOMENT.fullmatch(text) else text


@sent.register
def _(declared: OneOf, data: QueryDict, name: str, before: Any) -> Any:
    return _chosen(declared, data, name, before)


@sent.register
def _(declared: Pick, data: QueryDict, name: str, before: Any) -> Any:
    return _chosen(declared, data, name, before)


@sent.register
def _(declared: Group, data: QueryDict, name: str, before: Any) -> Any:
    return given_in(declared.fields, data, before, f"{name}.")


@sent.register
def _(declared: Rows, data: QueryDict, name: str, before: Any) -> Any:
    if name not in data:
        return before
    number = re.compile(rf"{re.escape(name)}\.(\d{{1,4}})(\.|$)")
    numbers = sorted({int(found[1]) for key in data if (found := number.match(key))})
    blank = first_given(declared.fields)
    return [given_in(declared.fields, data, blank, f"{name}.{each}.") for each in numbers[:MOST_ROWS]]


def _chosen(declared: Field, data: QueryDict, name: str, before: Any) -> Any:
    """Of several values the last one counts that says something; where there may be many, ids are typed one a line."""
    if name not in data:
        return before
    values = list(dict.fromkeys(value for sent in data.getlist(name) for value in _lines(sent)))
    return values if declared.many else (values or [""])[-1]


# --- from inputs -------------------------------------------------------------------------------------------------------


def first_given(fields: Sequence[Field]) -> Given:
    """An untouched form: what is taken where nothing else is given."""
    return given_of(fields, {each.name: each.default for each in fields}, ZoneInfo("UTC"))


def given_of(fields: Sequence[Field], inputs: Mapping[str, Any], zone: ZoneInfo) -> Given:
    """Inputs as they stand in controls. Values of another shape than declared, as a record may hold them, come out empty or as text."""
    return {each.name: shown(each, inputs.get(each.name), zone) for each in fields}


@singledispatch
def shown(declared: Field, value: Any, zone: ZoneInfo) -> Any:
    """One input as it stands in its control."""
    if declared.many:
        return [_text(each) for each in value] if isinstance(value, list | tuple) else []
    return _text(value)


@shown.register
def _(declared: Text, value: Any, zone: ZoneInfo) -> Any:
    """As a browser would send it back untouched."""
    if declared.many:
        return [_one_line(_text(each)) for each in value] if isinstance(value, list | tuple) else []
    return _with_plain_ends(_text(value)) if declared.long else _one_line(_text(value))


@shown.register
def _(declared: Moment, value: Any, zone: ZoneInfo) -> Any:
    """As the reader's clock showed it; with its offset only where the clock showed the same twice."""
    try:
        moment = datetime.fromisoformat(_text(value))
        local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        told = local if both_moments(local, zone) else local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        return ""
    return told.isoformat(timespec="milliseconds" if told.microsecond else "seconds")


@shown.register
def _(declared: Group, value: Any, zone: ZoneInfo) -> Any:
    return given_of(declared.fields, value, zone) if isinstance(value, Mapping) else first_given(declared.fields)


@shown.register
def _(declared: Rows, value: Any, zone: ZoneInfo) -> Any:
    rows = value if isinstance(value, list) else []
    return [given_of(declared.fields, row, zone) for row in rows if isinstance(row, Mapping)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None or isinstance(value, list | Mapping) else str(value).replace("\0", "")


def _text_at(data: QueryDict, name: str) -> str:
    return str(data.get(name, ""))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _one_line(text: str) -> str:
    """A box of one line holds no line ends."""
    return text.replace("\r", "").replace("\n", "").strip()


def _with_plain_ends(text: str) -> str:
    """Browsers send the ends of lines as HTTP wants them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- moments -----------------------------------------------------------------------------------------------------------


def both_moments(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """The first and the second moment at which a clock shows this, on a day when it is put back over it. Raises `OverflowError`."""
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return (first, second) if first.astimezone(UTC) < second.astimezone(UTC) else None


def needs_offset(given: str, zone: ZoneInfo) -> bool:
    """Whether it takes an offset to say which moment is meant; controls for a date and a time know none."""
    try:
        moment = datetime.fromisoformat(given)
        return moment.tzinfo is not None or both_moments(moment, zone) is not None
    except (ValueError, OverflowError):
        return False


# --- what is there -----------------------------------------------------------------------------------------------------


def shown_fields(fields: Sequence[Field], given: Given) -> list[Field]:
    """The fields that are asked while this stands in the others."""
    beside = {each.name: each for each in fields}
    return [each for each in fields if is_shown(each, beside, given)]


def is_blank(declared: Field, given: Any) -> bool:
    """Whether nothing was filled in. What stands in a group or row by itself counts for nothing."""
    if isinstance(declared, Group):
        return all(_is_untouched(each, given[each.name]) for each in shown_fields(declared.fields, given))
    return given in ("", [])


def without_blank_rows(fields: Sequence[Field], given: Given) -> Given:
    """Without the rows that nobody filled in, so that those left are numbered as they are told of."""
    return {each.name: _whole_rows(each, given[each.name]) for each in fields}


def _whole_rows(declared: Field, given: Any) -> Any:
    if isinstance(declared, Group):
        return without_blank_rows(declared.fields, given)
    if isinstance(declared, Rows):
        rows = [without_blank_rows(declared.fields, row) for row in given]
        return [row for row in rows if not all(_is_untouched(each, row[each.name]) for each in shown_fields(declared.fields, row))]
    return given


def _is_untouched(declared: Field, given: Any) -> bool:
    return is_blank(declared, given) or given == shown(declared, declared.default, ZoneInfo("UTC"))


def visible(fields: Sequence[Field], given: Given) -> Given:
    """Only what can be seen of it, for comparing."""
    return {each.name: _visible(each, given[each.name]) for each in shown_fields(fields, given)}


def _visible(declared: Field, given: Any) -> Any:
    if isinstance(declared, Group):
        return visible(declared.fields, given)
    if isinstance(declared, Rows):
        return [visible(declared.fields, row) for row in given]
    return given


# --- to inputs ---------------------------------------------------------------------------------------------------------


@dataclass
class Reader:
    """Turns what stands in controls into inputs. `errors` gathers what only a form can notice, by the full names of the fields."""

    zone: ZoneInfo
    errors: dict[str, str] = field(default_factory=dict)

    def everything(self, fields: Sequence[Field], given: Given, above: str = "") -> dict[str, Any]:
        """All that was filled in."""
        filled = [each for each in shown_fields(fields, given) if not is_blank(each, given[each.name])]
        return {each.name: self._input(each, given[each.name], f"{above}{each.name}") for each in filled}

    def changes(self, fields: Sequence[Field], given: Given, stood: Given, above: str = "") -> dict[str, Any]:
        """What has to be sent so that a record which `stood` so becomes as it is given: what differs, and what is always needed."""
        asked = shown_fields(fields, given)
        sent = [each for each in asked if _is_always_sent(each) or _differs(each, given, stood)]
        needed = {name for each in sent for name in _deciders(each, fields)}
        changed = [each for each in asked if each in sent or each.name in needed]
        pairs = ((each.name, self._changed(each, given[each.name], stood[each.name], f"{above}{each.name}")) for each in changed)
        return {name: value for name, value in pairs if value is not LEFT_OUT}

    def _changed(self, declared: Field, given: Any, stood: Any, name: str) -> Any:
        if isinstance(declared, Group) and not (declared.can_be_emptied and is_blank(declared, given)):
            return self._changed_group(declared, given, stood, name) or LEFT_OUT
        if not is_blank(declared, given):
            return self._input(declared, given, name)
        if is_blank(declared, stood):
            return LEFT_OUT
        return self._emptied(declared, name)

    def _changed_group(self, group: Group, given: Given, stood: Given, name: str) -> dict[str, Any]:
        """A group is sent whole: providers take it in place of the one that stands."""
        whole = self.everything(group.fields, given, f"{name}.")
        gone = [each for each in shown_fields(group.fields, given) if each.name not in whole and not is_blank(each, stood[each.name])]
        emptied = {each.name: self._emptied(each, f"{name}.{each.name}") for each in gone}
        return whole | {each: value for each, value in emptied.items() if value is not LEFT_OUT}

    def _emptied(self, declared: Field, name: str) -> Any:
        if declared.can_be_emptied:
            return None
        if declared.many or isinstance(declared, Rows):
            return []
        if not declared.required:  # of a field that is needed the catalogue says so itself
            self.errors[name] = NOT_EMPTIED
        return LEFT_OUT

    def _input(self, declared: Field, given: Any, name: str) -> Any:
        if isinstance(declared, Group):
            return self.everything(declared.fields, given, f"{name}.")
        if isinstance(declared, Rows):
            return [self.everything(declared.fields, row, f"{name}.{number}.") for number, row in enumerate(given)]
        if isinstance(declared, Flag):
            return {"true": True, "false": False}.get(given, given)
        if isinstance(declared, Moment):
            return self._moment(given, name)
        return given

    def _moment(self, given: str, name: str) -> str:
        """The reader's time with its place in the world. What is no time is left to the catalogue to tell."""
        try:
            moment = datetime.fromisoformat(given)
            placed = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
            in_utc = placed.astimezone(UTC)
            twice = None if moment.tzinfo else both_moments(moment, self.zone)
        except (ValueError, OverflowError):
            return given
        if twice:
            self.errors[name] = COMES_TWICE.format(*(each.isoformat() for each in twice))
        if in_utc.astimezone(self.zone).replace(tzinfo=None) != moment and not moment.tzinfo:
            self.errors[name] = NO_SUCH_TIME
        return in_utc.isoformat().replace("+00:00", "Z")


def _is_always_sent(declared: Field) -> bool:
    """Left out, a default would be taken in its place."""
    return declared.required or declared.asked_only or declared.place is not Place.BODY or declared.default is not None


def _differs(declared: Field, given: Given, stood: Given) -> bool:
    return bool(_visible(declared, given[declared.name]) != _visible(declared, stood[declared.name]))


def _deciders(declared: Field, beside: Sequence[Field]) -> Iterator[str]:
    """The fields that decide whether this one is asked: without them it would not be sent."""
    while declared.shown_when:
        decides = declared.shown_when.field
        yield decides
        declared = next(each for each in beside if each.name == decides)


# --- rows --------------------------------------------------------------------------------------------------------------


def with_row(fields: Sequence[Field], given: Given, path: str) -> Given:
    """One more empty row; `path` names the rows, such as `members`."""
    return _with_rows(fields, given, path.split("."), lambda rows, blank: [*rows, blank])


def without_row(fields: Sequence[Field], given: Given, path: str) -> Given:
    """Without one row, such as `members.0`."""
    *rows_at, number = path.split(".")
    gone = int(number) if number.isdecimal() else -1
    return _with_rows(fields, given, rows_at, lambda rows, _: [row for at, row in enumerate(rows) if at != gone])


def _with_rows(fields: Sequence[Field], given: Given, path: list[str], change: Callable[[list[Given], Given], list[Given]]) -> Given:
    """The same with the rows at this path changed; unchanged where there are none."""
    declared = next((each for each in fields if path and each.name == path[0]), None)
    if isinstance(declared, Group):
        return {**given, declared.name: _with_rows(declared.fields, given[declared.name], path[1:], change)}
    if not isinstance(declared, Rows):
        return given
    rows = given[declared.name]
    if len(path) == 1:
        return {**given, declared.name: change(rows, first_given(declared.fields))[:MOST_ROWS]}
    inner = [
        _with_rows(declared.fields, row, path[2:], change) if path[1] == str(at) else row for at, row in enumerate(rows)
    ]  # fmt: skip
    return {**given, declared.name: inner}
