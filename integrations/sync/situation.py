"""Everything that a plan looks at: plain values, so that planning is a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from integrations.catalogue import ClientFacts, Parts, PersonFacts, ProjectFacts, TaskFacts, TimeFacts
from integrations.catalogue.reading import Data

Facts = TypeVar("Facts")
WHOLE_PROJECT = "project:"  # stands for the task in the key of time that is on no linked task


@dataclass(frozen=True)
class Mirrored(Generic[Facts]):
    """A record as its part reads it, and as it is."""

    facts: Facts
    data: Data


@dataclass(frozen=True)
class Side:
    """One side's mirror, each part by id. Only what a walk of a whole list no longer showed counts as gone, never what was just not
    seen.
    """

    label: str
    parts: Parts
    name: str = ""
    workspace: str = ""
    projects: Mapping[str, Mirrored[ProjectFacts]] = field(default_factory=dict)
    people: Mapping[str, Mirrored[PersonFacts]] = field(default_factory=dict)
    tasks: Mapping[str, Mirrored[TaskFacts]] = field(default_factory=dict)
    times: Mapping[str, Mirrored[TimeFacts]] = field(default_factory=dict)
    clients: Mapping[str, Mirrored[ClientFacts]] = field(default_factory=dict)
    gone_projects: frozenset[str] = frozenset()
    gone_tasks: frozenset[str] = frozenset()
    gone_times: frozenset[str] = frozenset()
    timed_tasks: frozenset[str] = frozenset()  # of those gone on the other side: which have tracked time, on whatever day
    unreadable: tuple[str, ...] = ()  # records that the provider's reading could not make sense of


@dataclass(frozen=True)
class LinkedProject:
    """`member_ids` are people on the right whom we added, `found_ids` those of whom we saw that they were there already. `synced_name` is
    the name that both had when they were last in step, empty where their names differ by choice; `usage` says how much the project is used
    (tracked seconds lately), so that the most used come first; `is_resting` that it went wrong repeatedly.
    """

    id: str
    left_id: str
    right_id: str
    name: str
    member_ids: frozenset[str] = frozenset()
    found_ids: frozenset[str] = frozenset()
    synced_name: str = ""
    usage: int = 0
    is_resting: bool = False


@dataclass(frozen=True)
class TaskPair:
    """Two tasks that mirror each other, with the values both had when they were last in step: None where they never were."""

    left_id: str
    right_id: str
    name: str | None = ""
    is_completed: bool | None = False
    assignee_ids: frozenset[str] = frozenset()  # people of the right side whom we assigned
    project_id: str = ""  # the project on the right in which the partner stands


@dataclass(frozen=True, order=True)
class TimeKey:
    """What one piece of written-back time stands for: a person's day on a task (all ids of the right side, the day in the organization's
    zone), and which piece of that day where there are several. `task_id` is `project:` and the project's id for time on no linked task.
    """

    day: date
    person_id: str
    task_id: str
    number: int = 0

    def __str__(self) -> str:
        text = f"{self.day.isoformat()}/{self.person_id}/{self.task_id}"
        return f"{text}/{self.number}" if self.number else text

    @classmethod
    def of(cls, text: str) -> TimeKey:
        day, person_id, task_id, *number = text.split("/")
        return cls(date.fromisoformat(day), person_id, task_id, int(number[0]) if number else 0)


@dataclass(frozen=True)
class TimePair:
    """Time written back. `left_id` is empty while its answer has not come: it may stand on the left or not. `task_id` and `project_id` say
    where it stands on the left; empty in what was written before they were kept. `is_unsure` says that a correction was sent whose answer
    has not come: it may stand on the left as it was or as it should be.
    """

    key: TimeKey
    left_id: str
    start: datetime
    seconds: int
    task_id: str = ""
    project_id: str = ""
    is_unsure: bool = False


@dataclass(frozen=True)
class TimeRules:
    """How tracked time is written back. `shape` is `day` or `blocks`, `untasked` is `leave`, `task` or `project`; see `Integration`."""

    shape: str = "day"
    untasked: str = "leave"
    untasked_name: str = ""


@dataclass(frozen=True)
class Guard:
    """More removals and completions than this wait for a person."""

    items: int = 20
    percent: int = 10


@dataclass(frozen=True)
class Situation:
    """Links, pairs and both mirrors at one moment.

    `people` are the connected ones, left id to right id. Time is looked at from `first_day` to `last_day`, days of `zone`; `sure_days` are
    those of them, and of the day before, whose tracked time was seen whole, so that what is missing there is gone. `time_pairs` reach back
    to the day before as well, and those of time without a task to any day. `answers` are what people decided, by the key
    of what was held, empty while they have not: what waits once goes on waiting. `resting` are the keys of steps that were refused and are
    not tried again yet. `guarded_lately` is how many guarded steps went on by themselves in the last hour.
    """

    left: Side
    right: Side
    links: tuple[LinkedProject, ...]
    people: Mapping[str, str]
    task_pairs: tuple[TaskPair, ...] = ()
    time_pairs: tuple[TimePair, ...] = ()
    first_day: date = date.min
    last_day: date = date.max
    sure_days: frozenset[date] | None = None  # None: all that are looked at
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    adds_members: bool = True
    time_rules: TimeRules = field(default_factory=TimeRules)
    guard: Guard = field(default_factory=Guard)
    guarded_lately: int = 0
    answers: Mapping[str, str] = field(default_factory=dict)
    resting: frozenset[str] = frozenset()

    @property
    def eve(self) -> date:
        """The day before the first one: what was written there belongs to the first day since the zone changed, or it stays."""
        return self.first_day - timedelta(days=1) if self.first_day > date.min else self.first_day

    def mark(self, left_id: str) -> str:
        """What is written on a record of the right side to say which record of the left side it mirrors."""
        return f"{self.left.name}/{self.left.workspace}/{left_id}"

    def is_sure(self, day: date) -> bool:
        """Whether all tracked time of a day was seen. That of the day before the first has to be told expressly."""
        if self.sure_days is None:
            return self.first_day <= day <= self.last_day
        return self.eve <= day <= self.last_day and day in self.sure_days
