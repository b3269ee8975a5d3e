"""Planning what goes: tasks that were deleted or moved on the left, and what is left of them on the right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from integrations.catalogue import TaskFacts
from integrations.sync import reasons
from integrations.sync.plan_tasks import TaskPlanner
from integrations.sync.planning import Planning
from integrations.sync.situation import LinkedProject, TaskPair
from integrations.sync.steps import Step, StepKind


class RemovalPlanner:
    """Runs after the tasks: whatever on the right has become nobody's partner is deleted, completed or left alone. Only what a whole walk
    of a list no longer showed counts as gone.
    """

    def __init__(self, planning: Planning, tasks: TaskPlanner) -> None:
        self.planning, self.situation, self.tasks = planning, planning.situation, tasks
        self.left, self.right = self.situation.left, self.situation.right
        self.links = {planning.open_projects[link.id]: link for link in self.situation.links if planning.open_projects.get(link.id)}
        self.linked_on_left = frozenset(link.left_id for link in self.situation.links)

    def steps(self) -> Iterator[Step]:
        paired = set[str]()
        for pair in self.situation.task_pairs:
            paired.add(pair.right_id)
            if pair.left_id not in self.tasks.partners:
                yield from self._without_partner(pair)
        yield from self._left_overs(paired)

    def _without_partner(self, pair: TaskPair) -> Iterator[Step]:
        right = self.right.tasks.get(pair.right_id)
        link = self.links.get(right.facts.project_id if right else pair.project_id)
        if link is None:
            return
        if pair.left_id in self.left.gone_tasks:
            yield from self._gone(link, pair, right.facts if right else None)
        elif pair.left_id not in self.left.tasks:
            self.planning.leave_out(self.planning.reasons["left"].task_unseen, pair.left_id, link.id)
        elif self.left.tasks[pair.left_id].facts.project_id not in self.linked_on_left:
            self.planning.leave_out(self.planning.reasons["left"].task_moved, pair.left_id, link.id)

    def _gone(self, link: LinkedProject, pair: TaskPair, right: TaskFacts | None) -> Iterator[Step]:
        if right is not None:
            yield from self._remove(link, pair.left_id, right, was_completed=bool(pair.is_completed))
        elif pair.right_id in self.right.gone_tasks:
            yield _forget(link, pair)

    def _left_overs(self, paired: set[str]) -> Iterator[Step]:
        """Tasks on the right that carry our mark and that no pair knows: left behind by a move, or their task on the left is gone."""
        prefix = self.situation.mark("")
        for task_id, task in self.right.tasks.items():
            facts = task.facts
            link = self.links.get(facts.project_id)
            if link is None:
                continue
            if not facts.mark.startswith(prefix):
                self._count_read_only(link, facts, paired)
            elif task_id not in paired:
                yield from self._left_over(link, facts, facts.mark[len(prefix) :])

    def _count_read_only(self, link: LinkedProject, right: TaskFacts, paired: set[str]) -> None:
        if right.is_read_only and right.id not in paired:
            self.planning.leave_out(self.planning.reasons["right"].read_only, right.id, link.id)

    def _left_over(self, link: LinkedProject, right: TaskFacts, left_id: str) -> Iterator[Step]:
        partner = self.tasks.partners.get(left_id)
        if partner is None and left_id in self.left.gone_tasks:
            yield from self._remove(link, "", right, was_completed=False)
        elif partner is not None and partner != right.id and not right.is_completed and not right.is_read_only:
            yield from self._complete(link, "", right, f"Complete the task “{right.name}”, which goes on elsewhere")

    # --- One task -----------------------------------------------------------------------------------------------------

    def _remove(self, link: LinkedProject, left_id: str, right: TaskFacts, was_completed: bool) -> Iterator[Step]:
        """Deleted, where nothing is lost by it. With tracked time it is completed only, and once: who opens it again may keep it."""
        subject, has_time = left_id or right.id, right.id in self._timed
        if right.is_read_only:
            self.planning.leave_out(self.planning.reasons["right"].read_only, subject, link.id)
        elif not has_time and self.right.parts.task.delete is not None:
            yield self._delete(link, left_id, right)
        elif right.is_completed or was_completed:
            self.planning.leave_out(self.planning.reasons["left"].task_deleted, subject, link.id)
        else:
            because = "as time was tracked on it" if has_time else f"as {self.right.label} deletes none"
            title = f"Complete the task “{right.name}”: it was deleted in {self.left.label} and stays here, {because}"
            yield from self._complete(link, left_id, right, title)

    @cached_property
    def _timed(self) -> frozenset[str]:
        """Tasks on the right with tracked time."""
        written = (pair.key.task_id for pair in self.situation.time_pairs)
        tracked = (time.facts.task_id for time in self.right.times.values())
        return frozenset([*written, *tracked, *self.right.timed_tasks])

    def _delete(self, link: LinkedProject, left_id: str, right: TaskFacts) -> Step:
        return Step(
            kind=StepKind.DELETE_TASK,
            side="right",
            title=f"Delete the task “{right.name}”, as it was deleted in {self.left.label}",
            link=link.id,
            left_id=left_id,
            right_id=right.id,
            name=right.name,
            before={"name": right.name, "completed": right.is_completed},
        )

    def _complete(self, link: LinkedProject, left_id: str, right: TaskFacts, title: str) -> Iterator[Step]:
        if self.right.parts.task.complete is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "complete tasks"), left_id or right.id, link.id)
            return
        yield Step(
            kind=StepKind.COMPLETE_TASK,
            side="right",
            title=title,
            link=link.id,
            left_id=left_id,
            right_id=right.id,
            name=right.name,
            is_completed=True,
            values={"is_completed": True} if left_id else {},
            before={"completed": False},
            after={"completed": True},
        )


def _forget(link: LinkedProject, pair: TaskPair) -> Step:
    return Step(
        kind=StepKind.FORGET_TASK,
        side="right",
        title=f"Forget the task “{pair.name or pair.left_id}”, which is deleted on both sides",
        link=link.id,
        left_id=pair.left_id,
        right_id=pair.right_id,
        name=pair.name or "",
    )
