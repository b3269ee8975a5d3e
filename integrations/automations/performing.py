"""Runs of automations that are due: their steps one after another, each as a run of its operation.

A worker may be killed at any line. A step is asked for under a key, so that it is done once; one that was under way then ends as unknown,
and is never repeated unless a person has looked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from integrations.automations.automation_values import values_of
from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.automations.resolving import Resolved, Step, organizations_zone, resolve, steps_of
from integrations.connections.sealing import SealBroken
from integrations.connections.services import Urgency, open_client, try_later
from integrations.operations.models import Run
from integrations.operations.queries import declared
from integrations.operations.retrying import may_pass
from integrations.operations.running import UNREADABLE, ask, give_up, repeat
from integrations.transport.errors import ProviderError, SignedOut
from portal.organizations.scope import scope
from portal.work.claims import Hold

ORIGIN = "automation"
UNDECLARED = "This portal does not know this operation any more."
ITS_TURN = timedelta(seconds=5)


def key_of(run: AutomationRun, number: int, tries: int) -> str:
    """What makes asking for a step twice harmless."""
    return f"automation/{run.pk}/{number}/{tries}"


def perform(hold: Hold[AutomationRun]) -> None:
    """Goes on with one run as far as it can; what may pass by itself is tried again a few times."""
    with scope():
        run = AutomationRun.objects.select_related("automation", "event__trigger__connection").get(pk=hold.id)
        is_behind = _is_behind(run)
    if run.has_ended:
        hold.finish()
    elif is_behind:
        hold.rest(timezone.now() + ITS_TURN)
    else:
        hold.renew(state=AutomationRun.State.RUNNING, message="")
        _Performer(hold, run).go_on()


def _is_behind(run: AutomationRun) -> bool:
    """Whether the automation still works for something that happened to the same record before."""
    about = {"event__entity": run.event.entity, "event__remote_id": run.event.remote_id, "event__position__lt": run.event.position}
    earlier = AutomationRun.objects.filter(automation=run.automation_id, is_test=False, due_at__isnull=False, **about)
    return not run.is_test and earlier.exists()


class _Performer:
    """A run of an automation at work."""

    def __init__(self, hold: Hold[AutomationRun], run: AutomationRun) -> None:
        self.hold, self.run = hold, run
        self.outputs: dict[int, Any] = {}
        with scope():
            self.steps, self.zone = steps_of(run.steps), organizations_zone()

    def go_on(self) -> None:
        """Does the steps in their order, as long as they are done; those that were done before are passed over."""
        for step in self.steps:
            asked = self._asked(step)
            if asked is None:
                return
            was_done = asked.state == Run.State.DONE
            try:
                done = self._done(asked)
            except ProviderError as error:
                self._wait(step, error)
                return
            if done.state != Run.State.DONE:
                self._end(AutomationRun.State.FAILED, f"Step {step.number}, {step.label}: {done.message}")
                return
            self.outputs[step.number] = done.output
            if not was_done:  # one that was done before says nothing about how the next one fares
                self.hold.renew(failures=0)
        self._end(AutomationRun.State.DONE)

    def _asked(self, step: Step) -> Run | None:
        """The run of a step: the one that stands, or a new one. None where its inputs cannot be made; the whole has ended then."""
        with scope():
            standing = self.run.step_runs.filter(number=step.number).select_related("run__connection").first()
            if standing and standing.run:
                return standing.run
            resolved = resolve(step, values_of(self.run.event, self.outputs), self.zone)
            if resolved.run:
                return self._put_down(step, resolved, resolved.run, standing.tries if standing else 1)
            self._note(step, problem=resolved.message)
            self._end(AutomationRun.State.FAILED, f"Step {step.number}, {step.label}, could not be filled in. {resolved.message}")
            return None

    def _put_down(self, step: Step, resolved: Resolved, run: Run, tries: int) -> Run:
        run.form_id, run.origin, run.key = None, ORIGIN, key_of(self.run, step.number, tries)
        run.title = run.title or step.label
        asked = ask(run)
        self._note(step, run=asked, problem="")
        return asked

    def _note(self, step: Step, **facts: Any) -> None:
        StepRun.objects.update_or_create(automation_run=self.run, number=step.number, defaults=facts)

    def _done(self, run: Run) -> Run:
        """The run as it ended. Raises `ProviderError` for what may pass by itself."""
        if run.state == Run.State.DONE:
            return run
        if declared(run) is None:
            give_up(run.pk, UNDECLARED)
            return _newest(run)
        try:
            with open_client(run.connection_id, f"Automation {self.run.automation}", Urgency.WRITE) as opened:
                return repeat(run.pk, opened)
        except ProviderError as error:
            if may_pass(run.pk, self.hold.read().failures, error):
                raise
            give_up(run.pk, str(error), error.kind)
        except SealBroken:
            give_up(run.pk, str(SignedOut(UNREADABLE)), SignedOut.kind)
        return _newest(run)

    def _wait(self, step: Step, error: ProviderError) -> None:
        """Has the run go on later, and says what it waits for: our own budget too."""
        message = f"Step {step.number}, {step.label}, is tried again. {error}"
        self.hold.renew(state=AutomationRun.State.WAITING, message=message)
        try_later(self.hold, error)

    def _end(self, state: AutomationRun.State, message: str = "") -> None:
        now = timezone.now()
        with scope():
            if self.run.is_test and state == AutomationRun.State.DONE:
                self._note_that_it_was_tried(now)
            self.hold.finish(state=state, message=message, ended_at=now)

    def _note_that_it_was_tried(self, now: datetime) -> None:
        """Unless it was edited since."""
        Automation.objects.filter(pk=self.run.automation_id, edited_at__lte=self.run.created_at).update(tried_at=now)


def _newest(run: Run) -> Run:
    with scope():
        return Run.objects.select_related("connection").get(pk=run.pk)
