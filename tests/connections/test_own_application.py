"""An organization brings its own OAuth application; a connection goes on with the one that it was made with."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from integrations.catalogue import OAuth
from integrations.connections import code_flow
from integrations.connections.budget import bucket_of
from integrations.connections.issuers import KEPT_AS, offered_sign_ins
from integrations.connections.models import Authorization, Connection, Credential, OwnApplication, State
from integrations.connections.sealing import SealBroken
from integrations.connections.services import Urgency, begin_authorization, keep_application, open_client, remove_application
from integrations.providers import get_provider
from integrations.transport.errors import SignedOut
from portal.organizations.doors import memberships_of
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.connections.conftest import Office, Sandbox

pytestmark = pytest.mark.django_db
PAGE = "/o/northwind/connections/applications/hubstaff/oauth/"
GIVEN = {"client_id": "timebridge-sandbox", "secret": "sandbox-secret"}  # what the sandbox knows
HUBSTAFF = get_provider("hubstaff")


@pytest.fixture
def browser(office: Office) -> Client:
    client = Client()
    client.force_login(office.person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def operator_has_none(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUBSTAFF_CLIENT_ID")
    monkeypatch.delenv("HUBSTAFF_CLIENT_SECRET")


def sign_in() -> OAuth:
    found = HUBSTAFF.sign_in("oauth")
    assert isinstance(found, OAuth)
    return found


def bring(office: Office, client_id: str = GIVEN["client_id"], secret: str = GIVEN["secret"]) -> OwnApplication:
    with scope():
        return keep_application(HUBSTAFF, sign_in(), client_id, secret, office.person)


def connect(office: Office, sandbox: Sandbox) -> Connection:
    """A person signs in at the provider's page."""
    with scope():
        authorization = begin_authorization(HUBSTAFF, sign_in(), "Ours", office.person)
    office.work()
    with scope():
        address = code_flow.way_there(authorization)
    code_flow.receive(office.person, memberships_of(office.person.pk), sandbox.decide(address))
    office.work()
    return office.again(authorization.connection)


def renew_and_call(connection: Connection) -> None:
    """A call whose access token has run out, so that the refresh token has to be shown."""
    with scope():
        Credential.objects.filter(connection=connection).update(expires_at=timezone.now())
    with open_client(connection.pk, "a test", Urgency.POLL) as opened:
        opened.call("get_current_user", {})


def test_the_page_says_what_to_register_and_never_shows_the_secret(browser: Client) -> None:
    assert "/connections/callback/" in browser.get(PAGE).content.decode()
    assert browser.post(PAGE, GIVEN).status_code == 303
    page = browser.get(PAGE).content.decode()
    assert GIVEN["client_id"] in page and GIVEN["secret"] not in page
    with scope():
        application = OwnApplication.objects.get()
        assert application.open() == {KEPT_AS: GIVEN["secret"]} and GIVEN["secret"].encode() not in bytes(application.sealed)
        assert AuditEntry.objects.filter(action="application.added", target=GIVEN["client_id"]).exists()


BAD = [{}, {"client_id": "x"}, {"secret": "x"}, {"client_id": "a b", "secret": "x"}, {"client_id": "x", "secret": "ümlaut"}]


@pytest.mark.parametrize("given", [*BAD, {"client_id": "x" * 201, "secret": "x"}, {"client_id": "x", "secret": "x" * 4001}])
def test_what_no_application_has_is_refused_and_nothing_is_kept(browser: Client, given: dict[str, str]) -> None:
    answer = browser.post(PAGE, given)
    assert answer.status_code == 422
    with scope():
        assert not OwnApplication.objects.exists()


@pytest.mark.parametrize("page", ["hubstaff/personal_token/", "hubstaff/nothing/", "nobody/oauth/"])
def test_only_a_sign_in_that_needs_an_application_has_such_a_page(browser: Client, page: str) -> None:
    assert browser.get(f"/o/northwind/connections/applications/{page}").status_code == 404


def test_a_sign_in_is_offered_to_whoever_brings_its_application(office: Office, browser: Client, operator_has_none: None) -> None:
    other = make_organization("Southwind")
    assert 'value="oauth"' not in browser.get("/o/northwind/connections/add/hubstaff/").content.decode()
    bring(office)
    page = browser.get("/o/northwind/connections/add/hubstaff/").content.decode()
    assert 'value="oauth"' in page and "no application at Hubstaff" not in page
    with scope(other.id):
        assert sign_in() not in offered_sign_ins(HUBSTAFF)


