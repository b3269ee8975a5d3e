"""Dry runs, and runs for real with an event of the past."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.automations.models import Automation, AutomationRun
from integrations.operations.models import Run
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.automations.automations.asking import address, now, run_address, said, shown
from tests.factories import (
    make_automation,
    make_automation_run,
    make_event,
    make_record,
    make_run,
    make_step,
    make_trigger,
)

pytestmark = pytest.mark.django_db


def test_a_dry_run_shows_the_inputs_and_the_call_of_each_step_and_allows_switching_on(
    owner: Client, automation: Automation, event: Event
) -> None:
    connection = automation.trigger.connection
    with scope():
        second = make_step(connection, "update_project", project_id="{{ steps.1.id }}", name="Again {{ event.title }}")
        make_run(connection, state=Run.State.DONE, output={"id": 77, "name": "Made"})
        Automation.objects.update(
            steps=[make_step(connection), second], conditions=[{"field": "event.title", "test": "is", "value": "Other"}]
        )
    answer = owner.post(address(automation, "try"), {"event": str(event.pk), "do": "dry"})
    assert answer.status_code == 303
    page = shown(owner, answer["Location"])
    for words in ("Every step can be filled in", "It would not run", "it is “Tour”", "Again Tour", "/v2/projects/77", "POST"):
        assert words in page
    assert now(automation).was_tried
    with scope():
        assert not AutomationRun.objects.exists()
    assert "is on: it runs by itself now" in said(owner, owner.post(address(automation, "automation_switch"), {"to": "on"}))
    assert now(automation).is_on


def test_a_dry_run_that_goes_wrong_says_at_which_field_and_does_not_count(owner: Client, automation: Automation, event: Event) -> None:
    with scope():
        Automation.objects.update(steps=[make_step(automation.trigger.connection, name="{{ event.after.nope }}")])
    page = said(owner, owner.post(address(automation, "try"), {"event": str(event.pk), "do": "dry"}))
    assert "“nope” is not there" in page
    assert not now(automation).was_tried
    assert "Try it first" in said(owner, owner.post(address(automation, "automation_switch"), {"to": "on"}))


def test_what_only_an_earlier_step_can_tell_is_known_later(owner: Client, automation: Automation, event: Event) -> None:
    connection = automation.trigger.connection
    with scope():
        Automation.objects.update(steps=[make_step(connection, "create_client", name="C"), make_step(connection, name="{{ steps.1.id }}")])
    page = said(owner, owner.post(address(automation, "try"), {"event": str(event.pk), "do": "dry"}))
    assert "known only when step 1 has run" in page
    assert "Run it for real once" in page
    assert "Every step can be filled in" not in page
    assert not now(automation).was_tried


def test_a_number_that_is_far_too_large_is_told_at_its_field(owner: Client, automation: Automation, trigger: Trigger) -> None:
    with scope():
        Automation.objects.update(steps=[make_step(automation.trigger.connection, name="{{ event.after.name | number }}")])
        event = make_event(trigger, after={"name": "1e9999999"})
    page = said(owner, owner.post(address(automation, "try"), {"event": str(event.pk), "do": "dry"}))
    assert "This number is too large." in page
    assert not now(automation).was_tried


@pytest.mark.parametrize("chosen", ["", "x", "\0", "00000000-0000-0000-0000-000000000000"])
def test_an_event_that_is_not_there_is_told(owner: Client, automation: Automation, event: Event, chosen: str) -> None:
    assert "Choose an event first" in said(owner, owner.post(address(automation, "try"), {"event": chosen}))
    shown(owner, address(automation, "try"), {"event": chosen})


def test_an_event_of_another_trigger_is_not_taken(owner: Client, automation: Automation) -> None:
    with scope():
        foreign = make_event(make_trigger(automation.trigger.connection))
    assert "Choose an event first" in said(owner, owner.post(address(automation, "try"), {"event": str(foreign.pk), "do": "run"}))


def test_run_for_real_it_is_due_and_marked_as_tried(owner: Client, trigger: Trigger, event: Event, alice: User) -> None:
    with scope():
        automation = make_automation(trigger)
    page = said(owner, owner.post(address(automation, "try"), {"event": str(event.pk), "do": "run"}))
    assert f"Tried by {alice}" in page
    with scope():
        run = AutomationRun.objects.get()
    assert (run.is_test, run.asked_by_id) == (True, alice.pk)
    assert run.due_at


def test_an_automation_without_steps_is_neither_tried_nor_switched_on(owner: Client, automation: Automation, event: Event) -> None:
    for path, sent in (("try", {"event": str(event.pk), "do": "run"}), ("automation_switch", {"to": "on"})):
        assert "It has no steps yet" in said(owner, owner.post(address(automation, path), sent))


def test_an_ended_automation_is_gone_and_its_runs_stay(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
        run = make_automation_run(automation)
    assert "is deleted" in said(owner, owner.post(address(automation, "automation_end")))
    assert owner.get(address(automation)).status_code == 404
    assert "It was stopped" in shown(owner, run_address(run))


def test_pressed_twice_it_runs_once(owner: Client, trigger: Trigger, event: Event) -> None:
    with scope():
        automation = make_automation(trigger)
    sent = {"event": str(event.pk), "do": "run"}
    assert owner.post(address(automation, "try"), sent)["Location"] == owner.post(address(automation, "try"), sent)["Location"]
    with scope():
        assert AutomationRun.objects.count() == 1


def test_a_change_that_changes_nothing_says_so(owner: Client, trigger: Trigger) -> None:
    with scope():
        record = make_record(trigger.connection, data={"id": 5, "name": "Tour", "status": "active"}, remote_id="5")
        event = make_event(trigger, title="Tour", remote_id=record.remote_id)
        given = {"project_id": "{{ event.remote_id }}", "name": "{{ event.title }}"}
        automation = make_automation(trigger, steps=[make_step(trigger.connection, "update_project", **given)])
    page = said(owner, owner.post(address(automation, "try"), {"event": str(event.pk), "do": "dry"}))
    assert "Nothing would change" in page
