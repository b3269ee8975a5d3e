"""A plan as its page shows it: steps by kind and side, and what changes in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from integrations.linking.queries import Labels
from integrations.records.cards import words_of
from integrations.sync.steps import Held, Plan, Step, StepKind, Why
from portal.ui.words import duration_words, moment_words

STEPS_SHOWN = 25
WORDS = {
    StepKind.CREATE_CLIENT: ("Create clients", "building"),
    StepKind.CREATE_PROJECT: ("Create projects", "folder"),
    StepKind.ADOPT_PROJECT: ("Take up projects that were made before", "link"),
    StepKind.RENAME_PROJECT: ("Rename projects", "edit"),
    StepKind.NOTE_PROJECT: ("Note projects that are in step already", "list"),
    StepKind.ARCHIVE_PROJECT: ("Archive projects", "folder"),
    StepKind.ADD_MEMBERS: ("Add people to projects", "users"),
    StepKind.REMOVE_MEMBERS: ("Take people out of projects", "users"),
    StepKind.CREATE_TASK: ("Create tasks", "task"),
    StepKind.ADOPT_TASK: ("Take up tasks that were made before", "link"),
    StepKind.UPDATE_TASK: ("Bring names and people of tasks up to date", "edit"),
    StepKind.COMPLETE_TASK: ("Complete or reopen tasks", "check"),
    StepKind.NOTE_TASK: ("Note what is in step already", "list"),
    StepKind.DELETE_TASK: ("Delete tasks", "trash"),
    StepKind.FORGET_TASK: ("Forget tasks that are gone on both sides", "list"),
    StepKind.ADD_TIME: ("Write tracked time back", "clock"),
    StepKind.ADOPT_TIME: ("Take up time that was written before", "link"),
    StepKind.UPDATE_TIME: ("Correct time that was written before", "clock"),
    StepKind.DELETE_TIME: ("Remove time that was deleted", "trash"),
    StepKind.FORGET_TIME: ("Forget time that is gone on both sides", "list"),
}
WHYS = {
    Why.GUARD: (
        "More at once than the guard allows",
        "Many removals or completions at once may be a mistake, so a person looks at them first.",
    ),
    Why.ALWAYS: ("Always asks first", "This touches a whole project or somebody's place in it, so it is never done unasked."),
    Why.CONFLICT: ("Changed on both sides", "Both sides were changed to different values. Choose which one stands."),
}
CHANGED_WORDS = {"seconds": "Tracked time"}
SAID_BY_THE_TITLE = frozenset({"project", "task"})


@dataclass
class Group:
    """Steps of one kind on one side."""

    kind: StepKind
    side: str
    label: str
    steps: list[Step] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.side}"

    @property
    def words(self) -> str:
        return WORDS[self.kind][0]

    @property
    def icon(self) -> str:
        return WORDS[self.kind][1]

    @property
    def seconds(self) -> int:
        return sum(step.seconds for step in self.steps)

    @property
    def shown(self) -> list[Step]:
        return self.steps[:STEPS_SHOWN]

    @property
    def hidden(self) -> int:
        return len(self.steps) - len(self.shown)


@dataclass(frozen=True)
class Waiting:
    """What waits for a person for one reason."""

    why: Why
    all: list[Held]

    @property
    def words(self) -> str:
        return WHYS[self.why][0]

    @property
    def shown(self) -> list[Held]:
        return self.all[:STEPS_SHOWN]

    @property
    def hidden(self) -> int:
        return len(self.all) - len(self.shown)


@dataclass(frozen=True)
class Change:
    """One field of a record, before and after, in words; a side that says nothing had nothing."""

    word: str
    before: str
    after: str


def steps_found(plan: Plan, find: str = "", link: str = "") -> Iterator[Step]:
    """The steps of a plan whose words hold what is looked for, of one linked project or of all."""
    words = find.casefold()
    return (step for step in plan.steps if words in step.title.casefold() and (not link or step.link == link))


def groups_of(steps: Iterable[Step], labels: Labels) -> list[Group]:
    """Steps by kind and side, in the order in which they are done."""
    groups: dict[tuple[StepKind, str], Group] = {}
    for step in steps:
        group = groups.setdefault((step.kind, step.side), Group(step.kind, step.side, getattr(labels, step.side)))
        group.steps.append(step)
    return list(groups.values())


def waiting_of(held: Collection[Held]) -> list[Waiting]:
    """What waits for a person, by why."""
    found = [Waiting(why, [each for each in held if each.why is why]) for why in Why]
    return [waiting for waiting in found if waiting.all]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a step changes, field by field; what stays as it is says nothing."""
    names = dict.fromkeys(name for name in (*before, *after) if name not in SAID_BY_THE_TITLE)
    found = [Change(CHANGED_WORDS.get(name) or words_of(name), said(name, before.get(name)), said(name, after.get(name))) for name in names]
    return [change for change in found if change.before != change.after]


def said(name: str, value: Any) -> str:
    """A value in words."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "seconds":
        return duration_words(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(str(each) for each in value))
    if isinstance(value, datetime):
        return moment_words(value)
    return str(value)
