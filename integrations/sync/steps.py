"""What a plan consists of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    CREATE_PROJECT = "create_project"
    ADOPT_PROJECT = "adopt_project"
    ADD_MEMBERS = "add_members"
    CREATE_TASK = "create_task"
    ADOPT_TASK = "adopt_task"
    UPDATE_TASK = "update_task"
    COMPLETE_TASK = "complete_task"
    NOTE_TASK = "note_task"
    ADD_TIME = "add_time"
    ADOPT_TIME = "adopt_time"
    UPDATE_TIME = "update_time"

    @property
    def writes(self) -> bool:
        """Whether the step calls a provider; the others only put down what is so already."""
        return self not in {StepKind.ADOPT_PROJECT, StepKind.ADOPT_TASK, StepKind.NOTE_TASK, StepKind.ADOPT_TIME}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do. `side` is where it is done, `title` says it in words, `values` is what the pair will remember.

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
    start: datetime | None = None
    seconds: int = 0
    mark: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return self.left_id or self.right_id


@dataclass(frozen=True)
class LeftOut:
    """What a sync does not do: so many cases of a reason, and the tracked seconds that they hold."""

    reason: str
    count: int
    seconds: int = 0


@dataclass(frozen=True)
class Reason:
    """Why something is left out, in words that follow a number."""

    one: str
    many: str

    def words(self, count: int) -> str:
        return self.one if count == 1 else self.many


class LeftOutCases:
    """Counts cases while a plan is made."""

    def __init__(self) -> None:
        self._cases: dict[Reason, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, reason: Reason, case: str, seconds: int = 0) -> None:
        """Counts one more case; the same case again only adds its seconds."""
        self._cases[reason][case] += seconds

    def all(self) -> tuple[LeftOut, ...]:
        return tuple(LeftOut(reason.words(len(cases)), len(cases), sum(cases.values())) for reason, cases in self._cases.items())


@dataclass(frozen=True)
class Plan:
    """Steps in the order in which they are done."""

    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def writes(self) -> int:
        return sum(step.kind.writes for step in self.steps)
