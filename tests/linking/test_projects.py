"""The list of linked projects: what it shows of each, and reading both sides anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.catalogue import NativeLinkFacts
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.project_rows import project_rows
from integrations.linking.services import connect_all, link_project
from integrations.records.models import Record, RecordList
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from tests.linking.building import mirror, project_here, project_there
from tests.linking.pages import address, shown, words

pytestmark = pytest.mark.django_db


def have_trouble(integration: Integration, **fields: Any) -> ProjectLink:
    """A linked project of which something went wrong."""
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "11", None)
        ProjectLink.objects.filter(pk=link.pk).update(**{"problem": "Hubstaff refused the name.", "failures": 3} | fields)
    return link


def test_links_show_the_names_that_both_sides_have_now(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        link_project(integration, "p2", "", None)
        mirror(integration.right, "project", [project_here(11, "Website, new")])
    page = shown(client, "projects", integration)
    assert "Website, new" in page
    assert "Made with the next sync" in page


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_link_says_which_side_is_gone_and_that_it_rests(client: Client, integration: Integration, side: str) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        if side == "left":
            mirror(integration.left, "project", [project_there("p2", "Spring campaign")])
        else:
            mirror(integration.right, "project", [project_here(12, "Annual report")])
    page = words(shown(client, "projects", integration))
    assert f"Gone in {'timeghost' if side == 'left' else 'Hubstaff'} It rests until it is there again" in page
    assert "Website relaunch" in page


def test_a_link_says_which_side_is_archived(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        mirror(integration.right, "project", [project_here(11, "Website relaunch", status="archived")])
    assert "Archived in Hubstaff" in shown(client, "projects", integration)


@pytest.mark.parametrize(("at_fault", "side"), [("yours", "You"), ("left", "timeghost"), ("right", "Hubstaff"), ("ours", "Us")])
def test_a_problem_says_whose_side_it_is_what_to_do_and_when_the_next_try_is(
    client: Client, integration: Integration, at_fault: str, side: str
) -> None:
    have_trouble(integration, at_fault=at_fault, advice="Give it another name.", next_try_at=timezone.now() + timedelta(hours=2))
    page = words(shown(client, "projects", integration))
    assert f"Rests Hubstaff refused the name. Whose side: {side}. Give it another name. Next try in 2 h." in page


def test_a_problem_that_does_not_rest_yet_is_one_all_the_same(client: Client, integration: Integration) -> None:
    have_trouble(integration)
    assert "Has a problem" in shown(client, "projects", integration)


def test_a_member_may_try_a_resting_project_again_now_and_a_viewer_may_not(
    client: Client, integration: Integration, bob: User, charlie: User
) -> None:
    have_trouble(integration, next_try_at=timezone.now() + timedelta(hours=2))
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(bob)
    assert "Try now" in shown(client, "projects", integration)
    client.force_login(charlie)
    assert "Try now" not in shown(client, "projects", integration)


def test_each_link_leads_to_its_history_and_to_both_sides_beside_each_other(client: Client, integration: Integration) -> None:
    link = have_trouble(integration)
    page = shown(client, "projects", integration)
    assert f'href="{address("history", integration)}?link={link.pk}"' in page
    assert "Both sides beside each other" in page


def test_links_that_the_service_has_made_itself_stand_beside_ours_with_why_they_are_disabled(
    client: Client, integration: Integration
) -> None:
    native = {
        "project_id": 11,
        "integration_id": 1,
        "integration_name": "Trello",
        "remote_id": "t1",
        "remote_name": "Board",
        "status": "disabled",
        "disabled_reason": "authorization lost",
    }
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        link_project(integration, "p3", "12", None)
        mirror(integration.right, "project_link", [native], each="1")
    page = words(shown(client, "projects", integration))
    assert page.count("Hubstaff links it with Trello as well: disabled, authorization lost") == 1


def test_a_link_of_the_left_services_own_names_the_left_service(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    native = NativeLinkFacts(subject_id="p1", tool="Planner", remote_id="b1", status="active")
    monkeypatch.setattr(
        "integrations.linking.project_rows._native_links", lambda side, _: {"p1": [native]} if side == integration.left else {}
    )
    with scope(integration.organization_id):
        [row] = project_rows(integration, [link_project(integration, "p1", "11", None)])
    assert row.native == [("timeghost", native)]


def test_links_are_found_by_name_and_by_problem(client: Client, integration: Integration) -> None:
    have_trouble(integration)
    with scope(integration.organization_id):
        link_project(integration, "p2", "", None)
    assert "Website relaunch" not in shown(client, "projects", integration, "?find=spring")
    page = shown(client, "projects", integration, "?show=problems")
    assert "Hubstaff refused the name." in page
    assert "Spring campaign" not in page


def test_the_lists_are_refreshed_on_both_sides(client: Client, integration: Integration) -> None:
    answer = client.post(address("refresh_projects", integration))
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"{address('projects', integration)}?since=")
    with scope(integration.organization_id):
        due = RecordList.objects.filter(entity="project", due_at__lte=timezone.now()).count()
    assert due == 2
    assert "being refreshed" in shown(client, "projects", integration)


def test_after_refreshing_it_is_said_what_is_new_since(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Record.objects.filter(entity="project").update(first_seen_at=timezone.now() - timedelta(hours=3))
    since = client.post(address("refresh_projects", integration))["Location"].removeprefix(address("projects", integration))
    with scope(integration.organization_id):
        there = [project_there("p1", "Website relaunch"), project_there("p2", "Spring campaign"), project_there("p3", "Annual report")]
        mirror(integration.left, "project", [*there, project_there("p4", "Trade fair")])
    page = words(shown(client, "projects", integration, since))
    assert "1 new (Trade fair)" in page
    assert page.count("new (") == 1


@pytest.mark.parametrize("since", ["yesterday", "2026-99-99T00:00:00Z", "2026-01-01", "%00"])
def test_a_moment_that_is_none_counts_as_a_day_ago(client: Client, integration: Integration, since: str) -> None:
    assert "Linked projects" in shown(client, "projects", integration, f"?since={since}")


def test_many_links_cost_as_many_queries_as_few(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number:03}") for number in range(130)])
        connect_all(integration, None)
    with django_assert_max_num_queries(19):
        first = client.get(address("projects", integration))
    assert [row.left for row in first.context["rows"]] == [f"Project {number:03}" for number in range(50)]
    second = client.get(address("projects", integration) + f"?after={first.context['links'].after}")
    assert second.context["rows"][0].left == "Project 050"
    back = client.get(address("projects", integration) + f"?before={second.context['links'].before}")
    assert back.context["rows"][0].left == "Project 000"


def test_the_problem_of_a_list_is_said_in_words_that_everybody_can_read(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=integration.right, entity="project").update(problem="Hubstaff answered 503.")
    assert "the last look failed: Hubstaff answered 503." in words(shown(client, "projects", integration))
