"""One linked project side by side: its own fields, its tasks and the time tracked in it. Pure functions over a situation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from integrations.catalogue import PersonFacts, ProjectFacts, TaskFacts, TimeFacts
from integrations.sync.situation import WHOLE_PROJECT, LinkedProject, Mirrored, Situation

NOT_THERE = ""
FIELDS = ("Name", "Client", "Billable", "Status")


class Standing(StrEnum):
    """How two sides stand to each other."""

    EQUAL = "equal"
    DIFFERENT = "different"
    ONLY_LEFT = "only_left"
    ONLY_RIGHT = "only_right"


@dataclass(frozen=True)
class Field:
    """One field on both sides, in words; a side that has nothing says nothing."""

    word: str
    left: str
    right: str

    @property
    def standing(self) -> Standing:
        return _standing(self.left or None, self.right or None, self.left == self.right)


@dataclass(frozen=True)
class TaskSide:
    """A task on one side."""

    id: str
    name: str
    is_completed: bool
    people: tuple[str, ...]


@dataclass(frozen=True)
class ComparedTask:
    """A task and its partner; `differs` says in which fields."""

    left: TaskSide | None
    right: TaskSide | None
    differs: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        return _standing(self.left, self.right, not self.differs)

    @property
    def name(self) -> str:
        side = self.left or self.right
        return side.name if side else NOT_THERE


@dataclass(frozen=True)
class ComparedTime:
    """Seconds of one person in the project: written back on the left, tracked on the right."""

    person: str
    left: int
    right: int
    is_connected: bool

    @property
    def standing(self) -> Standing:
        return _standing(self.left or None, self.right or None, self.left == self.right)


@dataclass(frozen=True)
class Comparison:
    """Everything of one linked project, on both sides."""

    fields: tuple[Field, ...]
    tasks: tuple[ComparedTask, ...]
    times: tuple[ComparedTime, ...]

    @property
    def differences(self) -> int:
        return sum(each.standing is not Standing.EQUAL for part in (self.fields, self.tasks, self.times) for each in part)


def compare(link: LinkedProject, situation: Situation) -> Comparison:
    """Both sides of a linked project, field by field."""
    return Comparison(tuple(_fields(link, situation)), tuple(_tasks(link, situation)), tuple(_times(link, situation)))


def narrowed(tasks: Iterable[ComparedTask], find: str, only_differences: bool) -> list[ComparedTask]:
    """The tasks whose name holds what is looked for, all of them or only those that differ."""
    words = find.casefold()
    return [
        task
        for task in tasks
        if (not only_differences or task.standing is not Standing.EQUAL)
        and any(words in side.name.casefold() for side in (task.left, task.right) if side)
    ]


def _standing(left: object, right: object, is_equal: bool) -> Standing:
    if left is None and right is not None:
        return Standing.ONLY_RIGHT
    if right is None and left is not None:
        return Standing.ONLY_LEFT
    return Standing.EQUAL if is_equal else Standing.DIFFERENT


# --- The project ---------------------------------------------------------------------------------------------------------


def _fields(link: LinkedProject, situation: Situation) -> Iterator[Field]:
    left, right = situation.left.projects.get(link.left_id), situation.right.projects.get(link.right_id)
    told_left, told_right = _told(left), _told(right)
    return (Field(word, told_left.get(word, NOT_THERE), told_right.get(word, NOT_THERE)) for word in FIELDS)


def _told(project: Mirrored[ProjectFacts] | None) -> dict[str, str]:
    if project is None:
        return {}
    facts = project.facts
    billable, status = "yes" if facts.billable else "no", "active" if facts.is_active else "archived"
    return {"Name": facts.name, "Client": facts.client, "Billable": billable, "Status": status}


# --- Its tasks -----------------------------------------------------------------------------------------------------------


def _tasks(link: LinkedProject, situation: Situation) -> list[ComparedTask]:
    left = {id_: task.facts for id_, task in situation.left.tasks.items() if task.facts.project_id == link.left_id}
    right = {id_: task.facts for id_, task in situation.right.tasks.items() if link.right_id and task.facts.project_id == link.right_id}
    partner = _partners(situation, left, right)
    alone = right.keys() - partner.values()
    found = [_compared(situation, task, right.get(partner.get(id_, ""))) for id_, task in left.items()]
    found += [ComparedTask(None, _right_side(situation, right[id_])) for id_ in alone]
    return sorted(found, key=lambda each: (each.name.casefold(), each.left.id if each.left else "", each.right.id if each.right else ""))


def _partners(situation: Situation, left: Mapping[str, TaskFacts], right: Mapping[str, TaskFacts]) -> dict[str, str]:
    """Left id to right id: by what a sync remembers, else by the mark on the task."""
    by_mark = {task.mark: id_ for id_, task in right.items() if task.mark}
    marked = {id_: by_mark[mark] for id_ in left if (mark := situation.mark(id_)) in by_mark}
    known = {pair.left_id: pair.right_id for pair in situation.task_pairs if pair.left_id in left and pair.right_id in right}
    return marked | known


def _compared(situation: Situation, left: TaskFacts, right: TaskFacts | None) -> ComparedTask:
    shown = TaskSide(left.id, left.name, left.is_completed, _names(situation.left.people, left.assignee_ids))
    if right is None:
        return ComparedTask(shown, None)
    return ComparedTask(shown, _right_side(situation, right), tuple(_differs(situation, left, right)))


def _differs(situation: Situation, left: TaskFacts, right: TaskFacts) -> Iterator[str]:
    if left.name != right.name:
        yield "name"
    if left.is_completed != right.is_completed:
        yield "completion"
    if {situation.people[person] for person in left.assignee_ids if person in situation.people} - right.assignee_ids:
        yield "people"


def _right_side(situation: Situation, task: TaskFacts) -> TaskSide:
    return TaskSide(task.id, task.name, task.is_completed, _names(situation.right.people, task.assignee_ids))


def _names(people: Mapping[str, Mirrored[PersonFacts]], ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(people[id_].facts.name if id_ in people else id_ for id_ in ids))


# --- Time tracked in it --------------------------------------------------------------------------------------------------


def _times(link: LinkedProject, situation: Situation) -> list[ComparedTime]:
    tracked, written = _tracked(link, situation), _written(link, situation)
    connected = set(situation.people.values())
    people = situation.right.people
    found = [
        ComparedTime(people[id_].facts.name if id_ in people else id_, written[id_], tracked[id_], id_ in connected)
        for id_ in tracked.keys() | written.keys()
    ]
    return sorted(found, key=lambda each: each.person.casefold())


def _tracked(link: LinkedProject, situation: Situation) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in situation.right.times.values():
        if link.right_id and each.facts.project_id == link.right_id and _is_looked_at(_day(each.facts, situation), situation):
            sums[each.facts.person_id] += each.facts.seconds
    return sums


def _written(link: LinkedProject, situation: Situation) -> dict[str, int]:
    """Seconds that stand on the left for what was tracked in the project, by the person on the right."""
    sums: dict[str, int] = defaultdict(int)
    for pair in situation.time_pairs:
        piece = situation.left.times.get(pair.left_id)
        if piece and _is_looked_at(pair.key.day, situation) and _project_of(pair.key.task_id, situation) == link.right_id:
            sums[pair.key.person_id] += piece.facts.seconds
    return sums


def _project_of(task_id: str, situation: Situation) -> str:
    if task_id.startswith(WHOLE_PROJECT):
        return task_id.removeprefix(WHOLE_PROJECT)
    task = situation.right.tasks.get(task_id)
    return task.facts.project_id if task else NOT_THERE


def _is_looked_at(day: date, situation: Situation) -> bool:
    return situation.first_day <= day <= situation.last_day


def _day(facts: TimeFacts, situation: Situation) -> date:
    """The day that a piece of time counts for: of the organization's zone where its start is known."""
    return facts.start.astimezone(situation.zone).date() if facts.start else facts.day
