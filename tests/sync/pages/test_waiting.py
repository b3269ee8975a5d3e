"""What waits for a person: the page, and the answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from integrations.linking.models import Integration
from integrations.sync.models import Approval
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Role
from portal.organizations.scope import scope
from tests.sync.pages.asking import address, approval, question, shown

pytestmark = pytest.mark.django_db


def seal_on(client: Client, integration: Integration) -> str:
    return client.get(address("approvals", integration)).context["seal"]  # type: ignore[no-any-return]


def one_of(client: Client, integration: Integration, title: str) -> str:
    """What the buttons beside a row send behind their word."""
    piles = client.get(address("approvals", integration)).context["piles"]
    row = next(row for pile in piles for row in pile.questions.rows if title in row.approval.title)
    return f"{row.approval.pk}/{row.seal}"


def send(client: Client, integration: Integration, **given: Any) -> HttpResponse:
    return client.post(address("answer", integration), given)  # type: ignore[return-value]


def answers(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        return dict(Approval.objects.values_list("title", "answer"))


def test_what_waits_stands_by_its_reason(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
        approval(integration, 2)
        approval(integration, 3, "always", kind="archive_project", title="Archive the project “Old”")
        question(integration, 4)
    page = shown(client, address("approvals", integration))
    assert "More at once than the guard allows · 2" in page
    assert "Always asks first · 1" in page
    assert "Changed on both sides · 1" in page
    assert 'value__said--left">Sitemap<' in page
    assert 'value__said--right">Site map<' in page


def test_where_nothing_waits_the_page_says_so(client: Client, integration: Integration) -> None:
    assert "Nothing waits for you" in shown(client, address("approvals", integration))


def test_the_tab_says_how_many_wait(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
        approval(integration, 2, answer="decline")
    assert '<span class="tabs__count">1</span>' in shown(client, address("list", integration))


def test_one_is_approved_and_a_sync_follows(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        approval(integration, 1, title="Delete “A”")
        approval(integration, 2, title="Delete “B”")
    response = send(client, integration, one=f"approve/{one_of(client, integration, 'A')}")
    assert response.status_code == 303
    assert answers(integration) == {"Delete “A”": "approve", "Delete “B”": ""}
    with scope(integration.organization_id):
        assert Integration.objects.get().due_at is not None
        assert AuditEntry.objects.filter(actor=alice, action="sync.approved").count() == 1


def test_those_that_are_ticked_are_declined(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        ticked = [approval(integration, number, title=f"Delete {number}") for number in (1, 2)]
        approval(integration, 3, title="Delete 3")
    keys = [str(each.pk) for each in ticked]
    assert send(client, integration, do="decline", held=keys, seal=seal_on(client, integration)).status_code == 303
    assert answers(integration) == {"Delete 1": "decline", "Delete 2": "decline", "Delete 3": ""}


def test_all_of_a_reason_are_approved_also_those_on_other_pages(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        for number in range(60):
            approval(integration, number)
        approval(integration, 99, "always", title="Archive the project “Old”")
    assert send(client, integration, all="approve/guard", seal=seal_on(client, integration)).status_code == 303
    found = answers(integration)
    assert found.pop("Archive the project “Old”") == ""
    assert set(found.values()) == {"approve"}


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_person_chooses_which_of_two_values_stands(client: Client, integration: Integration, side: str) -> None:
    with scope(integration.organization_id):
        question(integration)
    assert send(client, integration, one=f"{side}/{one_of(client, integration, 'Sitemap')}").status_code == 303
    assert set(answers(integration).values()) == {side}


def test_an_outdated_list_is_refused_and_shown_anew(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
    seal = seal_on(client, integration)
    with scope(integration.organization_id):
        approval(integration, 2, title="Delete what nobody saw")
    response = send(client, integration, all="approve/guard", seal=seal)
    assert response.status_code == 422
    assert "has changed since" in response.content.decode()
    assert "Delete what nobody saw" in response.content.decode()
    assert set(answers(integration).values()) == {""}


def test_two_values_that_changed_meanwhile_are_not_settled_unseen(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        row = question(integration)
    seen = one_of(client, integration, "Sitemap")
    with scope(integration.organization_id):
        Approval.objects.filter(pk=row.pk).update(right="Something else")
    response = send(client, integration, one=f"right/{seen}")
    assert response.status_code == 422
    assert "Something else" in response.content.decode()
    assert set(answers(integration).values()) == {""}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"do": "approve"},
        {"one": "approve"},
        {"one": "approve/nobody/x"},
        {"one": ""},
        {"all": "approve/odd"},
        {"all": ""},
        {"do": "approve", "held": ["00000000-0000-0000-0000-000000000000"]},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_with_a_word(client: Client, integration: Integration, given: dict[str, Any]) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
    response = send(client, integration, **given, seal=seal_on(client, integration))
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert set(answers(integration).values()) == {""}


@pytest.mark.parametrize("word", ["left", "maybe", ""])
def test_an_answer_that_does_not_fit_the_question_is_refused(client: Client, integration: Integration, word: str) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
    response = send(client, integration, all=f"{word}/guard", seal=seal_on(client, integration))
    assert response.status_code == 422
    assert set(answers(integration).values()) == {""}


def test_what_was_decided_stands_below_and_can_be_taken_back(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        row = approval(integration, 1, answer="decline", answered_by=alice)
    page = shown(client, address("approvals", integration))
    assert "Leave it" in page
    assert "Alice" in page
    assert client.post(address("reconsider", integration, approval=row.pk)).status_code == 303
    assert set(answers(integration).values()) == {""}


def test_a_member_sees_what_waits_and_a_manager_decides(client: Client, integration: Integration, bob: User, charlie: User) -> None:
    with scope(integration.organization_id):
        approval(integration, 1)
        approval(integration, 2)
        Membership.objects.create(user=charlie, role=Role.MANAGER)
    seal = seal_on(client, integration)
    client.force_login(bob)
    page = shown(client, address("approvals", integration))
    assert "Delete the task “T1”" in page
    assert "Do it" not in page
    assert send(client, integration, all="approve/guard", seal=seal).status_code == 403
    client.force_login(charlie)
    assert send(client, integration, all="approve/guard", seal=seal).status_code == 303


def test_thousands_that_wait_are_a_bounded_page(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        Approval.objects.bulk_create(
            Approval(
                integration=integration, key=f"delete_task/right//t{number}/", kind="delete_task", title=f"Delete {number}", why="guard"
            )
            for number in range(3000)
        )
    with django_assert_max_num_queries(13):
        page = shown(client, address("approvals", integration))
    assert "and 2975 more" in page
    first = client.get(f"{address('approvals', integration)}?why=guard").context["piles"][0].questions
    second = client.get(f"{address('approvals', integration)}?why=guard&after={first.after}").context["piles"][0].questions
    assert (len(first.rows), second.rows[0].approval.pk == first.rows[0].approval.pk) == (50, False)
