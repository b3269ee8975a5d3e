"""Signing in at the provider as oneself: it has to be the linked person's own account, nothing of it is kept, and the connection of the
organization stays as it is.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Authorization, Call, Connection, Credential
from integrations.connections.services import begin_authorization
from integrations.connections.tokens import keep_credential
from integrations.linking import invitations
from integrations.linking.models import Integration, PersonLink
from integrations.linking.services import join
from integrations.providers import get_provider
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.connections import conftest as stage
from tests.connections.conftest import Office, Sandbox
from tests.linking.building import connect, mirror, person_here, person_there
from tests.linking.mailbox import deliver, link_of, newest_link
from tests.linking.test_personal_links import browser_of, events, verified, words
from tests.sandbox.conftest import exchange_token, hubstaff_client, timeghost_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("known_issuers")]
State = PersonLink.State
sandbox_process, sandbox, office, known_issuers = stage.sandbox_process, stage.sandbox, stage.office, stage.known_issuers


class Colleagues:
    """Two people of the sandbox's first company, with their ids in Hubstaff."""

    def __init__(self, address: str) -> None:
        company = httpx.get(f"{address}/control/companies").json()["companies"][0]
        token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
        with hubstaff_client(address, token) as hubstaff:
            found = hubstaff.get(f"/organizations/{company['organization_id']}/members", params={"include": "users"}).json()["users"]
        self.one, self.other = [person for person in found if person["email"] != company["owner"]][:2]


@pytest.fixture
def colleagues(sandbox: Sandbox) -> Colleagues:
    return Colleagues(sandbox.url)


@pytest.fixture
def integration(office: Office, colleagues: Colleagues) -> Integration:
    """Hubstaff was signed in with OAuth, so people have to show there who they are."""
    with scope(office.organization.id):
        left, right = connect("timeghost", "Planning"), connect("hubstaff", "Clock", sign_in="oauth")
        keep_credential(right, {"access_token": "of the organization", "refresh_token": "of the organization"})
        mirror(left, "user", [person_there("u1", colleagues.one["name"], colleagues.one["email"])])
        mirror(right, "member", [person_here(each["id"], each["name"], each["email"]) for each in (colleagues.one, colleagues.other)])
        return join(left, right, None)


@pytest.fixture
def person(colleagues: Colleagues) -> User:
    return verified(colleagues.one["name"], colleagues.one["email"])


@pytest.fixture
def link(integration: Integration, office: Office, person: User) -> str:
    with scope(office.organization.id):
        invitations.notify(integration, None, office.person)
    deliver(office.organization)
    path = newest_link(person.email)
    browser_of(person).get(path)
    return path


def set_out(person: User, link: str) -> str:
    """Presses the button; gives the provider's address."""
    answer = browser_of(person).post(f"{link}authorise/")
    assert answer.status_code == 303
    return str(answer["Location"])