def test_a_connection_is_made_renewed_and_counted_with_the_own_application(
    office: Office, sandbox: Sandbox, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = bring(office)
    monkeypatch.setenv("HUBSTAFF_CLIENT_ID", "the-operators")
    connection = connect(office, sandbox)
    assert connection.is_connected, connection.problem
    with scope():
        credential = Credential.objects.select_related("application").get()
        assert credential.application == application
        assert bucket_of(connection, credential).name == "hubstaff/application/timebridge-sandbox"
    renew_and_call(connection)
    page = browser.get(f"/o/northwind/connections/{connection.pk}/").content.decode()
    assert "your own application (timebridge-sandbox)" in page
    assert connection.name in browser.get(PAGE).content.decode()


def test_a_connection_keeps_the_application_that_it_was_made_with(office: Office, sandbox: Sandbox, browser: Client) -> None:
    connection = connect(office, sandbox)
    bring(office, "brought-later", "nobody-knows-it")
    renew_and_call(connection)
    assert f"Sign in again: {connection.name}" in browser.get(PAGE).content.decode()


def test_a_removed_application_takes_its_sign_ins_with_it_and_says_what_to_do(office: Office, sandbox: Sandbox, browser: Client) -> None:
    application = bring(office)
    connection = connect(office, sandbox)
    others = office.connect("hubstaff", "personal_token", "hubstaff-pat-1", "By token")
    with scope():
        under_way = begin_authorization(HUBSTAFF, sign_in(), "Under way", office.person)
    assert browser.post(f"{PAGE}remove/").status_code == 303
    connection = office.again(connection)
    assert connection.state == State.ATTENTION and "which was removed here. Sign in again" in connection.problem
    assert office.again(others).is_connected
    with scope():
        assert not OwnApplication.objects.exists() and not Authorization.objects.exists()
        assert not Connection.objects.filter(pk=under_way.connection_id).exists()
        assert list(Credential.objects.values_list("connection_id", flat=True)) == [others.pk]
        assert AuditEntry.objects.filter(action="application.removed", target=application.client_id).exists()
    with pytest.raises(SignedOut, match="removed here"), open_client(connection.pk, "a test", Urgency.POLL):
        pass


def test_what_is_not_there_can_be_removed_without_harm(browser: Client) -> None:
    assert browser.post(f"{PAGE}remove/").status_code == 303


def test_only_the_secret_of_a_known_application_can_be_replaced(office: Office, sandbox: Sandbox, browser: Client) -> None:
    bring(office, secret="mistyped")
    assert browser.post(PAGE, {"client_id": "another", "secret": GIVEN["secret"]}).status_code == 303
    with scope():
        application = OwnApplication.objects.get()
        assert (application.client_id, application.open()) == (GIVEN["client_id"], {KEPT_AS: GIVEN["secret"]})
        assert AuditEntry.objects.filter(action="application.secret_replaced").exists()
    assert connect(office, sandbox).is_connected


def test_a_secret_serves_in_no_other_row(office: Office) -> None:
    stolen = bring(office).sealed
    with scope(make_organization("Southwind").id):
        thief = OwnApplication(provider="hubstaff", sign_in="oauth", client_id="x", sealed=stolen)
        with pytest.raises(SealBroken):
            thief.open()


def test_secrets_of_applications_are_sealed_anew_too(office: Office, settings: Any) -> None:
    application = bring(office)
    settings.CREDENTIAL_KEYS = [base64.urlsafe_b64encode(os.urandom(32)).decode(), *settings.CREDENTIAL_KEYS]
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    with scope():
        application.refresh_from_db()
        assert application.open() == {KEPT_AS: GIVEN["secret"]}


def test_an_application_is_its_organizations_own(office: Office) -> None:
    application = bring(office)
    other: Organization = make_organization("Southwind")
    with scope(other.id):
        assert not OwnApplication.objects.filter(pk=application.pk).exists()
    with scope():
        remove_application(application, office.person)
        assert not OwnApplication.objects.exists()
