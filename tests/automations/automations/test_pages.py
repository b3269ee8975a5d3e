"""The pages of automations: the list, and each of them. Without a script, as a browser sends them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.automations.looping import TOO_DEEP
from integrations.automations.models import Automation, AutomationRun
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import scope
from tests.automations.automations.asking import ALL, SAVEPOINTS, address, run_address, shown
from tests.factories import (
    make_automation,
    make_automation_run,
    make_event,
    make_step,
)
from tests.records.samples import sign_in

pytestmark = pytest.mark.django_db


def test_an_empty_list_leads_to_the_first_automation(owner: Client, bound: None) -> None:
    assert "Nothing is automated yet" in shown(owner, ALL)


def test_the_list_says_how_each_stands(owner: Client, trigger: Trigger, automation: Automation) -> None:
    with scope():
        on = make_automation(trigger, name="Tell the office")
        make_automation_run(on, state=AutomationRun.State.FAILED)
        make_automation(trigger, name="Gone", ended_at=on.edited_at)
    page = shown(owner, ALL)
    for words in ("Copy projects", "Off, not tried yet", "Tell the office", "On", "Failed", "none yet"):
        assert words in page
    assert "Gone" not in page


def test_the_list_takes_a_bounded_number_of_queries(owner: Client, trigger: Trigger, django_assert_max_num_queries: Any) -> None:
    with scope():
        for number in range(20):
            make_automation_run(make_automation(trigger, name=f"Automation {number}"))
    with django_assert_max_num_queries(7 + SAVEPOINTS):
        shown(owner, ALL)


def test_a_new_automation_begins_with_its_trigger_and_name(owner: Client, trigger: Trigger) -> None:
    answer = owner.post(f"{ALL}new/", {"trigger": str(trigger.pk), "name": "Copy"})
    assert answer.status_code == 303
    with scope():
        made = Automation.objects.get()
        assert AuditEntry.objects.filter(action="automation.made").exists()
    assert answer["Location"] == address(made)
    assert (made.name, made.trigger_id, made.is_on, made.steps) == ("Copy", trigger.pk, False, [])


@pytest.mark.parametrize("sent", [{"trigger": "", "name": "Copy"}, {"trigger": "x", "name": "Copy"}, {"trigger": "\0", "name": "Copy"}])
def test_a_trigger_that_is_not_there_is_told_and_the_name_kept(owner: Client, trigger: Trigger, sent: dict[str, str]) -> None:
    answer = owner.post(f"{ALL}new/", sent)
    assert answer.status_code == 422
    assert 'value="Copy"' in answer.content.decode()


def test_without_a_trigger_the_page_leads_to_making_one(owner: Client, bound: None) -> None:
    assert "There is no trigger yet" in shown(owner, f"{ALL}new/")


def test_an_automation_shows_when_it_runs_what_it_does_and_what_it_did(
    owner: Client, trigger: Trigger, event: Event, django_assert_max_num_queries: Any
) -> None:
    conditions = [{"field": "event.after.budget.cost", "test": "more", "value": "10"}]
    with scope():
        automation = make_automation(trigger, conditions=conditions, steps=[make_step(trigger.connection) for _ in range(6)])
        for number in range(12):
            make_automation_run(automation, make_event(trigger, title=f"Project {number}"))
    with django_assert_max_num_queries(11 + SAVEPOINTS):
        page = shown(owner, address(automation))
    for words in ("event.after.budget.cost", "is more than", "Create a Project", "Project 11", "All runs"):
        assert words in page
    assert "Project 1<" not in page


def test_all_runs_of_an_automation_are_paged(owner: Client, trigger: Trigger, automation: Automation) -> None:
    with scope():
        for number in range(55):
            make_automation_run(automation, make_event(trigger, title=f"Project {number}"))
    first = owner.get(address(automation, "automation_runs")).context["page"]
    second = owner.get(address(automation, "automation_runs"), {"after": first.after}).context["page"]
    assert len({run.pk for run in [*first.rows, *second.rows]}) == 55


def test_a_circle_is_told_on_the_automation_and_on_its_run(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
        run = make_automation_run(automation, depth=6, state=AutomationRun.State.STOPPED, message=TOO_DEEP)
    assert "It goes round in a circle" in shown(owner, address(automation))
    assert "more than 5 deep" in shown(owner, run_address(run))


def test_a_viewer_looks_and_changes_nothing(client: Client, charlie: User, organization: Organization, trigger: Trigger) -> None:
    with scope():
        Membership.objects.create(user=charlie, role=Role.VIEWER)
        automation = make_automation(trigger)
    viewer = sign_in(client, charlie)
    page = shown(viewer, address(automation))
    for words in ("Switch off", "Add a step", "Delete", "Edit<"):
        assert f">{words}" not in page
    assert viewer.post(address(automation, "automation_switch"), {"to": "off"}).status_code == 403
