"""The link of an invitation: whom it lets in, and what it says to everybody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.organizations import services
from portal.organizations.doors import memberships_of
from portal.organizations.models import AuditEntry, Invitation, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_person
from tests.portal.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(organization: Organization, alice: User) -> str:
    """An invitation for Charlie."""
    with scope(organization.id):
        _, secret = services.invite("charlie@example.com", Role.MANAGER, alice, Role.OWNER)
    return f"/invitations/{secret}/"


def change(organization: Organization, **fields: Any) -> None:
    with scope(organization.id):
        Invitation.objects.update(**fields)


def test_whoever_is_not_signed_in_sees_organization_and_role_and_the_way_on(link: str, client: Client) -> None:
    shown = client.get(link).content.decode()
    for words in ("Northwind", "manager", "charlie@example.com", "Alice invites you", f"/accounts/login/?next={link}", f"next={link}"):
        assert words in shown
    assert client.post(link)["Location"] == f"/accounts/login/?next={link}"


def test_the_invited_person_accepts_and_is_a_member(link: str, organization: Organization, charlie: User, signed_in: SignIn) -> None:
    browser = signed_in(charlie)
    assert "Accept invitation" in browser.get(link).content.decode()
    answer = browser.post(link)
    assert (answer.status_code, answer["Location"]) == (303, "/o/northwind/")
    [known] = memberships_of(charlie.pk)
    assert (known.organization_id, known.role) == (organization.id, Role.MANAGER)
    with scope(organization.id):
        newest = AuditEntry.objects.order_by("-created_at").first()
        assert newest and (newest.actor, newest.action) == (charlie, "invitation.accepted")


def test_signing_in_leads_back_to_the_invitation(link: str, charlie: User, client: Client) -> None:
    answer = client.post("/accounts/login/", {"login": charlie.email, "password": "correct horse battery staple", "next": link})
    assert answer["Location"] == link


def test_signing_up_leads_back_and_needs_no_other_proof_of_the_address(link: str, client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.get(link)
    assert 'value="charlie@example.com"' in client.get(f"/accounts/signup/?next={link}").content.decode()
    given = {
        "name": "Charlie",
        "email": "charlie@example.com",
        "password1": "glass-bridge-71",
        "password2": "glass-bridge-71",
        "next": link,
    }
    assert client.post("/accounts/signup/", given)["Location"] == link
    assert client.post(link)["Location"] == "/o/northwind/"


def test_the_link_proves_the_invited_address_and_no_other(link: str, client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.get(link)
    given = {"name": "Eve", "email": "eve@example.com", "password1": "glass-bridge-71", "password2": "glass-bridge-71", "next": link}
    client.post("/accounts/signup/", given)
    assert dict(EmailAddress.objects.values_list("email", "verified")) == {"charlie@example.com": True, "eve@example.com": False}
    assert User.objects.get(name="Eve").email == "charlie@example.com"


def test_an_address_that_has_an_account_goes_to_no_second_one(link: str, charlie: User, client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.get(link)
    given = {"name": "Eve", "email": "eve@example.com", "password1": "glass-bridge-71", "password2": "glass-bridge-71", "next": link}
    assert client.post("/accounts/signup/", given)["Location"] != link
    assert User.objects.get(name="Eve").email == "eve@example.com"
    assert "_auth_user_id" not in client.session


def test_somebody_else_is_told_whom_it_is_for_and_gets_nothing(link: str, organization: Organization, signed_in: SignIn) -> None:
    dana = make_person("Dana")
    browser = signed_in(dana)
    shown = browser.get(link).content.decode()
    assert "charlie@example.com" in shown and "dana@example.com" in shown
    assert "Accept invitation" not in shown
    assert browser.post(link).status_code == 403
    assert memberships_of(dana.pk) == []
    with scope(organization.id), pytest.raises(services.NotInvited):
        services.accept(Invitation.objects.get(), dana)


def test_signing_out_leads_back_to_the_invitation(link: str, bob: User, signed_in: SignIn) -> None:
    assert signed_in(bob).post("/accounts/logout/", {"next": link})["Location"] == link


def test_the_address_counts_however_it_is_written(link: str, charlie: User, signed_in: SignIn) -> None:
    User.objects.filter(pk=charlie.pk).update(email="Charlie@Example.com")
    assert signed_in(charlie).post(link).status_code == 303


def test_a_used_invitation_says_so_and_lets_nobody_in(link: str, charlie: User, signed_in: SignIn, client: Client) -> None:
    browser = signed_in(charlie)
    browser.post(link)
    for reader in (browser, client):
        for answer in (reader.get(link), reader.post(link)):
            assert answer.status_code == 410
            assert "already used" in answer.content.decode()
    assert len(memberships_of(charlie.pk)) == 1


def test_an_expired_invitation_says_so_and_lets_nobody_in(link: str, organization: Organization, charlie: User, signed_in: SignIn) -> None:
    change(organization, expires_at=timezone.now() - timedelta(seconds=1))
    answer = signed_in(charlie).post(link)
    assert answer.status_code == 410
    assert "has expired" in answer.content.decode()
    assert memberships_of(charlie.pk) == []


def test_a_link_lives_for_seven_days(link: str, organization: Organization) -> None:
    with scope(organization.id):
        left = Invitation.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_a_withdrawn_invitation_says_so_and_lets_nobody_in(
    link: str, organization: Organization, alice: User, charlie: User, signed_in: SignIn
) -> None:
    with scope(organization.id):
        services.revoke(Invitation.objects.get(), alice)
    answer = signed_in(charlie).post(link)
    assert answer.status_code == 404
    assert "was withdrawn" in answer.content.decode()
    assert memberships_of(charlie.pk) == []


def test_the_link_before_the_newest_lets_nobody_in(
    link: str, organization: Organization, alice: User, charlie: User, signed_in: SignIn
) -> None:
    with scope(organization.id):
        newest = services.resend(Invitation.objects.get(), alice)
    browser = signed_in(charlie)
    assert browser.post(link).status_code == 404
    assert browser.post(f"/invitations/{newest}/").status_code == 303


def test_a_member_who_accepts_keeps_their_role(link: str, organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    change(organization, email=alice.email, role=Role.VIEWER)
    assert signed_in(alice).post(link).status_code == 303
    assert memberships_of(alice.pk)[0].role == Role.OWNER


def test_an_invitation_that_is_withdrawn_while_it_is_read_lets_nobody_in(
    link: str, organization: Organization, alice: User, charlie: User
) -> None:
    with scope(organization.id):
        invitation = Invitation.objects.select_related("organization").get()
        services.revoke(Invitation.objects.get(), alice)
    with pytest.raises(services.NotInvited):
        services.accept(invitation, charlie)


def test_an_invitation_that_is_used_while_it_is_read_counts_once(link: str, organization: Organization, charlie: User) -> None:
    with scope(organization.id):
        invitation = Invitation.objects.select_related("organization").get()
    services.accept(invitation, charlie)
    with pytest.raises(services.NotInvited):
        services.accept(invitation, charlie)
