"""The list of integrations, and joining two connections."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.connections.models import State
from integrations.linking.models import Integration
from integrations.linking.services import CannotLink, join
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import connect
from tests.linking.pages import address, shown, words

pytestmark = pytest.mark.django_db


def test_without_connections_the_list_says_that_it_takes_two(client: Client, organization: Organization) -> None:
    assert "It takes two" in shown(client, "list")


def test_the_list_shows_each_integration_with_its_health(client: Client, integration: Integration) -> None:
    page = shown(client, "list")
    assert "Planning ⇄ Clock" in page
    assert "Not synced yet" in page


def test_only_connected_services_can_be_joined_and_what_tracks_no_time_only_on_the_left(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        left, right = connect("timeghost", "Planning"), connect("hubstaff", "Clock")
        gone = connect("hubstaff", "Old clock", state=State.ATTENTION)
    form = client.get(address("join")).context["form"]
    assert [key for key, _ in form.fields["left"].choices] == [str(left.pk), str(right.pk)]
    assert [key for key, _ in form.fields["right"].choices] == [str(right.pk)]
    assert form.initial == {"left": str(left.pk), "right": str(right.pk)}
    assert str(gone.pk) not in client.get(address("join")).content.decode()


def test_the_page_that_joins_says_what_each_side_can_and_cannot_do(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        connect("timeghost", "Planning")
        connect("hubstaff", "Clock")
    page = shown(client, "join")
    assert "It is not where time is tracked, so it cannot stand here." in page
    assert "Tracked time is not written back." in page


def test_a_service_that_tracks_no_time_is_not_joined_on_the_right(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        clock, planning = connect("hubstaff", "Clock"), connect("timeghost", "Planning")
        with pytest.raises(CannotLink, match="is not where time is tracked, so it cannot stand on the right"):
            join(clock, planning, None)
    assert client.post(address("join"), {"left": clock.pk, "right": planning.pk}).status_code == 422
    with scope(organization.id):
        assert not Integration.objects.exists()


@pytest.mark.parametrize("same_connections", [True, False])
def test_two_services_are_not_joined_the_other_way_round_as_well(
    client: Client, organization: Organization, same_connections: bool
) -> None:
    with scope(organization.id):
        one, other = connect("hubstaff", "One", workspace_id="w1"), connect("hubstaff", "Other", workspace_id="w2")
        join(one, other, None)
        if not same_connections:
            one, other = connect("hubstaff", "Once more", workspace_id="w1"), connect("hubstaff", "And the other", workspace_id="w2")
    answer = client.post(address("join"), {"left": other.pk, "right": one.pk})
    assert answer.status_code == 422
    assert "“One ⇄ Other” joins the same two already" in words(answer.content.decode())
    with scope(organization.id):
        assert Integration.objects.count() == 1


def test_other_connections_of_the_same_workspaces_are_refused_with_the_integration_that_stands_in_the_way(
    client: Client, integration: Integration
) -> None:
    with scope(integration.organization_id):
        left = connect("timeghost", "Planning again", workspace_id=integration.left.workspace_id)
        right = connect("hubstaff", "Clock again", workspace_id=integration.right.workspace_id)
    answer = client.post(address("join"), {"left": left.pk, "right": right.pk})
    assert answer.status_code == 422
    page = words(answer.content.decode())
    assert "“Planning ⇄ Clock” joins the same two already: a second time would write everything twice. Use it, or remove it." in page


def test_joining_the_same_two_connections_again_gives_the_integration_that_there_is(integration: Integration) -> None:
    with scope(integration.organization_id):
        assert join(integration.left, integration.right, None) == integration


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
