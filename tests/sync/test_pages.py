"""The pages of sync: what one would do, how it goes, what each one did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.linking.models import Integration
from integrations.linking.services import link_project, match_people
from integrations.operations.models import Run
from integrations.sync.models import StepRecord, Sync
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge, mirror, task_there

pytestmark = pytest.mark.django_db
LEFT_OUT = {"reason": "people with tracked time who are not connected", "count": 3, "seconds": 147_600}


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    with scope(organization.id):
        return bridge()


def address(name: str, integration: Integration, **more: Any) -> str:
    return reverse(f"sync:{name}", kwargs={"organization": "northwind", "integration": integration.pk, **more})


def shown(client: Client, where: str, **headers: str) -> str:
    response = client.get(where, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def sync(integration: Integration, state: str = Sync.State.DONE, steps: int = 0, **fields: Any) -> Sync:
    """A sync with its steps. Needs a scope."""
    ended = {} if state in {Sync.State.COLLECTING, Sync.State.APPLYING} else {"ended_at": timezone.now() + timedelta(seconds=75)}
    made = Sync.objects.create(integration=integration, state=state, planned=fields.pop("planned", steps), **ended, **fields)
    StepRecord.objects.bulk_create(
        StepRecord(sync=made, number=number, kind="create_task", title=f"Create the task “T{number}”", outcome="done")
        for number in range(1, steps + 1)
    )
    return made


# --- The preview ----------------------------------------------------------------------------------------------------------


def test_the_preview_groups_what_a_sync_would_do(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        link_project(integration, "p2", "", None)
        match_people(integration)
        mirror(integration.left, "task", [task_there(f"t{number}", "p1", f"Sitemap {number}") for number in range(40)], each="p1")
    page = shown(client, address("plan", integration))
    assert "Create projects in Hubstaff · 1" in page
    assert "Add people to projects in Hubstaff · 1" in page
    assert "Create tasks in Hubstaff · 40" in page
    assert "42 writes" in page
    assert "and 15 more" in page


def test_the_preview_says_what_is_left_out_and_why(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        assigned = [{"id": "u1"}, {"id": "u2"}]
        mirror(integration.left, "task", [task_there("t1", "p1", "Sitemap", assignedToUsers=assigned)], each="p1")
    page = shown(client, address("plan", integration))
    assert "People with tasks who are not connected" in page


def test_the_preview_of_two_sides_in_step_says_so(client: Client, integration: Integration) -> None:
    assert "Both sides are in step" in shown(client, address("plan", integration))


def test_the_preview_says_as_of_when_both_sides_are_known(client: Client, integration: Integration) -> None:
    page = shown(client, address("plan", integration))
    assert "timeghost as of" in page
    assert "Hubstaff as of" in page


def test_the_preview_costs_as_many_queries_for_many_tasks(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        mirror(integration.left, "task", [task_there(f"t{number}", "p1", f"Task {number}") for number in range(300)], each="p1")
    with django_assert_max_num_queries(26):
        shown(client, address("plan", integration))


# --- Syncs so far ---------------------------------------------------------------------------------------------------------


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


# --- One sync -------------------------------------------------------------------------------------------------------------


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
    assert "hx-trigger" not in page
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
    with django_assert_max_num_queries(13):
        first = client.get(where)
    second = client.get(f"{where}?after={first.context['steps'].after}")
    assert [step.number for step in second.context["steps"].rows] == list(range(51, 101))


def test_a_sync_of_another_integration_or_organization_is_not_there(client: Client, integration: Integration, charlie: User) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = sync(bridge())
    assert client.get(address("detail", integration, sync=foreign.pk)).status_code == 404
    assert client.get(address("detail", integration, sync=uuid4())).status_code == 404


def test_the_admin_site_lists_what_sync_keeps(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        sync(integration, steps=30)
        sync(integration, steps=30)
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    for model in ("pair", "sync", "steprecord"):
        with django_assert_max_num_queries(16):
            assert client.get(reverse(f"admin:sync_{model}_changelist")).status_code == 200
