"""How much CPU planning takes, and that it grows with the number of tasks and no faster."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

from django.core.management.base import BaseCommand

from integrations.catalogue import (
    ClientPart,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectFacts,
    ProjectPart,
    TaskFacts,
    TaskPart,
    TimeFacts,
    TimePart,
    Write,
)
from integrations.sync.plan import plan
from integrations.sync.situation import Guard, LinkedProject, Mirrored, Side, Situation, TaskPair, TimeKey, TimePair

SIZES = (1_000, 10_000, 100_000)
TASKS_OF_A_PROJECT = 100
PEOPLE = 20
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DOES: Any = Write("does", lambda draft: {})
ROW = "{:<14} {:>9} {:>9} {:>9} {:>12}"


class Command(BaseCommand):
    help = "Times the plan of made-up situations: nothing changed, a first sync, and one task in a hundred changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tasks", type=int, nargs="+", default=list(SIZES), help="how many tasks; each has a day of tracked time")

    def handle(self, *args: object, tasks: list[int], **options: object) -> None:
        self.stdout.write(ROW.format("situation", "tasks", "steps", "CPU s", "µs a task"))
        for size in tasks:
            for name, situation in _situations(size):
                began = process_time()
                made = plan(situation)
                seconds = process_time() - began
                self.stdout.write(ROW.format(name, size, len(made.steps), f"{seconds:.3f}", f"{seconds / size * 1e6:.1f}"))


def _situations(size: int) -> Iterable[tuple[str, Situation]]:
    unchanged = unchanged_situation(size)
    yield "unchanged", unchanged
    yield "first sync", _first(unchanged)
    yield "1 % changed", _changed(unchanged)


def unchanged_situation(size: int) -> Situation:
    """Both sides in step: `size` tasks in projects of a hundred, each with one piece of tracked time that was written back."""
    projects, numbers = range(-(-size // TASKS_OF_A_PROJECT)), range(size)
    left, right = _side("left", projects, numbers), _side("right", projects, numbers)
    situation = Situation(
        left=left,
        right=right,
        links=tuple(_link(number) for number in projects),
        people={f"left-person-{number}": f"right-person-{number}" for number in range(PEOPLE)},
        task_pairs=tuple(_task_pair(number) for number in numbers),
        time_pairs=tuple(_time_pair(number) for number in numbers),
        guard=Guard(size, 100),
    )
    return replace(situation, left=replace(left, times=_times("left", numbers)), right=replace(right, times=_times("right", numbers)))


def _first(situation: Situation) -> Situation:
    """Nothing is on the right yet but tracked time: projects, tasks and all are to be made."""
    links = tuple(replace(link, right_id="", member_ids=frozenset(), synced_name="") for link in situation.links)
    right = replace(situation.right, projects={}, tasks={}, times={})
    return replace(situation, right=right, left=replace(situation.left, times={}), links=links, task_pairs=(), time_pairs=())


def _changed(situation: Situation) -> Situation:
    """Of each hundred tasks one has another name and one is completed."""
    tasks = dict(situation.left.tasks)
    for number, (key, task) in enumerate(situation.left.tasks.items()):
        if number % 200 == 0:
            tasks[key] = Mirrored(replace(task.facts, name="Another name"), {})
        if number % 200 == 100:
            tasks[key] = Mirrored(replace(task.facts, is_completed=True), {})
    return replace(situation, left=replace(situation.left, tasks=tasks))


# --- Records --------------------------------------------------------------------------------------------------------------


def _side(side: str, projects: Iterable[int], numbers: Iterable[int]) -> Side:
    return Side(
        label=side.title(),
        parts=_parts(),
        name=side,
        workspace="1",
        projects=_mirrored(ProjectFacts(f"{side}-{number}", f"Project {number}", is_active=True) for number in projects),
        people=_mirrored(PersonFacts(f"{side}-person-{number}", f"Person {number}", "", True) for number in range(PEOPLE)),
        tasks=_mirrored(_task(side, number) for number in numbers),
    )


def _task(side: str, number: int) -> TaskFacts:
    people = frozenset({f"{side}-person-{number % PEOPLE}"})
    mark = f"left/1/left-task-{number}" if side == "right" else ""
    return TaskFacts(f"{side}-task-{number}", f"{side}-{number // TASKS_OF_A_PROJECT}", f"Task {number}", False, people, NINE, mark)


def _times(side: str, numbers: Iterable[int]) -> dict[str, Mirrored[TimeFacts]]:
    return _mirrored(_time(side, number) for number in numbers)


def _time(side: str, number: int) -> TimeFacts:
    """Each person tracks an hour on each of their tasks: eight a day, one day after the other."""
    start = _start(number)
    person, project = f"{side}-person-{number % PEOPLE}", f"{side}-{number // TASKS_OF_A_PROJECT}"
    end = start + timedelta(hours=1)
    return TimeFacts(f"{side}-time-{number}", person, project, f"{side}-task-{number}", start.date(), 3600, start, end)


def _start(number: int) -> datetime:
    day, hour = divmod(number // PEOPLE, 8)
    return NINE + timedelta(days=day, hours=hour)


def _link(number: int) -> LinkedProject:
    members = frozenset(f"right-person-{person}" for person in range(PEOPLE))
    name = f"Project {number}"
    return LinkedProject(f"link-{number}", f"left-{number}", f"right-{number}", name, members, synced_name=name)


def _task_pair(number: int) -> TaskPair:
    people = frozenset({f"right-person-{number % PEOPLE}"})
    project = f"right-{number // TASKS_OF_A_PROJECT}"
    return TaskPair(f"left-task-{number}", f"right-task-{number}", f"Task {number}", False, people, project)


def _time_pair(number: int) -> TimePair:
    start, project = _start(number), f"left-{number // TASKS_OF_A_PROJECT}"
    key = TimeKey(start.date(), f"right-person-{number % PEOPLE}", f"right-task-{number}")
    return TimePair(key, f"left-time-{number}", start, 3600, f"left-task-{number}", project)


def _mirrored(facts: Iterable[Any]) -> dict[str, Mirrored[Any]]:
    return {each.id: Mirrored(each, {}) for each in facts}


def _parts() -> Parts:
    """A service that can do everything."""

    def read(data: object) -> Any:
        raise NotImplementedError("A plan looks at facts, not at records.")

    return Parts(
        person=PersonPart(entity="person", read=read),
        client=ClientPart(entity="client", read=read, create=DOES),
        project=ProjectPart(entity="project", read=read, create=DOES, rename=DOES, archive=DOES, add_members=DOES, remove_members=DOES),
        task=TaskPart(entity="task", read=read, create=DOES, update=DOES, complete=DOES, delete=DOES),
        time=TimePart(entity="time", read=read, create=DOES, update=DOES, delete=DOES, task_optional=True),
    )
