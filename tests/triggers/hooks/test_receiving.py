"""What arrives at a webhook's address and is accepted; what comes twice, late, elsewhere or in another way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.triggers.hooks.addressing import ADDRESS
from integrations.triggers.models import Notice, Subscription, Trigger
from portal.accounts.models import User
from portal.logs import without_secrets
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.triggers.hooks.subscriptions import (
    Sender,
    again,
    assert_turned_away,
    body_of,
    counts,
    due_at,
    make_subscription,
    notices,
)

State = Subscription.State
pytestmark = pytest.mark.usefixtures("nothing_is_called")


# --- what is accepted -----------------------------------------------------------------------------------------------------


def test_a_signed_delivery_is_noted_and_has_the_trigger_look_at_once(hubstaff: Sender, wakes: list[str]) -> None:
    said_at = timezone.now() - timedelta(minutes=1)
    assert hubstaff.tell(id="d-1", record_id=1042, at=said_at).status_code == 200
    (notice,) = notices(hubstaff.subscription)
    told = (notice.delivery_id, notice.event, notice.record_id, notice.said_at, notice.handled_at)
    assert told == ("d-1", "project.create", "1042", said_at, None)
    assert due_at(hubstaff) <= timezone.now()
    assert counts(hubstaff.subscription) == {"accepted": 1}
    assert again(hubstaff.subscription).delivered_at


def test_a_delivery_with_the_right_password_is_accepted(timeghost: Sender) -> None:
    assert timeghost.send(b'{"id": "p1", "status": "created"}').status_code == 200
    (notice,) = notices(timeghost.subscription)
    assert (notice.event, notice.record_id, notice.delivery_id) == ("add", "p1", "")
    assert due_at(timeghost) <= timezone.now()


def test_a_delivery_may_hold_several_records(timeghost: Sender) -> None:
    assert timeghost.send(b'[{"id": "p1"}, {"id": "p2"}]').status_code == 200
    assert [notice.record_id for notice in notices(timeghost.subscription)] == ["p1"]


def test_a_delivery_needs_neither_session_nor_token_and_gets_no_cookie(hubstaff: Sender) -> None:
    answer = hubstaff.tell()
    assert answer.status_code == 200 and not answer.cookies and answer.content == b""


def test_a_delivery_costs_a_constant_number_of_queries(hubstaff: Sender) -> None:
    hubstaff.tell()
    with CaptureQueriesContext(database) as first:
        hubstaff.tell()
    for _ in range(5):
        hubstaff.tell()
    with CaptureQueriesContext(database) as later:
        hubstaff.tell()
    assert len(later) <= len(first) + 1  # where many wait, the list's last walk is asked for as well


def test_a_delivery_proves_a_silent_webhook_alive(hubstaff: Sender) -> None:
    with scope():
        Subscription.objects.update(state=State.SILENT, missed=7)
    hubstaff.tell()
    now = again(hubstaff.subscription)
    assert (now.state, now.missed) == (State.ACTIVE, 0)


def test_a_paused_trigger_keeps_what_it_is_told_and_does_not_look(hubstaff: Sender) -> None:
    with scope():
        Trigger.objects.update(is_paused=True)
    assert hubstaff.tell().status_code == 200
    assert due_at(hubstaff) is None and len(notices(hubstaff.subscription)) == 1


def test_a_provider_that_says_no_is_not_asked_sooner_because_of_a_delivery(hubstaff: Sender) -> None:
    later = timezone.now() + timedelta(minutes=30)
    with scope():
        Trigger.objects.update(failures=3, due_at=later)
    assert hubstaff.tell().status_code == 200
    assert due_at(hubstaff) == later and len(notices(hubstaff.subscription)) == 1


# --- replayed -------------------------------------------------------------------------------------------------------------


def test_a_delivery_that_comes_twice_is_accepted_and_does_nothing(hubstaff: Sender) -> None:
    body = body_of(id="d-1")
    assert hubstaff.send(body).status_code == 200
    with scope():
        Notice.objects.update(handled_at=timezone.now())
        Trigger.objects.update(due_at=None)
    assert_turned_away(hubstaff, hubstaff.send(body), 200, accepted=1, replayed=1)
    assert len(notices(hubstaff.subscription)) == 1


def test_the_same_id_in_another_body_is_a_repetition_too(hubstaff: Sender) -> None:
    hubstaff.tell(id="d-1", record_id=1)
    assert hubstaff.tell(id="d-1", record_id=2).status_code == 200
    assert [notice.record_id for notice in notices(hubstaff.subscription)] == ["1"]


def test_two_subscriptions_may_be_told_of_the_same_id(hubstaff: Sender, bound: Organization) -> None:
    with scope():
        other = Sender(make_subscription("hubstaff"))
    body = body_of(id="d-1")
    assert [sender.send(body).status_code for sender in (hubstaff, other)] == [200, 200]
    assert [counts(sender.subscription) for sender in (hubstaff, other)] == [{"accepted": 1}] * 2


def test_an_old_delivery_is_accepted_and_does_nothing(hubstaff: Sender) -> None:
    assert_turned_away(hubstaff, hubstaff.tell(at=timezone.now() - timedelta(hours=25)), 200, replayed=1)


# --- other addresses, other methods ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_unknown_address_is_not_there(client: Client) -> None:
    assert client.post("/hooks/no-such-secret/", b"{}", content_type="application/json").status_code == 404
    assert client.post("/hooks/%00%ff/", b"{}", content_type="application/json").status_code == 404


def test_the_hash_of_an_address_is_no_address(hubstaff: Sender, client: Client) -> None:
    address = f"/hooks/{hubstaff.subscription.address_hash}/"
    assert client.post(address, b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("state", [State.OFF, State.ENDING, State.ORPHAN, State.ENDED])
def test_where_nothing_is_awaited_any_more_the_address_is_gone(hubstaff: Sender, state: str) -> None:
    with scope():
        Subscription.objects.update(state=state)
    assert_turned_away(hubstaff, hubstaff.tell(), 404)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_posting_is_a_delivery(hubstaff: Sender, method: str) -> None:
    answer = getattr(Client(), method)(hubstaff.address)
    assert_turned_away(hubstaff, answer, 405)


def test_the_address_of_another_organization_leads_to_that_one_only(hubstaff: Sender, charlie: User) -> None:
    elsewhere = make_organization("Southwind", owner=charlie)
    with scope(elsewhere.id):
        theirs = Sender(make_subscription("hubstaff"))
    assert theirs.tell().status_code == 200
    assert (counts(theirs.subscription), counts(hubstaff.subscription)) == ({"accepted": 1}, {})


def test_neither_body_nor_address_stands_in_the_log(hubstaff: Sender, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    hubstaff.tell(id="very-private")
    hubstaff.send(body_of(id="very-private"), headers={})
    hubstaff.send(b"very-private")
    said = [as_logged(record.msg) for record in caplog.records if not record.name.startswith("django.db")]
    assert [line for line in said if "delivery turned away" in line]
    assert not [line for line in said if "very-private" in line or hubstaff.subscription.open()[ADDRESS] in line]


def as_logged(message: Any) -> str:
    """A line as the log's own formatter writes it."""
    return str(without_secrets(None, "info", dict(message) if isinstance(message, dict) else {"event": message}))
