"""Many workers share one credential: exactly one of them renews it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection as database

from integrations.connections.models import Connection, Credential
from integrations.connections.services import Urgency, open_client
from portal.organizations.scope import bind, scope
from tests.connections.conftest import Office, Sandbox


def at_once(count: int, work: Callable[[], None]) -> list[BaseException]:
    """Runs the same work in several threads that start together; gives what went wrong."""
    start, wrong = threading.Barrier(count), []

    def run() -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            wrong.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return wrong


def connected(office: Office, sandbox: Sandbox) -> Connection:
    """A connection whose refresh token dies when it is used."""
    token = sandbox.control("personal-token", organization=1)["refresh_token"]
    connection = office.connect("hubstaff", "personal_token", token)
    assert connection.is_connected, connection.problem
    return connection


def call(office: Office, connection: Connection) -> Callable[[], None]:
    def work() -> None:
        with bind(office.organization.id), open_client(connection.pk, "a test", Urgency.POLL) as opened:
            opened.call("get_current_user", {})

    return work


def test_an_expired_token_is_renewed_once_by_many(committed: None, office: Office, sandbox: Sandbox) -> None:
    connection = connected(office, sandbox)
    with scope():
        Credential.objects.update(expires_at=connection.created_at)
    before = len(sandbox.requests("access_tokens"))
    sandbox.control("switches", latency=0.1)
    assert at_once(4, call(office, connection)) == []
    assert len(sandbox.requests("access_tokens")) == before + 1
    assert office.again(connection).is_connected


def test_a_token_that_is_refused_early_is_renewed_once_by_many(committed: None, office: Office, sandbox: Sandbox) -> None:
    connection = connected(office, sandbox)
    sandbox.control("expire-access-tokens")
    before = len(sandbox.requests("access_tokens"))
    sandbox.control("switches", latency=0.1)
    assert at_once(2, call(office, connection)) == []
    assert len(sandbox.requests("access_tokens")) == before + 1


def test_the_rotated_token_is_there_for_the_next_renewal(committed: None, office: Office, sandbox: Sandbox) -> None:
    connection = connected(office, sandbox)
    for _ in range(2):
        sandbox.control("expire-access-tokens")
        call(office, connection)()
    assert office.again(connection).is_connected


def test_a_renewal_that_cannot_be_had_now_ends_no_sign_in(committed: None, office: Office, sandbox: Sandbox) -> None:
    connection = connected(office, sandbox)
    sandbox.control("expire-access-tokens")
    sandbox.fault("/hubstaff-account/access_tokens", "503")
    call(office, connection)()
    assert office.again(connection).is_connected
