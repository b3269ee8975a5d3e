"""Carrying out a plan: each step as a run, and what it made put down in the transaction that ends the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from integrations.catalogue import Members, Parts, ProjectDraft, TaskDraft, TimeDraft, Write
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.linking.models import ProjectLink
from integrations.operations.models import Run
from integrations.operations.running import ask, perform
from integrations.records.models import Record
from integrations.sync.models import Pair, StepRecord, Sync
from integrations.sync.steps import Plan, Step, StepKind
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id, scope

Progress = Callable[[], None]
Draft = TypeVar("Draft")


@dataclass(frozen=True)
class Sides:
    """Both connections of an integration, open."""

    left: OpenConnection
    right: OpenConnection

    def __getitem__(self, side: str) -> OpenConnection:
        return self.left if side == "left" else self.right


class Skipped(Exception):
    """A step cannot be done because one before it was not; the next sync plans it anew."""


def apply(plan: Plan, sync: Sync, sides: Sides, progress: Progress) -> None:
    """Does each step of the plan. What a provider refuses is noted and the rest goes on; what may pass by itself ends the sync.

    Raises `ProviderError` for the latter: the next sync looks at both sides again and plans what is left.
    """
    applier = _Applier(sync, sides)
    try:
        for number, step in enumerate(plan.steps, start=1):
            progress()
            applier.do(number, step)
    finally:
        applier.tell_links()


class _Applier:
    def __init__(self, sync: Sync, sides: Sides) -> None:
        self.sync, self.sides, self.integration = sync, sides, sync.integration
        self.problems: dict[str, str] = {}  # the first of each link
        self.actions: dict[StepKind, Callable[[Step], Run | None]] = {
            StepKind.CREATE_PROJECT: self._create_project,
            StepKind.ADOPT_PROJECT: self._adopt_project,
            StepKind.ADD_MEMBERS: self._add_members,
            StepKind.CREATE_TASK: self._create_task,
            StepKind.ADOPT_TASK: self._note_task,
            StepKind.UPDATE_TASK: self._update_task,
            StepKind.COMPLETE_TASK: self._complete_task,
            StepKind.NOTE_TASK: self._note_task,
            StepKind.ADD_TIME: self._add_time,
            StepKind.ADOPT_TIME: self._adopt_time,
            StepKind.UPDATE_TIME: self._update_time,
        }

    def do(self, number: int, step: Step) -> None:
        try:
            self._make_sure_it_is_linked(step)
            run = self.actions[step.kind](step)
            outcome, message = (StepRecord.Outcome(run.state), run.message) if run else (StepRecord.Outcome.DONE, "")
        except Skipped as skipped:
            run, outcome, message = None, StepRecord.Outcome.SKIPPED, str(skipped)
        if message:
            self.problems.setdefault(step.link, message)
        with scope():
            StepRecord.objects.create(
                sync=self.sync,
                number=number,
                kind=step.kind,
                title=step.title[:300],
                outcome=outcome,
                message=message,
                is_write=step.kind.writes,
                seconds=step.seconds,
                run=run,
            )

    def tell_links(self) -> None:
        """Each link says what went wrong in this sync, or that nothing did."""
        with scope():
            links = ProjectLink.live.filter(integration=self.integration)
            links.exclude(pk__in=list(self.problems)).exclude(problem="").update(problem="")
            for link, problem in self.problems.items():
                links.filter(pk=link).update(problem=problem)

    def _make_sure_it_is_linked(self, step: Step) -> None:
        with scope():
            if not ProjectLink.live.filter(pk=step.link).exists():
                raise Skipped("It was unlinked in the meantime.")

    # --- Projects -----------------------------------------------------------------------------------------------------

    def _create_project(self, step: Step) -> Run:
        with scope():
            project = self._record("left", self._parts("left").project.entity, step.left_id)
        draft = ProjectDraft(
            name=step.name,
            billable=self._parts("left").project.read(project).billable,
            description=f"Linked with {self.sides.left.provider.label} by Timebridge.",
            member_ids=step.member_ids,
            mark=step.mark,
        )
        return self._write(step, self._parts("right").project.create, draft, lambda made: self._link_made(step, made))

    def _link_made(self, step: Step, made: Data) -> None:
        right_id = self._parts("right").project.read(made).id
        ProjectLink.objects.filter(pk=step.link).update(right_id=right_id, member_ids=list(step.member_ids))

    def _adopt_project(self, step: Step) -> None:
        with scope():
            ProjectLink.objects.filter(pk=step.link).update(right_id=step.right_id, member_ids=[])

    def _add_members(self, step: Step) -> Run:
        with scope():
            project = self._record("right", self._parts("right").project.entity, step.right_id)
        members = Members(project, step.member_ids)
        return self._write(step, self._parts("right").project.add_members, members, lambda _: self._members_added(step))

    def _members_added(self, step: Step) -> None:
        link = ProjectLink.objects.get(pk=step.link)
        link.member_ids = sorted({*link.member_ids, *step.member_ids})
        link.save(update_fields=["member_ids"])

    # --- Tasks --------------------------------------------------------------------------------------------------------

    def _create_task(self, step: Step) -> Run:
        with scope():
            project = self._right_project(step)
        draft = TaskDraft(project=project, name=step.name, assignee_ids=step.member_ids, mark=step.mark)
        return self._write(step, self._parts("right").task.create, draft, lambda made: self._task_made(step, made))

    def _task_made(self, step: Step, made: Data) -> None:
        facts = self._parts("right").task.read(made)
        self._keep_pair(step, Pair.Part.TASK, step.left_id, facts.id, project_id=facts.project_id)

    def _update_task(self, step: Step) -> Run:
        return self._change_task(step, self._parts(step.side).task.update)

    def _complete_task(self, step: Step) -> Run:
        return self._change_task(step, self._parts(step.side).task.complete)

    def _change_task(self, step: Step, write: Write[TaskDraft] | None) -> Run:
        part = self._parts(step.side).task
        with scope():
            record = self._record(step.side, part.entity, step.left_id if step.side == "left" else step.right_id)
            project = self._record(step.side, self._parts(step.side).project.entity, part.read(record).project_id)
        draft = TaskDraft(project=project, name=step.name, is_completed=step.is_completed, assignee_ids=step.member_ids, record=record)
        return self._write(step, write, draft, lambda _: self._remember(step))

    def _note_task(self, step: Step) -> None:
        with scope():
            self._remember(step)

    def _remember(self, step: Step) -> None:
        self._keep_pair(step, Pair.Part.TASK, step.left_id, step.right_id)

    # --- Time ---------------------------------------------------------------------------------------------------------

    def _add_time(self, step: Step) -> Run:
        """The place of a piece of time is put down before it is sent: if its answer is lost, it is recognised there."""
        with scope():
            self._keep_pair(step, Pair.Part.TIME, "", step.right_id)
        return self._write_time(step, self._parts("left").time.create, {}, lambda made: self._time_made(step, made))

    def _time_made(self, step: Step, made: Data) -> None:
        self._keep_pair(step, Pair.Part.TIME, self._parts("left").time.read(made).id, step.right_id)

    def _adopt_time(self, step: Step) -> None:
        with scope():
            self._keep_pair(step, Pair.Part.TIME, step.left_id, step.right_id)

    def _update_time(self, step: Step) -> Run:
        with scope():
            record = self._record("left", self._parts("left").time.entity, step.left_id)
        return self._write_time(step, self._parts("left").time.update, record, lambda _: self._adopt_time(step))

    def _write_time(self, step: Step, write: Write[TimeDraft] | None, record: Data, after: Callable[[Data], None]) -> Run:
        parts = self._parts("left")
        assert step.start is not None
        with scope():
            task = self._record("left", parts.task.entity, step.task_id)
            project = self._record("left", parts.project.entity, parts.task.read(task).project_id)
            zone = Organization.objects.get(pk=current_organization_id()).time_zone
        draft = TimeDraft(
            project=project,
            task=task,
            person_id=step.person_id,
            name=step.name,
            start=step.start,
            end=step.start + timedelta(seconds=step.seconds),
            time_zone=zone,
            billable=parts.project.read(project).billable,
            record=record,
        )
        return self._write(step, write, draft, after)

    # --- What all steps share -----------------------------------------------------------------------------------------

    def _write(self, step: Step, write: Write[Draft] | None, draft: Draft, after: Callable[[Data], None]) -> Run:
        opened = self.sides[step.side]
        if write is None:
            raise Skipped(f"{opened.provider.label} cannot do this.")
        with scope():
            run = ask(self._run(step, write.operation, write.inputs(draft)))
        return run if run.state == Run.State.DONE else perform(run, opened, after)

    def _run(self, step: Step, operation: str, inputs: dict[str, Any]) -> Run:
        return Run(
            connection=self._connection(step.side),
            operation=operation,
            title=step.title[:200],
            inputs=inputs,
            key=f"{self.sync.pk}/{step.kind}/{step.side}/{step.subject}",
            origin="sync",
        )

    def _keep_pair(self, step: Step, part: Pair.Part, left_id: str, right_id: str, **more: Any) -> None:
        """Makes or changes the pair of these two. A task that got a new partner leaves its old one."""
        same = {"right_id": right_id} if part == Pair.Part.TIME else {"left_id": left_id}
        pair = Pair.objects.filter(integration=self.integration, part=part, **same).first()
        pair = pair or Pair(integration=self.integration, part=part)
        pair.project_link_id, pair.left_id, pair.right_id = UUID(step.link), left_id, right_id
        pair.values = {**pair.values, **step.values, **more}
        pair.save()

    def _right_project(self, step: Step) -> Data:
        right_id = ProjectLink.objects.get(pk=step.link).right_id
        if not right_id:
            raise Skipped("Its project could not be made.")
        return self._record("right", self._parts("right").project.entity, right_id)

    def _record(self, side: str, entity: str, remote_id: str) -> Data:
        """The newest that the mirror knows: an earlier step may have changed it."""
        found = (
            Record.objects.filter(connection=self._connection(side), entity=entity, remote_id=remote_id, removed_at=None)
            .values_list("data", flat=True)
            .first()
        )
        if found is None:
            raise Skipped("Its record is not there any more.")
        return found  # type: ignore[no-any-return]

    def _connection(self, side: str) -> Connection:
        return self.integration.left if side == "left" else self.integration.right

    def _parts(self, side: str) -> Parts:
        parts = self.sides[side].provider.parts
        assert parts is not None
        return parts
