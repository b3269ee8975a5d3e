"""Signing in at the provider's own page, and every way in which a person can come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.connections import code_flow
from integrations.connections.code_flow import NotAccepted
from integrations.connections.models import Authorization, Connection, Credential, Discovery, State
from integrations.connections.services import begin_authorization, begin_reauthorization, disconnect
from integrations.providers import get_provider
from portal.accounts.models import User
from portal.organizations.doors import memberships_of
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.connections.conftest import Office, Sandbox

pytestmark = pytest.mark.django_db


def begin(office: Office, provider: str = "hubstaff", sign_in: str = "oauth") -> Authorization:
    declared = get_provider(provider)
    with scope(office.organization.id):
        return begin_authorization(declared, declared.sign_in(sign_in), "Ours", office.person, "/somewhere/")  # type: ignore[arg-type]


def way_there(authorization: Authorization) -> str:
    with scope():
        return code_flow.way_there(authorization)


def come_back(person: User, answer: dict[str, str]) -> Any:
    return code_flow.receive(person, memberships_of(person.pk), answer)


@pytest.mark.parametrize(("provider", "sign_in"), [("hubstaff", "oauth"), ("timeghost", "microsoft")])
def test_a_person_signs_in_over_there_and_is_connected(office: Office, sandbox: Sandbox, provider: str, sign_in: str) -> None:
    authorization = begin(office, provider, sign_in)
    assert way_there(authorization) == ""
    office.work()
    answer = sandbox.decide(way_there(authorization))
    come_back(office.person, answer)
    office.work()
    connection = office.connection()
    assert (connection.state, connection.problem) == (State.CONNECTED, "")
    assert connection.account_email and connection.workspace_name


def test_the_way_carries_state_nonce_and_challenge(office: Office, known_issuers: None) -> None:
    address = way_there(begin(office))
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "scope=openid", "redirect_uri="):
        assert part in address


def test_discovery_is_asked_once_a_week(office: Office, known_issuers: None, sandbox: Sandbox) -> None:
    asked = len(sandbox.requests("openid-configuration"))
    begin(office)
    office.work()
    assert len(sandbox.requests("openid-configuration")) == asked
    Discovery.objects.update(read_at=timezone.now() - timedelta(days=8))
    begin(office)
    office.work()
    assert len(sandbox.requests("openid-configuration")) == asked + 1


def test_a_denial_leaves_nothing(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    answer = sandbox.decide(way_there(begin(office)), "deny")
    with pytest.raises(NotAccepted, match="You said no at Hubstaff"):
        come_back(office.person, answer)
    assert office.connections() == []


def test_a_denied_reconnection_leaves_the_connection_as_it_was(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        authorization = begin_reauthorization(connection, get_provider("hubstaff").sign_in("oauth"), office.person)  # type: ignore[arg-type]
    with pytest.raises(NotAccepted):
        come_back(office.person, sandbox.decide(way_there(authorization), "deny"))
    assert office.connection().is_connected


def test_a_state_that_does_not_match_changes_nothing(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    answer = sandbox.decide(way_there(begin(office)))
    for state in ("", "guessed", answer["state"][:-1]):
        with pytest.raises(NotAccepted, match="We do not know this sign-in"):
            come_back(office.person, {**answer, "state": state})
    come_back(office.person, answer)


def test_nobody_comes_back_twice(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    answer = sandbox.decide(way_there(begin(office)))
    come_back(office.person, answer)
    for _ in range(2):
        with pytest.raises(NotAccepted, match="already used"):
            come_back(office.person, answer)
        office.work()
    assert office.connection().is_connected
    assert len(sandbox.requests("access_tokens")) == 1


def test_only_who_began_may_come_back(office: Office, sandbox: Sandbox, known_issuers: None, bob: User, charlie: User) -> None:
    answer = sandbox.decide(way_there(begin(office)))
    with scope(office.organization.id):
        bob.memberships.update(role="owner")
    with pytest.raises(NotAccepted, match="not yours"):
        come_back(bob, answer)
    with pytest.raises(NotAccepted, match="do not know"):
        come_back(charlie, answer)


def test_the_way_back_is_open_for_a_quarter_of_an_hour(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    authorization = begin(office)
    answer = sandbox.decide(way_there(authorization))
    with scope():
        Authorization.objects.update(expires_at=timezone.now())
    with pytest.raises(NotAccepted, match="too long"):
        come_back(office.person, answer)
    office.work_on(authorization)
    assert office.connections() == []


def test_a_code_that_is_not_accepted_needs_attention(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    answer = sandbox.decide(way_there(begin(office)))
    come_back(office.person, {**answer, "code": "forged"})
    office.work()
    connection = office.connection()
    assert connection.state == State.ATTENTION
    assert "sign in once more" in connection.problem


def test_a_proof_for_another_nonce_is_not_accepted(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    authorization = begin(office)
    answer = sandbox.decide(way_there(authorization))
    with scope():
        authorization.keep({**authorization.open(), "nonce": "another"})
        authorization.save()
    come_back(office.person, answer)
    office.work()
    assert office.connection().state == State.ATTENTION
    with scope():
        assert not Credential.objects.exists()


def test_replaced_keys_are_read_again(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    Discovery.objects.update(keys={"keys": []})
    come_back(office.person, sandbox.decide(way_there(begin(office))))
    office.work()
    assert office.connection().is_connected


def test_the_secrets_of_a_flow_are_forgotten_when_it_is_over(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    authorization = begin(office)
    come_back(office.person, sandbox.decide(way_there(authorization)))
    office.work()
    with scope():
        assert Authorization.objects.get(pk=authorization.pk).open() == {}
        Authorization.objects.update(expires_at=timezone.now())
    office.work_on(authorization)
    with scope():
        assert not Authorization.objects.exists()
    assert office.connection().is_connected


def test_a_place_that_does_not_answer_is_asked_again(office: Office, sandbox: Sandbox) -> None:
    sandbox.fault("/hubstaff-account/.well-known", "500")
    authorization = begin(office)
    office.work()
    with scope():
        assert "cannot be reached" in Authorization.objects.get().problem
    office.work_on(authorization)
    assert way_there(authorization)
    with scope():
        assert Authorization.objects.get().problem == ""


def test_a_token_endpoint_that_is_down_after_the_code_left_ends_the_flow(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    answer = sandbox.decide(way_there(begin(office)))
    sandbox.fault("/hubstaff-account/access_tokens", "502")
    come_back(office.person, answer)
    office.work()
    assert office.connection().state == State.ATTENTION


def test_a_disconnected_connection_is_connected_again_over_there(office: Office, sandbox: Sandbox, known_issuers: None) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        disconnect(connection, office.person)
        authorization = begin_reauthorization(connection, get_provider("hubstaff").sign_in("oauth"), office.person)  # type: ignore[arg-type]
    come_back(office.person, sandbox.decide(way_there(authorization)))
    office.work()
    assert (office.connection().state, office.connection().pk) == (State.CONNECTED, connection.pk)


def test_another_organization_cannot_be_reached_through_a_state(
    office: Office, sandbox: Sandbox, known_issuers: None, organization: Organization, charlie: User
) -> None:
    make_organization("Southwind", owner=charlie)
    answer = sandbox.decide(way_there(begin(office)))
    with pytest.raises(NotAccepted):
        come_back(charlie, answer)
    with scope(organization.id):
        assert Connection.objects.get().state == State.CONNECTING
