"""Signatures, held against the library that receivers use."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.automations import services
from integrations.automations.models import Destination
from integrations.automations.signing import OVERLAP, make_secret
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import Receiver, Request

pytestmark = pytest.mark.django_db


def verifies(secret: str, request: Request) -> bool:
    try:
        Webhook(secret).verify(request.body, request.headers)
    except WebhookVerificationError:
        return False
    return True


def deliver(office: Office, receiver: Receiver, title: str) -> Request:
    office.tell(title)
    office.work()
    return receiver.requests[-1]


def test_a_receiver_can_verify_a_delivery_with_its_secret_alone(office: Office, receiver: Receiver) -> None:
    _, secret = office.webhook(receiver.url)
    request = deliver(office, receiver, "a1")
    assert verifies(secret, request)
    assert not verifies(make_secret(), request)
    assert not verifies(secret, Request(request.headers, request.body + b" ", 200))
    assert not verifies(secret, Request({**request.headers, "webhook-id": "msg_other"}, request.body, 200))


def test_a_secret_is_as_long_as_the_standard_asks() -> None:
    secret = make_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != make_secret()


def test_each_try_is_signed_anew_at_its_own_time(office: Office, receiver: Receiver) -> None:
    receiver.answers = [503]
    _, secret = office.webhook(receiver.url)
    deliver(office, receiver, "a1")
    office.work_until(seconds=6)
    first, second = receiver.requests
    assert verifies(secret, first) and verifies(secret, second)
    assert int(second.headers["webhook-timestamp"]) >= int(first.headers["webhook-timestamp"]) + 5
    assert second.message_id == first.message_id


def test_two_destinations_have_different_secrets_and_message_ids(office: Office, receiver: Receiver) -> None:
    secrets = [office.webhook(receiver.url)[1] for _ in range(2)]
    office.tell("a1")
    office.work()
    assert len({request.message_id for request in receiver.requests}) == 2
    assert sorted([verifies(secret, request) for secret in secrets for request in receiver.requests]) == [False, False, True, True]


def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_the_new_one_alone(
    office: Office, receiver: Receiver, clock: Clock
) -> None:
    destination, old = office.webhook(receiver.url)
    clock.moment -= OVERLAP  # so that the end of the overlap is now, where the library accepts the age
    new = office.does(services.rotate_secret, destination)
    clock.moment += OVERLAP - timedelta(seconds=1)
    during = deliver(office, receiver, "a1")
    assert len(during.headers["webhook-signature"].split()) == 2
    assert verifies(old, during) and verifies(new, during)
    clock.forward(seconds=1)
    after = deliver(office, receiver, "b1")
    assert len(after.headers["webhook-signature"].split()) == 1
    assert verifies(new, after) and not verifies(old, after)


def test_of_two_rotations_only_the_last_two_secrets_count(office: Office, receiver: Receiver) -> None:
    destination, first = office.webhook(receiver.url)
    second = office.does(services.rotate_secret, destination)
    third = office.does(services.rotate_secret, destination)
    request = deliver(office, receiver, "a1")
    assert [verifies(secret, request) for secret in (first, second, third)] == [False, True, True]


def test_secrets_are_sealed_and_stand_in_no_audit(office: Office, receiver: Receiver) -> None:
    destination, first = office.webhook(receiver.url)
    second = office.does(services.rotate_secret, destination)
    with scope(office.organization.id):
        row = Destination.objects.get()
        assert first.encode() not in bytes(row.sealed) and second.encode() not in bytes(row.sealed)
        entries = list(AuditEntry.objects.values_list("action", "target", "detail"))
    assert {action for action, _, _ in entries} >= {"destination.created", "destination.secret_rotated"}
    assert not any(secret in str(entry) for entry in entries for secret in (first, second))


def test_a_secret_that_cannot_be_opened_is_told_and_a_new_one_mends_it(office: Office, receiver: Receiver) -> None:
    destination, _ = office.webhook(receiver.url)
    with scope(office.organization.id):
        Destination.objects.update(sealed=b"another key's")
    office.tell("a1")
    office.work()
    assert not receiver.requests
    assert "Give this destination a new one" in office.now(destination).problem
    secret = office.does(services.rotate_secret, office.now(destination))
    office.work_until(seconds=6)
    assert verifies(secret, receiver.requests[0])
