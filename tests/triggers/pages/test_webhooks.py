"""The webhooks of a connection, those left behind over there, and triggers in the admin site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.triggers.models import ListedWebhooks, Notice, Subscription, Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_connection, make_events, make_trigger
from tests.triggers.pages.conftest import SAVEPOINTS, shown
from tests.triggers.pages.test_detail import subscribed

pytestmark = pytest.mark.django_db


def page_of(connection: Connection, name: str = "webhooks") -> str:
    return reverse(f"triggers:{name}", kwargs={"organization": "northwind", "connection": connection.pk})


def listed(connection: Connection, *names: str) -> None:
    found = [{"name": name, "is_active": True, "topic": "projects"} for name in names]
    ListedWebhooks.objects.create(connection=connection, listed=found, listed_at=timezone.now())


def test_the_webhooks_of_a_connection_stand_on_one_page(
    member: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(20):
            trigger = make_trigger(connection, name=f"Trigger {number:02}")
            subscribed(trigger, name=f"T{number} · Timebridge 0000{number:04}", address_hash=f"{number:064}")
    with django_assert_max_num_queries(11 + SAVEPOINTS):
        page = shown(member, page_of(connection))
    assert "Trigger 19" in page and "To be removed by hand" not in page
    assert page_of(connection) in shown(member, f"/o/northwind/connections/{connection.pk}/")


def test_what_was_left_behind_is_listed_with_how_to_remove_it(member: Client, left: Connection, organization: Organization) -> None:
    with scope(organization.id):
        trigger = make_trigger(left, watch="project_changes")
        subscribed(trigger, name="Ours · Timebridge 1234abcd")
        listed(left, "Ours · Timebridge 1234abcd", "Old one · Timebridge deadbeef", "Somebody else's")
    page = shown(member, page_of(left))
    help_text = left.declaration.hooks and left.declaration.hooks.remove_help
    assert help_text and help_text in page
    assert "Old one · Timebridge deadbeef" in page and "Somebody else" not in page
    assert page.count("Ours · Timebridge 1234abcd") == 1


def test_without_a_way_in_the_page_says_so(member: Client, connection: Connection, settings: Any) -> None:
    settings.WEBHOOKS_REACH_US = False
    assert "cannot be reached from outside" in shown(member, page_of(connection))


def test_a_manager_has_them_looked_at_now(owner: Client, trigger: Trigger, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        subscribed(trigger, due_at=None)
    answer = owner.post(page_of(connection, "look_again"))
    assert (answer.status_code, answer["Location"]) == (303, page_of(connection))
    with scope(organization.id):
        assert Subscription.objects.get().due_at is not None


def test_what_was_left_behind_alone_can_be_looked_at_now(owner: Client, left: Connection, organization: Organization) -> None:
    assert page_of(left, "look_again") not in shown(owner, page_of(left))
    with scope(organization.id):
        listed(left, "Old one · Timebridge deadbeef")
    assert page_of(left, "look_again") in shown(owner, page_of(left))


def test_a_member_only_looks(member: Client, trigger: Trigger, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        subscribed(trigger)
    assert page_of(connection, "look_again") not in shown(member, page_of(connection))
    assert member.post(page_of(connection, "look_again")).status_code == 403


def test_another_organizations_webhooks_are_not_found(owner: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
    assert owner.get(page_of(theirs)).status_code == 404
    assert owner.post(page_of(theirs, "look_again")).status_code == 404


@pytest.mark.parametrize("model", ["trigger", "event", "subscription", "notice", "listedwebhooks"])
def test_the_admin_site_shows_them_without_their_secrets(
    client: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any, model: str
) -> None:
    with scope(organization.id):
        make_events(trigger, 20)
        subscription = subscribed(trigger)
        Notice.objects.create(subscription=subscription, event="project.create", received_at=timezone.now())
        listed(trigger.connection, "Ours · Timebridge 1234abcd")
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        assert client.get(f"/admin/triggers/{model}/").status_code == 200
    opened = client.get(f"/admin/triggers/subscription/{subscription.pk}/change/").content.decode()
    assert subscription.name in opened
    assert "the-secret" not in opened and subscription.address_hash not in opened and "Sealed" not in opened
