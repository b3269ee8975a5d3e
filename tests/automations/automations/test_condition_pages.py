"""Setting up the conditions of an automation."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.automations.models import Automation
from integrations.triggers.models import Event, Trigger
from portal.organizations.scope import scope
from tests.automations.automations.asking import address, now, shown
from tests.factories import (
    make_automation,
)

pytestmark = pytest.mark.django_db


def rows(*conditions: tuple[str, str, str], **more: str) -> dict[str, str]:
    """What the browser sends of the rows of conditions."""
    sent = {"name": "Copy", "conditions-TOTAL_FORMS": str(len(conditions)), "conditions-INITIAL_FORMS": "0", **more}
    for number, (field, test, value) in enumerate(conditions):
        sent |= {f"conditions-{number}-field": field, f"conditions-{number}-test": test, f"conditions-{number}-value": value}
    return sent


def test_conditions_are_kept_and_switch_it_off_until_it_is_tried_again(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
    sent = rows(("event.after.name", "starts", "T"), ("", "is", ""), ("event.after.status", "changed", "left over"))
    assert owner.post(address(automation, "automation_edit"), sent).status_code == 303
    kept = now(automation)
    assert kept.conditions == [
        {"field": "event.after.name", "test": "starts", "value": "T"},
        {"field": "event.after.status", "test": "changed", "value": ""},
    ]
    assert (kept.name, kept.is_on, kept.was_tried) == ("Copy", False, False)
    assert 'value="event.after.name"' in shown(owner, address(automation, "automation_edit"))


def test_a_new_name_alone_changes_nothing_else(owner: Client, trigger: Trigger) -> None:
    with scope():
        automation = make_automation(trigger)
    owner.post(address(automation, "automation_edit"), rows())
    assert (now(automation).name, now(automation).is_on) == ("Copy", True)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (("event.after.name", "is", ""), "Say what it is compared with."),
        (("", "is", "T"), "Name the field that is looked at."),
        (("name", "is", "T"), "“name” is unknown"),
        (("event.after.name | upper", "is", "T"), "Name a field"),
        (("event.kind", "changed", ""), "Only fields of the record"),
        (("event.after.name", "resembles", "T"), "Select a valid choice"),
        (("event.after.name", "is", "x" * 301), "at most 300"),
        (("event.a\0", "is", "T"), "Null characters"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_and_loses_nothing(
    owner: Client, automation: Automation, condition: tuple[str, str, str], said: str
) -> None:
    answer = owner.post(address(automation, "automation_edit"), rows(condition, ("event.title", "contains", "kept too")))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "kept too" in page
    assert now(automation).conditions == []


def test_the_edit_page_offers_the_fields_of_the_newest_event(owner: Client, automation: Automation, event: Event) -> None:
    page = shown(owner, address(automation, "automation_edit"))
    assert 'data-insert="event.after.budget.cost"' in page
    assert '<option value="event.after.budget.cost">' in page
    assert "12.5" in page
