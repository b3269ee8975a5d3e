"""What a plan consists of: steps, what waits for a person, and what is left out with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    CREATE_CLIENT = "create_client"
    CREATE_PROJECT = "create_project"
    ADOPT_PROJECT = "adopt_project"
    RENAME_PROJECT = "rename_project"
    NOTE_PROJECT = "note_project"
    ARCHIVE_PROJECT = "archive_project"
    ADD_MEMBERS = "add_members"
    REMOVE_MEMBERS = "remove_members"
    CREATE_TASK = "create_task"
    ADOPT_TASK = "adopt_task"
    UPDATE_TASK = "update_task"
    COMPLETE_TASK = "complete_task"
    NOTE_TASK = "note_task"
    DELETE_TASK = "delete_task"
    FORGET_TASK = "forget_task"
    ADD_TIME = "add_time"
    ADOPT_TIME = "adopt_time"
    UPDATE_TIME = "update_time"
    DELETE_TIME = "delete_time"
    FORGET_TIME = "forget_time"

    @property
    def writes(self) -> bool:
        """Whether the step calls a provider; the others only put down what is so already."""
        return self not in NOTES

    @property
    def is_guarded(self) -> bool:
        """Whether many of them at once wait for approval."""
        return self in GUARDED

    @property
    def always_waits(self) -> bool:
        """Whether even a single one waits for approval."""
        return self in ALWAYS_WAIT


NOTES = frozenset(
    {
        StepKind.ADOPT_PROJECT,
        StepKind.NOTE_PROJECT,
        StepKind.ADOPT_TASK,
        StepKind.NOTE_TASK,
        StepKind.FORGET_TASK,
        StepKind.ADOPT_TIME,
        StepKind.FORGET_TIME,
    }
)
GUARDED = frozenset({StepKind.COMPLETE_TASK, StepKind.DELETE_TASK, StepKind.DELETE_TIME})
ALWAYS_WAIT = frozenset({StepKind.ARCHIVE_PROJECT, StepKind.REMOVE_MEMBERS})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do. `side` is where it is done, `title` says it in words, `values` is what the pair (or the link) will remember,
    `before` and `after` are what stands there now and what will, for people who read along.

    `left_id` and `right_id` are the records concerned; for time, `right_id` is the text of its `TimeKey`. `member_ids` are people of the
    right side.
    """

    kind: StepKind
    side: str
    title: str
    link: str
    left_id: str = ""
    right_id: str = ""
    name: str = ""
    is_completed: bool = False
    member_ids: tuple[str, ...] = ()
    person_id: str = ""
    task_id: str = ""
    project_id: str = ""
    client: str = ""
    start: datetime | None = None
    seconds: int = 0
    mark: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return self.left_id or self.right_id

    @property
    def key(self) -> str:
        """The same wish at the next sync has the same key; it is what approvals and obstacles hold on to."""
        wanted = self.is_completed if self.kind == StepKind.COMPLETE_TASK else ",".join(sorted(self.member_ids))
        detail = wanted if self.kind in {StepKind.COMPLETE_TASK, StepKind.REMOVE_MEMBERS} else ""
        return f"{self.kind}/{self.side}/{self.link}/{self.subject}/{detail}"[:400]


class Why(StrEnum):
    """Why something waits for a person."""

    GUARD = "guard"
    ALWAYS = "always"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class Held:
    """Something that waits for a person: a step, or a question of two values (`left` and `right` say them in words)."""

    key: str
    kind: str
    side: str
    title: str
    why: Why
    link: str = ""
    left: str = ""
    right: str = ""

    @property
    def is_question(self) -> bool:
        return self.why is Why.CONFLICT


@dataclass(frozen=True)
class Reason:
    """Why something is left out, in words that follow a number, and what a person can do about it."""

    one: str
    many: str
    advice: str = ""

    def words(self, count: int) -> str:
        return self.one if count == 1 else self.many


@dataclass(frozen=True)
class Case:
    """One record that is left out. `subject` is a task's id on the left, for time and people the id that the reason speaks of."""

    reason: Reason
    subject: str
    link: str = ""
    seconds: int = 0


@dataclass(frozen=True)
class LeftOut:
    """What a sync does not do: so many cases of a reason, and the tracked seconds that they hold."""

    reason: str
    count: int
    seconds: int = 0
    advice: str = ""


class LeftOutCases:
    """Collects cases while a plan is made."""

    def __init__(self) -> None:
        self._cases: dict[tuple[Reason, str], Case] = {}

    def add(self, reason: Reason, subject: str, seconds: int = 0, link: str = "") -> None:
        """Counts one more case; the same case again only adds its seconds."""
        known = self._cases.get((reason, subject))
        before = known.seconds if known else 0
        self._cases[reason, subject] = Case(reason, subject, link or (known.link if known else ""), before + seconds)

    def all(self) -> tuple[Case, ...]:
        return tuple(self._cases.values())


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are done, what waits for a person, and what is left out."""

    steps: tuple[Step, ...]
    held: tuple[Held, ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def writes(self) -> int:
        return sum(step.kind.writes for step in self.steps)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(_summed(reason, cases) for reason, cases in _by_reason(self.cases).items())


def _by_reason(cases: Iterable[Case]) -> dict[Reason, list[Case]]:
    found: dict[Reason, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.reason].append(case)
    return found


def _summed(reason: Reason, cases: list[Case]) -> LeftOut:
    return LeftOut(reason.words(len(cases)), len(cases), sum(case.seconds for case in cases), reason.advice)
