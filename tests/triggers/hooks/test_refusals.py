"""Each way in which a delivery is turned away: forged, malformed, too large, too often. Each is counted, and does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.catalogue import Told
from integrations.triggers.hooks.addressing import ADDRESS
from integrations.triggers.hooks.bodies import LARGEST, read_told
from integrations.triggers.hooks.receiving import MOST_A_MINUTE, receive
from integrations.triggers.models import Subscription
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.triggers.hooks.subscriptions import (
    Sender,
    assert_turned_away,
    basic,
    body_of,
    counts,
    make_subscription,
    signed,
)

State = Subscription.State
pytestmark = pytest.mark.usefixtures("nothing_is_called")


# --- forged ---------------------------------------------------------------------------------------------------------------


def test_a_delivery_without_signature_is_refused(hubstaff: Sender) -> None:
    assert_turned_away(hubstaff, hubstaff.send(body_of(), headers={}), 401, forged=1)


@pytest.mark.parametrize("signature", ["", "0" * 64, "zz", "\xe9" * 64, "sha256=" + "0" * 64])
def test_a_delivery_with_a_wrong_signature_is_refused(hubstaff: Sender, signature: str) -> None:
    assert_turned_away(hubstaff, hubstaff.send(body_of(), headers={"x-hook-signature": signature}), 401, forged=1)


def test_a_delivery_signed_with_another_secret_is_refused(hubstaff: Sender) -> None:
    body = body_of()
    assert_turned_away(hubstaff, hubstaff.send(body, headers=signed(body, "guessed")), 401, forged=1)


def test_the_right_signature_of_another_body_is_refused(hubstaff: Sender) -> None:
    assert_turned_away(hubstaff, hubstaff.send(body_of(1), headers=signed(body_of(2))), 401, forged=1)


def test_the_proof_of_one_subscription_serves_no_other(hubstaff: Sender, timeghost: Sender, bound: Organization) -> None:
    with scope():
        other = Sender(make_subscription("timeghost"))
    body = body_of()
    assert_turned_away(timeghost, timeghost.send(body, headers=other.proof(body)), 401, forged=1)
    assert_turned_away(timeghost, timeghost.send(body, headers=hubstaff.proof(body)), 401, forged=2)


def test_where_no_secret_was_agreed_on_nothing_is_believed(hubstaff: Sender) -> None:
    with scope():
        waiting = Sender(make_subscription("hubstaff", State.HANDSHAKE))
    body = body_of()
    assert_turned_away(waiting, waiting.send(body, headers=signed(body, "")), 401, forged=1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Basic"},
        {"authorization": "Basic not base64!"},
        {"authorization": "Basic \xe9\xe9"},
        {"authorization": "Basic bm8gY29sb24="},
        {"authorization": "Bearer abc"},
        basic("", ""),
        basic("somebody", "guessed"),
    ],
)
def test_a_delivery_without_the_right_password_is_refused(timeghost: Sender, headers: dict[str, str]) -> None:
    assert_turned_away(timeghost, timeghost.send(body_of(), headers=headers), 401, forged=1)


def test_the_right_user_name_alone_is_not_enough(timeghost: Sender) -> None:
    user_name = timeghost.subscription.open()["user_name"]
    assert_turned_away(timeghost, timeghost.send(body_of(), headers=basic(user_name, "")), 401, forged=1)


def test_secrets_that_nobody_can_open_any_more_prove_nothing(hubstaff: Sender) -> None:
    body, proof = body_of(), hubstaff.proof(body_of())
    address = hubstaff.address
    with scope():
        Subscription.objects.update(sealed=b"from another key")
    assert Client().post(address, body, content_type="application/json", headers=proof).status_code == 401
    assert counts(hubstaff.subscription) == {"forged": 1}


# --- malformed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"{", b"[]", b"[1]", b"[{}, 2]", b"3", b'"text"', b"null", b"\xff\xfe", b'{"id": "\xc3\x28"}', b"[" * 5000]
)
def test_a_body_that_is_no_delivery_is_refused(hubstaff: Sender, body: bytes) -> None:
    assert_turned_away(hubstaff, hubstaff.send(body), 400, malformed=1)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"id": null, "event": 7, "created_at": "yesterday", "payload": "none"}',
        b'{"id": "' + b"x" * 10_000 + b'", "event": "project.create"}',
        b'{"id": "a\\u0000b", "event": "project\\u0000create", "payload": {"id": 1e400}}',
        b'{"id": {"deep": []}, "payload": [[[]]]}',
    ],
)
def test_a_delivery_that_says_less_than_it_should_breaks_nothing(hubstaff: Sender, body: bytes) -> None:
    assert hubstaff.send(body).status_code in {200, 400}


def test_what_a_reading_of_a_later_provider_cannot_keep_is_refused(hubstaff: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    for told in (Told(id="x" * 129), Told(event="a\0b"), Told(record_id="x" * 129)):
        monkeypatch.setattr("integrations.triggers.hooks.receiving.read_told", _reading(told))
        assert hubstaff.tell().status_code == 400
    assert counts(hubstaff.subscription) == {"malformed": 3}


def _reading(told: Told) -> Callable[..., Told]:
    return lambda hooks, body: read_told(replace(hooks, read=lambda _: told), body)


# --- too large, too often -------------------------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_not_read(hubstaff: Sender) -> None:
    request = RequestFactory().post(hubstaff.address, b"", content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(LARGEST + 1)
    request.read = _never  # type: ignore[method-assign]
    answer = receive(request, hubstaff.subscription.open()[ADDRESS])
    assert_turned_away(hubstaff, answer, 413, oversized=1)


def _never(*_: Any) -> bytes:
    raise AssertionError("the body was read")


class Broken(BytesIO):
    """Whoever sends it goes away."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize("says_length", [True, False])
