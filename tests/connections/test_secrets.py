"""Connecting with a personal access token and with an API key."""

from __future__ import annotations

import pytest

from integrations.connections.models import Call, Credential, State
from integrations.connections.services import Urgency, open_client, reconnect_with_secret
from integrations.transport.errors import SignedOut
from portal.organizations.scope import scope
from tests.connections.conftest import Office, Sandbox

pytestmark = pytest.mark.django_db


def test_a_personal_token_connects_and_finds_its_organization(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert (connection.state, connection.problem) == (State.CONNECTED, "")
    assert connection.workspace_id and connection.workspace_name and connection.account_email


def test_an_api_key_connects_and_finds_its_workspace(office: Office) -> None:
    connection = office.connect("timeghost", "api_key", "timeghost-key-1")
    assert (connection.state, connection.problem) == (State.CONNECTED, "")
    assert connection.workspace_id and connection.account_name


def test_a_wrong_secret_needs_attention_and_says_what_to_do(office: Office) -> None:
    hubstaff = office.connect("hubstaff", "personal_token", "wrong", "First")
    timeghost = office.connect("timeghost", "api_key", "wrong", "Second")
    assert hubstaff.state == timeghost.state == State.ATTENTION
    assert "did not accept" in hubstaff.problem
    assert "Open timeghost once" in timeghost.problem


def test_a_rotated_refresh_token_is_kept(office: Office, sandbox: Sandbox) -> None:
    token = sandbox.control("personal-token", organization=1)["refresh_token"]
    connection = office.connect("hubstaff", "personal_token", token)
    with scope():
        kept = Credential.objects.get(connection=connection).open()
    assert kept["refresh_token"] not in {"", token}
    sandbox.control("expire-access-tokens")
    office.work_on(connection)
    assert office.again(connection).is_connected


def test_calls_run_in_the_workspace_and_are_logged_without_values(office: Office) -> None:
    connection = office.connect("timeghost", "api_key", "timeghost-key-1")
    with open_client(connection.pk, "a test", Urgency.POLL) as opened:
        projects = [project for page in opened.pages("list_projects", {}) for project in page]
        opened.call("list_times", {"date_range": "this_week"})
    assert projects
    with scope():
        logged = list(Call.objects.filter(asked_by="a test").values_list("method", "path", "status", "attempt"))
    assert ("GET", "/get/projects", 200, 1) in logged
    assert ("GET", "/get/times?$filter-date-range", 200, 1) in logged


def test_a_sign_in_that_is_taken_back_is_noticed_at_the_next_call(office: Office, sandbox: Sandbox) -> None:
    token = sandbox.control("personal-token", organization=2)["refresh_token"]
    connection = office.connect("hubstaff", "personal_token", token)
    with scope():
        kept = Credential.objects.get(connection=connection).open()
    sandbox.control("revoke-consent", refresh_token=kept["refresh_token"])
    with pytest.raises(SignedOut), open_client(connection.pk, "a test", Urgency.POLL) as opened:
        opened.call("list_organizations", {})
    connection = office.again(connection)
    assert connection.state == State.ATTENTION
    assert "Sign in again" in connection.problem


def test_a_connection_that_needs_attention_opens_no_client(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "wrong")
    with pytest.raises(SignedOut, match="did not accept"), open_client(connection.pk, "a test", Urgency.POLL):
        pass


def test_a_new_secret_mends_a_connection(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "wrong")
    with scope():
        reconnect_with_secret(connection, connection.declared_sign_in, "hubstaff-pat-1", office.person)
    office.work()
    assert office.again(connection).is_connected


def test_a_connection_never_changes_its_workspace_by_itself(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    before = connection.workspace_id
    with scope():
        reconnect_with_secret(connection, connection.declared_sign_in, "hubstaff-pat-2", office.person)
    office.work()
    connection = office.again(connection)
    assert (connection.state, connection.workspace_id) == (State.ATTENTION, before)
    assert "does not reach" in connection.problem
