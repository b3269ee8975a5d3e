"""What a plan consists of: steps, what waits for a person, and what is left out with its reason.

What each kind of step carries, besides `kind`, `side`, `title`, `link`, `before` and `after`. `values` are merged into what the pair keeps
(for projects: set on the link); where they are empty nothing is remembered. "L" and "R" are the left and the right side.

| kind            | side  | carries                                                                | afterwards
|-----------------|-------|------------------------------------------------------------------------|-------------------------------------------
| create_client   | R     | left_id (L project that names it), name
| create_project  | R     | left_id, name, client (a name that the mirror knows by now; made       | link: right_id, member_ids, values
|                 |       | without one where it does not), member_ids, mark, values: synced_name
| adopt_project   | R     | left_id, right_id, values: synced_name                                 | link: right_id, no member_ids, values
| rename_project  | L, R  | left_id, right_id, name, values: synced_name                           | link: values
| note_project    | R     | left_id, right_id, values: synced_name                                 | link: values
| archive_project | R     | left_id, right_id, name
| add_members     | R     | left_id, right_id, member_ids (only the new ones)                      | link: member_ids grow by those who were
|                 |       |                                                                        | missing, found_ids by the others
| remove_members  | R     | left_id, right_id, member_ids (those to take out)                      | link: member_ids shrink
| create_task     | R     | left_id, name, member_ids, mark, project_id (empty: the link has it by | pair, values and the task's project_id
|                 |       | now), values: name, is_completed, assignee_ids
| create_task     | L     | name, project_id (L); holds time that is on no task                    | no pair: it is found by its name
| adopt_task      | R     | left_id, right_id, values: name, is_completed (each null where they    | pair, made or led to right_id; values
|                 |       | were never in step), assignee_ids, project_id
| update_task     | R     | left_id, right_id, name, member_ids (all that it will have), values:   | pair: values
|                 |       | name, assignee_ids (those whom we assigned), or one of them
| update_task     | L     | left_id, right_id, name, values: name                                  | pair: values
| complete_task   | L, R  | left_id, right_id, name, is_completed, values: is_completed.           | pair: values
|                 |       | A left-over of a moved task: no left_id and no values                  | nothing
| note_task       | R     | left_id, right_id, values: any of name, is_completed, assignee_ids,    | pair: values
|                 |       | project_id
| delete_task     | R     | left_id (empty where no pair knows it), right_id, name                 | pair is forgotten
| forget_task     | R     | left_id, right_id                                                      | pair is forgotten
| add_time        | L     | right_id (text of the TimeKey), person_id, task_id (empty: on the      | pair, written down before the call
|                 |       | project alone), project_id, name, start, seconds, values: start,       | without left_id, then with it
|                 |       | seconds, task_id, project_id (all of them L's)
| adopt_time      | L     | as add_time, and left_id                                               | pair: left_id and values
| update_time     | L     | as add_time, and left_id                                               | pair, is_unsure written down before the
|                 |       |                                                                        | call; then values (is_unsure: False)
| delete_time     | L     | left_id, right_id, name, seconds (that go)                             | pair is forgotten
| forget_time     | L     | left_id (may be empty), right_id                                       | pair is forgotten
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
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
TIME = frozenset({StepKind.ADD_TIME, StepKind.ADOPT_TIME, StepKind.UPDATE_TIME, StepKind.DELETE_TIME, StepKind.FORGET_TIME})
GUARDED = frozenset({StepKind.COMPLETE_TASK, StepKind.DELETE_TASK, StepKind.DELETE_TIME})
ALWAYS_WAIT = frozenset({StepKind.ARCHIVE_PROJECT, StepKind.REMOVE_MEMBERS})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do. `side` is where it is done, `title` says it in words, `values` is what the pair (or the link) will remember,
    `before` and `after` are what stands there now and what will, for people who read along.

    `left_id` and `right_id` are the records concerned; for time, `right_id` is the text of its `TimeKey`. `member_ids` are people of the
    right side. `link_right_id` is the link's project on the right when the plan was made, empty where it had none: a link that has another
    one by now was linked anew meanwhile. `grown` are the seconds by which written-back time gets longer, negative where it gets shorter.
    """

    kind: StepKind
    side: str
    title: str
    link: str
    link_right_id: str = ""
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
    grown: int = 0
    mark: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return self.left_id or self.right_id

    @property
    def is_guarded(self) -> bool:
        """Whether it counts for the guard: it removes something, completes it, or takes more than half of a piece of time away. Opening
        again does not.
        """
        if self.kind is StepKind.UPDATE_TIME:
            return -self.grown > self.seconds
        return self.kind in GUARDED and (self.is_completed or self.kind is not StepKind.COMPLETE_TASK)

    @property
    def grows(self) -> bool:
        """Whether written-back time gets more."""
        return self.grown > 0

    @property
    def shrinks(self) -> bool:
        """Whether written-back time gets less. Until it has, nothing of its `person_day` may grow: moved time would stand twice."""
        return self.grown < 0

    @property
    def person_day(self) -> tuple[str, str] | None:
        """Of time: its day and the person on the right."""
        if self.kind not in TIME:
            return None
        day, person, *_ = self.right_id.split("/")
        return day, person

    @property
    def may_wait(self) -> bool:
        """Whether it may have to wait for approval."""
        return self.is_guarded or self.kind in ALWAYS_WAIT

    @property
    def key(self) -> str:
        """The same wish at the next sync has the same key; it is what approvals and obstacles hold on to."""
        return f"{self.kind}/{self.side}/{self.link}/{self.subject}/{self._detail}"

    @property
    def _detail(self) -> str:
        """What tells two wishes of one kind for one record apart."""
        if self.kind is StepKind.COMPLETE_TASK:
            return str(self.is_completed)
        if self.kind is StepKind.REMOVE_MEMBERS:
            return sha256(",".join(sorted(self.member_ids)).encode()).hexdigest()[:16]
        return str(self.seconds) if self.kind is StepKind.UPDATE_TIME and self.is_guarded else ""


class Why(StrEnum):
    """Why something waits for a person."""

    GUARD = "guard"
    ALWAYS = "always"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class Held:
    """Something that waits for a person: a step, or a question of two values (`left` and `right` say them in words). `subject` is as in
    `Step`: the left record's id where there is one.
    """

    key: str
    kind: str
    side: str
    title: str
    why: Why
    subject: str = ""
    link: str = ""
    left: str = ""
    right: str = ""

    @property
    def is_question(self) -> bool:
        return self.why is Why.CONFLICT


PEOPLE = "people"


@dataclass(frozen=True)
class Reason:
    """Why something is left out, in words that follow a number, and what a person can do about it. `about` says what it is about, where
    a page tells that by itself: `PEOPLE`.
    """

    one: str
    many: str
    advice: str = ""
    about: str = ""

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
    about: str = ""


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
    """Steps in the order in which they are done, what waits for a person, and what is left out.

    `declined` and `resting` are the keys of what would be done, had nobody decided against it, or were it not refused lately; `answered`
    are those of questions that would be asked, had nobody answered them: answers and obstacles of all these keys still matter.
    """

    steps: tuple[Step, ...]
    held: tuple[Held, ...] = ()
    cases: tuple[Case, ...] = ()
    declined: frozenset[str] = frozenset()
    resting: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()

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
    return LeftOut(reason.words(len(cases)), len(cases), sum(case.seconds for case in cases), reason.advice, reason.about)
