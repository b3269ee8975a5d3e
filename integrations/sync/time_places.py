"""Where tracked time belongs on the left: on the task that its task mirrors, else where the settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from integrations.catalogue import TaskFacts, TimeFacts
from integrations.sync import reasons
from integrations.sync.planning import Planning
from integrations.sync.situation import WHOLE_PROJECT, LinkedProject, TimePair
from integrations.sync.steps import Reason, Step, StepKind


@dataclass(frozen=True)
class Place:
    """A task and its project on the left; the project alone where `task_id` is empty."""

    task_id: str
    project_id: str
    name: str


@dataclass(frozen=True)
class Unplaced:
    """Time that cannot be written back. `subject` is the record that the reason speaks of, `is_by_rule` whether the settings say so."""

    reason: Reason
    subject: str
    is_by_rule: bool = False


class TimePlaces:
    """Knows the place of each task and project on the right."""

    def __init__(self, planning: Planning) -> None:
        self.planning, self.situation = planning, planning.situation
        self.left, self.right = self.situation.left, self.situation.right
        self.rules = self.situation.time_rules
        self.link_of_project = self._links()
        self.link_of_left = {link.left_id: link for link in self.situation.links}
        self.left_of = self._left_tasks()
        self.project_of_pair = {pair.right_id: pair.project_id for pair in self.situation.task_pairs}
        self.holders = self._holders()
        self.missing_holders: dict[str, LinkedProject] = {}
        self.known: dict[tuple[str, str], Place | Unplaced] = {}

    def _links(self) -> dict[str, LinkedProject]:
        """Links by their project on the right, also where that is taken up by this very plan."""
        right_ids = {link.id: link.right_id or self.planning.right_projects.get(link.id, "") for link in self.situation.links}
        return {right_ids[link.id]: link for link in self.situation.links if right_ids[link.id]}

    def _left_tasks(self) -> dict[str, str]:
        """Tasks on the left by those on the right that mirror them, or once did: by their pair, their mark, or time written back before."""
        found = {pair.right_id: pair.left_id for pair in self.situation.task_pairs}
        prefix = self.situation.mark("")
        for task_id, task in self.right.tasks.items():
            if task_id not in found and task.facts.mark.startswith(prefix):
                found[task_id] = task.facts.mark[len(prefix) :]
        for pair in self.situation.time_pairs:
            if pair.task_id and not pair.key.task_id.startswith(WHOLE_PROJECT):
                found.setdefault(pair.key.task_id, pair.task_id)
        return found

    def _holders(self) -> dict[str, TaskFacts]:
        """The task of each project on the left that holds time without a task: open ones first, then by id."""
        if self.rules.untasked != "task":
            return {}
        named = [task.facts for task in self.left.tasks.values() if task.facts.name == self.rules.untasked_name]
        named.sort(key=lambda facts: (facts.is_completed, facts.id), reverse=True)
        return {facts.project_id: facts for facts in named}

    def task_of(self, facts: TimeFacts) -> str:
        """The task's part of a time key."""
        return facts.task_id if facts.task_id in self.left_of else WHOLE_PROJECT + facts.project_id

    def place(self, task: str, project: str) -> Place | Unplaced:
        """`task` as in a time key, `project` the right project in which the time was tracked."""
        found = self.known.get((task, project))
        if found is None:
            found = self.known[task, project] = self._place(task, self.link_of_project[project])
        return found

    def _place(self, task: str, link: LinkedProject) -> Place | Unplaced:
        if link.is_resting:
            return Unplaced(reasons.LINK_RESTS, link.id)
        place = self._untasked(link, task) if task.startswith(WHOLE_PROJECT) else self._task(self.left_of[task])
        if isinstance(place, Place) and not self.stands(place.project_id):
            why = self.planning.reasons["left"]
            return Unplaced(why.project_gone if place.project_id in self.left.gone_projects else why.project_unseen, link.id)
        return place

    def stands(self, project_id: str) -> bool:
        """Whether time can be written to a project on the left: a linked one that is there, archived or not."""
        return project_id in self.link_of_left and project_id in self.left.projects

    def _task(self, left_id: str) -> Place | Unplaced:
        task = self.left.tasks.get(left_id)
        if task is None or task.facts.project_id not in self.link_of_left:
            return Unplaced(self.planning.reasons["left"].time_on_lost_task, left_id)
        return Place(left_id, task.facts.project_id, task.facts.name)

    def _untasked(self, link: LinkedProject, task: str) -> Place | Unplaced:
        if self.rules.untasked == "task":
            return self._holder(link, task)
        if self.rules.untasked != "project":
            return Unplaced(reasons.NO_TASK, task, is_by_rule=True)
        if not self.left.parts.time.task_optional:
            return Unplaced(reasons.cannot(self.left.label, "take time without a task"), task, is_by_rule=True)
        return Place("", link.left_id, link.name)

    def _holder(self, link: LinkedProject, task: str) -> Place | Unplaced:
        if holder := self.holders.get(link.left_id):
            return Place(holder.id, link.left_id, holder.name)
        project = self.left.projects.get(link.left_id)
        if self.left.parts.task.create is None or project is None or not project.facts.is_active:
            what = f"create the task “{self.rules.untasked_name}” in “{link.name}”"
            return Unplaced(reasons.cannot(self.left.label, what), task, is_by_rule=True)
        self.missing_holders[link.id] = link
        return Unplaced(reasons.TASK_TO_COME, task, is_by_rule=True)

    def present(self, pair: TimePair) -> Place | None:
        """Where a written piece stands now, if its place is still there."""
        task = self.left.tasks.get(pair.task_id)
        if not self.stands(pair.project_id) or (pair.task_id and task is None):
            return None
        return Place(pair.task_id, pair.project_id, task.facts.name if task else self.link_of_left[pair.project_id].name)

    def link_of(self, task: str) -> LinkedProject | None:
        """The link of a task (as in a time key) whose tracked time is not there any more, if its project on the right is linked."""
        if task.startswith(WHOLE_PROJECT):
            return self.link_of_project.get(task.removeprefix(WHOLE_PROJECT))
        known = self.right.tasks.get(task)
        return self.link_of_project.get(known.facts.project_id if known else self.project_of_pair.get(task, ""))

    def steps(self) -> Iterator[Step]:
        """Makes the tasks for time without a task; the time itself follows at the next sync, when they are there."""
        for link in self.missing_holders.values():
            yield Step(
                kind=StepKind.CREATE_TASK,
                side="left",
                title=f"Create the task “{self.rules.untasked_name}” in “{link.name}”, for time without a task",
                link=link.id,
                name=self.rules.untasked_name,
                project_id=link.left_id,
                after={"name": self.rules.untasked_name, "project": link.name},
            )
