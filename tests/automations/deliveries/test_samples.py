"""A test message: sent once, in the background, and its answer kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from standardwebhooks import Webhook

from integrations.automations import messages, services
from integrations.automations.mailing import UNKNOWN
from integrations.automations.models import Destination, SampleMessage
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import DOWN, GONE, Receiver

pytestmark = pytest.mark.django_db


def sample_of(office: Office) -> SampleMessage:
    with scope(office.organization.id):
        return SampleMessage.objects.get()


def test_a_test_reaches_a_webhook_signed_and_tells_of_no_event(office: Office, receiver: Receiver) -> None:
    destination, secret = office.webhook(receiver.url)
    assert office.does(services.send_test, destination)
    assert sample_of(office).ended_at is None and not receiver.requests  # nothing leaves within the request of the page
    office.work()
    request = receiver.requests[0]
    assert Webhook(secret).verify(request.body, request.headers)["type"] == "test"
    assert request.said["data"]["destination"] == "Our webhook"
    sample = sample_of(office)
    assert (sample.status, sample.problem, sample.response_body, sample.asked_by) == (200, "", "thanks", office.person)
    assert sample.request_body == request.body.decode()
    assert (office.work(), len(office.deliveries())) == (0, 0)


def test_a_test_of_a_destination_that_fails_shows_why_and_changes_nothing_else(office: Office, receiver: Receiver) -> None:
    receiver.answers = [GONE]
    destination, _ = office.webhook(receiver.url)
    office.does(services.send_test, destination)
    office.work()
    assert (sample_of(office).status, sample_of(office).problem) == (410, "It answered 410: it wants no more deliveries.")
    assert office.now(destination).state == Destination.State.OK
    assert office.work() == 0


def test_a_disabled_destination_can_be_tested_before_it_is_enabled(office: Office, receiver: Receiver) -> None:
    receiver.answers = [GONE]
    destination, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    office.does(services.send_test, office.now(destination))
    office.work()
    assert sample_of(office).status == 200
    assert office.now(destination).state == Destination.State.DISABLED


def test_another_test_takes_the_place_of_the_one_before_it(office: Office, receiver: Receiver, clock: Clock) -> None:
    receiver.answers = [DOWN]
    destination, _ = office.webhook(receiver.url)
    assert office.does(services.send_test, destination)
    assert not office.does(services.send_test, destination)  # pressed twice
    office.work()
    assert (len(receiver.requests), sample_of(office).status) == (1, DOWN)
    clock.forward(seconds=11)
    assert office.does(services.send_test, destination)
    again = sample_of(office)
    assert (again.status, again.ended_at, again.response_body) == (None, None, "")
    office.work()
    assert sample_of(office).status == 200
    assert len({request.message_id for request in receiver.requests}) == 2


def test_a_test_that_broke_off_is_not_sent_again_unasked(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    destination, _ = office.webhook(receiver.url)
    office.does(services.send_test, destination)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(messages, "post", killed)
    with pytest.raises(KeyboardInterrupt):
        office.work()
    office.clock.forward(minutes=6)
    office.work()
    assert (sample_of(office).problem, sample_of(office).ended_at is None) == (UNKNOWN, False)


def test_mail_is_tested_with_a_mail(office: Office) -> None:
    destination = office.mailbox()
    office.does(services.send_test, destination)
    office.work()
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["team@example.com"], "A test of Our mail")
    assert "tells of no event" in str(mail.outbox[0].body)
    assert sample_of(office).ended_at is not None
