"""The pages of linking: what they show, what they change, and whom they let in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.linking.services import connect_all, link_person, link_project, match_people
from integrations.records.models import RecordList
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge, connect, mirror, person_here, person_there, project_here, project_there

pytestmark = pytest.mark.django_db
Page = Callable[..., str]


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    with scope(organization.id):
        return bridge()


def address(name: str, integration: Integration | None = None) -> str:
    where = {"integration": integration.pk} if integration else {}
    return reverse(f"linking:{name}", kwargs={"organization": "northwind", **where})


def shown(client: Client, name: str, integration: Integration | None = None, query: str = "", **headers: str) -> str:
    response = client.get(address(name, integration) + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def links(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        return dict(ProjectLink.live.values_list("left_id", "right_id"))


def people(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        return dict(PersonLink.live.values_list("left_id", "right_id"))


def again(integration: Integration) -> Integration:
    with scope(integration.organization_id):
        return Integration.objects.get(pk=integration.pk)


# --- Integrations ---------------------------------------------------------------------------------------------------------


def test_without_connections_the_list_says_that_it_takes_two(client: Client, organization: Organization) -> None:
    assert "It takes two" in shown(client, "list")


def test_the_list_shows_each_integration_with_its_health(client: Client, integration: Integration) -> None:
    page = shown(client, "list")
    assert "Planning ⇄ Clock" in page
    assert "Not synced yet" in page


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


# --- Overview and settings ------------------------------------------------------------------------------------------------


def test_the_overview_counts_what_is_linked_and_what_is_not(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        match_people(integration)
        link_project(integration, "p1", "11", None)
    page = shown(client, "overview", integration)
    assert "of 3 in timeghost" in page
    assert "1 of 2 in timeghost without a partner" in page


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


def test_the_part_that_htmx_asks_for_is_the_state_alone(client: Client, integration: Integration) -> None:
    part = shown(client, "overview", integration, **{"HX-Request": "true"})
    assert part.strip().startswith('<div class="stack" id="state"')
    assert "<html" not in part


def test_settings_are_kept_and_move_the_next_sync(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(due_at=timezone.now() + timedelta(hours=5))
    response = client.post(address("settings", integration), {"minutes": "30", "time_since": "2026-01-15"})
    now = again(integration)
    assert response.status_code == 303
    assert (now.minutes, now.time_since.isoformat()) == (30, "2026-01-15")
    assert now.due_at and now.due_at < timezone.now() + timedelta(minutes=31)


@pytest.mark.parametrize(
    "given", [{"minutes": "0"}, {"minutes": "9999"}, {"minutes": "often"}, {"time_since": "2999-01-01"}, {"time_since": ""}]
)
def test_settings_that_make_no_sense_are_refused(client: Client, integration: Integration, given: dict[str, str]) -> None:
    response = client.post(address("settings", integration), {"minutes": "5", "time_since": "2026-01-15", **given})
    assert response.status_code == 422
    assert again(integration).minutes == 5


def test_changing_settings_leaves_the_claim_of_a_running_sync_alone(client: Client, integration: Integration) -> None:
    from integrations.linking.settings import change_settings

    with scope(integration.organization_id):
        read_before = Integration.objects.get(pk=integration.pk)
        until = timezone.now() + timedelta(seconds=90)
        Integration.objects.filter(pk=integration.pk).update(claimed_until=until)
        change_settings(read_before, None)
    assert again(integration).claimed_until == until


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


# --- Projects -------------------------------------------------------------------------------------------------------------


def test_links_show_the_names_that_both_sides_have_now(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        link_project(integration, "p2", "", None)
        mirror(integration.right, "project", [project_here(11, "Website, new")])
    page = shown(client, "projects", integration)
    assert "Website, new" in page
    assert "Made with the next sync" in page


def test_a_link_says_which_side_is_gone(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        mirror(integration.left, "project", [project_there("p2", "Spring campaign")])
    page = shown(client, "projects", integration)
    assert "Gone in timeghost" in page
    assert "Website relaunch" in page


def test_links_are_found_by_name_and_by_problem(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        link_project(integration, "p2", "", None)
        ProjectLink.objects.filter(left_id="p2").update(problem="Hubstaff refused the name.")
    assert "Spring campaign" not in shown(client, "projects", integration, "?find=website")
    page = shown(client, "projects", integration, "?show=problems")
    assert "Hubstaff refused the name." in page
    assert "Website relaunch" not in page


def test_projects_are_connected_by_hand(client: Client, integration: Integration) -> None:
    response = client.post(address("connect_project", integration), {"left": "p3", "right": "13"})
    assert response.status_code == 303
    assert links(integration) == {"p3": "13"}


def test_a_blank_right_side_is_left_for_the_next_sync_to_make(client: Client, integration: Integration) -> None:
    assert client.post(address("connect_project", integration), {"left": "p2", "right": ""}).status_code == 303
    assert links(integration) == {"p2": ""}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"left": "", "right": "11"}, "Choose a project."),
        ({"left": "p9", "right": "11"}, "not there any more"),
        ({"left": "p2", "right": "99"}, "not there any more"),
        ({"left": "p1", "right": ""}, "is linked already"),
    ],
)
def test_projects_that_cannot_be_linked_are_refused_with_the_reason(
    client: Client, integration: Integration, given: dict[str, str], word: str
) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "12", None)
    response = client.post(address("connect_project", integration), given)
    assert response.status_code == 422
    assert word in response.content.decode()
    assert links(integration) == {"p1": "12"}


def test_a_picker_offers_what_is_free_and_finds_by_name(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
    page = shown(client, "connect_project", integration)
    assert 'value="p1"' not in page
    assert 'value="11"' not in page
    part = shown(client, "connect_project", integration, "?find_left=spring&left=p3", **{"HX-Request": "true", "HX-Target": "left"})
    assert part.strip().startswith('<fieldset class="field" id="left"')
    assert 'value="p2"' in part
    assert 'value="p3" checked' in part


def test_a_picker_is_cut_and_says_so(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number:03}") for number in range(120)])
    with django_assert_max_num_queries(14):
        page = shown(client, "connect_project", integration)
    assert page.count('name="left"') == 50
    assert "These are the first 50." in page


def test_connecting_all_shows_row_by_row_what_it_would_do(client: Client, integration: Integration) -> None:
    page = shown(client, "connect_all", integration)
    assert "A new one of that name" in page
    assert "Taken up" in page
    assert "You decide" in page
    assert "Save: link 2 projects" in page
    assert links(integration) == {}


def test_connecting_all_does_what_was_shown(client: Client, integration: Integration) -> None:
    seal = client.get(address("connect_all", integration)).context["seal"]
    assert client.post(address("connect_all", integration), {"seal": seal}).status_code == 303
    assert links(integration) == {"p1": "11", "p2": ""}


def test_an_outdated_preview_is_not_executed_but_shown_anew(client: Client, integration: Integration) -> None:
    seal = client.get(address("connect_all", integration)).context["seal"]
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(14, "Spring campaign")])
    response = client.post(address("connect_all", integration), {"seal": seal})
    assert response.status_code == 422
    assert "The lists have changed since you looked." in response.content.decode()
    assert links(integration) == {}


def test_ticked_projects_are_disconnected_and_others_stay(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        made = connect_all(integration, None)
    response = client.post(address("disconnect_projects", integration), {"link": [made[0].pk, "no id"]})
    assert response.status_code == 303
    assert set(links(integration)) == {made[1].left_id}


def test_disconnecting_nothing_says_so(client: Client, integration: Integration) -> None:
    response = client.post(address("disconnect_projects", integration), follow=True)
    assert "Tick the projects first." in response.content.decode()


def test_the_lists_are_refreshed_on_both_sides(client: Client, integration: Integration) -> None:
    assert client.post(address("refresh_projects", integration)).status_code == 303
    with scope(integration.organization_id):
        due = RecordList.objects.filter(entity="project", due_at__lte=timezone.now()).count()
    assert due == 2
    assert "being refreshed" in shown(client, "projects", integration)


def test_many_links_cost_as_many_queries_as_few(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number:03}") for number in range(130)])
        connect_all(integration, None)
    with django_assert_max_num_queries(16):
        first = client.get(address("projects", integration))
    assert [row.left for row in first.context["rows"]] == [f"Project {number:03}" for number in range(50)]
    second = client.get(address("projects", integration) + f"?after={first.context['links'].after}")
    assert second.context["rows"][0].left == "Project 050"
    back = client.get(address("projects", integration) + f"?before={second.context['links'].before}")
    assert back.context["rows"][0].left == "Project 000"


# --- People ---------------------------------------------------------------------------------------------------------------


def test_people_are_matched_by_e_mail_whatever_the_case(client: Client, integration: Integration) -> None:
    response = client.post(address("match_people", integration), follow=True)
    assert people(integration) == {"u1": "21"}
    assert "1 person is linked by e-mail." in response.content.decode()


def test_whoever_has_no_partner_is_shown_with_the_reason(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        everybody = [
            person_there("u1", "Ada Brandt", "ada@example.org"),
            person_there("u2", "Jon Okafor", "jon@example.org"),
            person_there("u3", "Mei Tanaka"),
            person_there("u4", "Lea Winter", "lea@example.org"),
            person_there("u5", "Sam Ortiz", "okafor@example.net"),
        ]
        mirror(integration.left, "user", everybody)
        mirror(
            integration.right,
            "member",
            [
                person_here(21, "Ada Brandt", "ada@example.org"),
                person_here(22, "J. Okafor", "okafor@example.net"),
                person_here(23, "Lea Winter", "lea@example.org", "inactive"),
            ],
        )
        link_person(integration, "u2", "22", None)
    reasons = {each.person.name: each.reason for each in client.get(address("people", integration)).context["unmatched"]}
    assert reasons == {
        "Ada Brandt": "Has the same address in Hubstaff: match by e-mail.",
        "Mei Tanaka": "Has no e-mail address in timeghost.",
        "Lea Winter": "Is not active in Hubstaff.",
        "Sam Ortiz": "Whoever has this address in Hubstaff is linked with somebody else.",
    }


def test_people_are_linked_by_hand(client: Client, integration: Integration) -> None:
    assert client.post(address("connect_person", integration), {"left": "u2", "right": "22"}).status_code == 303
    assert people(integration) == {"u2": "22"}
    response = client.post(address("connect_person", integration), {"left": "u1", "right": "22"})
    assert response.status_code == 422
    assert "One of them is linked already." in response.content.decode()


def test_a_disconnected_person_is_not_matched_again_by_itself(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        made = match_people(integration)
    client.post(address("disconnect_people", integration), {"link": [made[0].pk]})
    client.post(address("match_people", integration))
    assert people(integration) == {}
    assert "Was disconnected by hand." in shown(client, "people", integration)


def test_the_people_page_costs_few_queries(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "user", [person_there(f"u{number}", f"Person {number}", f"{number}@example.org") for number in range(200)])
        mirror(integration.right, "member", [person_here(number, f"Person {number}", f"{number}@example.org") for number in range(100)])
        match_people(integration)
    with django_assert_max_num_queries(19):
        shown(client, "people", integration)


# --- Who may --------------------------------------------------------------------------------------------------------------

READING = ["overview", "projects", "people"]
CHANGING = [
    "settings",
    "pause",
    "resume",
    "connect_project",
    "connect_all",
    "disconnect_projects",
    "connect_person",
    "match_people",
    "disconnect_people",
]


@pytest.mark.parametrize("name", READING)
def test_a_viewer_reads_and_is_offered_no_change(client: Client, integration: Integration, charlie: User, name: str) -> None:
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
        connect_all(integration, None)
        match_people(integration)
    client.force_login(charlie)
    page = shown(client, name, integration)
    main = page[page.index("<main") :]
    assert 'method="post"' not in main.replace(
        f'method="post" action="{address(f"disconnect_{name}", integration)}"' if name != "overview" else "", ""
    )
    assert "button--primary" not in main.split("</main>")[0]


@pytest.mark.parametrize("name", CHANGING)
def test_a_member_does_not_change_links(client: Client, integration: Integration, bob: User, name: str) -> None:
    client.force_login(bob)
    assert client.post(address(name, integration)).status_code == 403


@pytest.mark.parametrize(
    "name", ["pause", "resume", "disconnect_projects", "refresh_projects", "match_people", "disconnect_people", "refresh_people"]
)
def test_nothing_is_changed_by_following_a_link(client: Client, integration: Integration, name: str) -> None:
    assert client.get(address(name, integration)).status_code == 405


@pytest.mark.parametrize("name", READING)
def test_another_organizations_integration_is_not_there(client: Client, organization: Organization, charlie: User, name: str) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = bridge()
    assert client.get(address(name, foreign)).status_code == 404


def test_the_admin_site_lists_what_linking_keeps(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        connect_all(integration, None)
        match_people(integration)
    admin = User.objects.create_superuser("root@example.com", "correct horse battery staple")
    client.force_login(admin)
    for model in ("integration", "projectlink", "personlink"):
        with django_assert_max_num_queries(14):
            assert client.get(reverse(f"admin:linking_{model}_changelist")).status_code == 200
