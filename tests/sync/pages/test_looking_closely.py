"""Why a task is not synced, one linked project side by side, and trying again now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import link_project
from integrations.sync.models import Obstacle
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge, mirror, task_there
from tests.sync.pages.asking import address, shown

pytestmark = pytest.mark.django_db


def linked(integration: Integration, tasks: int = 1) -> ProjectLink:
    """The first project with so many tasks on the left. Needs a scope."""
    link = link_project(integration, "p1", "11", None)
    mirror(integration.left, "task", [task_there(f"t{number}", "p1", f"Sitemap {number}") for number in range(tasks)], each="p1")
    return link


def task_here(key: int, name: str, mark: str = "", **fields: Any) -> dict[str, Any]:
    """A task of the right side, in the first project."""
    metadata = [{"key": "timebridge", "value": mark}] if mark else []
    return {"id": key, "project_id": 11, "summary": name, "status": "active", "lock_version": 1, "metadata": metadata, **fields}


# --- Why? -----------------------------------------------------------------------------------------------------------------


def test_a_task_is_searched_and_its_answer_read_from_the_plan(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        linked(integration)
    page = shown(client, f"{address('why', integration)}?find_task=sitemap")
    assert "Sitemap 0" in page
    answer = shown(client, f"{address('why', integration)}?task=t0")
    assert "It is created in Hubstaff with the next sync" in answer
    assert "in Website relaunch" in answer


def test_a_task_of_a_project_that_is_not_linked_says_so(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "task", [task_there("t9", "p2", "Poster")], each="p2")
    answer = shown(client, f"{address('why', integration)}?task=t9")
    assert "Its project is not linked" in answer
    assert "“Spring campaign”" in answer


def test_a_task_that_nobody_knows_says_so(client: Client, integration: Integration) -> None:
    assert "No such task is known" in shown(client, f"{address('why', integration)}?task=nobody")
    assert "No such task is known" not in shown(client, f"{address('why', integration)}?task=")


def test_a_task_that_is_gone_says_so(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        linked(integration)
        mirror(integration.left, "task", [], each="p1")
    assert "It is gone in timeghost" in shown(client, f"{address('why', integration)}?task=t0")


def test_a_task_that_was_refused_says_what_was_said_what_to_do_and_when_it_is_tried_again(client: Client, integration: Integration) -> None:
    now = timezone.now()
    with scope(integration.organization_id):
        link = linked(integration)
        key = f"create_task/right/{link.pk}/t0/"
        said = {"problem": "summary is too long", "fault": "refused", "at_fault": "yours", "last_at": now, "next_try_at": now}
        obstacle = Obstacle.objects.create(integration=integration, key=key, link_id=link.pk, **said)
    answer = shown(client, f"{address('why', integration)}?task=t0")
    for words in (
        "Hubstaff refused it the last time",
        "summary is too long",
        "Change what Hubstaff does not accept",
        "with the next sync.",
    ):
        assert words in answer
    with scope(integration.organization_id):
        Obstacle.objects.filter(pk=obstacle.pk).update(next_try_at=now + timedelta(hours=6, minutes=1))
    assert "It is tried again in 6 h" in shown(client, f"{address('why', integration)}?task=t0")


def test_choosing_swaps_the_answer_alone(client: Client, integration: Integration) -> None:
    part = shown(client, f"{address('why', integration)}?task=t0", **{"HX-Request": "true"})
    assert part.strip().startswith('<div class="stack" id="answer"')


# --- Side by side -----------------------------------------------------------------------------------------------------------


def test_both_sides_of_a_project_stand_field_by_field(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = linked(integration, tasks=2)
        mirror(integration.right, "task", [task_here(900, "Made here")])
    page = shown(client, address("compare", integration, link=link.pk))
    assert 'data-label="timeghost">Northern Rail<' in page
    assert "Only in timeghost" in page
    assert "Only in Hubstaff" in page
    assert f"{address('why', integration)}?task=t0" in page
    left = {"organization": "northwind", "connection": integration.left_id, "entity": "task", "record": "t1"}
    assert reverse("records:detail", kwargs=left) in page


def test_only_differences_can_be_shown_and_tasks_searched(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = linked(integration, tasks=3)
    where = address("compare", integration, link=link.pk)
    assert client.get(f"{where}?find=sitemap 2").context["tasks"].total == 1
    assert client.get(f"{where}?differences=1").context["tasks"].total == 3
    part = shown(client, f"{where}?find=unheard", **{"HX-Request": "true"})
    assert part.strip().startswith('<section class="card card--flush" id="tasks"')
    assert "Nothing matches" in part


def test_ten_thousand_tasks_side_by_side_are_a_bounded_page(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        link = linked(integration, tasks=10_000)
    with django_assert_max_num_queries(40):
        response = client.get(address("compare", integration, link=link.pk))
    assert len(response.context["tasks"].rows) == 50
    assert len(response.content) < 100_000


def test_a_project_whose_partner_is_still_to_be_made_can_be_looked_at(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p2", "", None)
    assert "Spring campaign" in shown(client, address("compare", integration, link=link.pk))


def test_a_link_that_is_disconnected_or_not_ours_is_not_there(client: Client, integration: Integration, charlie: User) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = link_project(bridge(), "p1", "11", None)
    with scope(integration.organization_id):
        link = linked(integration)
        ProjectLink.objects.filter(pk=link.pk).update(disconnected_at=timezone.now())
    for key in (foreign.pk, link.pk, uuid4()):
        assert client.get(address("compare", integration, link=key)).status_code == 404
        assert client.post(address("try_now", integration, link=key)).status_code == 404


# --- Trying again now -------------------------------------------------------------------------------------------------------


def resting(integration: Integration) -> ProjectLink:
    """A project that rests for some hours. Needs a scope."""
    link, later = linked(integration), timezone.now() + timedelta(hours=6)
    key = f"create_task/right/{link.pk}/t0/"
    Obstacle.objects.create(
        integration=integration, key=key, link_id=link.pk, problem="No.", at_fault="yours", last_at=timezone.now(), next_try_at=later
    )
    told = {"problem": "The account may not.", "at_fault": "yours", "advice": "Give it the right to.", "failures": 4, "next_try_at": later}
    ProjectLink.objects.filter(pk=link.pk).update(**told)
    return link


def test_the_overview_says_whose_side_a_failing_project_is_what_to_do_and_when_it_is_tried_again(
    client: Client, integration: Integration
) -> None:
    with scope(integration.organization_id):
        resting(integration)
    page = shown(client, reverse("linking:overview", kwargs={"organization": "northwind", "integration": integration.pk}))
    assert 'data-label="Whose side">You<' in page
    assert "The account may not." in page
    assert "Give it the right to." in page
    assert "in 6 h" in page


def test_a_resting_project_is_tried_again_at_once(client: Client, integration: Integration, bob: User) -> None:
    with scope(integration.organization_id):
        link = resting(integration)
    client.force_login(bob)
    assert client.post(address("try_now", integration, link=link.pk)).status_code == 303
    with scope(integration.organization_id):
        assert ProjectLink.objects.get(pk=link.pk).next_try_at is None
        assert Obstacle.objects.get().next_try_at <= timezone.now()
        assert Integration.objects.get().due_at is not None


def test_a_viewer_looks_and_tries_nothing(client: Client, integration: Integration, charlie: User) -> None:
    with scope(integration.organization_id):
        link = resting(integration)
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert client.post(address("try_now", integration, link=link.pk)).status_code == 403
    assert "Website relaunch" in shown(client, address("compare", integration, link=link.pk))
