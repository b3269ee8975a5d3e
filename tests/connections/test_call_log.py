"""Each call is written down as it happens, with who asked for it and without what was said."""

from __future__ import annotations

import pytest

from integrations.catalogue import Request
from integrations.connections.clients import WRITTEN_AT_ONCE
from integrations.connections.models import Call, Connection
from integrations.connections.services import Urgency, open_client
from portal.organizations.scope import scope
from tests.connections.conftest import Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(office: Office) -> Connection:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    with scope():
        Call.objects.all().delete()
    return connection


def logged(connection: Connection) -> list[Call]:
    with scope():
        return list(Call.objects.filter(connection=connection).order_by("id"))


def test_a_long_walk_shows_in_the_log_while_it_goes_on(connection: Connection) -> None:
    with open_client(connection.pk, "Alice", Urgency.POLL) as opened:
        for _ in range(WRITTEN_AT_ONCE + 1):
            opened.call("get_current_user", {})
        assert len(logged(connection)) == WRITTEN_AT_ONCE
    calls = logged(connection)
    assert len(calls) == WRITTEN_AT_ONCE + 1
    assert {call.asked_by for call in calls} == {"Alice"}
    moments = [call.at for call in calls]
    assert len(set(moments)) == len(moments) and moments == sorted(moments), "when it was made, not when it was written"


def test_what_an_address_cannot_hold_does_not_reach_the_log(connection: Connection) -> None:
    with open_client(connection.pk, "A" * 200, Urgency.POLL) as opened:
        opened.send(Request("GET", "/v2/users/me", query={"na\x00me\n": "secret"}))
    (call,) = logged(connection)
    assert call.path == "/v2/users/me?name" and call.asked_by == "A" * 100
