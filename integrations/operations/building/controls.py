"""The controls of a form, as the page draws them: each by the template of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.catalogue import Date, Email, Field, Flag, Group, Hours, Moment, Money, Number, OneOf, Pick, Rows, Text, Version
from integrations.operations.building.declared import DeclaredForm
from integrations.operations.building.given import Given, first_given, is_blank, needs_offset, shown_fields
from integrations.operations.building.picks import CHOOSE, narrowing
from integrations.records.picking import Picker

Choices = list[tuple[str, str]]
KINDS: tuple[tuple[type[Field], str], ...] = (
    (Version, "version"),
    (Group, "group"),
    (Rows, "rows"),
    (Pick, "pick"),
    (OneOf, "choice"),
    (Flag, "choice"),
    (Field, "text"),
)
BOXES: tuple[tuple[type[Field], dict[str, str]], ...] = (
    (Date, {"type": "date"}),
    (Moment, {"type": "datetime-local", "step": "1"}),
    (Email, {"type": "email"}),
    (Number, {"type": "text", "inputmode": "numeric"}),
    (Money, {"type": "text", "inputmode": "decimal"}),
    (Hours, {"type": "text", "inputmode": "decimal"}),
    (Field, {"type": "text"}),
)
YES_OR_NO: Choices = [("true", "Yes"), ("false", "No")]
NOT_SAID = "Not said"
WITH_OFFSET = "The clocks go back over this hour, so its offset from UTC is part of it."


@dataclass
class Control:
    """One field as it is drawn. `inner` holds the controls of a group, `rows` those of each row."""

    declared: Field
    name: str
    given: Any
    kind: str
    error: str = ""
    is_decider: bool = False  # what it says changes what else is asked, or offered
    choices: Choices = field(default_factory=list)
    picker: Picker | None = None
    inner: list[Control] = field(default_factory=list)
    rows: list[list[Control]] = field(default_factory=list)
    hint: str = ""
    with_offset: bool = False  # a moment of which the reader's clock alone does not tell which one it is
    map_name: str = ""  # of a second box, for text that says where the value comes from
    mapped: str = ""

    @property
    def template(self) -> str:
        return f"operations/controls/{self.kind}.html"

    @property
    def id(self) -> str:
        return f"field-{self.name}"

    @property
    def box(self) -> dict[str, str]:
        """The attributes of a box that one types into."""
        if self.with_offset:
            return {"type": "text"}
        return next(attributes for kind, attributes in BOXES if isinstance(self.declared, kind))

    @property
    def text(self) -> str:
        """What stands in a box of several lines."""
        return "\n".join(self.given) if isinstance(self.given, list) else self.given

    @property
    def described_by(self) -> str:
        """The ids of what is said about it."""
        return " ".join([*([f"{self.id}-help"] if self.hint else []), *([f"{self.id}-error"] if self.error else [])])


@dataclass(frozen=True)
class Part:
    """Fields that are drawn together: a whole form, a group, or a row. `stood` is how they stood before anybody touched them."""

    fields: Sequence[Field]
    given: Given
    stood: Given
    above: str = ""
    may_be_left: bool = False  # a group that need not be filled in, whatever is needed within it

    @property
    def deciding(self) -> set[str]:
        """The fields that decide whether others are asked, or what they offer."""
        decide = {each.shown_when.field for each in self.fields if each.shown_when}
        return decide | {name for each in self.fields if isinstance(each, Pick) for name in each.depends_on}


def controls_of(form: DeclaredForm) -> list[Control]:
    """The controls of a form. Two queries, and one for each list of records that differs."""
    whole = _controls(form, Part(form.fields, form.given, form.before()))
    for control in whole if form.changes_a_record else ():
        control.is_decider |= control.declared == form.subject
    return whole


def untold(form: DeclaredForm, controls: Sequence[Control]) -> list[str]:
    """What is wrong with fields that are not drawn."""
    drawn = set(_names(controls))
    return [f"{name}: {sentence}" for name, sentence in form.errors.items() if name not in drawn]


def _names(controls: Sequence[Control]) -> Iterator[str]:
    for control in controls:
        yield control.name
        yield from _names([*control.inner, *(each for row in control.rows for each in row)])


def _controls(form: DeclaredForm, part: Part) -> list[Control]:
    return [_control(form, part, each) for each in shown_fields(part.fields, part.given)]


def _control(form: DeclaredForm, part: Part, declared: Field) -> Control:
    name, given, stood = f"{part.above}{declared.name}", part.given[declared.name], part.stood[declared.name]
    error, is_decider = form.errors.get(name, ""), declared.name in part.deciding
    control = Control(declared, name, given, _kind(form, declared), error, is_decider, hint=_hint(form, declared))
    if isinstance(declared, Moment) and needs_offset(given, form.zone):
        control.with_offset, control.hint = True, f"{control.hint} {WITH_OFFSET}"
    if isinstance(declared, Group):
        control.inner = _controls(form, Part(declared.fields, given, stood, f"{name}.", not declared.required))
    if isinstance(declared, Rows):
        blank = first_given(declared.fields)
        control.rows = [_controls(form, Part(declared.fields, row, blank, f"{name}.{number}.")) for number, row in enumerate(given)]
    if isinstance(declared, Pick) and control.kind == "pick":
        narrowed = narrowing(form.connection, declared, part.fields, part.given)
        control.picker = form.shelf.picker(declared, name, given, form.words.get(f"find_{name}", ""), narrowed)
    if control.kind == "choices":
        control.choices = _declared(declared)
    if control.kind == "choice":
        control.choices = _choices(form, control, part)
    return control


def _choices(form: DeclaredForm, control: Control, part: Part) -> Choices:
    """What can be chosen; also what stands there already, whatever it is, and nothing where that is possible."""
    declared, given = control.declared, control.given
    choices = YES_OR_NO if isinstance(declared, Flag) else form.workspaces if isinstance(declared, Pick) else _declared(declared)
    standing = [(given, given)] if given and given not in dict(choices) else []
    stands = not is_blank(declared, part.stood[declared.name])
    is_fixed = declared.required or declared.default is not None or (stands and not declared.can_be_emptied)
    blank = [("", CHOOSE if declared.required else NOT_SAID)] if not given or part.may_be_left or not is_fixed else []
    return [*blank, *standing, *choices]


def _declared(declared: Field) -> Choices:
    return [(str(value), label) for value, label in declared.choices] if isinstance(declared, OneOf) else []


def _kind(form: DeclaredForm, declared: Field) -> str:
    """Which template draws it. Of records that the mirror does not hold only the id can be typed."""
    if isinstance(declared, Pick) and declared.workspace:
        return "choice"
    if isinstance(declared, Pick) and form.is_elsewhere:
        return "long" if declared.many else "text"
    if isinstance(declared, OneOf) and declared.many:
        return "choices"
    if (isinstance(declared, Text) and declared.long) or (declared.many and not isinstance(declared, Pick)):
        return "long"
    return next(name for kind, name in KINDS if isinstance(declared, kind))


def _hint(form: DeclaredForm, declared: Field) -> str:
    """What helps to fill it in."""
    by_id = isinstance(declared, Pick) and not declared.workspace and form.is_elsewhere
    words = [
        declared.help,
        "In hours, such as 1.5." if isinstance(declared, Hours) else "",
        f"Your time, {form.zone.key}." if isinstance(declared, Moment) else "",
        "Its id: we know only what is in the connection's own workspace." if by_id else "",
        "One a line." if declared.many and (by_id or isinstance(declared, Text)) else "",
    ]
    return " ".join(filter(None, words))
