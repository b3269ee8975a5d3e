"""Linking a project by hand: the pickers, the suggestions, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.linking.models import Integration, LinkEvent, ProjectLink
from integrations.linking.services import join, link_project
from integrations.records.models import RecordList
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.linking.building import connect, mirror, project_here, project_there
from tests.linking.pages import address, again, events, links, shown, words

pytestmark = pytest.mark.django_db
BEFORE = "2026-11-20T12:00Z"


def test_projects_are_connected_by_hand(client: Client, integration: Integration) -> None:
    response = client.post(address("connect_project", integration), {"left": "p3", "right": "13"})
    assert response.status_code == 303
    assert links(integration) == {"p3": "13"}


def test_a_blank_right_side_is_left_for_the_next_sync_to_make(client: Client, integration: Integration) -> None:
    page = words(shown(client, "connect_project", integration))
    assert "Left blank, a matching project is created in Hubstaff, with its client, billable flag and members" in page
    assert client.post(address("connect_project", integration), {"left": "p2", "right": ""}).status_code == 303
    assert links(integration) == {"p2": ""}


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"left": "", "right": "11"}, "Choose a project."),
        ({"left": "p9", "right": "11"}, "not there any more"),
        ({"left": "p2", "right": "99"}, "not there any more"),
        ({"left": "p1", "right": ""}, "is linked already"),
        ({"left": "p2", "right": "12"}, "is linked with another one"),
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


def test_linking_notes_who_did_it_and_lets_the_next_sync_look_at_all_time(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        Integration.objects.filter(pk=integration.pk).update(whole_look_at="2026-11-20T12:00Z")
    client.post(address("connect_project", integration), {"left": "p1", "right": "11"})
    client.post(address("connect_project", integration), {"left": "p2", "right": ""})
    assert events(integration) == [
        ("Spring campaign", LinkEvent.What.LINKED, "Alice"),
        ("Website relaunch", LinkEvent.What.LINKED, "Alice"),
    ]
    now = again(integration)
    assert now.whole_look_at is None
    assert now.due_at is not None


def test_relinking_blank_takes_up_the_earlier_partner(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "12", None)
        ProjectLink.objects.filter(pk=link.pk).update(disconnected_at=BEFORE, member_ids=["21"], failures=4, problem="Refused.")
    client.post(address("connect_project", integration), {"left": "p1", "right": ""})
    with scope(integration.organization_id):
        after = ProjectLink.live.get()
    assert (after.pk, after.right_id, after.member_ids, after.failures, after.problem) == (link.pk, "12", ["21"], 0, "")
    assert events(integration)[0] == ("Website relaunch", LinkEvent.What.ADOPTED, "Alice")


def test_relinking_blank_takes_up_who_carries_the_mark_when_our_rows_are_gone(client: Client, integration: Integration) -> None:
    mark = f"timeghost/{integration.left.workspace_id}/p1"
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(11, "Renamed since", metadata={"timebridge": mark})])
    client.post(address("connect_project", integration), {"left": "p1", "right": ""})
    assert links(integration) == {"p1": "11"}


def test_relinking_blank_is_refused_where_the_earlier_partner_is_archived_and_it_is_remembered(
    client: Client, integration: Integration
) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "12", None)
        ProjectLink.objects.filter(pk=link.pk).update(disconnected_at=BEFORE)
        mirror(integration.right, "project", [project_here(12, "Annual report", status="archived")])
    answer = client.post(address("connect_project", integration), {"left": "p1", "right": ""})
    assert answer.status_code == 422
    assert "Linked before with Annual report, which is archived: restore it, or choose." in answer.content.decode()
    with scope(integration.organization_id):
        assert ProjectLink.objects.get().right_id == "12"


def test_a_blank_right_side_is_refused_before_both_sides_were_read(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=integration.right, entity="project").update(whole_at=None)
    answer = client.post(address("connect_project", integration), {"left": "p2", "right": ""})
    assert answer.status_code == 422
    assert "The projects of Hubstaff have not been read to the end yet." in answer.content.decode()
    assert client.post(address("connect_project", integration), {"left": "p1", "right": "11"}).status_code == 303
    assert links(integration) == {"p1": "11"}


def test_what_another_integration_has_linked_is_neither_offered_nor_linked_by_hand(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        others = join(connect("timeghost", "Others"), integration.right, None)
        ProjectLink.objects.create(integration=others, left_id="q1", right_id="11")
    page = shown(client, "connect_project", integration)
    assert 'value="11"' not in page
    answer = client.post(address("connect_project", integration), {"left": "p1", "right": "11"})
    assert answer.status_code == 422
    assert "is linked in “Others ⇄ Clock”" in answer.content.decode()
    assert links(integration) == {}


def test_a_project_that_was_made_from_one_elsewhere_may_be_chosen_by_hand(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(12, "Annual report", metadata={"timebridge": "timeghost/elsewhere/p1"})])
    assert 'value="12"' in shown(client, "connect_project", integration)
    assert client.post(address("connect_project", integration), {"left": "p1", "right": "12"}).status_code == 303
    assert links(integration) == {"p1": "12"}


def test_another_partner_begins_anew(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link = link_project(integration, "p1", "12", None)
        ProjectLink.objects.filter(pk=link.pk).update(disconnected_at=BEFORE, member_ids=["21"], synced_name="Website relaunch")
    client.post(address("connect_project", integration), {"left": "p1", "right": "11"})
    with scope(integration.organization_id):
        after = ProjectLink.live.get()
    assert (after.pk, after.right_id, after.member_ids, after.synced_name) == (link.pk, "11", [], "")


def test_a_picker_offers_what_is_free_and_keeps_what_is_chosen(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
    page = shown(client, "connect_project", integration, "?left=p3")
    assert 'value="p1"' not in page
    assert 'value="11"' not in page
    assert 'value="p3" checked' in page
    assert "Northern Rail" in page


def test_a_search_in_a_picker_answers_with_its_options_alone(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p1", "11", None)
    part = shown(client, "choices", integration, "?part=project&name=left&q_in=find_left&find_left=spring&left=p3")
    assert "<html" not in part
    assert [f'value="{key}"' in part for key in ("p1", "p2", "p3")] == [False, True, True]


@pytest.mark.parametrize("query", ["", "?part=task&name=left", "?part=project&name=middle"])
def test_there_are_pickers_for_both_sides_of_projects_and_people_only(client: Client, integration: Integration, query: str) -> None:
    assert client.get(address("choices", integration) + query).status_code == 400


def test_without_a_script_the_search_goes_with_the_form_and_links_nothing(client: Client, integration: Integration) -> None:
    given = {"left": "p1", "right": "11", "find_left": "spring", "find_right": "", "look": "1"}
    response = client.post(address("connect_project", integration), given)
    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="p1" checked' in page
    assert 'value="p2"' in page
    assert 'value="p3"' not in page
    assert links(integration) == {}


def test_a_picker_is_cut_and_says_so(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number}", f"Project {number:03}") for number in range(120)])
    with django_assert_max_num_queries(15):
        page = shown(client, "connect_project", integration)
    assert page.count('name="left"') == 21
    assert "There are more. Search to find them." in page


def test_for_a_chosen_project_partners_are_suggested_with_how_sure_that_is(client: Client, integration: Integration) -> None:
    page = words(shown(client, "connect_project", integration, "?left=p1", **{"HX-Request": "true"}))
    assert page == "Likely the same as “Website relaunch” Website relaunch same name 100 % Look at it Choose"
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(11, "Web site relaunch")])
    page = words(shown(client, "connect_project", integration, "?left=p1", **{"HX-Request": "true"}))
    assert page == "Likely the same as “Website relaunch” Web site relaunch 96 % Look at it Choose"


def test_two_of_the_same_name_are_suggested_as_a_risk(client: Client, integration: Integration) -> None:
    page = words(shown(client, "connect_project", integration, "?left=p3", **{"HX-Request": "true"}))
    assert page.count("more than one fits") == 2


def test_a_linked_partner_is_not_suggested(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        link_project(integration, "p2", "11", None)
    page = words(shown(client, "connect_project", integration, "?left=p1", **{"HX-Request": "true"}))
    assert page == "Nothing in Hubstaff has a name like “Website relaunch”."
