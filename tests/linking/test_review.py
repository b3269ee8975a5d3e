"""The pages of new projects: the review list, what was dismissed, and the rule with its preview."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.linking.models import Integration
from integrations.linking.rules import dismiss
from integrations.linking.services import link_project
from integrations.records.models import RecordList
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Role
from portal.organizations.scope import scope
from tests.linking.building import mirror, project_here, project_there
from tests.linking.pages import address, again, links, shown, words

pytestmark = pytest.mark.django_db
CREATING = {"new_projects": "create", "rule_name": "", "rule_client": "", "rule_status": ""}


def preview_of(client: Client, integration: Integration, rule: dict[str, str]) -> Any:
    answer = client.get(address("rule", integration), rule)
    assert answer.status_code == 200
    return answer.context["preview"]


# --- The review list ---------------------------------------------------------------------------------------------------------


def test_the_page_of_projects_says_how_many_wait(client: Client, integration: Integration, charlie: User) -> None:
    page = shown(client, "projects", integration)
    assert "New in timeghost: 3 projects wait for you." in words(page)
    assert address("review", integration) in page
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert address("review", integration) not in shown(client, "projects", integration)


def test_each_new_project_stands_there_with_what_it_may_belong_to(client: Client, integration: Integration) -> None:
    page = words(shown(client, "review", integration))
    assert "Website relaunch Northern Rail Website relaunch same name 100 % Link Create" in page
    assert "Spring campaign Northern Rail No project in Hubstaff has this name." in page
    assert "Annual report Northern Rail Annual report more than one fits 100 % 2 projects in Hubstaff have this name. Choose Create" in page


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"link": "p1", "partner-p1": "11"}, {"p1": "11"}),
        ({"link": "p3", "partner-p3": "13"}, {"p3": "13"}),
        ({"create": "p2", "partner-p2": "12"}, {"p2": ""}),
        ({"batch": "link", "project": ["p1", "p3"], "partner-p1": "11", "partner-p3": "12"}, {"p1": "11", "p3": "12"}),
        ({"batch": "create", "project": ["p1", "p2"]}, {"p1": "", "p2": ""}),
        ({"batch": "link", "project": ["p2"]}, {}),
        ({"batch": "link", "project": ["p1", "p3"], "partner-p1": "11", "partner-p3": "11"}, {"p1": "11"}),
        ({"link": "p9", "partner-p9": "11"}, {}),
        ({"link": "p1", "partner-p1": "99"}, {}),
        ({"batch": "explode", "project": ["p1"]}, {}),
        ({}, {}),
    ],
)
def test_a_click_links_creates_or_says_why_not(
    client: Client, integration: Integration, given: dict[str, Any], expected: dict[str, str]
) -> None:
    answer = client.post(address("review", integration), given)
    assert answer.status_code == 303
    assert links(integration) == expected


def test_what_changed_meanwhile_is_not_linked_and_said(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p2", "11", None)
    given = {"batch": "link", "project": ["p1", "p3"], "partner-p1": "11", "partner-p3": "12"}
    page = client.post(address("review", integration), given, follow=True).content.decode()
    assert "1 project is linked." in page
    assert "“Website relaunch” is not linked. Something changed meanwhile." in page
    assert links(integration) == {"p2": "11", "p3": "12"}


def unread(integration: Integration) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=integration.right, entity="project").update(whole_at=None)


@pytest.mark.parametrize("given", [{"create": "p2"}, {"batch": "create", "project": ["p1", "p2"]}])
def test_nothing_is_created_from_the_list_before_both_sides_were_read(
    client: Client, integration: Integration, given: dict[str, Any]
) -> None:
    unread(integration)
    page = shown(client, "review", integration)
    assert 'name="create"' not in page and 'value="create"' not in page
    answer = client.post(address("review", integration), given)
    assert answer.status_code == 422
    assert "The projects of Hubstaff have not been read to the end yet." in words(answer.content.decode())
    assert links(integration) == {}


def test_a_partner_that_is_seen_already_can_be_chosen_before_both_sides_were_read(client: Client, integration: Integration) -> None:
    unread(integration)
    client.post(address("review", integration), {"link": "p1", "partner-p1": "11"})
    assert links(integration) == {"p1": "11"}


def test_a_new_partner_is_not_created_where_the_old_one_is_only_archived(client: Client, integration: Integration) -> None:
    mark = f"timeghost/{integration.left.workspace_id}/p2"
    with scope(integration.organization_id):
        archived = project_here(14, "Campaigns", status="archived", metadata={"timebridge": mark})
        mirror(integration.right, "project", [project_here(11, "Website relaunch"), archived])
    assert 'aria-label="Create a project for Spring campaign"' not in shown(client, "review", integration)
    page = words(client.post(address("review", integration), {"create": "p2"}, follow=True).content.decode())
    assert "“Spring campaign” is not linked. Linked before with Campaigns, which is archived: restore it, or choose." in page
    assert links(integration) == {}


def test_a_partner_that_belongs_elsewhere_is_not_accepted(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(11, "Website relaunch", metadata={"timebridge": "timeghost/elsewhere/x"})])
    page = words(client.post(address("review", integration), {"link": "p1", "partner-p1": "11"}, follow=True).content.decode())
    assert "“Website relaunch” is not linked. Website relaunch was made from a project elsewhere." in page
    assert links(integration) == {}


def test_ticked_projects_are_dismissed_together_and_taken_back(client: Client, integration: Integration) -> None:
    client.post(address("review", integration), {"batch": "dismiss", "project": ["p1", "p3"]})
    page = words(shown(client, "review", integration))
    assert "New in timeghost: 1 project waits for you" in page
    assert "Dismissed: 2" in page
    assert "Website relaunch" in shown(client, "dismissed", integration)
    assert client.post(address("dismissed", integration), {"project": ["p1"]}).status_code == 303
    assert "New in timeghost: 2 projects wait for you" in words(shown(client, "review", integration))


def test_taking_back_nothing_says_so(client: Client, integration: Integration) -> None:
    assert "Tick the projects first." in client.post(address("dismissed", integration), follow=True).content.decode()


def test_what_the_rule_is_not_for_is_named_below_and_waits_not(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(rule_name="Website*")
    page = words(shown(client, "review", integration))
    assert "New in timeghost: 1 project waits for you" in page
    assert "2 more new projects that the rule is not for" in page


def test_the_review_list_is_paged_and_costs_as_many_queries_for_many(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number:03}") for number in range(300)])
        mirror(integration.right, "project", [project_here(number, f"Project {number:03} of ours") for number in range(1, 300)])
    with django_assert_max_num_queries(17):
        first = client.get(address("review", integration))
    assert len(first.context["reviews"]) == 50
    second = client.get(address("review", integration) + "?after=50")
    assert second.context["reviews"][0].facts.name == "Project 050"


@pytest.mark.parametrize("name", ["review", "dismissed", "rule"])
def test_a_member_decides_nothing_about_new_projects(client: Client, integration: Integration, bob: User, name: str) -> None:
    client.force_login(bob)
    assert client.get(address(name, integration)).status_code == 403
    assert client.post(address(name, integration), {"link": "p1", "partner-p1": "11"}).status_code == 403


# --- The rule ----------------------------------------------------------------------------------------------------------------


def test_before_a_rule_is_kept_it_shows_what_it_would_do_now(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(
            integration.left,
            "project",
            [project_there("p1", "Website relaunch"), project_there("p2", "Website two"), project_there("p4", "Trade fair")],
        )
    rows = {row.key: row.word for row in preview_of(client, integration, {**CREATING, "rule_name": "Website*"}).rows}
    assert rows == {"p1": "Taken up", "p2": "Created", "p4": "Left alone"}
    assert links(integration) == {}
    assert again(integration).new_projects == Integration.NewProjects.PROPOSE


def test_a_rule_that_only_proposes_shows_what_will_wait(client: Client, integration: Integration) -> None:
    preview = preview_of(client, integration, {**CREATING, "new_projects": "propose"})
    assert {row.word for row in preview.rows} == {"Waits for you"}


def test_keeping_a_rule_does_at_once_what_was_shown(client: Client, integration: Integration) -> None:
    preview = preview_of(client, integration, CREATING)
    answer = client.post(address("rule", integration), {**CREATING, "seal": preview.seal})
    assert answer.status_code == 303
    assert links(integration) == {"p1": "11", "p2": ""}
    assert again(integration).new_projects == Integration.NewProjects.CREATE
    with scope(integration.organization_id):
        assert AuditEntry.objects.filter(action="rule.changed").exists()


def test_an_outdated_preview_of_a_rule_keeps_nothing(client: Client, integration: Integration) -> None:
    preview = preview_of(client, integration, CREATING)
    with scope(integration.organization_id):
        link_project(integration, "p1", "12", None)
    answer = client.post(address("rule", integration), {**CREATING, "seal": preview.seal})
    assert answer.status_code == 422
    assert "Something has changed since you looked." in answer.content.decode()
    assert again(integration).new_projects == Integration.NewProjects.PROPOSE
    assert links(integration) == {"p1": "12"}


def test_a_rule_that_links_is_not_kept_before_both_sides_were_read_but_one_that_only_proposes_is(
    client: Client, integration: Integration
) -> None:
    unread(integration)
    preview = preview_of(client, integration, CREATING)
    assert client.post(address("rule", integration), {**CREATING, "seal": preview.seal}).status_code == 422
    assert again(integration).new_projects == Integration.NewProjects.PROPOSE
    off = {**CREATING, "new_projects": "off"}
    assert client.post(address("rule", integration), {**off, "seal": preview_of(client, integration, off).seal}).status_code == 303
    assert again(integration).new_projects == Integration.NewProjects.OFF


def test_the_seal_of_one_rule_does_not_keep_another(client: Client, integration: Integration) -> None:
    preview = preview_of(client, integration, {**CREATING, "new_projects": "off"})
    client.post(address("rule", integration), {**CREATING, "new_projects": "off", "rule_name": "X*", "seal": preview.seal})
    assert again(integration).rule_name == ""


def test_a_rule_can_be_kept_while_nothing_is_new(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [])
    preview = preview_of(client, integration, CREATING)
    assert client.post(address("rule", integration), {**CREATING, "seal": preview.seal}).status_code == 303
    assert again(integration).new_projects == Integration.NewProjects.CREATE


@pytest.mark.parametrize("given", [{"new_projects": "explode"}, {"rule_status": "no such status"}, {"rule_name": "x" * 300}])
def test_a_rule_that_makes_no_sense_is_refused_and_what_was_typed_stays(
    client: Client, integration: Integration, given: dict[str, str]
) -> None:
    for ask in (client.get, client.post):
        answer = ask(address("rule", integration), {**CREATING, "rule_client": "Northern*", **given})
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()
        assert "Northern*" in answer.content.decode()
    assert again(integration).new_projects == Integration.NewProjects.PROPOSE


def test_the_form_of_a_rule_offers_the_statuses_that_there_are(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        dismiss(integration, ["p2"], alice)
    form = client.get(address("rule", integration)).context["form"]
    assert [value for value, _ in form.fields["rule_status"].choices] == ["", "active"]
