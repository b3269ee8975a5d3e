"""Planning tasks: made on the left, worked on on the right, completed and renamed on either."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from integrations.catalogue import TaskFacts
from integrations.sync import reasons
from integrations.sync.planning import Planning
from integrations.sync.settle import Verdict, found_base, later, settle
from integrations.sync.situation import WHOLE_PROJECT, LinkedProject, Mirrored, TaskPair
from integrations.sync.steps import Step
from integrations.sync.task_steps import TaskSteps, completion_question, name_question, note

Task = Mirrored[TaskFacts]
NOBODY: frozenset[str] = frozenset()


class TaskPlanner:
    """Plans the tasks of all open projects. Afterwards `partners` says which task on the right mirrors which on the left."""

    def __init__(self, planning: Planning) -> None:
        self.planning, self.situation, self.gate = planning, planning.situation, planning.gate
        self.left, self.right = self.situation.left, self.situation.right
        self.made = TaskSteps(self.situation)
        self.pairs = {pair.left_id: pair for pair in self.situation.task_pairs}
        self.link_of_right = {right_id: link for link in self.situation.links if (right_id := planning.open_projects.get(link.id))}
        self.open_right = self.link_of_right.keys()
        self.marked = self._marked()
        self.partners: dict[str, str] = {}
        self.known_people: dict[frozenset[str], frozenset[str]] = {NOBODY: NOBODY}
        rules = self.situation.time_rules
        self.name_of_holders = rules.untasked_name if rules.untasked == "task" else None
        self.holders = self._holders()

    def steps(self) -> Iterator[Step]:
        """Open tasks first in each project: they are what people wait for."""
        by_project: dict[str, list[Task]] = defaultdict(list)
        for task in self.left.tasks.values():
            by_project[task.facts.project_id].append(task)
        for link in self.situation.links:
            if link.id in self.planning.open_projects:
                for left in sorted(by_project[link.left_id], key=lambda task: task.facts.is_completed):
                    yield from self._task(link, self.planning.open_projects[link.id], left.facts)

    def _marked(self) -> dict[tuple[str, str], TaskFacts]:
        """Tasks on the right in open projects by project and left id, as their marks say. What is paired with another task is not ours to
        take.
        """
        prefix = self.situation.mark("")
        paired = {pair.right_id: pair.left_id for pair in self.situation.task_pairs}
        found: dict[tuple[str, str], TaskFacts] = {}
        for task_id, task in self.right.tasks.items():
            mark, project = task.facts.mark, task.facts.project_id
            if mark and project in self.open_right and mark.startswith(prefix):
                left_id = mark[len(prefix) :]
                if paired.get(task_id, left_id) == left_id:
                    found.setdefault((project, left_id), task.facts)
        return found

    def _holders(self) -> frozenset[str]:
        """Tasks on the left that hold time without a task, also where the settings name another one by now."""
        pairs = (pair for pair in self.situation.time_pairs if pair.key.task_id.startswith(WHOLE_PROJECT))
        return frozenset(pair.task_id for pair in pairs if pair.task_id)

    def _task(self, link: LinkedProject, project: str, left: TaskFacts) -> Iterator[Step]:
        pair = self.pairs.get(left.id)
        right = self._partner(pair, project, left)
        if right is None:
            yield from self._create(link, project, pair, left)
            return
        self.partners[left.id] = right.id
        if pair is None or pair.right_id != right.id:
            pair = self._found_pair(pair, left, right)
            yield self.made.adopt(link, pair, right)
        if right.is_read_only:
            self.planning.leave_out(self.planning.reasons["right"].read_only, left.id, link.id)
        elif not self._is_in_step(pair, left, right):
            yield from self._bring_into_step(link, pair, left, right)

    def _partner(self, pair: TaskPair | None, project: str, left: TaskFacts) -> TaskFacts | None:
        """The task on the right that mirrors this one: by our own record, else by the mark that it was made with."""
        known = self.right.tasks.get(pair.right_id) if pair else None
        if known and known.facts.project_id == project:
            return known.facts
        return self.marked.get((project, left.id))

    def _is_in_step(self, pair: TaskPair, left: TaskFacts, right: TaskFacts) -> bool:
        """Whether nothing changed at all: the quick answer for nearly all tasks of nearly all syncs."""
        wanted = self._assignees(left)
        return (
            pair.name == left.name == right.name
            and pair.is_completed == left.is_completed == right.is_completed
            and pair.project_id == right.project_id
            and pair.assignee_ids == wanted
            and wanted <= right.assignee_ids
        )

    # --- Made and taken up --------------------------------------------------------------------------------------------

    def _create(self, link: LinkedProject, project: str, pair: TaskPair | None, left: TaskFacts) -> Iterator[Step]:
        if pair and pair.project_id == project:
            self._leave_out_lost(link, pair)
        elif left.name == self.name_of_holders or left.id in self.holders:
            self.planning.leave_out(reasons.TASK_HOLDS_TIME, left.id, link.id)
        elif left.is_completed and pair and (old_link := self._link_left_behind(pair)):
            yield from self._complete_left_behind(old_link, pair, left)
        elif left.is_completed:
            self.planning.leave_out(reasons.COMPLETED_BEFORE, left.id, link.id)
        elif self.right.parts.task.create is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "create tasks"), left.id, link.id)
        else:
            yield self.made.create(link, project, left, tuple(sorted(self._assignees(left))))

    def _link_left_behind(self, pair: TaskPair) -> LinkedProject | None:
        """The link of the project in which the partner of a moved task still stands."""
        old = self.right.tasks.get(pair.right_id)
        return self.link_of_right.get(old.facts.project_id) if old and not old.facts.is_read_only else None

    def _complete_left_behind(self, link: LinkedProject, pair: TaskPair, left: TaskFacts) -> Iterator[Step]:
        """Completed and moved between two syncs: it needs no partner in its new project, and the old one is completed. Who opens that one
        again may keep it.
        """
        self.planning.leave_out(reasons.COMPLETED_AND_MOVED, left.id, link.id)
        if pair.is_completed:
            return
        if self.right.tasks[pair.right_id].facts.is_completed:
            yield note(link, pair, left, {"is_completed": True})
        elif self.right.parts.task.complete is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "complete tasks"), left.id, link.id)
        else:
            yield self.made.complete(link, pair, left, "right", wanted=True)

    def _leave_out_lost(self, link: LinkedProject, pair: TaskPair) -> None:
        """Somebody deleted or moved the partner by hand: it does not come back. One that was just not seen is waited for."""
        why = self.planning.reasons["right"]
        moved_or_unseen = why.task_moved if pair.right_id in self.right.tasks else why.task_unseen
        reason = why.task_deleted if pair.right_id in self.right.gone_tasks else moved_or_unseen
        self.planning.leave_out(reason, pair.left_id, link.id)

    def _found_pair(self, pair: TaskPair | None, left: TaskFacts, right: TaskFacts) -> TaskPair:
        """The pair of two tasks that were found to belong together. After a move between linked projects the left one counts, as the one
        on the right was left behind; else the one that was changed later.
        """
        has_moved = pair is not None and pair.project_id in self.open_right
        verdict = Verdict.LEFT if has_moved else later(left.changed_at, right.changed_at)
        name = found_base(left.name, right.name, verdict)
        is_completed = found_base(left.is_completed, right.is_completed, verdict)
        ours = right.assignee_ids & frozenset(self.situation.people.values())
        return TaskPair(left.id, right.id, name, is_completed, ours, right.project_id)

    # --- In step ------------------------------------------------------------------------------------------------------

    def _bring_into_step(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts) -> Iterator[Step]:
        """A conflict touches nothing else of its task."""
        name = self._settled_name(link, pair, left, right)
        completion = self._settled_completion(link, pair, left, right)
        if Verdict.CONFLICT in {name, completion}:
            return
        steps = [
            *self._update_left(link, pair, left, right, name),
            *self._update_right(link, pair, left, right, name),
            *self._complete(link, pair, left, right, completion),
        ]
        yield from steps
        noted = self._in_step(pair, left, right, name, completion)
        for step in steps:
            noted = {key: value for key, value in noted.items() if key not in step.values}
        if noted:
            yield note(link, pair, left, noted)

    def _settled_name(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts) -> Verdict:
        verdict = settle(pair.name, left.name, right.name, left.changed_at, right.changed_at)
        return self.gate.ask(name_question(link, pair, left, right)) if verdict is Verdict.CONFLICT else verdict

    def _settled_completion(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts) -> Verdict:
        verdict = settle(pair.is_completed, left.is_completed, right.is_completed, left.changed_at, right.changed_at)
        return self.gate.ask(completion_question(link, left, right)) if verdict is Verdict.CONFLICT else verdict

    def _update_left(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts, name: Verdict) -> Iterator[Step]:
        if name is not Verdict.RIGHT:
            return
        if self.left.parts.task.update is None:
            self.planning.leave_out(reasons.cannot(self.left.label, "rename and assign tasks"), left.id, link.id)
        else:
            yield self.made.rename_left(link, pair, left, right.name)

    def _update_right(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts, name: Verdict) -> Iterator[Step]:
        """Whom somebody else assigned on the right stays; whom we assigned follows the left."""
        wanted = self._assignees(left)
        members = (right.assignee_ids - pair.assignee_ids) | wanted
        if name is not Verdict.LEFT and members == right.assignee_ids:
            return
        if self.right.parts.task.update is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "rename and assign tasks"), left.id, link.id)
            return
        new_name = left.name if name is Verdict.LEFT else right.name
        values = {"assignee_ids": sorted(wanted)} | ({} if name is Verdict.RIGHT else {"name": left.name})
        yield self.made.update_right(link, pair, right, new_name, members, values)

    def _complete(self, link: LinkedProject, pair: TaskPair, left: TaskFacts, right: TaskFacts, verdict: Verdict) -> Iterator[Step]:
        if verdict is Verdict.IN_STEP:
            return
        side, wanted = ("right", left.is_completed) if verdict is Verdict.LEFT else ("left", right.is_completed)
        there = self.planning.side(side)
        if there.parts.task.complete is None:
            self.planning.leave_out(reasons.cannot(there.label, "complete tasks"), left.id, link.id)
        else:
            yield self.made.complete(link, pair, left, side, wanted)

    def _in_step(self, pair: TaskPair, left: TaskFacts, right: TaskFacts, name: Verdict, completion: Verdict) -> dict[str, Any]:
        """What both sides agree in, and the pair does not know yet."""
        wanted, found = self._assignees(left), dict[str, Any]()
        if name is Verdict.IN_STEP and pair.name != left.name:
            found["name"] = left.name
        if completion is Verdict.IN_STEP and pair.is_completed != left.is_completed:
            found["is_completed"] = left.is_completed
        if pair.assignee_ids != wanted and (right.assignee_ids - pair.assignee_ids) | wanted == right.assignee_ids:
            found["assignee_ids"] = sorted(wanted)
        if pair.project_id != right.project_id:
            found["project_id"] = right.project_id
        return found

    # --- People -------------------------------------------------------------------------------------------------------

    def _assignees(self, left: TaskFacts) -> frozenset[str]:
        """The connected and active partners of those who have the task on the left. The others are left out, each once."""
        known = self.known_people.get(left.assignee_ids)
        if known is None:
            known = self.known_people[left.assignee_ids] = frozenset(self._partners_of(left.assignee_ids))
        return known

    def _partners_of(self, people: frozenset[str]) -> Iterator[str]:
        for person in people:
            partner = self.situation.people.get(person)
            record = self.right.people.get(partner) if partner else None
            if partner is None:
                self.planning.leave_out(reasons.TASKS_OF_NOT_CONNECTED, person)
            elif record is None or not record.facts.is_active:
                self.planning.leave_out(self.planning.reasons["right"].person_away, person)
            else:
                yield partner
