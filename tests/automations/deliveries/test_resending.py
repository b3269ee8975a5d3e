"""Sending again what a person chose: one, a filtered set, a stretch of time."""

from __future__ import annotations

import pytest

from integrations.automations import resending, services
from integrations.automations.models import Delivery, DeliveryAttempt
from integrations.automations.services import ResendCount
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import DOWN, WELL, Receiver

pytestmark = pytest.mark.django_db


def resend(office: Office, **fields: object) -> int:
    with scope(office.organization.id):
        return services.resend(Delivery.objects.filter(**fields), office.person)


def counted(office: Office, **fields: object) -> ResendCount:
    with scope(office.organization.id):
        return services.count_resend(Delivery.objects.filter(**fields))


def test_one_that_arrived_is_sent_once_more_under_the_same_id(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell("a1", "b1")
    office.work()
    assert resend(office, event__title="a1") == 1
    office.work()
    first, again = (each for each in receiver.requests if each.said["data"]["title"] == "a1")
    assert again is receiver.requests[-1] and len(receiver.requests) == 3
    assert (again.message_id, again.body) == (first.message_id, first.body)
    with scope(office.organization.id):
        attempts = DeliveryAttempt.objects.filter(delivery__event__title="a1").order_by("number")
        assert [(each.number, each.is_resent) for each in attempts] == [(1, False), (2, True)]
        entry = AuditEntry.objects.get(action="deliveries.resent")
        assert (entry.actor, entry.target, entry.detail) == (office.person, "Our webhook", {"deliveries": 1})


def test_one_that_was_given_up_has_all_its_tries_again(office: Office, receiver: Receiver) -> None:
    receiver.status = DOWN
    office.webhook(receiver.url)
    office.tell("a1")
    office.work_until(hours=40)
    assert office.states() == {"a1": "failed"}
    resend(office, state=Delivery.State.FAILED)
    office.work()
    delivery = office.deliveries()[0]
    assert (delivery.state, delivery.tries, delivery.ended_at) == (Delivery.State.WAITING, 1, None)
    receiver.status = WELL
    office.work_until(seconds=6)
    assert office.states() == {"a1": "delivered"}


def test_a_stretch_of_time_is_sent_again_in_order(office: Office, receiver: Receiver, clock: Clock) -> None:
    office.webhook(receiver.url)
    office.tell("a1")
    clock.forward(hours=1)
    since = clock()
    office.tell("a2", "a3", "b2")
    office.work_until(hours=1)
    receiver.requests.clear()
    assert resend(office, created_at__gte=since) == 3
    office.work_until(minutes=1)
    assert sorted(receiver.titles()) == ["a2", "a3", "b2"]
    assert [title for title in receiver.titles() if title[0] == "a"] == ["a2", "a3"]


def test_what_is_sent_again_goes_before_what_still_waits_of_its_record(office: Office, receiver: Receiver) -> None:
    office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    receiver.answers = [DOWN]
    office.tell("a2")
    office.work()
    resend(office, event__title="a1")
    office.work()
    office.work()
    assert receiver.titles() == ["a1", "a1", "a2"]


def test_the_preview_says_how_many_of_how_many_records_and_what_is_still_open(office: Office, receiver: Receiver) -> None:
    webhook, _ = office.webhook(receiver.url)
    office.tell("a1", "a2", "b1")
    office.work()
    assert counted(office) == ResendCount(deliveries=3, records=2, still_open=1, held_back=0)
    assert counted(office, event__title="b1") == ResendCount(deliveries=1, records=1, still_open=0, held_back=0)
    office.does(services.pause, webhook)
    assert counted(office).held_back == 3
    assert counted(office, event__title="nothing") == ResendCount(0, 0, 0, 0)


def test_only_the_records_that_are_sent_again_are_lined_up(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    office.webhook(receiver.url)
    a1, *_ = office.tell("a1", "b1")
    lined_up: list[set[str]] = []
    monkeypatch.setattr(resending, "line_up", lambda _, record_keys: lined_up.append(record_keys))
    resend(office, event=a1)
    assert [len(keys) for keys in lined_up] == [1] and lined_up[0].pop().endswith("/project/a")


def test_of_a_destination_that_is_gone_nothing_is_sent_again(office: Office, receiver: Receiver) -> None:
    webhook, _ = office.webhook(receiver.url)
    office.tell("a1")
    office.work()
    office.does(services.end, webhook)
    assert (counted(office).deliveries, resend(office)) == (0, 0)
    with scope(office.organization.id):
        assert not AuditEntry.objects.filter(action="deliveries.resent").exists()


def test_what_is_resent_to_a_disabled_destination_waits_until_it_is_enabled(office: Office, receiver: Receiver) -> None:
    receiver.answers = [200, 410]
    webhook, _ = office.webhook(receiver.url)
    for title in ("a1", "b1"):
        office.tell(title)
        office.work()
    assert resend(office, event__title="a1") == 1
    assert office.work() == 0
    office.does(services.enable, office.now(webhook))
    office.work()
    assert sorted(receiver.titles()[1:]) == ["a1", "b1"]
