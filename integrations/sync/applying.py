"""Carrying out a plan: each step as a run, and what it made put down in the transaction that ends the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from integrations.catalogue import FaultKind
from integrations.connections.services import OpenConnection
from integrations.linking.models import ProjectLink
from integrations.operations.models import Run
from integrations.operations.running import ask, perform
from integrations.sync.deeds import DEEDS, Writing
from integrations.sync.drafts import Mirrors, Skipped
from integrations.sync.models import StepRecord, Sync
from integrations.sync.obstacles import LinkHealth
from integrations.sync.steps import Plan, Step
from integrations.transport.errors import LostAnswer
from portal.organizations.scope import scope

Progress = Callable[[], None]
LOST_IN_A_ROW = 3  # answers; a service that swallows these will swallow the next ones, too


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

    def do(self, number: int, step: Step) -> None:
        """Does one step and puts down how it ended. Raises `ProviderError` for what ends the sync."""
        try:
            self._make_sure_it_may_be_done(step)
            run = self._done(number, step)
            outcome, message = _ended(run)
        except Skipped as skipped:
            run, outcome, message = None, StepRecord.Outcome.SKIPPED, str(skipped)
        with scope():
            self._put_down(number, step, run, outcome, message)
            self.health.note(step, outcome, message, run.fault if run else "")
        self._stop_where_answers_are_swallowed(run)

    def _make_sure_it_may_be_done(self, step: Step) -> None:
        with scope():
            if step.link and not ProjectLink.live.filter(pk=step.link).exists():
                raise Skipped("It was unlinked in the meantime.")
        if self.health.rests(step.link):
            raise Skipped("It rests, because everything that was tried before was refused.")

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

    def _put_down(self, number: int, step: Step, run: Run | None, outcome: StepRecord.Outcome, message: str) -> None:
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
            outcome=outcome,
            message=message,
            is_write=step.kind.writes,
            seconds=step.seconds,
            run=run,
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


def _ended(run: Run | None) -> tuple[StepRecord.Outcome, str]:
    """How a step ended. What somebody changed at the same moment is not overwritten: the next sync compares it anew."""
    if run is None:
        return StepRecord.Outcome.DONE, ""
    if run.is_stale:
        return StepRecord.Outcome.SKIPPED, run.message
    return StepRecord.Outcome(run.state), run.message
