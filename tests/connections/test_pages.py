"""The pages of connections, as a person meets them; everything works without a script."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from integrations.connections import registry
from integrations.connections.models import Authorization, Connection, State
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.connections.conftest import Office, Sandbox
from tests.factories import make_connection

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(office: Office) -> Client:
    """Alice, signed in to the portal."""
    client = Client()
    client.force_login(office.person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def at(connection: Connection | None = None, page: str = "") -> str:
    return f"/o/northwind/connections/{f'{connection.pk}/' if connection else ''}{page}"


def callback(answer: dict[str, str]) -> str:
    return f"/connections/callback/?{urlencode(answer)}"


def set_out(browser: Client, provider: str = "hubstaff", sign_in: str = "oauth", **more: str) -> Any:
    return browser.post(at(page=f"add/{provider}/"), {"sign_in": sign_in, "name": "Ours", **more})


def test_an_organization_without_connections_is_shown_the_way(browser: Client) -> None:
    assert "No connections yet" in browser.get(at()).content.decode()
    page = browser.get(at(page="add/")).content.decode()
    assert "Connect Hubstaff" in page and "Connect timeghost" in page


def test_every_way_to_sign_in_has_a_form(browser: Client) -> None:
    page = browser.get(at(page="add/hubstaff/")).content.decode()
    assert "Sign in with Hubstaff" in page and "Personal access token" in page
    page = browser.get(at(page="add/timeghost/")).content.decode()
    assert "API token" in page and "Sign in with Microsoft" in page and "Open timeghost once" in page


def test_a_sign_in_that_the_operator_has_not_set_up_is_not_offered(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROSOFT_CLIENT_ID")
    page = browser.get(at(page="add/timeghost/")).content.decode()
    assert 'value="microsoft"' not in page
    assert "no application at timeghost" in page and at(page="applications/timeghost/microsoft/") in page
    assert set_out(browser, "timeghost", "microsoft").status_code == 422


def test_a_token_is_pasted_and_the_page_leads_on_when_it_is_accepted(browser: Client, office: Office) -> None:
    answer = browser.post(at(page="add/hubstaff/"), {"sign_in": "personal_token", "name": "Ours", "secret": " hubstaff-pat-1 "})
    connection = office.connection()
    assert (answer.status_code, answer.headers["location"]) == (303, at(connection, "progress/"))
    page = browser.get(at(connection, "progress/")).content.decode()
    assert 'hx-trigger="every 1s"' in page and 'http-equiv="refresh"' in page
    office.work()
    answer = browser.get(at(connection, "progress/"))
    assert (answer.status_code, answer.headers["location"]) == (303, at(connection))
    assert browser.get(at(connection, "progress/"), headers=HTMX).headers["HX-Redirect"] == at(connection)


def test_a_wrong_token_ends_on_a_page_that_says_so(browser: Client, office: Office) -> None:
    browser.post(at(page="add/hubstaff/"), {"sign_in": "personal_token", "name": "Ours", "secret": "wrong"})
    office.work()
    page = browser.get(at(office.connection(), "progress/")).content.decode()
    assert "did not accept this sign-in" in page and "Sign in again" in page
    assert "hx-trigger" not in page.split('id="progress"')[1].split(">")[0]


@pytest.mark.parametrize(
    "given", [{}, {"secret": ""}, {"secret": "two words"}, {"secret": "🙂"}, {"secret": "x" * 5000}, {"name": "", "secret": "x"}]
)
def test_a_form_with_a_mistake_comes_back_with_the_mistake(browser: Client, office: Office, given: dict[str, str]) -> None:
    answer = browser.post(at(page="add/hubstaff/"), {"sign_in": "personal_token", "name": "Ours", **given})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert "two words" not in answer.content.decode()
    assert office.connections() == []


def test_a_person_is_sent_to_the_provider_at_once_where_its_address_is_known(
    browser: Client, known_issuers: None, sandbox: Sandbox
) -> None:
    answer = set_out(browser)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{sandbox.url}/hubstaff-account/authorizations/new?")


def test_the_whole_way_over_the_providers_page_and_back(browser: Client, office: Office, sandbox: Sandbox) -> None:
    waiting = set_out(browser, next="/o/northwind/somewhere/").headers["location"]
    assert "Taking you to Hubstaff" in browser.get(waiting).content.decode()
    office.work()
    answer = browser.get(waiting, headers=HTMX)
    back = browser.get(callback(sandbox.decide(answer.headers["HX-Redirect"])))
    assert back.status_code == 303
    assert "Looking whether Hubstaff lets us in" in browser.get(back.headers["location"]).content.decode()
    office.work()
    assert browser.get(back.headers["location"]).headers["location"] == "/o/northwind/somewhere/"
    assert office.connection().is_connected


def test_nobody_is_led_to_a_foreign_page(browser: Client, office: Office, known_issuers: None) -> None:
    for foreign in ("https://evil.example.org/", "//evil.example.org/", "javascript:alert(1)", "/\\evil.example.org"):
        set_out(browser, next=foreign)
    with scope():
        assert set(Authorization.objects.values_list("redirect_to", flat=True)) == {""}


def test_a_denial_is_said_and_leaves_nothing(browser: Client, office: Office, known_issuers: None, sandbox: Sandbox) -> None:
    answer = browser.get(callback(sandbox.decide(set_out(browser).headers["location"], "deny")))
    assert answer.status_code == 400
    assert "You said no at Hubstaff" in answer.content.decode()
    assert office.connections() == []


def test_a_wrong_state_and_a_second_coming_are_said(browser: Client, office: Office, known_issuers: None, sandbox: Sandbox) -> None:
    found = sandbox.decide(set_out(browser).headers["location"])
    wrong = browser.get(callback({**found, "state": "other"}))
    assert (wrong.status_code, "We do not know this sign-in" in wrong.content.decode()) == (400, True)
    browser.get(callback(found))
    again = browser.get(callback(found))
    assert (again.status_code, "already used" in again.content.decode()) == (400, True)
    office.work()
    assert office.connection().is_connected


def test_the_callback_needs_the_person_who_began(browser: Client, known_issuers: None, sandbox: Sandbox, charlie: User) -> None:
    found = sandbox.decide(set_out(browser).headers["location"])
    assert Client().get(callback(found)).headers["location"].startswith("/accounts/login/")
    assert as_(charlie).get(callback(found)).status_code == 400
    assert browser.get(callback(found)).status_code == 303


def test_a_workspace_is_chosen_from_what_the_sign_in_reaches(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        Connection.objects.update(
            state=State.CHOOSING, workspace_id="", workspaces=[{"id": "1", "name": "East"}, {"id": "2", "name": "West"}]
        )
    assert browser.get(at(connection, "progress/")).headers["location"] == at(connection, "workspace/")
    assert "East" in browser.get(at(connection, "workspace/")).content.decode()
    assert browser.post(at(connection, "workspace/"), {"workspace": "3"}).status_code == 422
    assert browser.post(at(connection, "workspace/"), {"workspace": "2"}).status_code == 303
    assert office.again(connection).workspace_name == "West"


def test_the_page_of_a_connection_shows_how_it_is_and_its_calls(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    page = browser.get(at(connection)).content.decode()
    assert connection.workspace_name in page and connection.account_name in page
    assert "GET /v2/users/me" in page
    assert "hubstaff-pat-1" not in page
    part = browser.get(at(connection), headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack" id="status"')


def test_a_connection_is_renamed(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert browser.post(at(connection, "rename/"), {"name": ""}).status_code == 422
    assert browser.post(at(connection, "rename/"), {"name": "x" * 81}).status_code == 422
    assert browser.post(at(connection, "rename/"), {"name": "Theirs 🙂"}).status_code == 303
    assert "Theirs 🙂" in browser.get(at()).content.decode()


def test_before_disconnecting_one_is_told_what_depends_on_it(browser: Client, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    monkeypatch.setattr(registry, "dependents", [lambda one: [f"Website follows {one.name}."]])
    assert "Website follows Ours." in browser.get(at(connection)).content.decode()
    answer = browser.post(at(connection, "disconnect/"))
    assert (answer.status_code, answer.headers["location"]) == (303, at())
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Ours is disconnected."]
    assert office.again(connection).state == State.DISCONNECTED
    assert "Sign in again" in browser.get(at()).content.decode()


def test_a_disconnected_connection_is_signed_in_again(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    browser.post(at(connection, "disconnect/"))
    assert "Use an account that reaches" in browser.get(at(connection, "reconnect/")).content.decode()
    assert browser.post(at(connection, "reconnect/"), {"sign_in": "personal_token", "secret": ""}).status_code == 422
    assert browser.post(at(connection, "reconnect/"), {"sign_in": "personal_token", "secret": "hubstaff-pat-1"}).status_code == 303
    office.work()
    assert office.again(connection).is_connected


def test_a_check_is_asked_for_and_shown(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert browser.post(at(connection, "verify/")).status_code == 303
    assert 'hx-trigger="every 2s"' in browser.get(at(connection)).content.decode()
    office.work()
    assert 'hx-trigger="every 2s"' not in browser.get(at(connection)).content.decode()


def test_members_look_and_managers_change(browser: Client, office: Office, bob: User, charlie: User) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        bob.memberships.update(role=Role.VIEWER)
    page = as_(bob).get(at(connection)).content.decode()
    assert "Disconnect" not in page and "Rename" not in page
    for name in ("progress/", "workspace/", "reconnect/", "rename/", "verify/", "disconnect/"):
        assert as_(bob).post(at(connection, name)).status_code == 403
        assert as_(charlie).post(at(connection, name)).status_code == 404
    assert as_(charlie).get(at(connection)).status_code == 404


def test_the_id_of_another_organization_is_not_found(browser: Client, office: Office, charlie: User) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    make_organization("Southwind", owner=charlie)
    for name in ("", "progress/", "workspace/", "reconnect/"):
        assert as_(charlie).get(f"/o/southwind/connections/{connection.pk}/{name}").status_code == 404
    for name in ("rename/", "verify/", "disconnect/"):
        assert as_(charlie).post(f"/o/southwind/connections/{connection.pk}/{name}").status_code == 404


def test_a_connection_whose_provider_is_gone_still_has_a_page(browser: Client, office: Office, organization: Organization) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        Connection.objects.update(provider="vanished")
    assert "vanished" in browser.get(at()).content.decode()
    assert browser.get(at(connection)).status_code == 200
    assert browser.get(at(connection, "reconnect/")).status_code == 404
    office.work_on(connection)
    assert "does not know vanished" in office.again(connection).problem


def test_the_admin_site_shows_everything_but_secrets(office: Office, browser: Client) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    User.objects.filter(pk=office.person.pk).update(is_staff=True, is_superuser=True)
    with scope():
        pages = [f"connection/{connection.pk}/change/", f"credential/{connection.credential.pk}/change/"]
    for page in (*pages, "connection/", "credential/", "authorization/", "discovery/", "call/"):
        answer = browser.get(f"/admin/connections/{page}")
        assert answer.status_code == 200, page
        assert "sealed" not in answer.content.decode().lower()


def test_the_page_of_a_connection_leads_to_what_can_be_done_with_it(organization: Organization, alice: User, bob: User) -> None:
    with scope(organization.id):
        connection = make_connection("hubstaff")
        address = reverse("operations:actions", kwargs={"organization": organization.slug, "connection": connection.pk})
        assert address in as_(alice).get(at(connection)).content.decode()
        Membership.objects.filter(user=bob).update(role=Role.VIEWER)
        assert address not in as_(bob).get(at(connection)).content.decode()
        Connection.objects.update(state=State.DISCONNECTED)
        assert address not in as_(alice).get(at(connection)).content.decode()
