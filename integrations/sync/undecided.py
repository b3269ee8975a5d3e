"""What a plan could not decide about, because it did not see all that it needs. Nothing that people decided there is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Container

from integrations.linking.models import Integration
from integrations.sync.models import Approval, Pair
from integrations.sync.situation import LinkedProject, Side, Situation, TimeKey
from integrations.sync.steps import StepKind

OF_TASKS = frozenset({StepKind.UPDATE_TASK, StepKind.COMPLETE_TASK, StepKind.DELETE_TASK})
OF_TIME = frozenset({StepKind.UPDATE_TIME, StepKind.DELETE_TIME})


def subject_of(approval: Approval) -> str:
    """The record that a step or a question is about: of a task or time its id on the left, where it has one."""
    return approval.key.split("/")[3]


class Undecided:
    """Tells of approvals whether a plan may have left them out only because it could not see what they are about. Needs a scope."""

    def __init__(self, integration: Integration, situation: Situation, approvals: Collection[Approval]) -> None:
        self.situation, self.left, self.right = situation, situation.left, situation.right
        self.links = {link.id: link for link in situation.links}
        self.task_pairs = {pair.left_id: pair for pair in situation.task_pairs}
        self.time_pairs = _time_pairs(integration, approvals)
        self.connected = frozenset(situation.people.values())
        times = f"{self.right.parts.time.entity}/"
        self.reads_all_times = not any(record.startswith(times) for record in self.right.unreadable)

    def __contains__(self, approval: Approval) -> bool:
        if approval.link_id is None:
            return False
        link = self.links.get(str(approval.link_id))
        if link is None or link.is_resting:
            return True
        if approval.kind == StepKind.ARCHIVE_PROJECT:
            return self._is_project_unseen(link)
        return self._is_project_away(link) or self._is_record_unseen(approval.kind, subject_of(approval))

    # --- Projects -----------------------------------------------------------------------------------------------------

    def _is_project_unseen(self, link: LinkedProject) -> bool:
        sides = ((self.left, link.left_id), (self.right, link.right_id))
        return any(_is_unseen(id_, side.projects, side.gone_projects) for side, id_ in sides if id_)

    def _is_project_away(self, link: LinkedProject) -> bool:
        """Archived, gone or unseen: then nothing in it is planned."""
        return not _is_open(self.left, link.left_id) or bool(link.right_id and not _is_open(self.right, link.right_id))

    # --- What stands in them ------------------------------------------------------------------------------------------

    def _is_record_unseen(self, kind: str, subject: str) -> bool:
        if kind in OF_TIME:
            return self._is_time_unseen(subject)
        return kind in OF_TASKS and self._is_task_unseen(subject)

    def _is_task_unseen(self, subject: str) -> bool:
        """On either side; of a left-over on the right, which no pair knows, the task on the left that it carries the mark of."""
        pair = self.task_pairs.get(subject)
        left_id = pair.left_id if pair else self._marked(subject)
        if pair and _is_unseen(pair.right_id, self.right.tasks, self.right.gone_tasks):
            return True
        return bool(left_id) and _is_unseen(left_id, self.left.tasks, self.left.gone_tasks)

    def _marked(self, right_id: str) -> str:
        task, prefix = self.right.tasks.get(right_id), self.situation.mark("")
        return task.facts.mark.removeprefix(prefix) if task and task.facts.mark.startswith(prefix) else ""

    def _is_time_unseen(self, left_id: str) -> bool:
        """A piece may go or shrink only where all of its day was seen, its person is connected, and its place on the left stands."""
        pair = self.time_pairs.get(left_id)
        if pair is None:
            return left_id in self.left.times
        key, task = TimeKey.of(pair.right_id), pair.values.get("task_id", "")
        is_seen = self.reads_all_times and key.day >= self.situation.first_day and self.situation.is_sure(key.day)
        is_placed = key.person_id in self.connected and (not task or task in self.left.tasks)
        return not is_seen or not is_placed or _is_unseen(left_id, self.left.times, self.left.gone_times)


def _time_pairs(integration: Integration, approvals: Collection[Approval]) -> dict[str, Pair]:
    """The pieces of written-back time that approvals speak of, on whatever day, by their id on the left."""
    ids = [subject_of(each) for each in approvals if each.kind in OF_TIME]
    pairs = Pair.objects.filter(integration=integration, part=Pair.Part.TIME, left_id__in=ids) if ids else ()
    return {pair.left_id: pair for pair in pairs}


def _is_open(side: Side, project_id: str) -> bool:
    project = side.projects.get(project_id)
    return project is not None and project.facts.is_active


def _is_unseen(id_: str, there: Container[str], gone: Container[str]) -> bool:
    return id_ not in there and id_ not in gone
