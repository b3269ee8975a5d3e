"""The history of links: who did what, and when."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client

from integrations.linking.history import note_link, note_links
from integrations.linking.models import Integration, LinkEvent, ProjectLink
from integrations.linking.services import connect_all, link_project
from portal.accounts.models import User
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from tests.linking.pages import address, shown, words

pytestmark = pytest.mark.django_db
What = LinkEvent.What


@pytest.fixture
def link(integration: Integration, alice: User) -> ProjectLink:
    """Linked by Alice, gone wrong by itself, dismissed by nobody."""
    with scope(integration.organization_id):
        made = link_project(integration, "p1", "11", alice)
        note_link(made, What.FAILED, note="Hubstaff refused the name.")
        link_project(integration, "p2", "", None)
    return made


def told(client: Client, integration: Integration, query: str = "") -> list[tuple[str, str]]:
    page = client.get(address("history", integration) + query)
    assert page.status_code == 200
    return [(event.name, event.what) for event, _ in page.context["rows"]]


def test_all_that_happened_is_told_newest_first_with_who_did_it(client: Client, integration: Integration, link: ProjectLink) -> None:
    assert told(client, integration) == [
        ("Spring campaign", What.LINKED),
        ("Website relaunch", What.FAILED),
        ("Website relaunch", What.LINKED),
    ]
    page = words(shown(client, "history", integration))
    assert "Website relaunch Went wrong Hubstaff refused the name. Timebridge itself" in page
    assert "Website relaunch Linked Alice" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [("find=web", 2), ("what=failed", 1), ("what=nonsense", 3), ("person=portal", 2), ("person=x", 3), ("link=x", 3), ("find=%00web", 2)],
)
def test_it_is_narrowed_by_name_by_what_and_by_person(
    client: Client, integration: Integration, link: ProjectLink, query: str, count: int
) -> None:
    assert len(told(client, integration, f"?{query}")) == count


def test_it_is_narrowed_to_what_one_person_did(client: Client, integration: Integration, link: ProjectLink, alice: User) -> None:
    assert told(client, integration, f"?person={alice.pk}") == [("Website relaunch", What.LINKED)]
    assert told(client, integration, "?person=999999999") == []


def test_whoever_did_something_can_be_chosen_member_or_not(
    client: Client, integration: Integration, link: ProjectLink, alice: User, bob: User, charlie: User
) -> None:
    with scope(integration.organization_id):
        note_link(link, What.CONNECTED, charlie)
    page = client.get(address("history", integration))
    assert page.context["people"] == [(str(alice.pk), "Alice"), (str(charlie.pk), "Charlie")], "Bob is a member, and did nothing"
    assert told(client, integration, f"?person={charlie.pk}") == [("Website relaunch", What.CONNECTED)]


def test_one_link_has_a_history_of_its_own(client: Client, integration: Integration, link: ProjectLink) -> None:
    assert len(told(client, integration, f"?link={link.pk}")) == 2
    assert "Website relaunch ⇄ 11" in shown(client, "history", integration, f"?link={link.pk}")


def test_without_anything_it_says_so(client: Client, integration: Integration) -> None:
    assert "Nothing happened yet" in shown(client, "history", integration)
    assert "Nothing matches" in shown(client, "history", integration, "?find=web")


def test_it_is_paged_by_key_and_costs_as_many_queries_for_many(
    client: Client, integration: Integration, link: ProjectLink, alice: User, django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        for _ in range(3):
            note_links([link] * 40, What.RENAMED, alice)
    with django_assert_max_num_queries(11):
        first = client.get(address("history", integration))
    seen = [event.pk for event, _ in first.context["rows"]]
    after = first.context["events"].after
    while after:
        page = client.get(f"{address('history', integration)}?after={after}")
        seen += [event.pk for event, _ in page.context["rows"]]
        after = page.context["events"].after
    assert len(seen) == len(set(seen)) == 123


def test_noting_many_costs_one_query(integration: Integration, link: ProjectLink, django_assert_num_queries: Any) -> None:
    with scope(integration.organization_id), django_assert_num_queries(1):
        note_links([link] * 50, What.RENAMED)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_was_noted_is_never_changed(integration: Integration, link: ProjectLink, change: str) -> None:
    with scope(integration.organization_id), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        noted = LinkEvent.objects.filter(link_id=link.pk)
        noted.update(note="It never happened.") if change == "update" else noted.delete()


def test_a_viewer_reads_the_history(client: Client, integration: Integration, link: ProjectLink, charlie: User) -> None:
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
        connect_all(integration, None)
    client.force_login(charlie)
    assert len(told(client, integration)) == 3