def consent(sandbox: Sandbox, address: str, email: str, decision: str = "authorize") -> str:
    """Signs in over there as somebody; gives the query that the browser comes back with."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = httpx.post(address.split("?")[0], data={**asked, "person": email, "decision": decision})
    assert answer.status_code in {302, 303}, answer.text
    return urlsplit(answer.headers["location"]).query


def come_back(person: User, query: str) -> Any:
    return browser_of(person).get(f"/connections/callback/?{query}")


def test_a_person_who_is_no_member_signs_in_as_themselves_and_connects(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
) -> None:
    page = words(browser_of(person).get(link))
    assert "Sign in at Hubstaff" in page and "Connect</button>" not in page
    back = come_back(person, consent(sandbox, set_out(person, link), person.email))
    assert (back.status_code, back["Location"]) == (303, f"{link}authorise/")
    waiting = browser_of(person).get(back["Location"])
    assert "who signed in" in words(waiting)
    office.work()
    assert browser_of(person).get(back["Location"])["Location"] == link
    assert link_of(office.organization).state is State.AUTHORISED
    assert "You signed in at Hubstaff as" in words(browser_of(person).get(link))
    browser_of(person).post(link)
    assert link_of(office.organization).state is State.CONNECTED
    assert events(office.organization) == ["linked", "invited", "opened", "authorised", "connected"]


def test_nothing_of_the_sign_in_is_kept_and_the_connection_stays(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
) -> None:
    with scope():
        before = list(Connection.objects.order_by("pk").values())
        credential = Credential.objects.values().get()
    come_back(person, consent(sandbox, set_out(person, link), person.email))
    office.work()
    with scope():
        assert list(Connection.objects.order_by("pk").values()) == before
        assert Credential.objects.values().get() == credential
        authorization = Authorization.objects.get()
        assert authorization.open() == {} and authorization.redirect_to == ""
        assert list(Call.objects.values_list("asked_by", flat=True)) == ["proof of a person"]


def test_only_reading_is_asked_of_the_person(link: str, person: User) -> None:
    scopes = parse_qs(urlsplit(set_out(person, link)).query)["scope"][0].split()
    assert "hubstaff:read" in scopes and "hubstaff:write" not in scopes


def test_somebody_elses_account_connects_nobody(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
    colleagues: Colleagues,
) -> None:
    come_back(person, consent(sandbox, set_out(person, link), colleagues.other["email"]))
    office.work()
    assert link_of(office.organization).state is State.OPENED
    page = words(browser_of(person).get(link))
    assert "somebody else" in page and person.name in page and "Sign in at Hubstaff" in page
    answer = browser_of(person).post(link)
    assert answer.status_code == 422 and link_of(office.organization).state is State.OPENED
    come_back(person, consent(sandbox, set_out(person, link), person.email))
    office.work()
    assert link_of(office.organization).state is State.AUTHORISED, "the second try counts"


def test_who_says_no_over_there_can_come_back_to_the_link(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
) -> None:
    back = come_back(person, consent(sandbox, set_out(person, link), person.email, "deny"))
    assert back.status_code == 400
    assert "You said no at Hubstaff" in words(back) and f'href="{link}authorise/"' in words(back)
    assert browser_of(person).get(f"{link}authorise/")["Location"] == link
    assert link_of(office.organization).state is State.OPENED
    with scope():
        assert Connection.objects.filter(name="Clock", state="connected").exists()


def test_only_who_set_out_comes_back(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
    bob: User,
    charlie: User,
) -> None:
    query = consent(sandbox, set_out(person, link), person.email)
    for other in (bob, charlie):
        assert "We do not know this sign-in" in words(come_back(other, query))
    assert "not yours" in words(come_back(office.person, query))
    come_back(person, query)
    assert "already used" in words(come_back(person, query))
    office.work()
    assert link_of(office.organization).state is State.AUTHORISED


def test_a_sign_in_of_a_connection_is_still_for_managers_alone(
    office: Office, sandbox: Sandbox, integration: Integration, bob: User
) -> None:
    declared = get_provider("hubstaff")
    with scope(office.organization.id):
        begun = begin_authorization(declared, declared.sign_in("oauth"), "New", bob, "")  # type: ignore[arg-type]
        state = begun.open()["state"]
    answer = come_back(bob, urlencode({"state": state, "code": "x"}))
    assert answer.status_code == 400 and "do not know" in words(answer)


@pytest.mark.parametrize("what", ["revoke", "resend"])
def test_a_link_that_is_taken_back_meanwhile_is_not_authorised(
    office: Office,
    sandbox: Sandbox,
    integration: Integration,
    link: str,
    person: User,
    what: str,
) -> None:
    query = consent(sandbox, set_out(person, link), person.email)
    with scope(office.organization.id):
        if what == "revoke":
            invitations.revoke(integration, [link_of(office.organization).pk], office.person)
        else:
            PersonLink.objects.update(invited_at=timezone.now() - invitations.LIFE / 2)
            invitations.notify(integration, ["u1"], office.person)
    assert "do not know" in words(come_back(person, query))
    office.work()
    now = link_of(office.organization)
    assert now.authorised_at is None and now.state is (State.REVOKED if what == "revoke" else State.INVITED)


def test_a_provider_that_does_not_say_who_signed_in_connects_nobody(
    office: Office,
    sandbox: Sandbox,
    link: str,
    person: User,
) -> None:
    come_back(person, consent(sandbox, set_out(person, link), person.email))
    sandbox.fault("/hubstaff/v2/users/me", "500", times=9)
    office.work()
    assert link_of(office.organization).state is State.OPENED
    assert "did not say who signed in" in words(browser_of(person).get(link))
    with scope():
        assert Connection.objects.get(name="Clock").is_connected


def test_a_connection_that_is_signed_out_itself_is_said_beforehand_with_whose_side_it_is(
    office: Office, sandbox: Sandbox, link: str, person: User
) -> None:
    with scope(office.organization.id):
        Connection.objects.filter(name="Clock").update(state="attention", problem="Hubstaff has ended this sign-in.")
    page = words(browser_of(person).get(link))
    assert "Hubstaff is signed out at the moment." in page and "on the side of Northwind, not on yours" in page
    assert f'action="{link}authorise/"' not in page and "Connect</button>" not in page
    assert browser_of(person).post(f"{link}authorise/")["Location"] == link
    assert browser_of(person).post(link).status_code == 422
    with scope(office.organization.id):
        assert not Authorization.objects.exists() and link_of(office.organization).state is State.OPENED
        Connection.objects.filter(name="Clock").update(state="connected", problem="")
    come_back(person, consent(sandbox, set_out(person, link), person.email))
    office.work()
    assert link_of(office.organization).state is State.AUTHORISED, "the same link goes on"


# --- Who can be asked on which side ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "proves"),
    [
        ({"sign_in": "microsoft"}, {"sign_in": "personal_token"}, "left"),
        ({"sign_in": "microsoft"}, {"sign_in": "oauth"}, "right"),
        ({"sign_in": "api_key"}, {"sign_in": "oauth"}, "right"),
        ({"sign_in": "api_key"}, {"sign_in": "personal_token"}, None),
        ({"sign_in": "microsoft"}, {"sign_in": "oauth", "state": "attention"}, "left"),
        ({"sign_in": "microsoft", "state": "attention"}, {"sign_in": "oauth", "state": "attention"}, "right"),
    ],
)
def test_the_side_that_can_tell_who_somebody_is_is_chosen(
    office: Office, sandbox: Sandbox, left: dict[str, str], right: dict[str, str], proves: str | None
) -> None:
    with scope(office.organization.id):
        made = join(connect("timeghost", "Planning", **left), connect("hubstaff", "Clock", **right), None)
        chosen = invitations.connection_to_prove(made)
    assert chosen == (getattr(made, proves) if proves else None)


def test_a_person_proves_who_they_are_with_their_microsoft_account_where_only_that_side_can_tell(office: Office, sandbox: Sandbox) -> None:
    company = httpx.get(f"{sandbox.url}/control/companies").json()["companies"][0]
    with timeghost_client(sandbox.url, "timeghost-key-1", company["workspace_id"]) as timeghost:
        users = timeghost.get(f"/get/workspaces/{company['workspace_id']}").json()["users"]
    one, other = [each for each in users if not each.get("removed") and each["email"] != company["owner"]][:2]
    person = verified(one["name"], one["email"])
    with scope(office.organization.id):
        left, right = connect("timeghost", "Planning", sign_in="microsoft"), connect("hubstaff", "Clock", sign_in="personal_token")
        keep_credential(left, {"access_token": "of the organization", "refresh_token": "of the organization"})
        mirror(left, "user", [person_there(one["id"], "One", one["email"])])
        mirror(right, "member", [person_here(21, "One", one["email"])])
        invitations.notify(join(left, right, None), None, office.person)
    deliver(office.organization)
    link = newest_link(person.email)
    assert "Sign in at timeghost" in words(browser_of(person).get(link))
    for email, reached in ((other["email"], State.OPENED), (one["email"], State.AUTHORISED)):
        come_back(person, consent(sandbox, set_out(person, link), email))
        office.work()
        assert link_of(office.organization, one["id"]).state is reached
    browser_of(person).post(link)
    assert link_of(office.organization, one["id"]).state is State.CONNECTED


def test_setting_out_needs_an_open_link_of_ones_own(link: str, organization: Organization, charlie: User, person: User) -> None:
    for browser in (Client(), browser_of(charlie)):
        assert browser.post(f"{link}authorise/")["Location"] == link
    with scope(organization.id):
        PersonLink.objects.update(revoked_at=timezone.now())
        assert not Authorization.objects.exists()
    assert browser_of(person).post(f"{link}authorise/")["Location"] == link
    with scope(organization.id):
        assert not Authorization.objects.exists()
