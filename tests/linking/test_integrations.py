"""The list of integrations, and joining two connections."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.connections.models import Connection, State
from integrations.linking import abilities, forms
from integrations.linking.models import Integration
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import connect
from tests.linking.pages import address, shown

pytestmark = pytest.mark.django_db


def test_without_connections_the_list_says_that_it_takes_two(client: Client, organization: Organization) -> None:
    assert "It takes two" in shown(client, "list")


def test_the_list_shows_each_integration_with_its_health(client: Client, integration: Integration) -> None:
    page = shown(client, "list")
    assert "Planning ⇄ Clock" in page
    assert "Not synced yet" in page


@pytest.fixture
def planning_takes_no_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets timeghost be a service in which tasks can only be read."""
    told = abilities.can_of
    without = {"create tasks": False}

    def able(connection: Connection) -> dict[str, bool]:
        return told(connection) | (without if connection.provider == "timeghost" else {})

    monkeypatch.setattr(abilities, "can_of", able)
    monkeypatch.setattr(forms, "can_of", able)


@pytest.mark.usefixtures("planning_takes_no_tasks")
def test_only_connected_services_can_be_joined_and_a_side_without_tasks_only_on_the_left(
    client: Client, organization: Organization
) -> None:
    with scope(organization.id):
        left, right = connect("timeghost", "Planning"), connect("hubstaff", "Clock")
        gone = connect("hubstaff", "Old clock", state=State.ATTENTION)
    form = client.get(address("join")).context["form"]
    assert [key for key, _ in form.fields["left"].choices] == [str(left.pk), str(right.pk)]
    assert [key for key, _ in form.fields["right"].choices] == [str(right.pk)]
    assert form.initial == {"left": str(left.pk), "right": str(right.pk)}
    assert str(gone.pk) not in client.get(address("join")).content.decode()


@pytest.mark.usefixtures("planning_takes_no_tasks")
def test_the_page_that_joins_says_what_each_side_can_and_cannot_do(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        connect("timeghost", "Planning")
        connect("hubstaff", "Clock")
    page = shown(client, "join")
    assert "It takes no tasks, so it cannot stand here." in page
    assert "Tracked time is not written back." in page


def test_joining_leads_to_the_new_integration(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        left, right = connect("timeghost", "Planning"), connect("hubstaff", "Clock")
    response = client.post(address("join"), {"left": left.pk, "right": right.pk})
    with scope(organization.id):
        integration = Integration.objects.get()
    assert response.status_code == 303
    assert response["Location"] == address("overview", integration)
    assert integration.left_id == left.pk


@pytest.mark.parametrize("right", ["", "the left one", "a stranger's"])
def test_two_services_that_cannot_be_joined_are_refused_with_a_word(
    client: Client, organization: Organization, charlie: User, right: str
) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = connect("hubstaff", "Foreign")
    with scope(organization.id):
        left = connect("hubstaff", "Clock")
        connect("timeghost", "Planning")
    chosen = {"": "", "the left one": left.pk, "a stranger's": foreign.pk}[right]
    response = client.post(address("join"), {"left": left.pk, "right": chosen})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    with scope(organization.id):
        assert not Integration.objects.exists()
