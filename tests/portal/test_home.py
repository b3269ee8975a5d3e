"""The start page, and a new organization."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User
from portal.organizations import services
from portal.organizations.doors import memberships_of
from portal.organizations.middleware import LAST_ORGANIZATION
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.portal.conftest import SignIn

pytestmark = pytest.mark.django_db
NEW = "/organizations/new/"


def test_a_stranger_reads_what_this_is(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "Create an account" in answer.content.decode()


@pytest.mark.parametrize("demonstration", [True, False])
def test_the_sign_in_of_the_demonstration_is_shown_only_there(demonstration: bool, client: Client, settings: Any) -> None:
    settings.DEMONSTRATION = demonstration
    settings.DEMONSTRATION_EMAIL, settings.DEMONSTRATION_PASSWORD = "demo@example.com", "demo-2026"
    shown = client.get("/").content.decode()
    assert ("demo@example.com" in shown, "demo-2026" in shown) == (demonstration, demonstration)


def test_a_member_comes_to_their_first_organization(alice: User, signed_in: SignIn) -> None:
    for name in ("Zephyr", "Aurora"):
        make_organization(name, owner=alice)
    assert signed_in(alice).get("/")["Location"] == "/o/aurora/"


def test_a_member_comes_back_to_the_organization_they_used_last(alice: User, signed_in: SignIn) -> None:
    for name in ("Zephyr", "Aurora"):
        make_organization(name, owner=alice)
    browser = signed_in(alice)
    browser.get("/o/zephyr/members/")
    assert browser.get("/")["Location"] == "/o/zephyr/"


def test_an_organization_that_was_left_is_not_come_back_to(alice: User, other: Organization, signed_in: SignIn) -> None:
    make_organization("Aurora", owner=alice)
    browser = signed_in(alice)
    browser.cookies[LAST_ORGANIZATION] = other.slug
    assert browser.get("/")["Location"] == "/o/aurora/"


def test_whoever_has_no_organization_makes_one(alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    assert browser.get("/")["Location"] == NEW
    assert browser.get(NEW).status_code == 200


def test_a_new_organization_is_for_people_who_are_signed_in(client: Client) -> None:
    assert client.get(NEW)["Location"].startswith("/accounts/login/")
    assert client.post(NEW, {"name": "Northwind", "time_zone": "UTC"})["Location"].startswith("/accounts/login/")


def test_whoever_makes_an_organization_owns_it(alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(NEW, {"name": "Nordlicht Büro", "slug": "", "time_zone": "Europe/Berlin"})
    assert (answer.status_code, answer["Location"]) == (303, "/o/nordlicht-buro/start/")
    [known] = memberships_of(alice.pk)
    assert (known.organization_name, known.role) == ("Nordlicht Büro", Role.OWNER)
    with scope(known.organization_id):
        assert Organization.objects.get().time_zone == "Europe/Berlin"
        assert [(entry.actor, entry.action) for entry in AuditEntry.objects.all()] == [(alice, "organization.created")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": " ", "time_zone": "UTC"}, "name"),
        ({"name": "x" * 121, "time_zone": "UTC"}, "name"),
        ({"name": "Northwind", "time_zone": "Moon/Sea_of_Tranquility"}, "time_zone"),
        ({"name": "Northwind", "time_zone": "UTC", "slug": "no spaces"}, "slug"),
        ({"name": "Northwind", "time_zone": "UTC", "slug": "taken"}, "slug"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(given: dict[str, str], field: str, alice: User, charlie: User, signed_in: SignIn) -> None:
    make_organization("Taken", owner=charlie)
    answer = signed_in(alice).post(NEW, given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert memberships_of(alice.pk) == []


def test_a_name_that_is_taken_gets_another_address(alice: User, charlie: User) -> None:
    slugs = [services.found(person, "Northwind", "", "UTC").slug for person in (alice, charlie, alice)]
    assert slugs == ["northwind", "northwind-2", "northwind-3"]


@pytest.mark.parametrize(("name", "slug"), [("東京", "organization"), ("!!!", "organization"), ("A" * 120, "a" * 40)])
def test_an_address_can_be_made_of_any_name(name: str, slug: str, alice: User) -> None:
    assert services.found(alice, name, "", "UTC").slug == slug


def test_a_taken_address_leaves_nothing_behind(alice: User, other: Organization) -> None:
    with pytest.raises(services.AddressTaken):
        services.found(alice, "Mine", other.slug, "UTC")
    assert memberships_of(alice.pk) == []
    with scope(other.id):
        assert Membership.objects.count() == 1
