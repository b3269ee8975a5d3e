"""Steps and questions of tasks, in words: what each carries stands in the table of `steps`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.catalogue import TaskFacts
from integrations.sync.guard import question
from integrations.sync.situation import LinkedProject, Situation, TaskPair
from integrations.sync.steps import Held, Step, StepKind

IN_WORDS = {"name": "name", "is_completed": "completed", "assignee_ids": "people", "project_id": "project"}


class TaskSteps:
    """Words the steps of one task, of which the planner decides that they are wanted."""

    def __init__(self, situation: Situation) -> None:
        self.situation, self.left, self.right = situation, situation.left, situation.right

    def create(self, link: LinkedProject, project: str, left: TaskFacts, people: tuple[str, ...]) -> Step:
        return Step(
            kind=StepKind.CREATE_TASK,
            side="right",
            title=f"Create the task “{left.name}” in “{link.name}”",
            link=link.id,
            left_id=left.id,
            name=left.name,
            member_ids=people,
            project_id=project,
            mark=self.situation.mark(left.id),
            values={"name": left.name, "is_completed": False, "assignee_ids": list(people)},
            after={"name": left.name, "project": link.name, "people": self._names(people)},
        )

    def adopt(self, link: LinkedProject, pair: TaskPair, right: TaskFacts) -> Step:
        return Step(
            kind=StepKind.ADOPT_TASK,
            side="right",
            title=f"Take up the task “{right.name}”, which was made for this one before",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=right.name,
            values={
                "name": pair.name,
                "is_completed": pair.is_completed,
                "assignee_ids": sorted(pair.assignee_ids),
                "project_id": right.project_id,
            },
            after={"task": right.name},
        )

    def rename_left(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, name: str) -> Step:
        return Step(
            kind=StepKind.UPDATE_TASK,
            side="left",
            title=f"Rename the task “{left.name}” to “{name}” in {self.left.label}",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=name,
            values={"name": name},
            before={"name": left.name},
            after={"name": name},
        )

    def update_right(
        self, link: LinkedProject, pair: TaskPair, right: TaskFacts, name: str, members: frozenset[str], values: dict[str, Any]
    ) -> Step:
        rename, people = f"Rename the task “{right.name}” to “{name}”", f"Bring the people of “{right.name}” up to date"
        return Step(
            kind=StepKind.UPDATE_TASK,
            side="right",
            title=f"{people if name == right.name else rename} in {self.right.label}",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=name,
            member_ids=tuple(sorted(members)),
            values=values,
            before={"name": right.name, "people": self._names(right.assignee_ids)},
            after={"name": name, "people": self._names(members)},
        )

    def complete(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, side: str, wanted: bool) -> Step:
        there = self.left if side == "left" else self.right
        return Step(
            kind=StepKind.COMPLETE_TASK,
            side=side,
            title=f"{'Complete' if wanted else 'Reopen'} the task “{left.name}” in {there.label}",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=left.name,
            is_completed=wanted,
            values={"is_completed": wanted},
            before={"completed": not wanted},
            after={"completed": wanted},
        )

    def _names(self, people: Iterable[str]) -> list[str]:
        known = self.right.people
        return sorted(known[person].facts.name if person in known else "somebody" for person in people)


def note(link: LinkedProject, pair: TaskPair, left: TaskFacts, values: dict[str, Any]) -> Step:
    return Step(
        kind=StepKind.NOTE_TASK,
        side="right",
        title=f"“{left.name}” is in step again",
        link=link.id,
        left_id=pair.left_id,
        right_id=pair.right_id,
        name=left.name,
        values=values,
        after={"in step": sorted(IN_WORDS[value] for value in values)},
    )


def name_question(link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts) -> Held:
    title = f"The task “{pair.name or left.name}” has another name on each side"
    kind = StepKind.UPDATE_TASK
    return question("name", kind=kind, subject=left.id, link=link.id, title=title, left=left.name, right=right.name)


def completion_question(link: LinkedProject, left: TaskFacts, right: TaskFacts) -> Held:
    title = f"The task “{left.name}” is completed on one side only"
    ours, theirs = _state(left), _state(right)
    return question("completed", kind=StepKind.COMPLETE_TASK, subject=left.id, link=link.id, title=title, left=ours, right=theirs)


def _state(task: TaskFacts) -> str:
    return "completed" if task.is_completed else "open"
