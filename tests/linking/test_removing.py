"""Removing an integration: what goes is said first, nothing changes on either side, and only what belongs to it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Authorization, Connection
from integrations.linking.doors import forget_link_events
from integrations.linking.models import DismissedProject, Integration, LinkEvent, PersonLink, ProjectLink
from integrations.linking.rules import dismiss
from integrations.linking.services import connect_all, join, link_project
from integrations.operations.models import Run
from integrations.records.models import Record
from integrations.sync.models import Approval, Obstacle, Pair, StepRecord, Sync
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.factories import make_disconnection, make_person_link
from tests.linking.building import bridge, connect
from tests.linking.pages import address, events, links, shown, words

pytestmark = pytest.mark.django_db
OURS = (Integration, ProjectLink, PersonLink, LinkEvent, DismissedProject, Pair, Sync, StepRecord, Approval, Obstacle)


@pytest.fixture
def lived_in(integration: Integration, alice: User) -> Integration:
    """Everything that may belong to an integration is there."""
    with scope(integration.organization_id):
        link = connect_all(integration, alice)[0]
        dismiss(integration, ["p3"], alice)
        person = make_person_link(integration)
        Authorization.objects.create(connection=integration.right, sign_in="oauth", user=alice, state_hash="x", proof_for=person.pk)
        make_disconnection(integration)
        Pair.objects.create(integration=integration, project_link=link, part="task", left_id="t1", right_id="1")
        times = {"start": "2026-11-20T09:00:00+00:00", "seconds": 5400}
        Pair.objects.create(integration=integration, project_link=link, part="time", left_id="x1", right_id="2026-11-20/21/1", values=times)
        run = Run.objects.create(connection=integration.right, operation="create_task", title="Create", inputs={})
        StepRecord.objects.create(sync=Sync.objects.create(integration=integration), number=1, kind="create_task", title="Create", run=run)
        Approval.objects.create(integration=integration, key="k", kind="delete_task", side="right", title="Delete", why="guard")
        now = timezone.now()
        Obstacle.objects.create(integration=integration, key="k", problem="No.", at_fault="right", last_at=now, next_try_at=now)
    return integration


def test_what_goes_and_what_stays_is_said_before(client: Client, lived_in: Integration) -> None:
    page = words(shown(client, "remove", lived_in))
    assert "Nothing changes in timeghost or Hubstaff" in page
    assert "3 linked projects and 1 linked person" in page
    assert "1 pair of tasks, and which time was written back (1 h 30 min)" in page
    assert "3 entries of history" in page
    with scope(lived_in.organization_id):
        assert Integration.objects.exists()


def test_the_settings_lead_there(client: Client, integration: Integration) -> None:
    assert address("remove", integration) in shown(client, "settings", integration)


def test_removing_forgets_all_that_is_ours_and_keeps_both_sides(client: Client, lived_in: Integration, alice: User) -> None:
    with scope(lived_in.organization_id):
        before = [rows.objects.count() for rows in (Connection, Record, Run)]
    answer = client.post(address("remove", lived_in))
    assert (answer.status_code, answer["Location"]) == (303, address("list"))
    with scope(lived_in.organization_id):
        assert [rows.__name__ for rows in OURS if rows.objects.exists()] == []
        assert not Authorization.objects.exists()
        assert [rows.objects.count() for rows in (Connection, Record, Run)] == before
        noted = AuditEntry.objects.get(action="integration.removed")
    assert (noted.actor, noted.target, noted.detail) == (alice, "Planning ⇄ Clock", {"projects": 3, "people": 1})


def test_another_integration_keeps_its_links_and_history(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        other = join(connect("timeghost", "Others"), connect("hubstaff", "Their clock"), None)
        ProjectLink.objects.create(integration=other, left_id="q1", right_id="99", name="Theirs")
        LinkEvent.objects.create(integration=other, link_id=other.pk, name="Theirs", what=LinkEvent.What.LINKED)
        link_project(integration, "p1", "11", None)
    client.post(address("remove", integration))
    assert events(other) == [("Theirs", LinkEvent.What.LINKED, "")]
    assert links(other) == {"q1": "99"}


def test_the_door_to_the_history_leads_to_nobody_elses(integration: Integration, strangers: Integration) -> None:
    with scope(integration.organization_id):
        forget_link_events(strangers.pk)
    assert len(events(strangers)) == 1


@pytest.fixture
def strangers(charlie: User) -> Integration:
    """An integration of another organization, with a history."""
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = bridge()
        link_project(foreign, "p1", "11", None)
    return foreign


def test_while_a_sync_runs_it_is_not_removed_and_that_is_said(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(claimed_until=timezone.now() + timedelta(seconds=60))
    answer = client.post(address("remove", integration))
    assert answer.status_code == 422
    assert "A sync runs just now. Pause the integration" in words(answer.content.decode())
    with scope(integration.organization_id):
        assert Integration.objects.exists()


def test_once_it_is_gone_other_connections_of_the_same_workspaces_can_be_joined(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        left = connect("timeghost", "Planning again", workspace_id=integration.left.workspace_id)
        right = connect("hubstaff", "Clock again", workspace_id=integration.right.workspace_id)
    assert client.post(address("join"), {"left": left.pk, "right": right.pk}).status_code == 422
    client.post(address("remove", integration))
    assert client.post(address("join"), {"left": left.pk, "right": right.pk}).status_code == 303


def test_a_member_removes_nothing(client: Client, integration: Integration, bob: User, organization: Organization) -> None:
    client.force_login(bob)
    assert client.get(address("remove", integration)).status_code == 403
    assert client.post(address("remove", integration)).status_code == 403
    with scope(organization.id):
        assert Integration.objects.exists()
