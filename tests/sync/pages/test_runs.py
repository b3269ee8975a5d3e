"""The pages of runs: the syncs so far, and one of them step by step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Call
from integrations.linking.models import Integration
from integrations.linking.services import link_project
from integrations.operations.models import Run
from integrations.sync.models import StepRecord, Sync
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge
from tests.sync.pages.asking import address, shown, sync

pytestmark = pytest.mark.django_db
LEFT_OUT = {"reason": "people with tracked time who are not connected", "count": 3, "seconds": 147_600, "advice": "Connect them."}


def test_the_history_shows_each_sync_with_what_it_wrote(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        sync(integration, steps=7)
        sync(integration, Sync.State.FAILED, message="Hubstaff does not answer.")
    page = shown(client, address("list", integration))
    assert "Hubstaff does not answer." in page
    assert 'data-label="Written">7<' in page
    assert "1 min" in page


def test_the_history_pages_without_counting(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        for _ in range(60):
            sync(integration)
    with django_assert_max_num_queries(14):
        first = client.get(address("list", integration))
    seen = [each.pk for each in first.context["syncs"].rows]
    second = client.get(f"{address('list', integration)}?after={first.context['syncs'].after}")
    seen += [each.pk for each in second.context["syncs"].rows]
    third = client.get(f"{address('list', integration)}?after={second.context['syncs'].after}")
    seen += [each.pk for each in third.context["syncs"].rows]
    assert len(set(seen)) == len(seen) == 60


def test_asking_for_a_sync_makes_it_due_and_leads_to_where_it_can_be_watched(client: Client, integration: Integration, bob: User) -> None:
    client.force_login(bob)
    response = client.post(address("now", integration))
    assert response.status_code == 303
    assert response["Location"] == address("list", integration)
    with scope(integration.organization_id):
        assert Integration.objects.filter(due_at__lte=timezone.now()).exists()
    page = shown(client, address("list", integration))
    assert "A worker begins in a moment" in page
    assert "every 1s" in page


def test_a_paused_integration_is_not_synced(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.update(is_paused=True)
    response = client.post(address("now", integration), follow=True)
    assert "This integration is paused." in response.content.decode()
    assert "Sync now" not in response.content.decode()
    with scope(integration.organization_id):
        assert Integration.objects.get().due_at is None


def test_a_viewer_does_not_sync(client: Client, integration: Integration, charlie: User) -> None:
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert client.post(address("now", integration)).status_code == 403
    assert "Sync now" not in shown(client, address("list", integration))


def test_nothing_is_synced_by_following_a_link(client: Client, integration: Integration) -> None:
    assert client.get(address("now", integration)).status_code == 405


def test_a_running_sync_shows_how_far_it_is_and_looks_again(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        running = sync(integration, Sync.State.APPLYING, steps=31, planned=48)
    part = shown(client, address("detail", integration, sync=running.pk), **{"HX-Request": "true"})
    assert part.strip().startswith('<div class="stack" id="sync"')
    assert "every 1s" in part
    assert "Step 31 of 48" in part
    assert "T31" in part
    assert "T1”" not in part


def test_a_running_sync_is_found_again_on_the_page_of_all_syncs(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        running = sync(integration, Sync.State.APPLYING, steps=3, planned=4)
    page = shown(client, address("list", integration))
    assert "Step 3 of 4" in page
    assert address("detail", integration, sync=running.pk) in page


def test_a_sync_that_has_ended_stands_still(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        done = sync(integration, steps=3, left_out=[LEFT_OUT])
    page = shown(client, address("detail", integration, sync=done.pk))
    assert "every 1s" not in page
    assert "People with tracked time who are not connected" in page
    assert "41 h 00 min" in page


def test_each_step_leads_to_its_run(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        done = sync(integration)
        run = Run.objects.create(connection=integration.right, operation="create_task", state=Run.State.REFUSED)
        StepRecord.objects.create(
            sync=done, number=1, kind="create_task", title="Create the task", outcome="refused", message="The name is taken.", run=run
        )
    page = shown(client, address("detail", integration, sync=done.pk))
    assert reverse("operations:run", kwargs={"organization": "northwind", "run": run.pk}) in page
    assert "The name is taken." in page


def test_steps_are_narrowed_to_problems_and_to_writes(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        done = sync(integration, steps=2)
        StepRecord.objects.create(sync=done, number=3, kind="adopt_task", title="Take up", outcome="done", is_write=False)
        StepRecord.objects.create(sync=done, number=4, kind="add_time", title="Write back", outcome="unknown")
    where = address("detail", integration, sync=done.pk)
    assert [step.number for step in client.get(f"{where}?show=problems").context["steps"].rows] == [4]
    assert [step.number for step in client.get(f"{where}?show=writes").context["steps"].rows] == [1, 2, 4]


def test_thousands_of_steps_are_paged(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        done = sync(integration, steps=2000)
    where = address("detail", integration, sync=done.pk)
    with django_assert_max_num_queries(17):
        first = client.get(where)
    second = client.get(f"{where}?after={first.context['steps'].after}")
    assert [step.number for step in second.context["steps"].rows] == list(range(51, 101))


def test_a_sync_of_another_integration_or_organization_is_not_there(client: Client, integration: Integration, charlie: User) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = sync(bridge())
    assert client.get(address("detail", integration, sync=foreign.pk)).status_code == 404
    assert client.get(address("detail", integration, sync=uuid4())).status_code == 404


def test_a_sync_that_waits_for_calls_says_when_it_goes_on(client: Client, integration: Integration) -> None:
    resumes = timezone.now() + timedelta(minutes=42, seconds=20)
    with scope(integration.organization_id):
        waiting = sync(
            integration, Sync.State.WAITING, steps=31, planned=3048, resumes_at=resumes, message="timeghost allows no more calls."
        )
    page = shown(client, address("detail", integration, sync=waiting.pk))
    assert "It goes on by itself in 42 min" in page
    assert "timeghost allows no more calls." in page
    assert "every 10s" in page


def test_a_step_shows_what_it_changed_and_the_calls_behind_it(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "11", None)
        done = sync(integration)
        run = Run.objects.create(connection=integration.right, operation="update_task", state=Run.State.DONE)
        StepRecord.objects.create(
            sync=done,
            number=1,
            kind="update_task",
            title="Rename the task",
            outcome="done",
            link_id=link.pk,
            before={"name": "Sitemap"},
            after={"name": "Site map"},
            run=run,
        )
        call = {"connection": integration.right, "asked_by": "a sync", "method": "PUT", "path": "/tasks/7"}
        Call.objects.create(**call, status=429, milliseconds=31, attempt=1, run_id=run.pk)
        Call.objects.create(**call, status=200, milliseconds=187, attempt=2, run_id=run.pk)
        Call.objects.create(**call | {"path": "/elsewhere"}, status=200, milliseconds=5, attempt=1)
    page = shown(client, address("detail", integration, sync=done.pk))
    assert "<del>Sitemap</del>" in page
    assert "<ins>Site map</ins>" in page
    assert "2 calls" in page
    assert "PUT /tasks/7" in page
    assert "187 ms" in page
    assert "/elsewhere" not in page
    assert "Website relaunch" in page


def test_steps_are_narrowed_by_kind_outcome_project_and_words(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "11", None)
        done = sync(integration, steps=2)
        StepRecord.objects.create(sync=done, number=3, kind="add_time", title="Write 2 h back", outcome="refused", link_id=link.pk)
    where = address("detail", integration, sync=done.pk)
    for query in ("kind=add_time", "outcome=refused", f"link={link.pk}", "find=write 2 h"):
        assert [step.number for step in client.get(f"{where}?{query}").context["steps"].rows] == [3], query


@pytest.mark.parametrize("query", ["kind=%00", "outcome=odd", "link=nobody", "show=x", "find=%00"])
def test_what_is_no_filter_shows_all_steps(client: Client, integration: Integration, query: str) -> None:
    with scope(integration.organization_id):
        done = sync(integration, steps=2)
    response = client.get(f"{address('detail', integration, sync=done.pk)}?{query}")
    assert [step.number for step in response.context["steps"].rows] == [1, 2]


def test_a_sync_says_what_it_held_and_how_many_calls_looking_took(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        done = sync(integration, held=12, calls={"left": 1, "right": 4})
    page = shown(client, address("detail", integration, sync=done.pk))
    assert f'<a href="{address("approvals", integration)}">12</a>' in page
    assert "1 call to timeghost, 4 to Hubstaff" in page
