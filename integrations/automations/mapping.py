"""Text with placeholders: `{{ event.after.name | upper }}`, `{{ steps.1.id }}`.

A template is jinja2's, in its sandbox, and far less than that: only names, what is below them, constants, and six filters. Its syntax
tree is checked before anything runs, so that nothing is called, looped over or reckoned; what it gives is text of bounded length.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST_TEMPLATE = 10_000
LONGEST_TEXT = 100_000
MOST_DIGITS = 10
MOST_PLACES = 20  # of a number, before its point and behind it
MOST_PARTS = 20  # names below one another, and filters behind one another
ROOTS = ("event", "steps")
DAY_FORMAT = re.compile(r"(%[YmdHMSyjBbAaVGu%]|[^%])*")
PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
INSTEAD = "{{ … | default('') }} says what to take instead."


class MappingError(ValueError):
    """A text with placeholders that cannot be read, or not be filled in; its message is a sentence for whoever wrote it."""


def is_mapped(text: Any) -> bool:
    """Whether a text holds placeholders."""
    return isinstance(text, str) and ("{{" in text or "{%" in text)


# --- reading -----------------------------------------------------------------------------------------------------------


def check(text: str, step: int = 1) -> None:
    """Looks through a text of the step with this number. Raises `MappingError` for what may not stand in it."""
    for path in _placeholders(_parsed(text)):
        _check_root(path, step)


def path_of(text: str) -> tuple[str | int, ...]:
    """A single field, such as `event.after.name`, in its parts. Raises `MappingError`."""
    tree = _parsed(f"{{{{ {text} }}}}")
    output = tree.body[0] if len(tree.body) == 1 else None
    inner = output.nodes if isinstance(output, nodes.Output) else []
    if len(inner) != 1 or not isinstance(inner[0], nodes.Name | nodes.Getattr | nodes.Getitem):
        raise MappingError("Name a field, such as event.after.name.")
    path = _path(inner[0])
    _check_root(path, 1)
    return path


def steps_in(text: str) -> set[int]:
    """The numbers of the earlier steps that a text takes something from. Raises `MappingError`."""
    return {path[1] for path in _placeholders(_parsed(text)) if path[0] == "steps" and isinstance(path[1], int)}


def placeholder(path: Sequence[str | int]) -> str:
    """What stands for the field at a path."""
    return f"{{{{ {written(path)} }}}}"


def written(path: Sequence[str | int]) -> str:
    """A path as it is written; a name with odd characters stands in brackets."""
    return "".join(_link(each) for each in path).removeprefix(".")


def _link(part: str | int) -> str:
    if isinstance(part, int) or PLAIN_NAME.fullmatch(part):
        return f".{part}"
    return f'["{"".join(_quoted(each) for each in part)}"]'


def _quoted(character: str) -> str:
    if character == '"':
        return '\\"'
    return character if character.isprintable() and character != "\\" else character.encode("unicode_escape").decode()


def _parsed(text: str) -> nodes.Template:
    if len(text) > LONGEST_TEMPLATE:
        raise MappingError(f"Use at most {LONGEST_TEMPLATE:,} characters.")
    try:
        return _environment(ZoneInfo("UTC")).parse(text)
    except TemplateSyntaxError as error:
        raise MappingError(f"The placeholder cannot be read: {error.message}.") from None
    except (RecursionError, ValueError, OverflowError):  # thousands of brackets, numbers of thousands of digits
        raise MappingError("The placeholder cannot be read.") from None


def _placeholders(tree: nodes.Template) -> Iterator[tuple[str | int, ...]]:
    """The path of every placeholder. Raises `MappingError` for anything else than text and placeholders."""
    for each in tree.body:
        if not isinstance(each, nodes.Output):
            raise MappingError("Only placeholders such as {{ event.title }} can stand here: no {% … %}.")
        for inner in each.nodes:
            found = () if isinstance(inner, nodes.TemplateData) else _path(_unfiltered(inner))
            if found:
                yield found


def _unfiltered(node: nodes.Expr) -> nodes.Expr:
    """What the filters are applied to."""
    filters = 0
    while isinstance(node, nodes.Filter):
        filters += 1
        if node.name not in FILTERS:
            raise MappingError(f"There is no filter “{node.name}”. These are: {', '.join(FILTERS)}.")
        if node.kwargs or node.dyn_args or node.dyn_kwargs or not all(_is_plain(each) for each in node.args):
            raise MappingError(f"The filter “{node.name}” takes only plain words and numbers.")
        if len(node.args) > FILTERS[node.name]:
            raise MappingError(f"The filter “{node.name}” takes at most {FILTERS[node.name]} words.")
        if node.node is None or filters > MOST_PARTS:
            raise MappingError("The placeholder cannot be read.")
        node = node.node
    return node


def _path(node: nodes.Expr) -> tuple[str | int, ...]:
    """The names from the root on; nothing for a constant."""
    parts: list[str | int] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        parts.insert(0, node.attr if isinstance(node, nodes.Getattr) else _item(node.arg))
        node = node.node
    if _is_plain(node) and not parts:
        return ()
    if len(parts) > MOST_PARTS:
        raise MappingError("The placeholder cannot be read.")
    if not isinstance(node, nodes.Name):
        raise MappingError("Only fields such as event.after.name can stand between {{ and }}: nothing is called or reckoned here.")
    return (node.name, *parts)


def _is_plain(node: nodes.Expr) -> bool:
    """Whether it is a word, or a number that is one: jinja2 reads `1e999` and cannot say it."""
    return isinstance(node, nodes.Const) and (not isinstance(node.value, float) or isfinite(node.value))


def _item(node: nodes.Expr) -> str | int:
    value = node.value if isinstance(node, nodes.Const) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MappingError("Between [ and ] stands a name in quotes, or a number.")
    return value


def _check_root(path: Sequence[str | int], step: int) -> None:
    if path[0] not in ROOTS:
        raise MappingError(f"“{path[0]}” is unknown: a placeholder begins with event or steps.")
    if path[0] == "event":
        return
    number = path[1] if len(path) > 1 else None
    if not isinstance(number, int):
        raise MappingError("Say which step: {{ steps.1.id }}.")
    if not 1 <= number < step:
        raise MappingError(f"This is step {step}, and step {number} has not run before it.")


# --- filling in --------------------------------------------------------------------------------------------------------


def render(text: str, values: Mapping[str, Any], zone: ZoneInfo) -> str:
    """The text with its placeholders filled in from `values`, which holds `event` and `steps`. Raises `MappingError`."""
    check(text, max(values["steps"], default=0) + 1)
    pieces, length = [], 0
    try:
        for piece in _environment(zone).from_string(text).generate(**values):
            length += len(piece)
            if length > LONGEST_TEXT:
                raise MappingError(f"What comes out is longer than {LONGEST_TEXT:,} characters.")
            pieces.append(piece)
    except UndefinedError as error:
        raise MappingError(str(error)) from None
    except TemplateError as error:
        raise MappingError(f"The placeholder cannot be filled in: {error.message}.") from None
    return "".join(pieces)


def look_up(values: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    """The value at a path; None where a part of it is not there."""
    found: Any = values
    for part in path:
        found = _below(found, part)
    return None if isinstance(found, Undefined) else found


class _Environment(ImmutableSandboxedEnvironment):
    """What is below a value is only what stands in it: an item of an object or of a list, never anything of Python's."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return _below(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return _below(obj, argument)


