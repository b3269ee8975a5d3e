"""What people do with automations. All of it needs a scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.utils import timezone

from integrations.automations.automation_values import facts_of, values_of
from integrations.automations.conditions import all_hold
from integrations.automations.looping import depths_of
from integrations.automations.models import Automation, AutomationRun
from integrations.automations.resolving import Resolved, organizations_zone, resolve, steps_of
from integrations.automations.starting import run_for, start_automations
from integrations.automations.trees import example_outputs
from integrations.catalogue import Operation
from integrations.connections.models import Connection
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due, wake_soon

__all__ = [
    "MOST_STEPS", "NotYet", "dry_run", "edit", "end", "keep_step", "make_automation", "move_step", "note_dry_run", "remove_step",
    "resume", "start_automations", "switch_off", "switch_on", "try_with",
]  # fmt: skip

MOST_STEPS = 20
SWITCHED_OFF = "The automation was switched off before its turn came."

STANDING = ("name", "conditions", "steps", "is_on", "edited_at", "tried_at", "ended_at")

Conditions = list[dict[str, str]]


class NotYet(ValueError):
    """Something has to be done before; its message says what."""


# --- editing -----------------------------------------------------------------------------------------------------------


def make_automation(trigger: Trigger, name: str, person: User) -> Automation:
    """An automation that does nothing yet, switched off."""
    automation = Automation.objects.create(trigger=trigger, name=name, made_by=person, edited_at=timezone.now())
    audit(person, "automation.made", name, trigger=trigger.name)
    return automation


def edit(automation: Automation, person: User, *, name: str, conditions: Conditions) -> None:
    _lock(automation)
    automation.name = name
    if conditions != automation.conditions:
        automation.conditions = conditions
        _changed(automation)
    automation.save(update_fields=["name", "conditions", "edited_at", "is_on"])
    audit(person, "automation.edited", name)


def keep_step(
    automation: Automation, person: User, connection: Connection, operation: Operation, given: Mapping[str, Any], step: str = ""
) -> None:
    """Puts a step behind the others, or in the place of the one with this id. Raises `NotYet` where there are too many."""
    _lock(automation)
    kept = {"id": step or uuid4().hex, "connection": str(connection.pk), "operation": operation.name, "given": dict(given)}
    steps = [kept if each["id"] == step else each for each in automation.steps]
    if not step and len(steps) >= MOST_STEPS:
        raise NotYet(f"An automation has at most {MOST_STEPS} steps.")
    _keep_steps(automation, steps if step else [*steps, kept], person)


def move_step(automation: Automation, person: User, step: str, by: int) -> None:
    """Changes places with its neighbour. Nothing happens at the ends."""
    _lock(automation)
    steps = list(automation.steps)
    at = next((place for place, each in enumerate(steps) if each["id"] == step), len(steps))
    to = at + by
    if 0 <= to < len(steps) and at < len(steps):
        steps[at], steps[to] = steps[to], steps[at]
        _keep_steps(automation, steps, person)


def remove_step(automation: Automation, person: User, step: str) -> None:
    _lock(automation)
    _keep_steps(automation, [each for each in automation.steps if each["id"] != step], person)


def _lock(automation: Automation) -> None:
    """Reads it anew, as somebody else may have left it just now; nobody else changes it until we are done. New runs may point to it
    meanwhile.
    """
    automation.refresh_from_db(fields=STANDING, from_queryset=Automation.objects.select_for_update(no_key=True))


def _keep_steps(automation: Automation, steps: list[dict[str, Any]], person: User) -> None:
    automation.steps = steps
    _changed(automation)
    automation.save(update_fields=["steps", "edited_at", "is_on"])
    audit(person, "automation.steps_changed", automation.name)


def _changed(automation: Automation) -> None:
    """What was changed has to be tried anew before it runs by itself, and before what waits for its turn is done."""
    automation.edited_at, automation.is_on = timezone.now(), False
    _give_up_waiting(automation)


# --- trying ------------------------------------------------------------------------------------------------------------


def dry_run(automation: Automation, event: Event) -> list[Resolved]:
    """The inputs and the call of each step, as they would be for this event; nothing is sent. What earlier steps would give is taken from
    what they gave last, or from a record of that kind.
    """
    steps, zone = steps_of(automation.steps), organizations_zone()
    outputs = example_outputs(steps)
    return [resolve(step, values_of(event, {n: each for n, each in outputs.items() if n < step.number}), zone) for step in steps]


def went_well(resolved: Sequence[Resolved]) -> bool:
    """Whether nothing speaks against any step. Inputs that are known only later may still turn out to be wrong."""
    return bool(resolved) and all(each.is_well for each in resolved)


def is_enough(resolved: Sequence[Resolved]) -> bool:
    """Whether a dry run has shown that every step can be filled in: nothing is left that only a real run can tell."""
    return went_well(resolved) and not any(each.waits_for for each in resolved)


def note_dry_run(automation: Automation, resolved: Sequence[Resolved]) -> None:
    """A dry run that went well is enough to switch it on, where all inputs were known."""
    if is_enough(resolved):
        Automation.objects.filter(pk=automation.pk, edited_at=automation.edited_at).update(tried_at=timezone.now())


def try_with(automation: Automation, event: Event, person: User) -> AutomationRun:
    """Really runs it for an event of the past. Its conditions are passed over: the person wants to see the steps. One
    that is still under way is not begun twice. Raises `NotYet`."""
    _lock(automation)  # whoever presses twice waits here, and finds the run of the first time
    _make_sure_it_has_steps(automation)
    if standing := AutomationRun.objects.filter(automation=automation, event=event, is_test=True, due_at__isnull=False).first():
        return standing
    run = run_for(automation, event, depths_of([event])[event.pk], timezone.now(), person)
    run.save()
    wake_soon()
    audit(person, "automation.tried", automation.name, event=str(event))
    return run


def holds_for(automation: Automation, event: Event) -> bool:
    return all_hold(automation.conditions, facts_of(event))


# --- running -----------------------------------------------------------------------------------------------------------


def switch_on(automation: Automation, person: User) -> None:
    """From now on it runs by itself. Raises `NotYet` where it was not tried as it stands."""
    _lock(automation)
    _make_sure_it_has_steps(automation)
    if automation.trigger.ended_at:
        raise NotYet("Its trigger was ended, so nothing would happen any more.")
    if not automation.was_tried:
        raise NotYet("Try it first as it stands now: a dry run is enough, unless a step needs what only an earlier one gives.")
    _switch(automation, person, is_on=True)


def switch_off(automation: Automation, person: User) -> None:
    """Nothing new is begun. What is in the middle of its steps goes on; what waits for its turn is given up."""
    _lock(automation)
    _switch(automation, person, is_on=False)
    _give_up_waiting(automation)


def end(automation: Automation, person: User) -> None:
    """It is gone for good; its runs stay."""
    automation.ended_at, automation.is_on = timezone.now(), False
    automation.save(update_fields=["ended_at", "is_on"])
    _give_up_waiting(automation)
    audit(person, "automation.ended", automation.name)


def resume(run: AutomationRun, person: User) -> None:
    """Goes on from the step that went wrong, as the automation stands now if what was done already is the same there. Raises `NotYet`
    where nothing went wrong.
    """
    if run.state != AutomationRun.State.FAILED:
        raise NotYet("This run is not waiting for anybody.")
    failed = run.step_runs.order_by("number").last()
    if failed is not None:
        run.steps = _newest_steps(run, failed.number - 1)
        failed.run, failed.problem, failed.tries = None, "", failed.tries + 1
        failed.save(update_fields=["run", "problem", "tries"])
    run.state, run.message, run.ended_at, run.failures = AutomationRun.State.WAITING, "", None, 0
    run.save(update_fields=["steps", "state", "message", "ended_at", "failures"])
    make_due(run)
    audit(person, "automation.resumed", str(run.automation), run=str(run.pk))


def _newest_steps(run: AutomationRun, done: int) -> list[dict[str, Any]]:
    """The steps of the automation as it stands, if it begins with those that were done; else as it stood."""
    newest: list[dict[str, Any]] = run.automation.steps
    same = [each["id"] for each in newest[:done]] == [each["id"] for each in run.steps[:done]]
    return newest if same and len(newest) > done else run.steps


def _switch(automation: Automation, person: User, *, is_on: bool) -> None:
    automation.is_on = is_on
    automation.save(update_fields=["is_on"])
    audit(person, "automation.switched_on" if is_on else "automation.switched_off", automation.name)


def _give_up_waiting(automation: Automation) -> None:
    waiting = AutomationRun.objects.filter(automation=automation, state=AutomationRun.State.WAITING, is_test=False, step_runs=None)
    ended = {"state": AutomationRun.State.STOPPED, "message": SWITCHED_OFF, "ended_at": timezone.now()}
    nobodys = {"due_at": None, "claim": None, "claimed_until": None}  # a worker who has taken it up just now finds that it lost it
    still = AutomationRun.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)), state=AutomationRun.State.WAITING)
    still.update(**ended, **nobodys)


def _make_sure_it_has_steps(automation: Automation) -> None:
    if not automation.steps:
        raise NotYet("It has no steps yet. Add one first.")
