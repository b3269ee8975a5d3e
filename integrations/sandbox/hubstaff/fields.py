"""Reads bodies and queries field by field, gathering what does not fit, so that a refusal names every wrong field.

The form is that of Grape, the library behind Hubstaff's API: `name is missing, budget[type] is invalid: must be cost or hours`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from integrations.sandbox.exchange import Call
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.values import Convert, Unfit
from integrations.sandbox.store import Body

T = TypeVar("T")
MISSING = "is missing"


@dataclass
class Fields:
    """A body or a part of one. Absent and null both read as None; `given` tells them apart."""

    values: Body
    inside: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    """What is wrong, by the whole name of the field; the parts of a body share it."""

    def given(self, name: str) -> bool:
        """Whether the body has the field, be it null."""
        return name in self.values

    def fits(self, *names: str) -> bool:
        """Whether nothing is wrong with these fields so far."""
        return not any(self._whole_name(name) in self.faults for name in names)

    def refuse(self, name: str, expected: str) -> None:
        """Note that a field does not fit. The first fault of a field counts."""
        self.faults.setdefault(self._whole_name(name), f"is invalid: {expected}")

    def miss(self, name: str) -> None:
        """Note that a field must be given."""
        self.faults.setdefault(self._whole_name(name), MISSING)

    def read(self, name: str, convert: Convert[T]) -> T | None:
        """Return a field's value, or None when it is absent or does not fit."""
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return convert(value)
        except Unfit as unfit:
            self.refuse(name, str(unfit))
            return None

    def need(self, name: str, convert: Convert[T]) -> T:
        """Return the value of a field that must be there. A fault leaves none, and nothing is done before all faults are told."""
        if self.values.get(name) is None:
            self.miss(name)
        return cast(T, self.read(name, convert))

    def clearing(self, **converts: Convert[Any]) -> Body:
        """Return the given ones of these fields, where null clears what is kept."""
        return {name: self.read(name, convert) for name, convert in converts.items() if self.given(name)}

    def setting(self, **converts: Convert[Any]) -> Body:
        """Return the given ones of these fields, where null says nothing."""
        return {name: value for name, value in self.clearing(**converts).items() if value is not None}

    def group(self, name: str) -> "Fields | None":
        """Return a nested body, or None."""
        value = self.read(name, _object)
        return None if value is None else Fields(value, self._whole_name(name), self.faults)

    def rows(self, name: str) -> "list[Fields] | None":
        """Return a list of nested bodies, or None."""
        values = self.read(name, _objects)
        if values is None:
            return None
        whole_name = self._whole_name(name)
        return [Fields(value, f"{whole_name}[{place}]", self.faults) for place, value in enumerate(values)]

    def needed_rows(self, name: str) -> "list[Fields]":
        """Return a list of nested bodies that must be there."""
        if self.values.get(name) is None:
            self.miss(name)
        return self.rows(name) or []

    def settle(self) -> None:
        """Raise Refused when anything is wrong."""
        if self.faults:
            problem = Problem.MISSING if set(self.faults.values()) == {MISSING} else Problem.INVALID
            raise Refused(problem, self.told())

    def told(self) -> str:
        """Return the faults as one line."""
        return ", ".join(f"{name} {words}" for name, words in self.faults.items())

    def _whole_name(self, name: str) -> str:
        return f"{self.inside}[{name}]" if self.inside else name


@contextmanager
def body(call: Call) -> Iterator[Fields]:
    """Give the body of a request to be read. Raises Refused when it is no JSON object, and afterwards when a field was wrong."""
    fields = Fields(_document(call))
    yield fields
    fields.settle()


def asked_for(call: Call) -> Mapping[str, str]:
    """Return the parameters of the query; an empty one counts as absent."""
    return {name: value for name, value in call.request.query_params.items() if value}


def _document(call: Call) -> Body:
    if not call.content:
        return {}
    try:
        document = call.document()
    except ValueError:
        raise Refused(Problem.INVALID, "The body is not valid JSON") from None
    if not isinstance(document, dict):
        raise Refused(Problem.INVALID, "The body must be an object")
    return document


def _object(value: Any) -> Body:
    if not isinstance(value, dict):
        raise Unfit("must be an object")
    return value


def _objects(value: Any) -> list[Body]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Unfit("must be an array of objects")
    return value
