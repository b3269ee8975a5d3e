"""Connecting all projects: the preview, what is left out of it, and that an outdated one is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from integrations.linking.models import DismissedProject, Integration, LinkEvent, ProjectLink
from integrations.linking.services import connect_all, join, link_project
from integrations.records.models import RecordList
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.linking.building import connect, mirror, project_here, project_there
from tests.linking.pages import address, events, links, shown, words

pytestmark = pytest.mark.django_db


def seal_of(client: Client, integration: Integration) -> str:
    return str(client.get(address("connect_all", integration)).context["preview"].seal)


def rows_of(client: Client, integration: Integration) -> dict[str, tuple[str, str]]:
    rows = client.get(address("connect_all", integration)).context["preview"].rows
    return {row.key: (row.word, row.why) for row in rows}


def test_it_shows_row_by_row_what_it_would_do(client: Client, integration: Integration) -> None:
    page = shown(client, "connect_all", integration)
    assert "Save: link 2 projects" in page
    assert rows_of(client, integration) == {
        "p1": ("Taken up", "Has the same name."),
        "p2": ("Created", "No project in Hubstaff has this name."),
        "p3": ("You decide", "2 projects in Hubstaff have this name."),
    }
    assert links(integration) == {}


def test_it_says_why_a_project_is_passed_over_or_taken_up_again(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        earlier = link_project(integration, "p3", "13", None)
        ProjectLink.objects.filter(pk=earlier.pk).update(disconnected_at="2026-11-20T12:00Z")
        link_project(integration, "p1", "11", None)
        DismissedProject.objects.create(integration=integration, left_id="p2", name="Spring campaign")
        there = [project_there("p1", "Website relaunch"), project_there("p2", "Spring campaign"), project_there("p3", "Annual report")]
        mirror(integration.left, "project", [*there, project_there("p4", "Old times", completed=True)])
    assert rows_of(client, integration) == {
        "p1": ("Linked already", "Linked already."),
        "p2": ("Skipped", "Dismissed from the review list."),
        "p3": ("Taken up", "Linked before."),
        "p4": ("Skipped", "Archived in timeghost."),
    }


def test_it_does_what_was_shown_and_notes_it(client: Client, integration: Integration, alice: User) -> None:
    assert client.post(address("connect_all", integration), {"seal": seal_of(client, integration)}).status_code == 303
    assert links(integration) == {"p1": "11", "p2": ""}
    assert set(events(integration)) == {
        ("Website relaunch", LinkEvent.What.ADOPTED, "Alice"),
        ("Spring campaign", LinkEvent.What.LINKED, "Alice"),
    }


def test_what_is_ticked_is_left_out(client: Client, integration: Integration) -> None:
    client.post(address("connect_all", integration), {"seal": seal_of(client, integration), "leave": ["p1", "no such project"]})
    assert links(integration) == {"p2": ""}


@pytest.mark.parametrize(
    "change",
    [
        lambda integration: mirror(integration.right, "project", [project_here(14, "Spring campaign")]),
        lambda integration: mirror(integration.left, "project", [project_there("p1", "Website relaunch")]),
        lambda integration: link_project(integration, "p1", "12", None),
    ],
    ids=["another project over there", "a project gone", "somebody else linked one"],
)
def test_an_outdated_preview_is_not_executed_but_shown_anew(client: Client, integration: Integration, change: Any) -> None:
    seal = seal_of(client, integration)
    with scope(integration.organization_id):
        change(integration)
    before = links(integration)
    response = client.post(address("connect_all", integration), {"seal": seal, "leave": ["p2"]})
    assert response.status_code == 422
    assert "Something has changed since you looked." in response.content.decode()
    assert response.context["preview"].seal != seal
    assert response.context["left_out"] == {"p2"}
    assert links(integration) == before


@pytest.mark.parametrize("seal", ["", "guessed"])
def test_without_the_right_seal_nothing_is_linked(client: Client, integration: Integration, seal: str) -> None:
    client.post(address("connect_all", integration), {"seal": seal})
    assert links(integration) == {}


def test_a_new_name_alone_does_not_make_a_preview_outdated(client: Client, integration: Integration) -> None:
    seal = seal_of(client, integration)
    with scope(integration.organization_id):
        mirror(
            integration.right,
            "project",
            [project_here(11, "WEBSITE relaunch"), project_here(12, "Annual report"), project_here(13, "Annual report")],
        )
    assert client.post(address("connect_all", integration), {"seal": seal}).status_code == 303


def test_two_thousand_projects_are_paged_and_cost_as_many_queries_as_three(
    client: Client, integration: Integration, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [project_there(f"x{number:04}", f"Project {number:04}") for number in range(2000)])
        mirror(integration.right, "project", [project_here(number, f"Project {number:04}") for number in range(1, 1000)])
    with django_assert_max_num_queries(18):
        first = client.get(address("connect_all", integration))
    assert len(first.context["shown"].rows) == 100
    seal = first.context["preview"].seal
    turned = client.post(
        address("connect_all", integration), {"seal": seal, "leave": ["x0001", "x0002"], "elsewhere": "[]", "after": "100"}
    )
    assert turned.status_code == 200
    assert links(integration) == {}
    assert turned.context["elsewhere"] == '["x0001","x0002"]'
    assert "Save: link 1998 projects" in turned.content.decode()
    with django_assert_max_num_queries(31):
        last = {"seal": seal, "elsewhere": turned.context["elsewhere"], "leave": ["x0150"]}
        assert client.post(address("connect_all", integration), last).status_code == 303
    linked = links(integration)
    assert len(linked) == 1997
    assert not {"x0001", "x0002", "x0150"} & set(linked)
    assert linked["x0003"] == "3"


@pytest.mark.parametrize("elsewhere", ["", "no json", "{}", "3", '[["p1"], 4]', "null"])
def test_what_makes_no_sense_of_other_pages_leaves_nothing_out(client: Client, integration: Integration, elsewhere: str) -> None:
    client.post(address("connect_all", integration), {"seal": seal_of(client, integration), "elsewhere": elsewhere})
    assert links(integration) == {"p1": "11", "p2": ""}


def test_what_more_than_one_fits_is_decided_by_hand(client: Client, integration: Integration) -> None:
    page = shown(client, "connect_all", integration)
    assert f'{address("connect_project", integration)}?left=p3&amp;find_right=Annual+report"' in page


def test_without_projects_it_says_so(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "project", [])
    assert "There are no projects." in words(shown(client, "connect_all", integration))


@pytest.mark.parametrize(("side", "label"), [("left", "timeghost"), ("right", "Hubstaff")])
def test_before_both_lists_were_read_whole_nothing_is_settled_and_that_is_said(
    client: Client, integration: Integration, side: str, label: str
) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=getattr(integration, side), entity="project").update(whole_at=None)
    answer = client.get(address("connect_all", integration))
    assert {row.word for row in answer.context["preview"].rows} == {"Not read yet"}
    assert f"The projects of {label} have not been read to the end yet." in words(answer.content.decode())
    refused = client.post(address("connect_all", integration), {"seal": answer.context["preview"].seal})
    assert refused.status_code == 422
    assert links(integration) == {}
    with scope(integration.organization_id):
        assert connect_all(integration, None) == []


def test_a_list_that_was_never_begun_is_not_read_either(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        RecordList.objects.filter(connection=integration.right, entity="project").delete()
    refused = client.post(address("connect_all", integration), {"seal": seal_of(client, integration)})
    assert refused.status_code == 422
    assert links(integration) == {}


def test_an_archived_partner_waits_for_a_person_and_is_remembered(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        earlier = link_project(integration, "p1", "11", None)
        ProjectLink.objects.filter(pk=earlier.pk).update(disconnected_at="2026-11-20T12:00Z", member_ids=["21"])
        mark = f"timeghost/{integration.left.workspace_id}/p2"
        here = [project_here(11, "Website relaunch", status="archived"), project_here(12, "Campaigns", status="archived")]
        here[1]["metadata"] = {"timebridge": mark}
        mirror(integration.right, "project", here)
    rows = rows_of(client, integration)
    assert rows["p1"] == ("You decide", "Linked before with Website relaunch, which is archived: restore it, or choose.")
    assert rows["p2"] == ("You decide", "Linked before with Campaigns, which is archived: restore it, or choose.")
    client.post(address("connect_all", integration), {"seal": seal_of(client, integration)})
    assert set(links(integration)) == {"p3"}
    with scope(integration.organization_id):
        after = ProjectLink.objects.get(left_id="p1")
    assert (after.right_id, after.member_ids) == ("11", ["21"])


def other_integration(integration: Integration) -> Integration:
    """Another workspace on the left, joined with another connection of the same workspace on the right."""
    right = connect("hubstaff", "Clock of others", workspace_id=integration.right.workspace_id)
    return join(connect("timeghost", "Others"), right, None)


def test_what_another_integration_has_linked_is_not_taken_away(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        ProjectLink.objects.create(integration=other_integration(integration), left_id="q1", right_id="11", name="Website")
    assert rows_of(client, integration)["p1"] == (
        "You decide",
        "The project of this name in Hubstaff is linked in “Others ⇄ Clock of others”.",
    )
    client.post(address("connect_all", integration), {"seal": seal_of(client, integration)})
    assert "p1" not in links(integration)


def test_what_carries_the_mark_of_a_project_elsewhere_is_not_taken_up_by_name(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(11, "Website relaunch", metadata={"timebridge": "timeghost/elsewhere/p1"})])
    assert rows_of(client, integration)["p1"] == (
        "You decide",
        "The project of this name in Hubstaff was made from a project elsewhere.",
    )


def test_an_earlier_partner_that_another_integration_has_linked_waits_for_a_person(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        earlier = link_project(integration, "p2", "12", None)
        ProjectLink.objects.filter(pk=earlier.pk).update(disconnected_at="2026-11-20T12:00Z")
        ProjectLink.objects.create(integration=other_integration(integration), left_id="q1", right_id="12", name="Report")
    assert rows_of(client, integration)["p2"] == (
        "You decide",
        "Linked before with Annual report, which is linked in “Others ⇄ Clock of others”. Choose another one.",
    )


def test_linking_all_again_after_our_rows_are_gone_takes_up_who_carries_the_mark(integration: Integration) -> None:
    mark = f"timeghost/{integration.left.workspace_id}/p3"
    with scope(integration.organization_id):
        mirror(integration.right, "project", [project_here(11, "Annual report"), project_here(12, "Other", metadata={"timebridge": mark})])
        connect_all(integration, None)
    assert links(integration)["p3"] == "12"
