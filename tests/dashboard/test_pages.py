"""The dashboard: is everything well, and what happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.linking.models import Integration, PersonLink
from integrations.linking.people import match_people
from integrations.linking.services import connect_all
from integrations.operations.models import Run
from integrations.sync.models import Approval, Obstacle, Pair, Sync
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge, connect

pytestmark = pytest.mark.django_db
HOME = "/o/northwind/"


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    with scope(organization.id):
        joined = bridge()
        connect_all(joined, None)
        match_people(joined)
        PersonLink.objects.update(connected_at=timezone.now())
        settled = {"synced_at": timezone.now(), "due_at": timezone.now() + timedelta(minutes=4), "new_projects": "off"}
        Integration.objects.update(**settled)
        return Integration.objects.get()


def shown(client: Client) -> str:
    response = client.get(HOME)
    assert response.status_code == 200
    return response.content.decode()


def titles(client: Client) -> list[str]:
    return [each.title for each in client.get(HOME).context["attention"]]


def written_time(integration: Integration, days_ago: int, seconds: int, left_id: str) -> Pair:
    """A piece of time that was written back. Needs a scope."""
    day = (timezone.now() - timedelta(days=days_ago)).date().isoformat()
    values = {"start": f"{day}T09:00:00+00:00", "seconds": seconds}
    link = integration.projectlink_set.order_by("pk")[0]
    return Pair.objects.create(
        integration=integration,
        project_link=link,
        part=Pair.Part.TIME,
        left_id=left_id,
        right_id=f"{day}/21/{left_id or seconds}",
        values=values,
    )


def test_where_nothing_is_connected_the_dashboard_leads_into_onboarding(client: Client, organization: Organization) -> None:
    page = shown(client)
    assert "Nothing is connected yet" in page
    assert reverse("onboarding:start", kwargs={"organization": "northwind"}) in page


def test_a_viewer_of_an_empty_organization_is_told_who_begins(client: Client, organization: Organization, charlie: User) -> None:
    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert "As soon as a manager" in shown(client)


def test_connections_that_are_not_joined_lead_on(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        connect("timeghost", "Planning")
    assert "Nothing is joined yet" in shown(client)


def test_all_is_well_where_nothing_needs_attention(client: Client, integration: Integration) -> None:
    page = shown(client)
    assert "All is well." in page
    assert "Planning ⇄ Clock" in page
    assert "Healthy" in page


def test_what_needs_attention_stands_first_and_the_worst_before_the_rest(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Connection.objects.filter(pk=integration.right_id).update(state=State.ATTENTION, problem="Sign in again.")
        Integration.objects.update(problem="Hubstaff does not answer.")
        integration.projectlink_set.update(problem="Refused.")
        Run.objects.create(connection=integration.right, operation="create_task", state=Run.State.UNKNOWN)
        Trigger.objects.create(connection=integration.right, watch="projects_created", name="New projects", problem="It does not answer.")
        Sync.objects.create(
            integration=integration,
            state=Sync.State.DONE,
            left_out=[{"reason": "people who are not connected", "count": 3, "seconds": 147_600}],
        )
    assert titles(client) == [
        "Clock is not connected",
        "The last sync of Planning ⇄ Clock did not finish",
        "2 linked projects have problems",
        "41 h 00 min not written back",
        "1 write without an answer",
        "New projects could not look",
    ]


def test_only_the_newest_sync_says_what_is_left_out(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Sync.objects.create(integration=integration, state=Sync.State.DONE, left_out=[{"reason": "people", "count": 3, "seconds": 60}])
        Sync.objects.create(integration=integration, state=Sync.State.DONE, left_out=[])
    assert titles(client) == []


def test_what_waits_for_a_person_and_what_was_refused_is_told(client: Client, integration: Integration) -> None:
    now = timezone.now()
    with scope(integration.organization_id):
        for key in ("a", "b"):
            Approval.objects.create(integration=integration, key=key, kind="delete_task", title="Delete", why="guard")
        Approval.objects.create(integration=integration, key="c", kind="delete_task", title="Delete", why="guard", answer="decline")
        Obstacle.objects.create(integration=integration, key="d", problem="No.", at_fault="ours", last_at=now, next_try_at=now)
    assert titles(client) == ["2 steps wait for a person", "1 step was refused"]
    assert reverse("sync:approvals", kwargs={"organization": "northwind", "integration": integration.pk}) in shown(client)


def test_people_who_have_not_confirmed_are_told(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        PersonLink.objects.update(connected_at=None)
    assert titles(client) == ["Nobody is connected in Planning ⇄ Clock yet"]


def test_new_projects_that_wait_for_review_are_told_last(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.update(new_projects="propose", problem="Hubstaff does not answer.")
    assert titles(client) == ["The last sync of Planning ⇄ Clock did not finish", "1 new project waits for review"]
    assert reverse("linking:review", kwargs={"organization": "northwind", "integration": integration.pk}) in shown(client)


def test_written_back_time_is_summed_by_day_and_corrections_count_once(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        written_time(integration, 0, 3600, "t1")
        written_time(integration, 1, 1800, "t2")
        written_time(integration, 1, 1800, "t3")
        written_time(integration, 9, 9999, "t4")
        written_time(integration, 0, 5000, "")
    response = client.get(HOME)
    assert response.context["written_back"].days == [0, 0, 0, 0, 0, 3600, 3600]
    assert "2 h 00 min" in response.content.decode()
    assert 'class="sparkline"' in response.content.decode()


def test_the_newest_events_and_runs_are_shown(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        trigger = Trigger.objects.create(connection=integration.right, watch="projects_created", name="New projects")
        Event.objects.create(
            trigger=trigger, key="1", kind="created", entity="project", remote_id="5", title="Photo archive", happened_at=timezone.now()
        )
        run = Run.objects.create(
            connection=integration.right, operation="create_task", title="Create the task “Sitemap”", state=Run.State.DONE
        )
    page = shown(client)
    assert "Photo archive" in page
    assert reverse("operations:run", kwargs={"organization": "northwind", "run": run.pk}) in page


def test_the_dashboard_costs_few_queries_however_much_there_is(
    client: Client, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(6):
            joined = bridge()
            connect_all(joined, None)
            Run.objects.bulk_create(Run(connection=joined.right, operation="create_task", title=f"Run {number}") for _ in range(20))
            Sync.objects.create(integration=joined, state=Sync.State.DONE, left_out=[{"reason": "people", "count": 1, "seconds": 60}])
            Approval.objects.create(integration=joined, key="a", kind="delete_task", title="Delete", why="guard")
    with django_assert_max_num_queries(22):  # one for the review list of each integration
        shown(client)


def test_the_dashboard_comes_first_in_the_sidebar_and_is_home(client: Client, integration: Integration) -> None:
    shell = client.get(HOME).context["shell"]
    assert [entry.label for entry in shell.navigation][:2] == ["Dashboard", "Integrations"]
    assert shell.home == HOME


def test_a_stranger_finds_no_dashboard(client: Client, organization: Organization, charlie: User) -> None:
    make_organization("Southwind", owner=charlie)
    client.force_login(charlie)
    assert client.get(HOME).status_code == 404
