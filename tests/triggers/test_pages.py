"""Triggers and the feed of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_connection, make_events, make_trigger, mirror_destination, sign_in

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TRIGGERS, EVENTS = "/o/northwind/triggers/", "/o/northwind/events/"
SAVEPOINTS = 2


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made)
    return made


@pytest.fixture
def trigger(organization: Organization, connection: Connection) -> Trigger:
    with scope(organization.id):
        return make_trigger(connection)


@pytest.fixture
def owner(client: Client, alice: User) -> Client:
    return sign_in(client, alice)


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(trigger: Trigger, name: str = "detail") -> str:
    return reverse(f"triggers:{name}", kwargs={"organization": "northwind", "trigger": trigger.pk})


def shown(client: Client, path: str, query: dict[str, str] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


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
    with django_assert_max_num_queries(7 + SAVEPOINTS):
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


def test_a_trigger_is_made_from_what_the_providers_declare(owner: Client, connection: Connection, organization: Organization) -> None:
    watch = connection.declaration.watches[0]
    assert watch.label in shown(owner, f"{TRIGGERS}new/")
    answer = owner.post(f"{TRIGGERS}new/", {"watch": f"{connection.pk}/{watch.name}", "minutes": "7"})
    with scope(organization.id):
        made = Trigger.objects.get()
        assert (made.watch, made.minutes, made.connection_id) == (watch.name, 7, connection.pk)
        assert made.due_at is not None
    assert (answer.status_code, answer["Location"]) == (303, address(made))


@pytest.mark.parametrize(
    "given", [{}, {"watch": "x/y", "minutes": "5"}, {"minutes": "0"}, {"minutes": "61"}, {"minutes": "x"}, {"minutes": "5", "watch": "\0"}]
)
def test_what_cannot_be_watched_is_refused_at_its_field(
    owner: Client, connection: Connection, organization: Organization, given: dict[str, str]
) -> None:
    watch = connection.declaration.watches[0]
    answer = owner.post(f"{TRIGGERS}new/", {"watch": f"{connection.pk}/{watch.name}", **given} if given else {})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    with scope(organization.id):
        assert not Trigger.objects.exists()


def test_another_organizations_connection_cannot_be_watched(owner: Client, connection: Connection, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
    watch = connection.declaration.watches[0]
    assert owner.post(f"{TRIGGERS}new/", {"watch": f"{theirs.pk}/{watch.name}", "minutes": "5"}).status_code == 422


def test_nothing_can_be_watched_without_a_connection(owner: Client, organization: Organization) -> None:
    assert "Nothing can be watched" in shown(owner, f"{TRIGGERS}new/")


def test_a_trigger_is_paused_and_resumed(owner: Client, trigger: Trigger, organization: Organization) -> None:
    for name, is_paused in (("pause", True), ("resume", False)):
        assert owner.post(address(trigger, name)).status_code == 303
        with scope(organization.id):
            assert Trigger.objects.get().is_paused is is_paused


def test_a_trigger_is_deleted_with_its_events(owner: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        make_events(trigger)
    answer = owner.post(address(trigger, "delete"))
    assert (answer.status_code, answer["Location"]) == (303, TRIGGERS)
    with scope(organization.id):
        assert not Trigger.objects.exists()
        assert not Event.objects.exists()
        assert AuditEntry.objects.filter(action="trigger.deleted", target=trigger.name).exists()


@pytest.mark.parametrize("name", ["pause", "resume", "delete"])
def test_a_member_may_look_at_triggers_and_not_change_them(member: Client, trigger: Trigger, name: str) -> None:
    assert address(trigger, name) not in shown(member, address(trigger))
    assert member.post(address(trigger, name)).status_code == 403
    assert member.get(f"{TRIGGERS}new/").status_code == 403


def test_a_trigger_shows_what_it_told_lately(
    owner: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        make_events(trigger, 20)
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        page = shown(owner, address(trigger))
    assert "Project 010" in page
    assert "Project 011" not in page


def test_the_feed_is_newest_first_and_paged(
    member: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        make_events(trigger, 60)
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        first = member.get(EVENTS).context["page"]
    second = member.get(EVENTS, {"after": first.after}).context["page"]
    assert [event.title for event in [*first.rows, *second.rows]] == [f"Project {number:03}" for number in range(1, 61)]


def test_the_feed_is_filtered_by_trigger(member: Client, trigger: Trigger, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        other = make_trigger(connection, name="Another")
        make_events(trigger, 2)
        make_events(other, 1)
    assert {event.trigger_id for event in member.get(EVENTS, {"trigger": str(other.pk)}).context["page"].rows} == {other.pk}
    assert len(member.get(EVENTS, {"trigger": "nonsense"}).context["page"].rows) == 3


def test_the_first_page_of_the_feed_looks_again_by_itself(member: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        make_events(trigger, 60)
    page = shown(member, EVENTS, headers=HTMX)
    assert "every 10s" in page
    assert "<html" not in page
    after = member.get(EVENTS).context["page"].after
    assert "every 10s" not in shown(member, EVENTS, {"after": after})


def test_an_event_shows_before_and_after_side_by_side(member: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        (event,) = make_events(trigger, 1, kind="changed", before={"name": "Old name"}, after={"name": "New name", "billable": True})
    page = shown(member, f"{EVENTS}{event.pk}/")
    for words in ("Old name", "New name", "Billable", "changed", f"browse/{trigger.connection_id}/project/1/"):
        assert words in page


@pytest.mark.parametrize(
    "fields", [{"before": None, "after": None}, {"entity": "gone"}, {"kind": "removed", "before": {"id": 1}, "after": None}]
)
def test_any_event_can_be_shown(member: Client, trigger: Trigger, organization: Organization, fields: dict[str, Any]) -> None:
    with scope(organization.id):
        (event,) = make_events(trigger, 1, **fields)
    assert "Project 001" in shown(member, f"{EVENTS}{event.pk}/")
    assert "Project 001" in shown(member, EVENTS)


@pytest.mark.parametrize("model", ["trigger", "event"])
def test_the_admin_site_shows_triggers_and_events(
    client: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any, model: str
) -> None:
    with scope(organization.id):
        make_events(trigger, 20)
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        assert client.get(f"/admin/triggers/{model}/").status_code == 200


def test_another_organizations_triggers_and_events_are_not_found(owner: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_trigger(make_connection(destination()))
        (event,) = make_events(theirs)
    assert owner.get(address(theirs)).status_code == 404
    assert owner.get(f"{EVENTS}{event.pk}/").status_code == 404
    assert [owner.post(address(theirs, name)).status_code for name in ("pause", "resume", "delete")] == [404, 404, 404]
    assert not owner.get(EVENTS, {"trigger": str(theirs.pk)}).context["page"].rows
