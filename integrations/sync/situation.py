"""Everything that a plan looks at: plain values, so that planning is a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from integrations.catalogue import Parts, PersonFacts, ProjectFacts, TaskFacts, TimeFacts
from integrations.catalogue.reading import Data

Facts = TypeVar("Facts")


@dataclass(frozen=True)
class Mirrored(Generic[Facts]):
    """A record as its part reads it, and as it is."""

    facts: Facts
    data: Data


@dataclass(frozen=True)
class Side:
    """One side's mirror, each part by id."""

    label: str
    parts: Parts
    name: str = ""
    workspace: str = ""
    projects: Mapping[str, Mirrored[ProjectFacts]] = field(default_factory=dict)
    people: Mapping[str, Mirrored[PersonFacts]] = field(default_factory=dict)
    tasks: Mapping[str, Mirrored[TaskFacts]] = field(default_factory=dict)
    times: Mapping[str, Mirrored[TimeFacts]] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()  # records that the provider's reading could not make sense of


@dataclass(frozen=True)
class LinkedProject:
    id: str
    left_id: str
    right_id: str
    name: str
    member_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class TaskPair:
    """Two tasks that mirror each other, with the values both had when they were last in step."""

    left_id: str
    right_id: str
    name: str = ""
    is_completed: bool = False
    assignee_ids: frozenset[str] = frozenset()
    project_id: str = ""  # the project on the right in which the partner stands


@dataclass(frozen=True, order=True)
class TimeKey:
    """What one piece of written-back time sums up: a person's day on a task, all ids of the right side."""

    day: date
    person_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.day.isoformat()}/{self.person_id}/{self.task_id}"

    @classmethod
    def of(cls, text: str) -> TimeKey:
        day, person_id, task_id = text.split("/")
        return cls(date.fromisoformat(day), person_id, task_id)


@dataclass(frozen=True)
class TimePair:
    """Time written back. `left_id` is empty while its answer has not come: it may stand on the left or not."""

    key: TimeKey
    left_id: str
    start: datetime
    seconds: int


@dataclass(frozen=True)
class Situation:
    """Links, pairs and both mirrors at one moment."""

    left: Side
    right: Side
    links: tuple[LinkedProject, ...]
    people: Mapping[str, str]  # left id to right id, of linked people
    task_pairs: tuple[TaskPair, ...] = ()
    time_pairs: tuple[TimePair, ...] = ()
    first_day: date = date.min
    last_day: date = date.max
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    adds_members: bool = True

    def mark(self, left_id: str) -> str:
        """What is written on a record of the right side to say which record of the left side it mirrors."""
        return f"{self.left.name}/{self.left.workspace}/{left_id}"
