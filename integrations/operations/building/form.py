"""The form of an operation: opened, sent, filled in from the record that it is about, and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
from django.http import QueryDict

from integrations.catalogue import Field, Group, InvalidInput, Kind, Operation, Pick, Place, Request, Text, Version
from integrations.connections.models import Connection
from integrations.operations.building.declared import DeclaredForm
from integrations.operations.building.given import (
    Given,
    Reader,
    given_in,
    given_of,
    is_blank,
    with_row,
    without_blank_rows,
    without_row,
)
from integrations.operations.models import Run
from integrations.operations.subjects import id_of, name_of_subject, subject_of
from integrations.records.models import Record

ANOTHER = "You chose another record. The form now shows how that one stands: check it, then send it."
SENT_BEFORE = "This form was sent already, with something else in it: see the history. Send it once more to make another run."


@dataclass
class ActionForm(DeclaredForm):
    """What a person fills in to run an operation on a connection. Needs a scope.

    A form that changes a record is filled from it, once it is chosen: `filled_from` is its id, and `seen` says, as inputs, how it stood
    then. Both travel with the page, so that only what the person changed is sent, whatever happens meanwhile.
    """

    organization: str  # the slug
    connection: Connection
    operation: Operation
    zone: ZoneInfo
    given: Given = field(default_factory=dict)
    seen: dict[str, Any] | None = None
    filled_from: str = ""
    words: Mapping[str, str] = field(default_factory=dict)  # typed into search boxes, by their names
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    refusal: str = ""  # what the provider said of an earlier run
    form_id: UUID = field(default_factory=uuid4)  # made with the page: sent twice, it makes one run

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.operation.asked

    @property
    def changes_a_record(self) -> bool:
        return self.operation.kind is Kind.UPDATE

    # --- opened ------------------------------------------------------------------------------------------------------------

    def open(self, inputs: Mapping[str, Any], errors: Mapping[str, str] | None = None, refusal: str = "") -> ActionForm:
        """As it first shows itself, with what is known beforehand: from an address, or from an earlier run."""
        known = [each for each in self.fields if each.name in inputs]
        self.given = self.before() | given_of(known, inputs, self.zone)
        if self._shows_another:
            self._fill()
            again = [each for each in known if not isinstance(each, Version)]
            self.given |= given_of(again, inputs, self.zone)
        self.errors, self.refusal = dict(errors or {}), refusal
        return self

    # --- sent --------------------------------------------------------------------------------------------------------------

    def send(self, data: QueryDict) -> ActionForm:
        """As a browser sent it."""
        self.form_id = id_in(data) or self.form_id
        self.filled_from, self.seen = data.get("filled_from", ""), _object(data.get("seen", ""))
        self.given = given_in(self.fields, data, self.before())
        self.words = {name: words for name, words in data.items() if name.startswith("find_") and isinstance(words, str)}
        return self

    def change(self, what: str) -> None:
        """Draws it anew after a change: `update`, `add:members`, `remove:members.0`."""
        do, _, path = what.partition(":")
        if do == "add":
            self.given = with_row(self.fields, self.given, path)
        if do == "remove":
            self.given = without_row(self.fields, self.given, path)
        if self._shows_another:
            self._fill()
        self.given = self.without_strangers(self.fields, self.given)

    def meet_record(self) -> None:
        """Takes over how the record stands that is changed, wherever nothing was filled in: whoever did had not seen it."""
        if self._shows_another:
            filled, self.given = self.given, _overlaid(self.fields, self.before(), self.given)
            self._fill()
            self.given = _overlaid(self.fields, self.given, filled)

    def turned_to_another(self) -> bool:
        """Whether another record was chosen than the form was filled from; it is filled anew then, and nothing is sent yet."""
        if not (self.filled_from and self._shows_another):
            return False
        self.change("update")
        self.notice = ANOTHER
        return True

    def check(self) -> tuple[dict[str, Any], Request] | None:
        """The inputs and the call that they make; None where something is wrong, which `errors` then says by the names of the fields."""
        self.given = without_blank_rows(self.fields, self.given)
        reader = Reader(self.zone)
        inputs = self._with_version(self._read(reader))
        self.errors = {**reader.errors, **self.out_of_place()}
        try:
            request = self.operation.request(inputs, self.connection.workspace_id)
        except InvalidInput as invalid:
            self.errors = {**invalid.errors, **self.errors}
            return None
        return None if self.errors else (inputs, request)

    def run(self, inputs: dict[str, Any]) -> Run:
        """The run that a person asks for with these inputs; not saved yet."""
        about = {"connection": self.connection, "operation": self.operation.name, "title": self._title[:200]}
        return Run(**about, inputs=inputs, seen=self.seen, form_id=self.form_id)

    def is_of(self, run: Run, inputs: dict[str, Any]) -> bool:
        """Whether a run asks for just this."""
        return (run.connection_id, run.operation, run.inputs) == (self.connection.pk, self.operation.name, inputs)

    def renew(self) -> None:
        """Becomes a form of its own: what was filled in is kept, and can be sent once more."""
        self.form_id, self.notice = uuid4(), SENT_BEFORE

    # --- what it is about --------------------------------------------------------------------------------------------------

    @cached_property
    def record(self) -> Record | None:
        """The record that is read, changed or deleted, where the mirror has it."""
        return subject_of(self.connection, self.operation, self.given)

    @property
    def about(self) -> str:
        """Its name, such as: the task “Sitemap”."""
        return name_of_subject(self.connection, self.operation, self.given, self.record)

    @property
    def subject(self) -> Pick | None:
        return self.operation.subject(self.given)

    @property
    def is_unseen(self) -> bool:
        """Whether a record is to be changed of which nobody knows how it stands."""
        return bool(self.changes_a_record and self.filled_from and self.record is None)

    @property
    def deletes(self) -> bool:
        return self.operation.kind is Kind.DELETE

    @property
    def seen_text(self) -> str:
        """`seen`, for the way with the page."""
        return "" if self.seen is None else json.dumps(self.seen)

    def before(self) -> Given:
        """How the form stood before the person touched it."""
        standing = given_of(self._of_the_record, self.seen or {}, self.zone) if self.changes_a_record else {}
        return {**super().before(), **standing, **self.own_workspaces()}

    @property
    def _title(self) -> str:
        texts = (each for each in self.fields if isinstance(each, Text) and each.required and isinstance(self.given[each.name], str))
        name = str(self.record or id_of(self.subject, self.given)) if self.subject else next((self.given[each.name] for each in texts), "")
        return " ".join(f"{self.operation.label}: {name}".split()) if name else ""

    # --- filling in --------------------------------------------------------------------------------------------------------

    @property
    def _shows_another(self) -> bool:
        subject = self.subject
        return self.changes_a_record and subject is not None and id_of(subject, self.given) != self.filled_from

    @property
    def _of_the_record(self) -> list[Field]:
        return [each for each in self.fields if each.place is Place.BODY and not each.asked_only]

    def _fill(self) -> None:
        """Takes over how the chosen record stands. What the person had already typed is kept, but for its version."""
        typed = [each for each in self._of_the_record if not isinstance(each, Version)]
        before = self.before()
        kept = {each.name: self.given[each.name] for each in typed if self.given[each.name] != before[each.name]}
        subject = self.subject
        self.__dict__.pop("record", None)
        self.filled_from = id_of(subject, self.given) if subject else ""
        self.seen = self.operation.standing(self.record.data) if self.record else None
        self.given |= given_of(self._of_the_record, self.seen or {}, self.zone) | self._parents() | kept

    def _parents(self) -> Given:
        """What the record belongs to, for the picks that only help to find it."""
        others = {each.name: each for each in self.fields}
        wanted = [others[name] for name in self.subject.depends_on] if self.subject and self.record else []
        empty = [each for each in wanted if isinstance(each, Pick) and not (each.workspace or each.many or self.given[each.name])]
        return {each.name: self._column(each) for each in empty}

    def _column(self, parent: Pick) -> str:
        assert self.record is not None
        column = self.connection.declaration.entity(self.record.entity).column_of(parent.entity)
        return str(getattr(self.record, column)) if column else ""

    # --- checking ----------------------------------------------------------------------------------------------------------

    def _read(self, reader: Reader) -> dict[str, Any]:
        if self.changes_a_record:
            return reader.changes(self.fields, self.given, self.before())
        return reader.everything(self.fields, self.given)

    def _with_version(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """The version of the newest record, where nobody gave one."""
        missing = [each.name for each in self.fields if isinstance(each, Version) and each.name not in inputs]
        newest = self.operation.standing(self.record.data) if missing and self.record else {}
        return {**inputs, **{name: newest[name] for name in missing if name in newest}}


def _overlaid(fields: Sequence[Field], below: Given, above: Given) -> Given:
    """What was filled in above; where nothing was, what stands below."""
    return {each.name: _over(each, below[each.name], above[each.name]) for each in fields}


def _over(declared: Field, below: Any, above: Any) -> Any:
    if isinstance(declared, Group):
        return _overlaid(declared.fields, below, above)
    return below if is_blank(declared, above) else above


def id_in(data: QueryDict) -> UUID | None:
    """The id of the form that was sent."""
    try:
        return UUID(data.get("form_id", ""))
    except ValueError:
        return None


def _object(text: str) -> dict[str, Any] | None:
    """What travelled with the page. PostgreSQL keeps no NUL, so nothing of ours has one."""
    if "\\u0000" in text:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
