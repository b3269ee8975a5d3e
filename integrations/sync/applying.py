"""Carrying out a plan: each step as a run, and what it made put down in the transaction that ends the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from integrations.catalogue import FaultKind
from integrations.connections.services import OpenConnection
from integrations.linking.models import ProjectLink
from integrations.operations.models import Run
from integrations.operations.running import NO_USE_REPEATING, ask, perform
from integrations.sync.approvals import is_approved
from integrations.sync.deeds import DEEDS, Writing
from integrations.sync.drafts import Mirrors, Skipped
from integrations.sync.models import StepRecord, Sync
from integrations.sync.obstacles import LinkHealth
from integrations.sync.steps import Plan, Step, StepKind
from integrations.transport.errors import BadAnswer, LostAnswer
from portal.organizations.scope import scope

Progress = Callable[[], None]
FILLS_THE_LINK = frozenset({StepKind.CREATE_PROJECT, StepKind.ADOPT_PROJECT})
NOTHING_TO_GO_BY = (*NO_USE_REPEATING, BadAnswer)  # where a step has to look before it writes
LOST_IN_A_ROW = 3  # answers; a service that swallows these will swallow the next ones, too


@dataclass(frozen=True)
class _Result:
    """How a step ended, and the run that it was, where it was one."""

    outcome: StepRecord.Outcome
    message: str = ""
    fault: str = ""
    run: Run | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome == StepRecord.Outcome.DONE


@dataclass(frozen=True)
class Sides:
    """Both connections of an integration, open."""

    left: OpenConnection
    right: OpenConnection

    def __getitem__(self, side: str) -> OpenConnection:
        return self.left if side == "left" else self.right


def apply(plan: Plan, sync: Sync, sides: Sides, progress: Progress, done_before: int = 0) -> None:
    """Does each step of the plan, numbered on from those `done_before`. What a provider refuses is noted and the rest goes on; what may
    pass by itself ends the sync.

    Raises `ProviderError` for the latter: the next sync looks at both sides again and plans what is left.
    """
    with scope():
        applier = _Applier(sync, sides)
    reached_its_end = False
    try:
        for number, step in enumerate(plan.steps, start=done_before + 1):
            progress()
            applier.do(number, step)
        reached_its_end = True
    finally:
        with scope():
            applier.health.tell_links(reached_its_end=reached_its_end)


class _Applier:
    """Needs a scope to be made."""

    def __init__(self, sync: Sync, sides: Sides) -> None:
        self.sync, self.sides = sync, sides
        self.mirrors = Mirrors(sync.integration)
        self.health = LinkHealth(sync.integration, {"left": self.mirrors.label("left"), "right": self.mirrors.label("right")})
        self.lost_in_a_row = 0
        self.filled: dict[str, str] = {}  # links whose project on the right was made or taken up by this plan; empty where that failed
        self.blocked_days: set[tuple[str, str]] = set()  # of a person, on which some written-back time should have become less, and did not

    def do(self, number: int, step: Step) -> None:
        """Does one step and puts down how it ended. Raises `ProviderError` for what ends the sync."""
        step = done = replace(step, link_right_id=self.filled.get(step.link) or step.link_right_id)
        try:
            self._make_sure_it_may_be_done(step)
            done = self._narrowed(step)
            result = _result_of(self._done(number, done))
        except Skipped as skipped:
            result = _Result(StepRecord.Outcome.SKIPPED, str(skipped))
        except NOTHING_TO_GO_BY as refused:
            result = _Result(StepRecord.Outcome.REFUSED, str(refused), refused.kind)
        with scope():
            self._put_down(number, done, result)
            self.health.note(step, result.outcome, result.message, result.fault)
        self._remember_for_later_steps(step, result)
        self._stop_where_answers_are_swallowed(result.run)

    def _make_sure_it_may_be_done(self, step: Step) -> None:
        self._make_sure_its_link_stands(step)
        if step.kind.writes and step.side == "right" and self.filled.get(step.link) == "":
            raise Skipped("Its project could not be made.")
        if step.grows and step.person_day in self.blocked_days:
            raise Skipped("Other time of that day was not taken away as planned. This waits, so that no time counts twice.")
        if self.health.rests(step.link):
            raise Skipped("It rests, because everything that was tried before was refused.")

    def _make_sure_its_link_stands(self, step: Step) -> None:
        with scope():
            link = ProjectLink.live.filter(pk=step.link).first()
        if link is None:
            raise Skipped("It was unlinked in the meantime.")
        if link.right_id != step.link_right_id:
            raise Skipped("It was linked with another project in the meantime.")

    def _narrowed(self, step: Step) -> Step:
        """What is left of a step, where the other side is asked that first."""
        deed = DEEDS[step.kind]
        if not isinstance(deed, Writing) or deed.narrow is None:
            return step
        narrowed = deed.narrow(self.mirrors, step, self.sides[step.side])
        self._make_sure_its_link_stands(step)
        return narrowed

    def _remember_for_later_steps(self, step: Step, result: _Result) -> None:
        if step.kind in FILLS_THE_LINK:
            self.filled[step.link] = self._right_project_of(step, result) if result.is_done else ""
        if step.shrinks and step.person_day and not result.is_done:
            self.blocked_days.add(step.person_day)

    def _right_project_of(self, step: Step, result: _Result) -> str:
        """One that was made is in the answer, one that was taken up in the step."""
        made: Any = result.run.output if result.run else None
        return self.mirrors.parts("right").project.read(made).id if made else step.right_id

    def _done(self, number: int, step: Step) -> Run | None:
        deed = DEEDS[step.kind]
        if isinstance(deed, Writing):
            return self._write(number, step, deed)
        with scope():
            deed.keep(self.mirrors, step, {})
        return None

    def _write(self, number: int, step: Step, deed: Writing) -> Run:
        with scope():
            run = _to_perform(self._run(number, step, deed))
            deed.first(self.mirrors, step, {})
        return perform(run, self.sides[step.side], lambda made: deed.keep(self.mirrors, step, made))

    def _run(self, number: int, step: Step, deed: Writing) -> Run:
        """Its key is its place in this sync: whoever comes to the same place again finds the run, and does not repeat it."""
        write = deed.write(self.mirrors.parts(step.side))
        if write is None:
            raise Skipped(f"{self.mirrors.label(step.side)} cannot do this.")
        return Run(
            connection=self.mirrors.connection(step.side),
            operation=write.operation,
            title=step.title[:200],
            inputs=write.inputs(deed.draft(self.mirrors, step)),
            key=f"{self.sync.pk}/{number}/{step.kind}/{step.side}/{step.subject}"[:200],
            origin="sync",
        )

    def _put_down(self, number: int, step: Step, result: _Result) -> None:
        StepRecord.objects.create(
            sync=self.sync,
            number=number,
            kind=step.kind,
            side=step.side,
            link_id=step.link or None,
            subject=step.subject[:300],
            before=dict(step.before),
            after=dict(step.after),
            title=step.title[:300],
            outcome=result.outcome,
            message=result.message,
            is_write=step.kind.writes,
            seconds=step.seconds,
            went_unasked=step.is_guarded and not is_approved(self.sync.integration, step),
            run=result.run,
        )

    def _stop_where_answers_are_swallowed(self, run: Run | None) -> None:
        if run is None:
            return
        self.lost_in_a_row = self.lost_in_a_row + 1 if run.fault == FaultKind.LOST else 0
        if self.lost_in_a_row >= LOST_IN_A_ROW:
            raise LostAnswer("So it goes for every call at the moment; the sync is tried again later.")


def _to_perform(wanted: Run) -> Run:
    """The run to perform: a new one, or the one that was certainly not done at this place before, because there was no call left for it.

    Raises `Skipped` where it may have been done.
    """
    run = ask(wanted)
    if run.state == Run.State.FAILED:
        run.inputs = wanted.inputs
        run.save(update_fields=["inputs"])
    elif run.state != Run.State.WAITING:
        raise Skipped("It was tried already; the next sync looks what came of it.")
    return run


def _result_of(run: Run | None) -> _Result:
    """How a step ended. What somebody changed at the same moment is not overwritten: the next sync compares it anew."""
    if run is None:
        return _Result(StepRecord.Outcome.DONE)
    outcome = StepRecord.Outcome.SKIPPED if run.is_stale else StepRecord.Outcome(run.state)
    return _Result(outcome, run.message, run.fault, run)
