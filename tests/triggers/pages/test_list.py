"""The list of triggers: how each is, pausing, resuming and ending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.triggers import registry
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_connection, make_events, make_trigger
from tests.triggers.pages.conftest import EVENTS, SAVEPOINTS, TRIGGERS, address, shown

pytestmark = pytest.mark.django_db
CHANGING = ("pause", "resume", "end", "release", "skip", "renew")


def test_a_manager_is_led_to_the_first_trigger_and_a_member_is_not(
    client: Client, alice: User, bob: User, organization: Organization
) -> None:
    client.force_login(alice)
    assert "triggers/new/" in shown(client, TRIGGERS)
    client.force_login(bob)
    assert "triggers/new/" not in shown(client, TRIGGERS)


def test_the_list_takes_a_bounded_number_of_queries(
    owner: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(30):
            make_trigger(connection, name=f"Trigger {number:02}")
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        page = shown(owner, TRIGGERS)
    assert "Trigger 29" in page


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "Watching"),
        ({"is_paused": True}, "Paused"),
        ({"problem": "No answer."}, "Could not look"),
        ({"polled_at": None}, "Begins in a moment"),
        ({"watch": "gone"}, "Not offered any more"),
        ({"due_at": timezone.now() - timedelta(hours=1)}, "Late"),
        ({"claimed_until": timezone.now() + timedelta(hours=1)}, "Looking"),
        ({"held_at": timezone.now(), "held_count": 140}, "Holds a burst"),
    ],
)
def test_a_trigger_says_how_it_is(
    owner: Client, connection: Connection, organization: Organization, fields: dict[str, Any], word: str
) -> None:
    with scope(organization.id):
        trigger = make_trigger(connection, **fields)
    assert word in shown(owner, TRIGGERS)
    assert word in shown(owner, address(trigger))


def test_a_trigger_of_a_signed_out_connection_says_so(owner: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        Connection.objects.update(state=State.ATTENTION)
    assert "Not connected" in shown(owner, TRIGGERS)


def test_a_trigger_is_paused_and_resumed(owner: Client, trigger: Trigger, organization: Organization) -> None:
    for name, is_paused in (("pause", True), ("resume", False)):
        assert owner.post(address(trigger, name)).status_code == 303
        with scope(organization.id):
            assert Trigger.objects.get().is_paused is is_paused


def test_a_trigger_that_ends_leaves_the_list_and_keeps_its_events(owner: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        (event,) = make_events(trigger)
    answer = owner.post(address(trigger, "end"))
    assert (answer.status_code, answer["Location"]) == (303, TRIGGERS)
    listed = [row[0].pk for row in owner.get(TRIGGERS).context["rows"]]
    assert trigger.pk not in listed
    assert trigger.name in shown(owner, TRIGGERS, {"ended": ""})
    assert "Ended" in shown(owner, address(trigger))
    assert event.title in shown(owner, EVENTS)
    assert event.title in shown(owner, f"{EVENTS}{event.pk}/")
    with scope(organization.id):
        assert Event.objects.filter(trigger=trigger).exists()
        assert AuditEntry.objects.filter(action="trigger.ended", target=trigger.name).exists()


def test_ending_says_first_what_depends_on_it(owner: Client, trigger: Trigger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "dependents", [lambda ended: [f"The automation “Greet” runs for {ended.name}."]])
    assert "The automation “Greet” runs for" in shown(owner, address(trigger))


@pytest.mark.parametrize("name", [*CHANGING, "edit", "replay"])
def test_one_that_has_ended_is_not_changed_any_more(owner: Client, trigger: Trigger, organization: Organization, name: str) -> None:
    with scope(organization.id):
        Trigger.objects.update(ended_at=timezone.now())
    assert address(trigger, name) not in shown(owner, address(trigger))
    assert owner.post(address(trigger, name)).status_code == 404


@pytest.mark.parametrize("name", [*CHANGING, "edit", "replay"])
def test_a_member_may_look_at_triggers_and_not_change_them(member: Client, trigger: Trigger, organization: Organization, name: str) -> None:
    with scope(organization.id):
        Trigger.objects.update(held_at=timezone.now(), held_count=140)
    assert address(trigger, name) not in shown(member, address(trigger))
    assert member.post(address(trigger, name)).status_code == 403
    assert member.get(f"{TRIGGERS}new/").status_code == 403


def test_another_organizations_triggers_are_not_found(owner: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_trigger(make_connection(destination()))
    assert owner.get(address(theirs)).status_code == 404
    assert {owner.post(address(theirs, name)).status_code for name in (*CHANGING, "edit", "replay")} == {404}
    assert not owner.get(EVENTS, {"trigger": str(theirs.pk)}).context["page"].rows
