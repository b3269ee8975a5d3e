"""The page of the plan: what a sync would do, what waits, and what is left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.people import match_people
from integrations.linking.services import link_project
from integrations.sync.models import Obstacle, Pair
from integrations.sync.services import preview
from portal.organizations.scope import scope
from tests.linking.building import mirror, task_there
from tests.sync.pages.asking import address, shown

pytestmark = pytest.mark.django_db


def tasks(integration: Integration, count: int, **fields: Any) -> None:
    """So many tasks in the first project, which is linked. Needs a scope."""
    link_project(integration, "p1", "11", None)
    mirror(integration.left, "task", [task_there(f"t{number}", "p1", f"Sitemap {number}", **fields) for number in range(count)], each="p1")


def test_the_plan_groups_what_a_sync_would_do(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 40)
        link_project(integration, "p2", "", None)
        match_people(integration)
        PersonLink.objects.update(connected_at=timezone.now())
    page = shown(client, address("plan", integration))
    assert "Create projects in Hubstaff · 1" in page
    assert "Add people to projects in Hubstaff · 1" in page
    assert "Create tasks in Hubstaff · 40" in page
    assert "and 15 more" in page


def test_a_step_says_what_it_changes(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 1)
    page = shown(client, address("plan", integration))
    assert "<dt>Name</dt><dd><ins>Sitemap 0</ins></dd>" in page


def test_all_steps_of_a_kind_are_a_list_in_pages(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 70)
    where = f"{address('plan', integration)}?group=create_task-right"
    first = client.get(where)
    second = client.get(f"{where}&after={first.context['steps'].after}")
    assert (len(first.context["steps"].rows), len(second.context["steps"].rows)) == (50, 20)
    assert second.context["steps"].after is None


def test_steps_are_searched_by_their_words(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 40)
    page = shown(client, f"{address('plan', integration)}?find=sitemap 17")
    assert "Create tasks in Hubstaff · 1" in page
    assert "“Sitemap 17”" in page
    assert "“Sitemap 18”" not in page
    assert "Nothing matches" in shown(client, f"{address('plan', integration)}?find=unheard")


def test_the_search_swaps_the_plan_alone(client: Client, integration: Integration) -> None:
    part = shown(client, address("plan", integration), **{"HX-Request": "true"})
    assert part.strip().startswith('<div class="stack" id="plan"')


def test_the_plan_says_what_is_left_out_and_what_to_do(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 1, assignedToUsers=[{"id": "u1"}, {"id": "u2"}])
    page = shown(client, address("plan", integration))
    assert "People with tasks who are not connected" in page
    assert "What to do" in page


def test_what_is_left_out_for_want_of_people_says_that_it_is_about_them(integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 1, assignedToUsers=[{"id": "u1"}, {"id": "u2"}])
        told = [(each.count, each.about) for each in preview(integration).left_out]
    assert told == [(2, "people")]


def test_what_waits_for_a_person_stands_beside_the_plan(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        tasks(integration, 40)
        partners_of_tasks(integration, 40)
        mirror(integration.left, "task", [task_there("t0", "p1", "Sitemap 0")], each="p1")
    page = shown(client, address("plan", integration))
    assert "Waits for a person" in page
    assert "More at once than the guard allows · 39" in page


def partners_of_tasks(integration: Integration, count: int) -> None:
    """Lets the tasks stand on the right as well, in step. Needs a scope."""
    numbers = [str(900 + number) for number in range(count)]
    mirror(
        integration.right,
        "task",
        [
            {"id": int(number), "project_id": 11, "summary": f"Sitemap {number}", "status": "active", "lock_version": 1}
            for number in numbers
        ],
    )
    in_step = {"is_completed": False, "assignee_ids": [], "project_id": "11"}
    Pair.objects.bulk_create(
        Pair(
            integration=integration,
            project_link=ProjectLink.objects.get(),
            part="task",
            left_id=f"t{at}",
            right_id=number,
            values={"name": f"Sitemap {at}", **in_step},
        )
        for at, number in enumerate(numbers)
    )


def test_what_was_refused_says_whose_side_it_is_and_when_it_is_tried_again(client: Client, integration: Integration) -> None:
    now = timezone.now()
    with scope(integration.organization_id):
        Obstacle.objects.create(
            integration=integration,
            key="create_task/right/x/t1/",
            title="Create the task “Sitemap”",
            problem="The name is taken.",
            at_fault="yours",
            failures=3,
            last_at=now,
            next_try_at=now + timedelta(hours=6, minutes=1),
        )
    page = shown(client, address("plan", integration))
    assert "The name is taken." in page
    assert 'data-label="Whose side">You<' in page
    assert "in 6 h" in page


def test_what_was_refused_can_be_tried_now_from_its_row(client: Client, integration: Integration) -> None:
    later = timezone.now() + timedelta(hours=6)
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "11", None)
        for number, link_id in enumerate((link.pk, None)):
            facts = {"title": f"Create task {number}", "problem": "No.", "at_fault": "yours", "last_at": later, "next_try_at": later}
            Obstacle.objects.create(integration=integration, key=f"create_task/right/x/t{number}/", link_id=link_id, **facts)
        Integration.objects.update(due_at=None)
    page = shown(client, address("plan", integration))
    where = address("try_now", integration, link=link.pk)
    assert page.count(f'action="{where}"') == 1 and page.count(">Try now<") == 1, "what belongs to no linked project has no button"
    answer = client.post(where, {"back": "plan"})
    assert (answer.status_code, answer["Location"]) == (303, address("plan", integration))
    with scope(integration.organization_id):
        assert Obstacle.objects.get(link_id=link.pk).next_try_at <= timezone.now()
        assert Integration.objects.get().due_at is not None


def test_the_plan_of_two_sides_in_step_says_so(client: Client, integration: Integration) -> None:
    assert "Both sides are in step" in shown(client, address("plan", integration))


def test_the_plan_says_as_of_when_both_sides_are_known(client: Client, integration: Integration) -> None:
    page = shown(client, address("plan", integration))
    assert "timeghost as of" in page
    assert "Hubstaff as of" in page


def test_a_plan_of_ten_thousand_steps_is_a_bounded_page(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        tasks(integration, 10_000)
    with django_assert_max_num_queries(40):
        response = client.get(address("plan", integration))
    assert "Create tasks in Hubstaff · 10000" in response.content.decode()
    assert len(response.content) < 100_000
