"""New events start automations, in the transaction that writes them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.automations.automation_services import start_automations
from integrations.automations.looping import TOO_DEEP
from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.triggers.models import Event, Trigger
from integrations.triggers.registry import tell_above
from portal.organizations.scope import scope
from tests.factories import make_automation, make_automation_run, make_event, make_run, make_trigger

pytestmark = pytest.mark.django_db


def events_of(trigger: Trigger, count: int = 3, **fields: Any) -> list[Event]:
    return [make_event(trigger, title=f"Project {number}", position=number, **fields) for number in range(count)]


def runs() -> list[AutomationRun]:
    return list(AutomationRun.objects.select_related("event", "automation").order_by("due_at"))


def test_each_event_starts_each_automation_that_is_on_in_order(trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
        make_automation(trigger, name="Off", is_on=False)
        make_automation(trigger, name="Ended", ended_at=automation.edited_at)
        make_automation(make_trigger(trigger.connection), name="Of another trigger")
        tell_above(events_of(trigger))
        found = runs()
    assert [(run.automation.name, run.event.title, run.state) for run in found] == [
        ("Copy projects", f"Project {number}", "waiting") for number in range(3)
    ]
    assert all(run.steps == automation.steps and run.due_at and not run.is_test for run in found)


def test_an_event_for_which_a_condition_does_not_hold_starts_nothing(trigger: Trigger) -> None:
    with scope():
        make_automation(trigger, conditions=[{"field": "event.title", "test": "is", "value": "Project 1"}])
        start_automations(events_of(trigger))
        assert [run.event.title for run in runs()] == ["Project 1"]


def test_the_same_event_told_twice_starts_one_run(trigger: Trigger) -> None:
    with scope():
        make_automation(trigger)
        events = events_of(trigger)
        start_automations(events)
        start_automations(events)
        assert len(runs()) == 3


def test_starting_takes_as_many_queries_for_many_events_as_for_few(trigger: Trigger, django_assert_max_num_queries: Any) -> None:
    with scope():
        for number in range(4):
            make_automation(trigger, name=f"Automation {number}")
        caused = make_run(trigger.connection)
        events = events_of(trigger, 50, run_id=caused.pk)
        with django_assert_max_num_queries(3):
            start_automations(events)
        assert len(runs()) == 200


def test_an_event_that_a_step_caused_lies_one_deeper(trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
        caused = make_run(trigger.connection)
        StepRun.objects.create(automation_run=make_automation_run(automation, depth=2), number=1, run=caused)
        start_automations([make_event(trigger, run_id=caused.pk), make_event(trigger, run_id=make_run(trigger.connection).pk)])
        assert sorted(run.depth for run in runs() if run.due_at) == [0, 3]


def test_what_lies_too_deep_is_stopped_with_a_reason_and_never_due(trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
        for depth in (Automation.deepest - 1, Automation.deepest):
            caused = make_run(trigger.connection)
            StepRun.objects.create(automation_run=make_automation_run(automation, depth=depth), number=1, run=caused)
            start_automations([make_event(trigger, title=f"After {depth}", run_id=caused.pk)])
        found = {run.event.title: run for run in runs()}
    assert found["After 4"].state == "waiting"
    stopped = found["After 5"]
    assert (stopped.state, stopped.message, stopped.due_at) == ("stopped", TOO_DEEP, None)
    assert stopped.ended_at
