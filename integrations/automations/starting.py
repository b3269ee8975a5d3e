"""What automations are run because of new events. Written in the transaction that writes the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.automations.automation_values import facts_of
from integrations.automations.conditions import all_hold
from integrations.automations.looping import TOO_DEEP, depths_of, is_too_deep
from integrations.automations.models import Automation, AutomationRun
from integrations.triggers.models import Event
from portal.accounts.models import User
from portal.work.claims import wake_soon

IN_ORDER = timedelta(microseconds=1)  # what happened first is claimed first


def start_automations(events: Sequence[Event]) -> None:
    """Has every automation that is on run for each of these events of one trigger for which its conditions hold. Three queries."""
    automations = list(Automation.objects.filter(trigger=events[0].trigger_id, is_on=True, ended_at=None)) if events else []
    if not automations:
        return
    depths, now = depths_of(events), timezone.now()
    facts = [(event, facts_of(event)) for event in events]
    wanted = [(each, event) for event, said in facts for each in automations if all_hold(each.conditions, said)]
    runs = [run_for(each, event, depths[event.pk], now + IN_ORDER * place) for place, (each, event) in enumerate(wanted)]
    AutomationRun.objects.bulk_create(runs, ignore_conflicts=True)
    wake_soon()


def run_for(automation: Automation, event: Event, depth: int, at: datetime, tried_by: User | None = None) -> AutomationRun:
    """A run that is due, or one that stops at once because automations go round in a circle; not saved yet."""
    run = AutomationRun(
        automation=automation,
        event=event,
        steps=automation.steps,
        depth=depth,
        due_at=at,
        is_test=tried_by is not None,
        asked_by=tried_by,
    )
    if is_too_deep(depth):
        run.state, run.message, run.due_at, run.ended_at = AutomationRun.State.STOPPED, TOO_DEEP, None, at
    return run
