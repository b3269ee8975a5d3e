"""The overview of one integration, its settings and pausing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from integrations.connections.models import Connection, State
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.registry import expected_end_of
from integrations.linking.rules import new_projects
from integrations.linking.services import link_project
from integrations.sync.models import StepRecord, Sync
from portal.accounts.models import User
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.factories import make_person_link
from tests.linking.pages import address, again, shown

pytestmark = pytest.mark.django_db


def test_the_overview_counts_what_is_linked_connected_invited_and_waits_for_review(client: Client, integration: Integration) -> None:
    soon = timezone.now() + timedelta(days=7)
    with scope(integration.organization_id):
        make_person_link(integration)
        make_person_link(integration, invited_at=timezone.now(), expires_at=soon)
        make_person_link(integration, connected_at=timezone.now())
        make_person_link(integration, connected_at=timezone.now(), disconnected_at=timezone.now())
        link_project(integration, "p1", "11", None)
    page = shown(client, "overview", integration)
    assert "of 3 in timeghost · 2 new wait for review" in page
    assert "of 2 in timeghost · 1 invited · 1 matched" in page


def test_the_overview_says_plainly_what_a_service_cannot_do(client: Client, integration: Integration) -> None:
    page = shown(client, "overview", integration)
    assert "Take tracked time" in page
    assert "Not needed on this side." in page


def test_the_overview_tells_first_what_is_wrong(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Connection.objects.filter(pk=integration.right_id).update(state=State.ATTENTION, problem="Hubstaff has ended this sign-in.")
        Integration.objects.filter(pk=integration.pk).update(problem="timeghost does not answer.")
    page = shown(client, "overview", integration)
    assert "Clock is not connected" in page
    assert "Hubstaff has ended this sign-in." in page
    assert "timeghost does not answer." in page


def test_the_overview_looks_again_by_itself_only_while_a_sync_is_due_or_runs(client: Client, integration: Integration) -> None:
    assert "every 2s" not in shown(client, "overview", integration)
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert "every 2s" in shown(client, "overview", integration)
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(due_at=timezone.now() + timedelta(minutes=1))
    assert "every 2s" not in shown(client, "overview", integration)


def test_a_first_sync_that_waits_for_calls_is_shown_as_work_with_its_expected_end(
    client: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = timezone.now() + timedelta(minutes=20)
    monkeypatch.setattr("integrations.linking.registry.ends", [lambda _: soon + timedelta(hours=3)])
    with scope(integration.organization_id):
        Sync.objects.create(integration=integration, state=Sync.State.WAITING, planned=4000, resumes_at=soon)
        Integration.objects.update(due_at=soon, problem="timeghost allows no more calls for now.")
    page = " ".join(strip_tags(shown(client, "overview", integration)).split())
    assert "Waits for calls" in page and "did not finish" not in page
    assert "The calls of this hour are used up · goes on in" in page
    assert "Likely to be through in 3 h" in page
    assert "every 10s" in shown(client, "overview", integration)
    assert "Waits for calls" in shown(client, "list")


def test_sync_tells_the_overview_when_the_one_under_way_is_through(integration: Integration) -> None:
    with scope(integration.organization_id):
        assert expected_end_of(integration) is None
        sync = Sync.objects.create(integration=integration, state=Sync.State.APPLYING, planned=10)
        StepRecord.objects.create(sync=sync, number=1, kind="create_task", title="Task", outcome=StepRecord.Outcome.DONE)
        assert expected_end_of(integration) is not None
        sync.state, sync.ended_at = Sync.State.DONE, timezone.now()
        sync.save()
        assert expected_end_of(integration) is None


def test_the_part_that_htmx_asks_for_is_the_state_alone(client: Client, integration: Integration) -> None:
    part = shown(client, "overview", integration, **{"HX-Request": "true"})
    assert part.strip().startswith('<div class="stack" id="state"')
    assert "<html" not in part


def test_pausing_and_resuming_are_noted_and_resuming_syncs_at_once(client: Client, integration: Integration, alice: User) -> None:
    assert client.post(address("pause", integration)).status_code == 303
    assert again(integration).is_paused
    assert "Paused" in shown(client, "overview", integration)
    assert client.post(address("resume", integration)).status_code == 303
    now = again(integration)
    assert not now.is_paused
    assert now.due_at and now.due_at <= timezone.now()
    with scope(integration.organization_id):
        noted = AuditEntry.objects.filter(actor=alice).values_list("action", flat=True)
        assert {"integration.paused", "integration.resumed"} <= set(noted)


def test_the_overview_of_five_hundred_failing_links_is_a_bounded_page(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        ProjectLink.objects.bulk_create(
            ProjectLink(integration=integration, left_id=f"l{number}", right_id=f"r{number}", name=f"Project {number}", problem="No.")
            for number in range(500)
        )
    with django_assert_max_num_queries(40):
        response = client.get(address("overview", integration))
    assert len(response.context["failing"]) == 10
    assert "See all of them" in response.content.decode()
    assert "500 projects have problems" in response.content.decode()


def test_new_projects_are_counted_once_for_the_whole_overview(
    client: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Mock(wraps=new_projects)
    monkeypatch.setattr("integrations.linking.rules.new_projects", counted)
    page = shown(client, "overview", integration)
    assert "3 new projects wait for review" in page
    assert "3 new wait for review" in page
    assert counted.call_count == 1
