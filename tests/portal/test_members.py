"""Members, their roles, and the invitations that managers send."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Invitation, Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_person
from tests.portal.conftest import SignIn

pytestmark = pytest.mark.django_db
MEMBERS = "/o/northwind/members/"


@pytest.fixture
def manager(organization: Organization) -> User:
    return add(organization, "Mona", Role.MANAGER)


def add(organization: Organization, name: str, role: Role) -> User:
    person = make_person(name)
    with scope(organization.id):
        Membership.objects.create(user=person, role=role)
    return person


def roles(organization: Organization) -> dict[str, str]:
    with scope(organization.id):
        return {each.user.name: each.role for each in Membership.objects.select_related("user")}


def invitations(organization: Organization) -> dict[str, Invitation]:
    with scope(organization.id):
        return {each.email: each for each in Invitation.objects.all()}


def actions(organization: Organization) -> list[str]:
    with scope(organization.id):
        return [entry.action for entry in AuditEntry.objects.order_by("created_at")]


def address(organization: Organization, person: User, what: str) -> str:
    with scope(organization.id):
        return f"{MEMBERS}{Membership.objects.get(user=person).pk}/{what}/"


def invite(browser: Client, email: str, role: Role, capture: Any) -> Any:
    with capture(execute=True):
        return browser.post(f"{MEMBERS}invite/", {"email": email, "role": role})


# --- the page -----------------------------------------------------------------------------------------------------------------


def test_every_member_sees_who_is_there(organization: Organization, bob: User, signed_in: SignIn) -> None:
    shown = signed_in(bob).get(MEMBERS).content.decode()
    assert "Alice" in shown and "Bob" in shown
    assert "Send invitation" not in shown
    assert "Remove" not in shown


def test_a_manager_may_invite_but_not_decide_over_roles(organization: Organization, manager: User, signed_in: SignIn) -> None:
    shown = signed_in(manager).get(MEMBERS).content.decode()
    assert "Send invitation" in shown
    assert "Role of Alice" not in shown


def test_htmx_gets_the_part_of_the_page_alone(organization: Organization, alice: User, signed_in: SignIn) -> None:
    shown = signed_in(alice).get(MEMBERS, headers={"HX-Request": "true"}).content.decode()
    assert 'id="members"' in shown
    assert "<html" not in shown


def test_the_page_costs_the_same_for_many_members(
    organization: Organization, alice: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        add(organization, f"Person{number}", Role.VIEWER)
    browser = signed_in(alice)
    with django_assert_max_num_queries(16):
        browser.get(MEMBERS)


# --- inviting -----------------------------------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_with_a_link_that_is_kept_nowhere(
    organization: Organization, manager: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    answer = invite(signed_in(manager), "Dana@Example.com", Role.MEMBER, django_capture_on_commit_callbacks)
    assert (answer.status_code, answer["Location"]) == (303, MEMBERS)
    invitation = invitations(organization)["dana@example.com"]
    assert (invitation.role, invitation.invited_by_id, invitation.is_open) == ("member", manager.pk, True)
    [message] = mail.outbox
    assert message.to == ["dana@example.com"]
    assert "Northwind" in message.subject and "Mona invites you" in message.body
    link = next(line for line in message.body.splitlines() if line.startswith("http"))
    assert link in message.alternatives[0][0]  # type: ignore[attr-defined]
    assert link.split("/")[-2] not in str(vars(invitation))
    assert actions(organization) == ["invitation.sent"]


def test_nothing_is_mailed_for_an_invitation_that_was_not_kept(organization: Organization, alice: User, signed_in: SignIn) -> None:
    signed_in(alice).post(f"{MEMBERS}invite/", {"email": "dana@example.com", "role": "member"})
    assert mail.outbox == []


def test_a_mail_that_cannot_be_sent_is_told(
    organization: Organization, alice: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*given: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("portal.organizations.member_views.send_invitation", refuse)
    browser = signed_in(alice)
    assert invite(browser, "dana@example.com", Role.MEMBER, django_capture_on_commit_callbacks).status_code == 303
    assert "dana@example.com" in invitations(organization)


@pytest.mark.parametrize(
    ("email", "role", "said"),
    [
        ("", "member", "This field is required"),
        ("nobody", "member", "valid email"),
        ("dana@example.com", "emperor", "Select a valid choice"),
        ("BOB@example.com", "member", "a member already"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_at_its_field(
    email: str, role: str, said: str, organization: Organization, alice: User, signed_in: SignIn
) -> None:
    answer = signed_in(alice).post(f"{MEMBERS}invite/", {"email": email, "role": role})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert invitations(organization) == {}


def test_a_manager_cannot_invite_an_owner(organization: Organization, manager: User, signed_in: SignIn) -> None:
    answer = signed_in(manager).post(f"{MEMBERS}invite/", {"email": "dana@example.com", "role": "owner"})
    assert answer.status_code == 422
    assert invitations(organization) == {}


def test_inviting_somebody_again_renews_the_one_invitation(
    organization: Organization, alice: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    browser = signed_in(alice)
    invite(browser, "dana@example.com", Role.MEMBER, django_capture_on_commit_callbacks)
    first = invitations(organization)["dana@example.com"]
    invite(browser, "DANA@example.com", Role.VIEWER, django_capture_on_commit_callbacks)
    second = invitations(organization)["dana@example.com"]
    assert (second.pk, second.role) == (first.pk, "viewer")
    assert second.secret_hash != first.secret_hash
    assert len(mail.outbox) == 2


def test_sending_again_makes_the_former_link_void(
    organization: Organization, alice: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    browser = signed_in(alice)
    invite(browser, "dana@example.com", Role.MEMBER, django_capture_on_commit_callbacks)
    first = invitations(organization)["dana@example.com"]
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"/o/northwind/invitations/{first.pk}/resend/").status_code == 303
    assert invitations(organization)["dana@example.com"].secret_hash != first.secret_hash
    assert len(mail.outbox) == 2
    assert actions(organization) == ["invitation.sent", "invitation.sent_again"]


def test_a_withdrawn_invitation_is_gone(
    organization: Organization, alice: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    browser = signed_in(alice)
    invite(browser, "dana@example.com", Role.MEMBER, django_capture_on_commit_callbacks)
    pk = invitations(organization)["dana@example.com"].pk
    assert browser.post(f"/o/northwind/invitations/{pk}/revoke/").status_code == 303
    assert invitations(organization) == {}
    assert actions(organization) == ["invitation.sent", "invitation.revoked"]


@pytest.mark.parametrize("what", ["resend", "revoke"])
def test_a_manager_cannot_touch_what_only_an_owner_could_have_sent(
    what: str, organization: Organization, alice: User, manager: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    invite(signed_in(alice), "dana@example.com", Role.OWNER, django_capture_on_commit_callbacks)
    pk = invitations(organization)["dana@example.com"].pk
    browser = signed_in(manager)
    assert browser.post(f"/o/northwind/invitations/{pk}/{what}/").status_code == 403
    assert invite(browser, "dana@example.com", Role.MEMBER, django_capture_on_commit_callbacks).status_code == 422
    assert invitations(organization)["dana@example.com"].role == "owner"


# --- roles --------------------------------------------------------------------------------------------------------------------


def test_an_owner_changes_roles(organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(address(organization, bob, "role"), {"role": "owner"})
    assert answer.status_code == 303
    assert roles(organization) == {"Alice": "owner", "Bob": "owner"}
    assert actions(organization) == ["membership.role_changed"]


@pytest.mark.parametrize("role", ["", "emperor"])
def test_a_role_that_there_is_not_is_refused(role: str, organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    assert signed_in(alice).post(address(organization, bob, "role"), {"role": role}).status_code == 422
    assert roles(organization)["Bob"] == "member"


def test_a_new_role_counts_at_once(organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    browser = signed_in(bob)
    assert browser.get("/o/northwind/settings/").status_code == 403
    signed_in(alice).post(address(organization, bob, "role"), {"role": "manager"})
    assert browser.get("/o/northwind/settings/").status_code == 200


def test_the_last_owner_cannot_step_down(organization: Organization, alice: User, signed_in: SignIn) -> None:
    answer = signed_in(alice).post(address(organization, alice, "role"), {"role": "member"})
    assert answer.status_code == 422
    assert "needs an owner" in answer.content.decode()
    assert roles(organization)["Alice"] == "owner"


def test_one_of_two_owners_may_step_down(organization: Organization, alice: User, signed_in: SignIn) -> None:
    add(organization, "Olga", Role.OWNER)
    assert signed_in(alice).post(address(organization, alice, "role"), {"role": "viewer"}).status_code == 303
    assert roles(organization) == {"Alice": "viewer", "Bob": "member", "Olga": "owner"}


def test_an_owner_whose_account_is_closed_does_not_count(organization: Organization, alice: User, signed_in: SignIn) -> None:
    olga = add(organization, "Olga", Role.OWNER)
    User.objects.filter(pk=olga.pk).update(is_active=False)
    assert signed_in(alice).post(f"{MEMBERS}leave/").status_code == 422


# --- going --------------------------------------------------------------------------------------------------------------------


def test_an_owner_removes_a_member_who_then_sees_nothing(organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    browser = signed_in(bob)
    assert browser.get(MEMBERS).status_code == 200
    assert signed_in(alice).post(address(organization, bob, "remove")).status_code == 303
    assert browser.get(MEMBERS).status_code == 404
    assert actions(organization) == ["membership.removed"]


def test_the_last_owner_can_neither_leave_nor_be_removed(organization: Organization, alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    assert browser.post(f"{MEMBERS}leave/").status_code == 422
    assert browser.post(address(organization, alice, "remove")).status_code == 422
    assert "Alice" in roles(organization)


def test_anybody_else_may_leave(organization: Organization, bob: User, signed_in: SignIn) -> None:
    browser = signed_in(bob)
    answer = browser.post(f"{MEMBERS}leave/")
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert browser.get("/")["Location"] == "/organizations/new/"
    assert roles(organization) == {"Alice": "owner"}
    assert actions(organization) == ["membership.left"]


@pytest.mark.parametrize("what", ["role", "remove"])
def test_a_manager_decides_over_nobody(what: str, organization: Organization, manager: User, bob: User, signed_in: SignIn) -> None:
    assert signed_in(manager).post(address(organization, bob, what), {"role": "viewer"}).status_code == 403
    assert roles(organization)["Bob"] == "member"


def test_only_posts_change_anything(organization: Organization, alice: User, bob: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    for url in (f"{MEMBERS}invite/", f"{MEMBERS}leave/", address(organization, bob, "role"), address(organization, bob, "remove")):
        assert browser.get(url).status_code == 405


def test_a_change_needs_the_token_against_forged_requests(organization: Organization, alice: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(f"{MEMBERS}leave/").status_code == 403
