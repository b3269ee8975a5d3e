"""The rule for projects that appear on the left: what it settles, and what waits for a person."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.catalogue import ProjectFacts
from integrations.linking.models import DismissedProject, Integration, LinkEvent, ProjectLink
from integrations.linking.rules import dismiss, fits, follow_rule, is_meant, review_list, undismiss, waiting_count
from integrations.linking.services import connect_all, link_project
from integrations.records.models import Record, RecordList
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.linking.building import mirror, project_here, project_there
from tests.linking.pages import again, events, links

pytestmark = pytest.mark.django_db
Rule = Integration.NewProjects


def set_rule(integration: Integration, new_projects: str, **fields: str) -> Integration:
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(new_projects=new_projects, **fields)
    return again(integration)


def follow(integration: Integration) -> list[str]:
    with scope(integration.organization_id):
        return sorted(link.left_id for link in follow_rule(integration))


def waiting(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        reviews = review_list(integration).suggested()
        assert len(reviews) == waiting_count(integration)
        return {each.facts.id: each.why for each in reviews}


# --- What it settles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "linked", "waits"),
    [
        (Rule.OFF, {}, set()),
        (Rule.PROPOSE, {}, {"p1", "p2", "p3"}),
        (Rule.LINK, {"p1": "11"}, {"p2", "p3"}),
        (Rule.CREATE, {"p1": "11", "p2": ""}, {"p3"}),
    ],
)
def test_a_rule_settles_what_it_says_and_the_rest_waits(
    integration: Integration, rule: str, linked: dict[str, str], waits: set[str]
) -> None:
    now = set_rule(integration, rule)
    assert follow(now) == sorted(linked)
    assert links(integration) == linked
    assert set(waiting(now)) == waits


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_rule_does_nothing_before_both_sides_were_read(integration: Integration, side: str) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=getattr(integration, side), entity="project").update(whole_at=None)
    now = set_rule(integration, Rule.CREATE)
    assert follow(now) == []
    assert set(waiting(now)) == {"p1", "p2", "p3"}


def test_following_a_rule_again_does_nothing_more(integration: Integration) -> None:
    now = set_rule(integration, Rule.CREATE)
    follow(now)
    assert follow(now) == []
    assert len(events(integration)) == 2


def test_a_link_by_rule_is_noted_as_done_by_nobody(integration: Integration) -> None:
    follow(set_rule(integration, Rule.LINK))
    assert events(integration) == [("Website relaunch", LinkEvent.What.ADOPTED, "")]
    with scope(integration.organization_id):
        assert LinkEvent.objects.get().note == "By the rule for new projects."


def test_two_of_the_same_name_wait_for_a_person_whatever_the_rule(integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there("p1", "Website relaunch"), project_there("p2", "website relaunch")])
    now = set_rule(integration, Rule.CREATE)
    assert follow(now) == []
    assert waiting(now)["p1"] == "2 projects in timeghost have this name."


def test_only_active_projects_that_nobody_has_decided_about_are_new(integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        there = [project_there("p1", "One"), project_there("p2", "Two"), project_there("p3", "Three"), project_there("p4", "Four")]
        mirror(integration.left, "project", [*there, project_there("p5", "Five", completed=True)])
        link_project(integration, "p1", "", None)
        parted = link_project(integration, "p2", "", None)
        ProjectLink.objects.filter(pk=parted.pk).update(disconnected_at="2026-11-20T12:00Z")
        dismiss(integration, ["p3"], alice)
    assert follow(set_rule(integration, Rule.CREATE)) == ["p4"]


def test_a_partner_that_was_unlinked_by_hand_is_not_given_to_a_new_project_of_the_same_name(integration: Integration) -> None:
    with scope(integration.organization_id):
        parted = link_project(integration, "p1", "11", None)
        ProjectLink.objects.filter(pk=parted.pk).update(disconnected_at="2026-11-20T12:00Z")
        there = [project_there("p1", "Website relaunch"), project_there("p9", "Website relaunch")]
        mirror(integration.left, "project", there)
    assert follow(set_rule(integration, Rule.CREATE)) == []


def test_with_nothing_new_a_rule_costs_one_query(integration: Integration, django_assert_num_queries: Any) -> None:
    now = set_rule(integration, Rule.CREATE)
    with scope(integration.organization_id):
        connect_all(integration, None)
        link_project(integration, "p3", "12", None)
        assert now.left.is_connected  # read before, as a sync has it
        with django_assert_num_queries(1):
            assert follow_rule(now) == []


def test_many_new_projects_cost_as_many_queries_as_few(integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number}") for number in range(300)])
    now = set_rule(integration, Rule.CREATE)
    with scope(integration.organization_id), django_assert_max_num_queries(21):
        assert len(follow_rule(now)) == 300


# --- Whom it is for --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "meant"),
    [
        ({"rule_name": "website*"}, ["p1"]),
        ({"rule_name": "* campaign"}, ["p2"]),
        ({"rule_name": "????ng*"}, ["p2"]),
        ({"rule_name": "website"}, []),
        ({"rule_client": "northern *"}, ["p1", "p2"]),
        ({"rule_client": "nobody"}, []),
        ({"rule_name": "*r*", "rule_client": "Northern Rail"}, ["p1", "p2"]),
    ],
)
def test_a_rule_is_for_those_that_fit_all_that_it_asks(integration: Integration, fields: dict[str, str], meant: list[str]) -> None:
    now = set_rule(integration, Rule.CREATE, **fields)
    assert follow(now) == meant
    with scope(integration.organization_id):
        assert waiting_count(now) == len(review_list(now).waiting)


def test_a_rule_asks_for_the_status_that_the_record_shows(integration: Integration) -> None:
    with scope(integration.organization_id):
        status = Record.objects.filter(connection=integration.left, entity="project", remote_id="p1").values_list("status", flat=True).get()
        Record.objects.filter(connection=integration.left, entity="project", remote_id="p2").update(status="on hold")
    assert status
    assert follow(set_rule(integration, Rule.CREATE, rule_status="on hold")) == ["p2"]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("?", "", False),
        ("[a]*", "[A] team", True),
        ("[a]*", "a team", False),
        ("Straße *", "STRASSE 4", True),
        (" website ", "Website", True),
        ("a*b*c", "aXXbYYc", True),
    ],
)
def test_only_star_and_question_mark_mean_something_else_than_themselves(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_text_fits_itself_and_whatever_ends_in_a_star_fits_what_it_begins(text: str, more: str) -> None:
    if not set(text) & set("*?"):
        assert fits(text, text)
        assert fits(f"{text.lstrip()}*", f"{text.lstrip()}{more}") or text != text.strip()
    assert fits("*", text)


def test_the_empty_rule_is_for_all(integration: Integration) -> None:
    assert is_meant(integration, ProjectFacts("p1", "Anything", True), "")


# --- Dismissing ------------------------------------------------------------------------------------------------------------


def test_a_dismissed_project_leaves_the_list_and_can_be_taken_back(integration: Integration, alice: User) -> None:
    now = set_rule(integration, Rule.CREATE)
    with scope(integration.organization_id):
        dismiss(now, ["p2", "no such project"], alice)
    assert follow(now) == ["p1"]
    assert set(waiting(now)) == {"p3"}
    with scope(integration.organization_id):
        assert undismiss(now, ["p2"], alice) == 1
        assert undismiss(now, ["p2"], alice) == 0
    assert follow(now) == ["p2"]
    assert [(name, what, who) for name, what, who in events(integration) if name == "Spring campaign"] == [
        ("Spring campaign", LinkEvent.What.LINKED, ""),
        ("Spring campaign", LinkEvent.What.RESTORED, "Alice"),
        ("Spring campaign", LinkEvent.What.DISMISSED, "Alice"),
    ]


def test_dismissing_twice_is_once_and_a_linked_project_is_not_dismissed(integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
        for _ in range(2):
            dismiss(integration, ["p1", "p2"], alice)
        assert list(DismissedProject.objects.values_list("left_id", flat=True)) == ["p2"]


def test_a_dismissed_project_can_still_be_linked_by_hand_and_is_then_dismissed_no_more(integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        dismiss(integration, ["p2"], alice)
        link_project(integration, "p2", "", None)
        assert not DismissedProject.objects.exists()


def test_two_projects_are_offered_the_same_partner_only_with_a_warning(integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there("p1", "Website relaunch one"), project_there("p2", "Website relaunch two")])
        mirror(integration.right, "project", [project_here(11, "Website relaunch")])
        reviews = review_list(integration)
        both = reviews.suggested()
        first_alone = reviews.suggested(reviews.waiting[:1])
    assert [(each.suggestion.id, each.suggestion.is_risky) for each in both if each.suggestion] == [("11", True), ("11", True)]
    assert [each.suggestion.is_risky for each in first_alone if each.suggestion] == [True]
