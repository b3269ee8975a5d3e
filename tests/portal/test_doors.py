"""The doors through the walls answer their one question and nothing more."""

from __future__ import annotations

import pytest
from django.db import connection

from portal.accounts.models import User
from portal.organizations.doors import KnownMembership, invitation_behind, memberships_of
from portal.organizations.models import Invitation, Organization, Role, hash_secret
from portal.organizations.scope import scope
from tests.conftest import make_organization, make_person

pytestmark = pytest.mark.django_db


def test_a_person_learns_of_the_organizations_they_belong_to(organization: Organization, other: Organization, bob: User) -> None:
    assert memberships_of(bob.pk) == [KnownMembership(organization.id, "northwind", "Northwind", Role.MEMBER)]


def test_memberships_come_by_name_with_the_role_in_each(alice: User) -> None:
    for name, role in (("Zephyr", "viewer"), ("Aurora", "owner"), ("Mistral", "manager")):
        make_organization(name, **{role: alice})
    found = [(membership.organization_name, membership.role) for membership in memberships_of(alice.pk)]
    assert found == [("Aurora", Role.OWNER), ("Mistral", Role.MANAGER), ("Zephyr", Role.VIEWER)]


def test_somebody_without_organizations_learns_of_none(organization: Organization) -> None:
    assert memberships_of(make_person("Dana").pk) == []
    assert memberships_of(0) == []


def test_a_door_does_not_change_what_is_seen_afterwards(organization: Organization, alice: User) -> None:
    memberships_of(alice.pk)
    assert Organization.objects.count() == 0


@pytest.fixture
def secret(organization: Organization) -> str:
    with scope(organization.id):
        invitation = Invitation(email="dana@example.com")
        secret = invitation.renew()
        invitation.save()
    return secret


def test_a_secret_leads_to_its_invitation_with_nothing_but_ids(secret: str, organization: Organization) -> None:
    with scope(organization.id):
        invitation = Invitation.objects.get()
    assert invitation_behind(secret) == (organization.id, invitation.pk)


def test_only_the_secret_itself_opens(secret: str) -> None:
    assert invitation_behind("") is None
    assert invitation_behind(secret + "x") is None
    assert invitation_behind(hash_secret(secret)) is None
    assert invitation_behind("%") is None


@pytest.mark.parametrize(
    ("function", "argument", "columns"),
    [
        ("memberships_of", 0, ["organization_id", "organization_slug", "organization_name", "role"]),
        ("invitation_behind", "", ["organization_id", "invitation_id"]),
    ],
)
def test_a_door_gives_these_columns_alone(function: str, argument: str | int, columns: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {function}(%s)", [argument])
        assert [column.name for column in cursor.description] == columns
