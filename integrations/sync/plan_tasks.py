"""Planning tasks: made on the left, worked on on the right, completed on either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from integrations.catalogue import TaskFacts
from integrations.sync.situation import LinkedProject, Mirrored, Situation, TaskPair
from integrations.sync.steps import LeftOutCases, Reason, Step, StepKind

Task = Mirrored[TaskFacts]
COMPLETED_BEFORE = Reason("task that was completed before it was linked", "tasks that were completed before they were linked")
NOT_CONNECTED = Reason("person with tasks who is not connected", "people with tasks who are not connected")
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class TaskPlanner:
    """Plans the tasks of all linked projects. `right_of_link` says each link's project on the right, empty where it is still to be made."""

    def __init__(self, situation: Situation, right_of_link: dict[str, str], left_out: LeftOutCases) -> None:
        self.situation, self.right_of_link, self.left_out = situation, right_of_link, left_out
        elsewhere = f"from another integration of {situation.right.label}"
        self.read_only = Reason(f"task {elsewhere}, read-only there", f"tasks {elsewhere}, read-only there")
        there = f"deleted in {situation.right.label}"
        self.deleted = Reason(f"task that was {there}", f"tasks that were {there}")
        self.pairs = {pair.left_id: pair for pair in situation.task_pairs}
        self.marked = {(task.facts.project_id, task.facts.mark): task for task in situation.right.tasks.values() if task.facts.mark}
        self.by_project: dict[str, list[Task]] = defaultdict(list)
        for task in situation.left.tasks.values():
            self.by_project[task.facts.project_id].append(task)

    def steps(self) -> Iterator[Step]:
        for link in self.situation.links:
            for left in self.by_project[link.left_id]:
                yield from self._task(link, left)

    def _task(self, link: LinkedProject, left: Task) -> Iterator[Step]:
        right = self._partner(link, left)
        if right is None:
            yield from self._create(link, left)
            return
        pair = self.pairs.get(left.facts.id)
        if pair is None or pair.right_id != right.facts.id:
            pair = _found_pair(left.facts, right.facts)
            yield self._adopt(link, pair, right)
        if right.facts.is_read_only:
            self.left_out.add(self.read_only, left.facts.id)
            return
        yield from self._describe(link, pair, left)
        yield from self._complete(link, pair, left, right)

    def _partner(self, link: LinkedProject, left: Task) -> Task | None:
        """The task on the right that mirrors this one: by our own record, else by the mark that it was made with."""
        pair, project = self.pairs.get(left.facts.id), self.right_of_link[link.id]
        known = self.situation.right.tasks.get(pair.right_id) if pair else None
        if known and known.facts.project_id == project:
            return known
        return self.marked.get((project, self.situation.mark(left.facts.id)))

    def _create(self, link: LinkedProject, left: Task) -> Iterator[Step]:
        pair = self.pairs.get(left.facts.id)
        if pair and pair.project_id and pair.project_id == self.right_of_link[link.id]:
            self.left_out.add(self.deleted, left.facts.id)  # a person deleted it there: it does not come back
            return
        if left.facts.is_completed:
            self.left_out.add(COMPLETED_BEFORE, left.facts.id)
            return
        assignees = self._assignees(left)
        yield Step(
            kind=StepKind.CREATE_TASK,
            side="right",
            title=f"Create the task “{left.facts.name}” in “{link.name}”",
            link=link.id,
            left_id=left.facts.id,
            name=left.facts.name,
            member_ids=assignees,
            mark=self.situation.mark(left.facts.id),
            values=_values(left.facts.name, assignees) | {"is_completed": False},
        )

    def _adopt(self, link: LinkedProject, pair: TaskPair, right: Task) -> Step:
        return Step(
            kind=StepKind.ADOPT_TASK,
            side="right",
            title=f"Take up the task “{right.facts.name}”, which was made for this one before",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            values=_values(pair.name, tuple(sorted(pair.assignee_ids)))
            | {"is_completed": pair.is_completed, "project_id": right.facts.project_id},
        )

    def _describe(self, link: LinkedProject, pair: TaskPair, left: Task) -> Iterator[Step]:
        assignees = self._assignees(left)
        if (left.facts.name, frozenset(assignees)) == (pair.name, pair.assignee_ids) or not self.situation.right.parts.task.update:
            return
        yield Step(
            kind=StepKind.UPDATE_TASK,
            side="right",
            title=f"Bring name and assignees of “{left.facts.name}” up to date",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=left.facts.name,
            member_ids=assignees,
            values=_values(left.facts.name, assignees),
        )

    def _complete(self, link: LinkedProject, pair: TaskPair, left: Task, right: Task) -> Iterator[Step]:
        wanted = _wanted_completion(pair, left.facts, right.facts)
        behind = [side for side, task in (("left", left), ("right", right)) if task.facts.is_completed != wanted]
        if not behind and pair.is_completed == wanted:
            return
        side = behind[0] if behind else "right"
        there = getattr(self.situation, side)
        if behind and there.parts.task.complete is None:
            self.left_out.add(
                Reason(f"completion that {there.label} does not take", f"completions that {there.label} does not take"), left.facts.id
            )
            return
        verb = "Complete" if wanted else "Reopen"
        yield Step(
            kind=StepKind.COMPLETE_TASK if behind else StepKind.NOTE_TASK,
            side=side,
            title=f"{verb} the task “{left.facts.name}” in {there.label}" if behind else f"“{left.facts.name}” is in step again",
            link=link.id,
            left_id=pair.left_id,
            right_id=pair.right_id,
            name=left.facts.name,
            is_completed=wanted,
            values={"is_completed": wanted},
        )

    def _assignees(self, left: Task) -> tuple[str, ...]:
        people = self.situation.people
        for person in left.facts.assignee_ids - people.keys():
            self.left_out.add(NOT_CONNECTED, person)
        return tuple(sorted(people[person] for person in left.facts.assignee_ids if person in people))


def _found_pair(left: TaskFacts, right: TaskFacts) -> TaskPair:
    """The pair of two tasks that were found to belong together: as last in step counts what the later change of the two replaced."""
    later_is_left = (left.changed_at or LONG_AGO) > (right.changed_at or LONG_AGO)
    before = right.is_completed if later_is_left else left.is_completed
    return TaskPair(left.id, right.id, right.name, before, right.assignee_ids, right.project_id)


def _wanted_completion(pair: TaskPair, left: TaskFacts, right: TaskFacts) -> bool:
    """Whichever side no longer has the value that both had last was changed there, and wins; with two values both cannot win
    differently.
    """
    if left.is_completed != pair.is_completed:
        return left.is_completed
    return right.is_completed


def _values(name: str, assignees: tuple[str, ...]) -> dict[str, Any]:
    return {"name": name, "assignee_ids": list(assignees)}
