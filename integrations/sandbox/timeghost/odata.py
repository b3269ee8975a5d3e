"""OData expressions as far as lists need them: comparisons, `contains` and `startswith`, joined by `and`, `or`, `not` and parentheses.

https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.sandbox import moments

Expression = Callable[[Mapping[str, Any]], Any]
"""What an expression gives for one record. Raises Unreadable when it does not fit the record."""

TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
  | (?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)
  | (?P<number>-?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z_]\w*(?:[/.][A-Za-z_]\w*)*)
  | (?P<mark>[(),])
)""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
}
CONSTANTS = {"true": True, "false": False, "null": None}
KIND_WORDS = {str: "a text", float: "a number", bool: "a boolean", datetime: "a date and time", type(None): "null"}
DEPTH = 40


class Unreadable(ValueError):
    """A filter that cannot be read, or that does not fit the records; says why."""


def parsed(text: str) -> Expression:
    """Return the test that a filter describes. Raises Unreadable."""
    parser = _Parser(text)
    expression = parser.disjunction()
    if parser.kind:
        raise parser.lost()
    return expression


class _Parser:
    """Walks the tokens of one filter. `kind` is empty at the end."""

    def __init__(self, text: str) -> None:
        self._text, self._next, self._start, self._depth = text, 0, 0, 0
        self.kind, self.value = "", ""
        self._advance()

    def lost(self) -> Unreadable:
        """Return the error for a token that does not belong where it stands."""
        rest = self._text[self._start :].strip()
        return Unreadable(f"cannot be read from here: {rest}" if rest else "ends too early")

    def disjunction(self) -> Expression:
        """Read tests joined by `or`, and with them everything that binds more tightly."""
        tests = [self._conjunction()]
        while self._took("or"):
            tests.append(self._conjunction())
        return _some(tests)

    def _conjunction(self) -> Expression:
        tests = [self._negation()]
        while self._took("and"):
            tests.append(self._negation())
        return _all(tests)

    def _negation(self) -> Expression:
        return _not(self._within(self._negation)) if self._took("not") else self._comparison()

    def _comparison(self) -> Expression:
        left = self._operand()
        compare = COMPARISONS.get(self.value.lower()) if self.kind == "word" else None
        if compare is None:
            return _truth(left)
        self._advance()
        return _compared(left, compare, self._operand())

    def _operand(self) -> Expression:
        kind, value = self.kind, self.value
        if kind == "word" and value.lower() in FUNCTIONS:
            return self._function(value.lower())
        if kind == "mark" and value == "(":
            return self._parenthesis()
        if not kind or kind == "mark":
            raise self.lost()
        self._advance()
        return _field(re.split("[/.]", value)) if kind == "word" and value not in CONSTANTS else _constant(_literal(kind, value))

    def _parenthesis(self) -> Expression:
        self._advance()
        inner = self._within(self.disjunction)
        self._need(")")
        return inner

    def _function(self, name: str) -> Expression:
        self._advance()
        self._need("(")
        text = self._within(self._operand)
        self._need(",")
        part = self._within(self._operand)
        self._need(")")
        return _called(name, text, part)

    def _within(self, parse: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > DEPTH:
            raise Unreadable(f"is nested deeper than {DEPTH} levels")
        found = parse()
        self._depth -= 1
        return found

    def _took(self, word: str) -> bool:
        if self.kind != "word" or self.value.lower() != word:
            return False
        self._advance()
        return True

    def _need(self, mark: str) -> None:
        if self.kind != "mark" or self.value != mark:
            raise self.lost()
        self._advance()

    def _advance(self) -> None:
        self._start = self._next
        match = TOKEN.match(self._text, self._next)
        if match:
            self._next, self.kind, self.value = match.end(), str(match.lastgroup), match[str(match.lastgroup)]
        elif self._text[self._next :].strip():
            raise self.lost()
        else:
            self.kind = self.value = ""


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return float(text)
    return _moment(text) if kind == "moment" else CONSTANTS[text]


def _moment(text: str) -> datetime:
    try:
        return moments.read(text)
    except ValueError:
        raise Unreadable(f"has something that is no date and time: {text}") from None


def _constant(value: Any) -> Expression:
    return lambda record: value


def _field(path: list[str]) -> Expression:
    def found(record: Mapping[str, Any]) -> Any:
        value: Any = record
        for name in path:
            if value is None:
                return None
            if not isinstance(value, Mapping) or name not in value:
                raise Unreadable(f"names no field of these records: {'/'.join(path)}")
            value = value[name]
        return value

    return found


def _some(tests: list[Expression]) -> Expression:
    return tests[0] if len(tests) == 1 else lambda record: any(test(record) for test in tests)


def _all(tests: list[Expression]) -> Expression:
    return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)


def _not(inner: Expression) -> Expression:
    return lambda record: not inner(record)


def _truth(inner: Expression) -> Expression:
    def test(record: Mapping[str, Any]) -> bool:
        value = inner(record)
        if not isinstance(value, bool | None):
            raise Unreadable(f"has {_kind_word(value)} where a comparison belongs")
        return bool(value)

    return test


def _called(name: str, text: Expression, part: Expression) -> Expression:
    def test(record: Mapping[str, Any]) -> bool:
        values = text(record), part(record)
        if not all(isinstance(value, str | None) for value in values):
            raise Unreadable(f"uses {name} on something that is no text")
        return None not in values and FUNCTIONS[name](*values)

    return test


def _compared(left: Expression, compare: Callable[[Any, Any], Any], right: Expression) -> Expression:
    def test(record: Mapping[str, Any]) -> bool:
        one, other = _alike(left(record), right(record))
        if None in (one, other):
            return bool(compare in (operator.eq, operator.ne) and compare(one, other))
        if type(one) is not type(other):
            raise Unreadable(f"compares {_kind_word(one)} with {_kind_word(other)}")
        return bool(compare(one, other))

    return test


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    """Return two values ready to compare: numbers of one type, and a text beside a moment as the moment that it writes."""
    one, other = (float(value) if isinstance(value, int) and not isinstance(value, bool) else value for value in (one, other))
    if isinstance(one, datetime) and isinstance(other, str):
        return one, _moment(other)
    if isinstance(other, datetime) and isinstance(one, str):
        return _moment(one), other
    return one, other


def _kind_word(value: Any) -> str:
    return KIND_WORDS.get(type(value), "a nested value")
