"""What the runs of automations did, and the pages that lead to them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.automations.models import AutomationRun, StepRun
from integrations.connections.models import Connection
from integrations.connections.registry import dependents_of as dependents_of_connection
from integrations.operations.models import Run
from integrations.triggers.models import Event, Trigger
from integrations.triggers.registry import deeds_about, dependents_of
from portal.organizations.scope import scope
from tests.automations.automations.asking import SAVEPOINTS, run_address, said, shown
from tests.factories import (
    make_automation,
    make_automation_run,
    make_connection,
    make_run,
    make_step,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(trigger: Trigger, event: Event) -> AutomationRun:
    """The first of two steps is done, the second may have been."""
    connection = trigger.connection
    with scope():
        automation = make_automation(trigger, steps=[make_step(connection), make_step(connection)])
        run = make_automation_run(automation, event, state=AutomationRun.State.FAILED, message="Step 2: nobody knows.")
        for number, state in ((1, Run.State.DONE), (2, Run.State.UNKNOWN)):
            made = make_run(connection, key=f"automation/{run.pk}/{number}/1", origin="automation", state=state, title=f"Step no {number}")
            StepRun.objects.create(automation_run=run, number=number, run=made)
        return run


def test_a_run_shows_its_steps_and_leads_to_their_runs(owner: Client, failed: AutomationRun, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        page = shown(owner, run_address(failed))
    for words in ("Step no 1", "Done", "Step no 2", "Unknown", "Step 2: nobody knows.", "Go on from this step", "I looked over there"):
        assert words in page


def test_what_may_have_been_done_is_gone_on_with_only_after_a_look(owner: Client, failed: AutomationRun) -> None:
    answer = owner.post(run_address(failed, "automation_resume"))
    assert answer.status_code == 422
    assert "Look at the other side first" in answer.content.decode()
    assert "It goes on" in said(owner, owner.post(run_address(failed, "automation_resume"), {"looked": "on"}))
    with scope():
        assert AutomationRun.objects.get().due_at
    assert "not waiting for anybody" in said(owner, owner.post(run_address(failed, "automation_resume"), {"looked": "on"}))


def test_the_history_of_runs_leads_back_to_the_automation(owner: Client, failed: AutomationRun, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        page = shown(owner, "/o/northwind/runs/", {"origin": "automation"})
    assert page.count(run_address(failed)) == 2
    with scope():
        unknown = Run.objects.get(state=Run.State.UNKNOWN)
    page = shown(owner, reverse("operations:run", kwargs={"organization": "northwind", "run": unknown.pk}))
    assert run_address(failed) in page
    assert "There it can go on from this step" in page
    assert "part of a sync" not in page


def test_an_event_says_what_was_run_because_of_it(failed: AutomationRun, event: Event, django_assert_max_num_queries: Any) -> None:
    with scope(), django_assert_max_num_queries(2):
        [deed] = deeds_about("northwind", [event])[event.pk]
    assert (deed.state, deed.word, deed.title, deed.url) == ("failed", "Failed", "Copy projects", run_address(failed))


def test_triggers_and_connections_say_which_automations_stand_on_them(trigger: Trigger, connection: Connection) -> None:
    with scope():
        other = make_connection("hubstaff")
        make_automation(trigger, name="Copy", steps=[make_step(other)])
        make_automation(trigger, name="Gone", steps=[make_step(other)], ended_at=trigger.created_at)
        assert "The automation “Copy” runs when it fires." in dependents_of(trigger)
        assert "The automation “Copy” runs actions on it." in dependents_of_connection(other)
        assert not [said for said in (*dependents_of(trigger), *dependents_of_connection(other)) if "Gone" in said]
        assert not [said for said in dependents_of_connection(connection) if "Copy" in said]