def test_a_body_that_breaks_off_is_refused_without_ado(hubstaff: Sender, says_length: bool) -> None:
    request = RequestFactory().post(hubstaff.address, b"{}", content_type="application/json")
    request.META |= {"CONTENT_LENGTH": "2" if says_length else "", "wsgi.input": Broken(), "wsgi.input_terminated": True}
    request._stream = Broken()  # as a server gives it
    answer = receive(request, hubstaff.subscription.open()[ADDRESS])
    assert_turned_away(hubstaff, answer, 400)


class Endless(BytesIO):
    """A body without end that says nothing of its length."""

    given = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None and 0 <= size <= LARGEST + 1, "it would be read whole"
        part = min(size, 65536)
        self.given += part
        return b" " * part


def test_a_body_that_does_not_say_how_large_it_is_is_read_no_further_than_needed(hubstaff: Sender) -> None:
    endless = Endless()
    assert_turned_away(hubstaff, _unsaid(hubstaff, endless), 413, oversized=1)
    assert endless.given == LARGEST + 1


def test_a_small_body_that_does_not_say_how_large_it_is_is_accepted(hubstaff: Sender) -> None:
    body = body_of()
    assert _unsaid(hubstaff, BytesIO(body), **hubstaff.proof(body)).status_code == 200
    assert counts(hubstaff.subscription) == {"accepted": 1}


def _unsaid(sender: Sender, stream: BytesIO, **headers: str) -> HttpResponse:
    request = RequestFactory().post(sender.address, b"", content_type="application/json", headers=headers)
    request.META.pop("CONTENT_LENGTH", None)
    request.META |= {"wsgi.input": stream, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return receive(request, sender.subscription.open()[ADDRESS])


def test_the_largest_body_is_accepted(hubstaff: Sender) -> None:
    body = orjson.dumps({"id": "d", "event": "project.create", "payload": {"id": 1}})
    assert hubstaff.send(body + b" " * (LARGEST - len(body))).status_code == 200
    assert hubstaff.send(body + b" " * (LARGEST + 1 - len(body))).status_code == 413


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(at=timezone.now().replace(second=50))
    monkeypatch.setattr("integrations.triggers.hooks.receiving.timezone", SimpleNamespace(now=lambda: clock.at))
    return clock


def test_more_than_so_many_in_a_minute_are_refused_and_cost_little(hubstaff: Sender, standing_clock: SimpleNamespace) -> None:
    for _ in range(MOST_A_MINUTE):
        assert hubstaff.send(b"noise", headers={}).status_code == 401
    with CaptureQueriesContext(database) as queries:
        answer = hubstaff.tell()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert counts(hubstaff.subscription) == {"forged": MOST_A_MINUTE, "throttled": 1}
    assert len([query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]) == 1
    standing_clock.at += timedelta(seconds=11)
    assert hubstaff.tell().status_code == 200


def test_a_flood_at_one_address_hinders_no_other(hubstaff: Sender, timeghost: Sender, standing_clock: SimpleNamespace) -> None:
    with scope():
        minute = standing_clock.at.replace(second=0, microsecond=0)
        Subscription.objects.filter(pk=hubstaff.subscription.pk).update(minute=minute, requests=MOST_A_MINUTE)
    assert hubstaff.tell().status_code == 429
    assert timeghost.tell().status_code == 200
