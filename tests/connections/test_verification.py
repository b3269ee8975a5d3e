"""How a connection fares when it is looked at: workspaces, passing trouble, lasting trouble, and who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.catalogue import Workspace
from integrations.connections import registry
from integrations.connections.models import Authorization, Call, Connection, Credential, State
from integrations.connections.services import (
    UnknownWorkspace,
    Urgency,
    choose_workspace,
    disconnect,
    open_client,
    reconnect_with_secret,
    rename,
    verify_now,
)
from integrations.providers import get_provider
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from portal.work.claims import Hold
from tests.connections.conftest import Office, Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    told: list[Connection] = []
    monkeypatch.setattr(registry, "when_connected", [told.append])
    return told


@pytest.fixture
def reaching(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes Hubstaff name these workspaces."""

    def reach(*workspaces: Workspace) -> None:
        provider = get_provider("hubstaff")
        identity = replace(provider.identity, workspaces=lambda found: list(workspaces))
        monkeypatch.setattr("integrations.connections.models.get_provider", lambda name: replace(provider, identity=identity))

    return reach


EAST, WEST = Workspace("1", "East"), Workspace("2", "West")


def test_upper_parts_are_told_once_when_a_connection_becomes_connected(office: Office, told: list[Connection]) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert told == [connection]
    assert told[0].workspace_id == connection.workspace_id
    office.work_on(connection)
    assert len(told) == 1
    with scope():
        reconnect_with_secret(connection, connection.declared_sign_in, "hubstaff-pat-1", office.person)
    office.work()
    assert len(told) == 2


def test_one_of_several_workspaces_must_be_chosen(office: Office, told: list[Connection], reaching: Any) -> None:
    reaching(EAST, WEST)
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert (connection.state, told) == (State.CHOOSING, [])
    with scope(), pytest.raises(UnknownWorkspace):
        choose_workspace(connection, "3", office.person)
    with scope():
        choose_workspace(connection, "2", office.person)
    connection = office.again(connection)
    assert (connection.state, connection.workspace_name) == (State.CONNECTED, "West")
    assert told == [connection]
    office.work_on(connection)
    assert office.again(connection).workspace_name == "West"


def test_an_account_without_a_workspace_is_told_what_to_do(office: Office, reaching: Any) -> None:
    reaching()
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert connection.state == State.ATTENTION
    assert "belongs to no organization at Hubstaff" in connection.problem


def test_a_provider_that_is_down_is_waited_for(office: Office, sandbox: Sandbox) -> None:
    sandbox.fault("/timeghost/api/get/currentuser", "503", times=3)
    connection = office.connect("timeghost", "api_key", "timeghost-key-1")
    assert connection.state == State.CONNECTING
    assert "keep trying" in connection.problem
    assert connection.due_at and connection.due_at > timezone.now()
    office.work_on(connection)
    assert (office.again(connection).state, connection.problem) == (State.CONNECTED, "")


def test_a_connection_that_worked_needs_attention_only_after_some_patience(office: Office, sandbox: Sandbox) -> None:
    connection = office.connect("timeghost", "api_key", "timeghost-key-1")
    sandbox.fault("/timeghost/api/get/currentuser", "503", times=9)
    states = []
    for _ in range(3):
        office.work_on(connection)
        states.append(office.again(connection).state)
    assert states == [State.CONNECTED, State.CONNECTED, State.ATTENTION]
    office.work_on(connection)
    assert office.again(connection).state == State.CONNECTED


@pytest.mark.parametrize("fault", ["html", "empty", "broken_json"])
def test_an_answer_that_nobody_can_read_needs_attention(office: Office, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("/timeghost/api/get/currentuser", fault)
    connection = office.connect("timeghost", "api_key", "timeghost-key-1")
    assert connection.state == State.ATTENTION
    assert "cannot read" in connection.problem


def test_an_account_in_another_shape_needs_attention(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = get_provider("hubstaff")
    identity = replace(provider.identity, account=lambda found: found["there is no such thing"])
    monkeypatch.setattr("integrations.connections.models.get_provider", lambda name: replace(provider, identity=identity))
    assert office.connect("hubstaff", "personal_token", "hubstaff-pat-1").state == State.ATTENTION


def test_what_was_found_with_an_old_sign_in_does_not_count_for_a_new_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    finish, done = Hold.finish, []

    def sign_in_meanwhile(hold: Any, *args: Any, **fields: Any) -> None:
        done.append(fields.get("state"))
        finish(hold, *args, **fields)

    with scope():
        wrong = connection.declared_sign_in
        reconnect_with_secret(connection, wrong, "wrong", office.person)
    from integrations.connections import verification

    look = verification._look

    def look_slowly(*args: Any) -> Any:
        monkeypatch.setattr(verification, "_look", look)
        with scope():
            reconnect_with_secret(connection, wrong, "hubstaff-pat-1", office.person)
        return look(*args)

    monkeypatch.setattr(verification, "_look", look_slowly)
    monkeypatch.setattr(Hold, "finish", sign_in_meanwhile)
    office.work()
    assert office.again(connection).is_connected
    assert done[0] is None


def test_a_disconnected_connection_keeps_nothing_secret(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        disconnect(connection, office.person)
        assert not Credential.objects.exists()
        assert not Authorization.objects.exists()
    connection = office.again(connection)
    assert (connection.state, bool(connection.workspace_id), connection.due_at) == (State.DISCONNECTED, True, None)
    with scope():
        verify_now(connection)
    office.work()
    assert office.again(connection).state == State.DISCONNECTED


def test_a_connection_that_never_worked_goes_whole(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "wrong")
    with scope():
        disconnect(connection, office.person)
    assert office.connections() == []


def test_calls_are_kept_for_two_weeks(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        Call.objects.update(at=timezone.now() - timedelta(days=15))
        assert Call.objects.exists()
    office.work_on(connection)
    with scope():
        assert not Call.objects.filter(at__lt=timezone.now() - timedelta(days=14)).exists()
        assert Call.objects.exists()


def test_calls_are_logged_also_when_the_work_fails(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with pytest.raises(ZeroDivisionError), open_client(connection.pk, "a test", Urgency.POLL) as opened:
        opened.call("get_current_user", {})
        _ = 1 / 0
    with scope():
        assert Call.objects.filter(asked_by="a test").count() == 1


def test_no_provider_is_called_while_a_transaction_is_open(office: Office, settings: Any) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    settings.TESTING = False
    with pytest.raises(RuntimeError, match="transaction"), open_client(connection.pk, "a test", Urgency.POLL):
        pass


def test_what_was_done_stands_in_the_audit_trail(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        rename(connection, "Theirs", office.person)
        reconnect_with_secret(connection, connection.declared_sign_in, "hubstaff-pat-1", office.person)
        disconnect(connection, office.person)
        entries = list(AuditEntry.objects.order_by("created_at").values_list("action", "target", "actor"))
    person = office.person.pk
    assert entries == [
        ("connection.added", "Ours", person),
        ("connection.renamed", "Theirs", person),
        ("connection.reconnected", "Theirs", person),
        ("connection.disconnected", "Theirs", person),
    ]