def _below(value: Any, part: str | int) -> Any:
    if isinstance(value, Mapping) and part in value:
        return value[part]
    if isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
        return value[part]
    return StrictUndefined(hint=f"“{part}” is not there. {INSTEAD}")


def _environment(zone: ZoneInfo) -> _Environment:
    made = _Environment(undefined=StrictUndefined, finalize=as_text, keep_trailing_newline=True, comment_start_string="{#\0", cache_size=0)
    made.filters = {**dict(_FILTERS), "date": partial(_date, zone=zone)}
    made.globals, made.tests = {}, {}
    return made


def as_text(value: Any) -> str:
    """A value as it stands in a text."""
    if isinstance(value, Undefined):
        raise UndefinedError(value._undefined_hint)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, Mapping):
        raise MappingError("This is a whole object. Choose one of its fields.")
    if isinstance(value, list):
        raise MappingError("This is a list. Choose one of it, such as .0, or write | join.")
    return "" if value is None else str(value)


# --- filters -----------------------------------------------------------------------------------------------------------


def _upper(value: Any) -> str:
    return as_text(value).upper()


def _lower(value: Any) -> str:
    return as_text(value).lower()


def _default(value: Any, instead: Any = "") -> Any:
    """What is taken where nothing is there."""
    return instead if isinstance(value, Undefined) or value in (None, "") else value


def _number(value: Any, digits: Any = None) -> str:
    """A number without anything that a form could not read; rounded where it is said how far."""
    try:
        number = Decimal(as_text(value))
    except InvalidOperation:
        raise MappingError(f"“{as_text(value)[:50]}” is no number.") from None
    if not number.is_finite() or (number and number.adjusted() >= MOST_PLACES):
        raise MappingError("This number is too large.")
    if number.adjusted() < -MOST_PLACES:
        number = Decimal(0)  # written out it would be nothing but zeros, for as long as its exponent says
    if digits is None:
        return f"{number.normalize():f}"
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise MappingError(f"A number is rounded to 0 to {MOST_DIGITS} digits.")
    return f"{number:.{digits}f}"


def _date(value: Any, wanted: Any = "%Y-%m-%d", *, zone: ZoneInfo) -> str:
    """A moment as the clock of this zone shows it, or a day as it is; `wanted` is said as `strftime` has it."""
    if not isinstance(wanted, str) or not DAY_FORMAT.fullmatch(wanted):
        raise MappingError("Say a date such as %Y-%m-%d or %d.%m.%Y %H:%M.")
    text = as_text(value)
    try:
        if len(text) == len("2026-03-29"):
            return date.fromisoformat(text).strftime(wanted)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone).strftime(wanted)
    except (ValueError, OverflowError):
        raise MappingError(f"“{text[:50]}” is no date.") from None


def _join(value: Any, between: Any = ", ", field: Any = None) -> str:
    """The items of a list in one text; of objects the field that is named."""
    items = value if isinstance(value, list) else [value]
    return str(between).join(as_text(item if field is None else _below(item, field)) for item in items)


_FILTERS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("number", _number),
    ("default", _default),
    ("upper", _upper),
    ("lower", _lower),
    ("join", _join),
)
FILTERS = {"date": 1, "number": 1, "default": 1, "upper": 0, "lower": 0, "join": 2}  # each with the most words that it takes
