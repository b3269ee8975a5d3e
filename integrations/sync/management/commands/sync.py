"""`manage.py sync`: what the integrations of an organization would do, or does it now in this process."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils import timezone

from integrations.connections.operator import NotFound, organization_named
from integrations.linking.models import Integration
from integrations.sync.models import StepRecord, Sync
from integrations.sync.services import preview
from integrations.sync.steps import Plan, Step
from integrations.sync.tasks import work_on
from portal.organizations.scope import bind, scope
from portal.work.claims import lease, take

WENT_WRONG, NOTHING_TO_SYNC = 1, 2
BAD_OUTCOMES = {StepRecord.Outcome.REFUSED, StepRecord.Outcome.UNKNOWN}
NOT_BEGUN = "The sync could not begin."
Told = dict[str, Any]


class Command(BaseCommand):
    help = (
        "Prints what a sync of each integration of an organization would do, by what is known of both sides; with --apply syncs now and "
        "prints what came of it. Ends with 0 if all is well, 1 if something was refused or failed, 2 if there is nothing to sync."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organization", help="Its address (northlight) or its id.")
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--plan", action="store_true", help="Only print what would be done; asks no provider. This is the default.")
        ways.add_argument("--apply", action="store_true", help="Sync now, as a worker does, and print each step with its outcome.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        organization_id = _organization(options["organization"])
        with bind(organization_id):
            told = [_applied(each) if options["apply"] else _planned(each) for each in _integrations(options["organization"])]
        words = json.dumps({"integrations": told}, indent=2, ensure_ascii=False) if options["json"] else "\n".join(_lines(told))
        self.stdout.write(words)
        if wrong := [f"{each['integration']}: {each['problem']}" for each in told if each.get("problem")]:
            raise CommandError("\n".join(wrong), returncode=WENT_WRONG)


def _organization(text: str) -> UUID:
    try:
        return organization_named(text)
    except NotFound as error:
        raise CommandError(str(error), returncode=NOTHING_TO_SYNC) from error


def _integrations(organization: str) -> list[Integration]:
    with scope():
        found = list(Integration.objects.select_related("left", "right").order_by("created_at"))
    if not found:
        raise CommandError(f"{organization} has joined no two connections yet: there is nothing to sync.", returncode=NOTHING_TO_SYNC)
    return found


# --- What would be done ---------------------------------------------------------------------------------------------------


def _planned(integration: Integration) -> Told:
    with scope():
        made = preview(integration)
    return {**_named(integration), **_plan_of(made)}


def _plan_of(made: Plan) -> Told:
    return {
        "steps": [_step(step) for step in made.steps],
        "writes": made.writes,
        "held": [{"title": each.title, "why": each.why, "left": each.left, "right": each.right} for each in made.held],
        "left_out": [asdict(each) for each in made.left_out],
    }


def _step(step: Step) -> Told:
    return {"kind": step.kind, "side": step.side, "title": step.title, "before": dict(step.before), "after": dict(step.after)}


# --- Doing it -------------------------------------------------------------------------------------------------------------


def _applied(integration: Integration) -> Told:
    """Syncs an integration, holding its claim as a worker does."""
    if integration.is_paused:
        return {**_named(integration), "problem": "It is paused. Resume it first."}
    claim = _claim(integration)
    if claim is None:
        return {**_named(integration), "problem": "A sync of it runs already. Wait until that is through, then try again."}
    began = timezone.now()
    with take(Integration, integration.pk, claim) as hold:
        assert hold is not None, "we have just claimed it"
        work_on(hold)
    return {**_named(integration), **_outcome(integration, began)}


def _claim(integration: Integration) -> UUID | None:
    """Claims an integration, unless somebody else works on it."""
    now, claim = timezone.now(), uuid.uuid4()
    with scope():
        free = Integration.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), pk=integration.pk)
        return claim if free.update(claim=claim, claimed_until=now + lease()) else None


def _outcome(integration: Integration, began: datetime) -> Told:
    """What came of the sync that was just done. One that could not even begin has left its words on the integration."""
    with scope():
        problem = Integration.objects.get(pk=integration.pk).problem
        sync = _touched_since(integration, began)
        steps = list(StepRecord.objects.filter(sync=sync, created_at__gte=began)) if sync else []
    if sync is None:
        return {"problem": problem or NOT_BEGUN}
    done = [{"title": step.title, "outcome": step.outcome, "message": step.message} for step in steps]
    return {"state": sync.state, "steps": done, "held": sync.held, "left_out": sync.left_out, "problem": _problem(sync, steps, problem)}


def _touched_since(integration: Integration, began: datetime) -> Sync | None:
    """The sync that was begun since then, or gone on with: that one has ended since, or waits again."""
    touched = Q(created_at__gte=began) | Q(ended_at__gte=began) | Q(state=Sync.State.WAITING)
    return Sync.objects.filter(touched, integration=integration).order_by("-created_at").first()


def _problem(sync: Sync, steps: list[StepRecord], problem: str) -> str:
    wrong = sum(step.outcome in BAD_OUTCOMES for step in steps)
    refused = f"{wrong} of {len(steps)} steps went wrong." if wrong else ""
    return refused if sync.state == Sync.State.DONE else problem or sync.message or sync.get_state_display()


# --- Words ----------------------------------------------------------------------------------------------------------------


def _named(integration: Integration) -> Told:
    return {"id": str(integration.pk), "integration": str(integration)}


def _lines(told: list[Told]) -> Iterator[str]:
    for each in told:
        yield f"{each['integration']}: {_summary(each)}"
        yield from (f"  {_words(step)}" for step in each.get("steps", []))
        yield from _held(each.get("held", []))
        yield from (f"  left out: {one['count']} {one['reason']}" for one in each.get("left_out", []))


def _summary(told: Told) -> str:
    if "steps" not in told:
        return "not synced"
    count = len(told["steps"])
    words = f"{count} step{'' if count == 1 else 's'}"
    return f"{told['state']}, {words}" if "state" in told else f"{words}, {told['writes']} of them written"


def _words(step: Told) -> str:
    outcome = f"{step['outcome']}: " if "outcome" in step else ""
    return f"{outcome}{step['title']}{': ' + step['message'] if step.get('message') else ''}"


def _held(held: list[Told] | int) -> Iterator[str]:
    if isinstance(held, int):
        yield from ([f"  waiting for a person: {held}"] if held else [])
        return
    yield from (f"  waits for a person: {each['title']}" for each in held)
