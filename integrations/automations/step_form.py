"""The form of a step: that of its operation, in which everything may be text with placeholders.

What is no box to type in, such as a list to choose from, has a second box beside it that says where the value comes from. Only what
decides which other fields are asked has to be chosen outright.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from integrations.automations.filling import grown, mapped_texts
from integrations.automations.mapping import MappingError, check, is_mapped
from integrations.catalogue import Date, Field, Flag, Group, InvalidInput, Kind, Moment, OneOf, Operation, Pick, Place, Rows
from integrations.connections.models import Connection
from integrations.operations.building.controls import Control, controls_of
from integrations.operations.building.declared import DeclaredForm
from integrations.operations.building.given import (
    Given,
    Reader,
    given_in,
    is_blank,
    with_row,
    without_blank_rows,
    without_row,
)

MAP = "map."  # begins the name of the box that says where a value comes from


@dataclass
class StepForm(DeclaredForm):
    """What a person fills in so that an automation runs an operation as its step with this `number`. Needs a scope.

    Of an operation that changes a record, what is left empty stays as it is over there.
    """

    organization: str  # the slug
    connection: Connection
    operation: Operation
    zone: ZoneInfo
    number: int = 1
    given: Given = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.operation.asked

    @property
    def changes(self) -> bool:
        return self.operation.kind is Kind.UPDATE

    def before(self) -> Given:
        untouched = super().before()
        left = [each for each in self.fields if self.changes and self._may_be_left(each) and not isinstance(each, Group | Rows)]
        return {**untouched, **{each.name: [] if each.many else "" for each in left}}

    def open(self, kept: Mapping[str, Any]) -> StepForm:
        """As it was kept; untouched, where nothing was."""
        self.given = grown(self.fields, kept, self.before())
        return self

    def send(self, data: QueryDict) -> StepForm:
        """As a browser sent it."""
        self.given = _with_maps(self.fields, given_in(self.fields, data, self.before()), data)
        self.words = {name: str(words) for name, words in data.items() if name.startswith("find_")}
        return self

    def change(self, what: str) -> None:
        """Draws it anew after a change: `update`, `add:members`, `remove:members.0`."""
        do, _, path = what.partition(":")
        if do == "add":
            self.given = with_row(self.fields, self.given, path)
        if do == "remove":
            self.given = without_row(self.fields, self.given, path)

    def check(self) -> bool:
        """Whether it can be kept; `errors` says what is wrong, as far as that can be known before an event comes."""
        self.given = without_blank_rows(self.fields, self.given)
        texts = list(mapped_texts(self.fields, self.given))
        later = {name for name, _ in texts} | {each.name for each in self.fields if self.changes and self._is_left(each)}
        said = {**self._misread(), **self.drawn.out_of_place()}
        self.errors = {name: sentence for name, sentence in said.items() if name not in later} | dict(_mistakes(texts, self.number))
        return not self.errors

    @property
    def drawn(self) -> StepForm:
        """The form without what its lists and dates cannot show."""
        return replace(self, given=_plain(self.fields, self.given))

    def controls(self) -> list[Control]:
        """Its controls, each with the box that says where its value comes from."""
        controls = controls_of(self.drawn)
        _add_maps(controls, self.fields, self.given)
        return controls

    def _misread(self) -> dict[str, str]:
        reader = Reader(self.zone)
        inputs = reader.everything(self.fields, self.given)
        try:
            self.operation.request(inputs, self.connection.workspace_id)
        except InvalidInput as invalid:
            return {**reader.errors, **invalid.errors}
        return reader.errors

    def _is_left(self, declared: Field) -> bool:
        return self._may_be_left(declared) and is_blank(declared, self.given[declared.name])

    def _may_be_left(self, declared: Field) -> bool:
        return declared.place is Place.BODY and not declared.asked_only


def _mistakes(texts: Sequence[tuple[str, str]], number: int) -> Iterator[tuple[str, str]]:
    for name, text in texts:
        try:
            check(text, number)
        except MappingError as error:
            yield name, str(error)


# --- the box beside a control ------------------------------------------------------------------------------------------


def _has_map(declared: Field, beside: Sequence[Field]) -> bool:
    """Whether its control cannot hold a text, and it does not decide what else is asked."""
    decides = any(each.shown_when and each.shown_when.field == declared.name for each in beside)
    cannot = isinstance(declared, Date | Moment | Flag | OneOf) or (isinstance(declared, Pick) and not declared.workspace)
    return cannot and not decides


def _with_maps(fields: Sequence[Field], given: Given, data: QueryDict, above: str = "") -> Given:
    """What was sent, with what stands in the boxes beside the controls in place of what was chosen; where there may be many, both."""
    return {each.name: _with_map(each, fields, given[each.name], data, f"{above}{each.name}") for each in fields}


def _with_map(declared: Field, beside: Sequence[Field], given: Any, data: QueryDict, name: str) -> Any:
    if isinstance(declared, Group):
        return _with_maps(declared.fields, given, data, f"{name}.")
    if isinstance(declared, Rows):
        return [_with_maps(declared.fields, row, data, f"{name}.{number}.") for number, row in enumerate(given)]
    text = str(data.get(f"{MAP}{name}", "")).strip().replace("\0", "") if _has_map(declared, beside) else ""
    if not text:
        return given
    return [*given, text] if declared.many else text


def _plain(fields: Sequence[Field], given: Given) -> Given:
    """Without the texts that stand in boxes of their own."""
    return {each.name: _without_map(each, fields, given[each.name]) for each in fields}


def _without_map(declared: Field, beside: Sequence[Field], given: Any) -> Any:
    if isinstance(declared, Group):
        return _plain(declared.fields, given)
    if isinstance(declared, Rows):
        return [_plain(declared.fields, row) for row in given]
    if not _has_map(declared, beside):
        return given
    if declared.many:
        return [each for each in given if not _needs_map(declared, each)]
    return "" if _needs_map(declared, given) else given


def _needs_map(declared: Field, text: str) -> bool:
    """Whether only a box for text can show it: a placeholder, or what was typed in place of a date and is none."""
    return is_mapped(text) or (isinstance(declared, Date | Moment) and bool(text) and not _is_date(text))


def _is_date(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _add_maps(controls: Sequence[Control], beside: Sequence[Field], given: Given) -> None:
    for control in controls:
        declared, value = control.declared, given[control.declared.name]
        if isinstance(declared, Group):
            _add_maps(control.inner, declared.fields, value)
        if isinstance(declared, Rows):
            for inner, row in zip(control.rows, value, strict=True):
                _add_maps(inner, declared.fields, row)
        if _has_map(declared, beside):
            control.map_name = f"{MAP}{control.name}"
            control.mapped = ", ".join(each for each in (value if declared.many else [value]) if _needs_map(declared, each))
