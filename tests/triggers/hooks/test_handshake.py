"""The first request, which brings the secret that everything after it is signed with."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.utils import timezone

from integrations.triggers.models import Subscription
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.triggers.hooks.subscriptions import (
    Sender,
    again,
    assert_turned_away,
    body_of,
    counts,
    make_subscription,
    signed,
)

State = Subscription.State
pytestmark = pytest.mark.usefixtures("nothing_is_called")


@pytest.fixture
def fresh(bound: Organization) -> Sender:
    """A subscription that awaits its handshake."""
    with scope():
        return Sender(make_subscription("hubstaff", State.HANDSHAKE))


def shake(sender: Sender, secret: str = "made over there") -> HttpResponse:
    return sender.send(b"", headers={"x-hook-secret": secret})


def test_the_first_request_is_echoed_and_its_secret_kept(fresh: Sender, wakes: list[str], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = shake(fresh)
    assert (answer.status_code, answer.headers["x-hook-secret"]) == (200, "made over there")
    now = again(fresh.subscription)
    assert now.open()["secret"] == "made over there" and now.due_at and now.due_at <= timezone.now()
    assert wakes == ["wake"] and counts(fresh.subscription) == {}
    body = body_of()
    assert fresh.send(body, headers=signed(body, "made over there")).status_code == 200


def test_nobody_shakes_hands_twice(fresh: Sender) -> None:
    shake(fresh)
    for secret in ("made over there", "another"):
        answer = shake(fresh, secret)
        assert answer.status_code == 401 and "x-hook-secret" not in answer.headers
    assert again(fresh.subscription).open()["secret"] == "made over there"
    assert counts(fresh.subscription) == {"forged": 2}


@pytest.mark.parametrize("state", [State.WAITING, State.ACTIVE, State.SILENT, State.FAILED])
def test_a_handshake_that_nobody_asked_for_is_refused(fresh: Sender, state: str) -> None:
    with scope():
        Subscription.objects.update(state=state)
    assert_turned_away(fresh, shake(fresh), 401, forged=1)
    assert "secret" not in again(fresh.subscription).open()


@pytest.mark.parametrize("step", ["_count_request", "_refuse_too_many"])
def test_a_handshake_at_an_address_that_was_replaced_meanwhile_is_not_kept(
    fresh: Sender, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def replace(_: Any) -> None:
        with scope():
            Subscription.objects.update(address_hash="another")

    monkeypatch.setattr(f"integrations.triggers.hooks.receiving.{step}", replace)
    answer = shake(fresh)
    assert answer.status_code == 404 and "x-hook-secret" not in answer.headers
    assert "secret" not in again(fresh.subscription).open()


def test_a_provider_without_handshakes_is_asked_for_its_password(timeghost: Sender) -> None:
    assert_turned_away(timeghost, shake(timeghost), 401, forged=1)


@pytest.mark.parametrize("secret", ["x" * 501, "\xe9", "a\tb"])
def test_a_secret_that_cannot_be_one_is_refused(fresh: Sender, secret: str) -> None:
    assert_turned_away(fresh, shake(fresh, secret), 400, malformed=1)
