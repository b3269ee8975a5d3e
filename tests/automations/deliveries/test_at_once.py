"""Several triggers that tell and several workers that deliver at once, with real commits: nothing is left behind, and order holds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone
from pytest_django import Settings

from integrations.automations import delivering, messages, ordering, services
from integrations.automations.models import Delivery, Destination
from integrations.automations.tasks import deliver
from integrations.transport import outgoing
from integrations.triggers.models import Trigger
from integrations.triggers.registry import tell_above
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from portal.work.claims import claim_due
from tests.automations.deliveries.receiver import Receiver
from tests.conftest import make_organization, make_person
from tests.factories import make_connection, make_event, make_trigger
from tests.records.threads import PATIENCE, at_once

WAITING_FOR_US = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
EVENTS, RECORDS = 12, "ab"
_position = count(1)


@pytest.fixture
def receiver(settings: Settings, committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    receiver = Receiver()
    settings.OUTGOING_HOSTS = [receiver.host]
    yield receiver
    receiver.stop()


def test_whoever_tells_and_whoever_delivers_at_once_leave_nothing_behind(receiver: Receiver) -> None:
    alice = make_person("Alice")
    organization = make_organization("Northwind", owner=alice)
    with bind(organization.id), scope():
        triggers = [make_trigger(make_connection()) for _ in range(2)]
        destination = Destination(name="Ours", kind=Destination.Kind.WEBHOOK, url=receiver.url, takes_everything=True)
        services.make_destination(destination, [], alice)
    told = Event()

    def tell_all(trigger: Trigger) -> None:
        for number in range(EVENTS):
            tell(trigger, number)

    def tell_both() -> None:
        try:
            at_once(organization.id, *(lambda trigger=trigger: tell_all(trigger) for trigger in triggers))
        finally:
            told.set()

    def edit() -> None:
        while not told.is_set():
            with scope():
                services.edit_destination(destination, triggers, alice)

    at_once(organization.id, tell_both, edit, *(lambda: work(organization, told),) * 3)
    with bind(organization.id), scope():
        assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.DELIVERED}
    titles = receiver.titles()
    assert len(titles) == len(set(titles)) == EVENTS * len(RECORDS) * 2
    for trigger in triggers:
        for record in RECORDS:
            mine = [title for title in titles if title.startswith(f"{trigger.pk} {record}")]
            assert mine == sorted(mine)


def test_what_is_told_while_the_one_before_it_arrives_becomes_due(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The teller has not committed yet when the one before settles: neither sees the other, so one has to wait."""
    alice = make_person("Alice")
    organization = make_organization("Northwind", owner=alice)
    arrived, told = Event(), Event()

    def post(*given: Any) -> outgoing.Reply:
        reply = outgoing.post(*given)
        arrived.set()
        assert told.wait(PATIENCE)
        return reply

    with bind(organization.id), ThreadPoolExecutor(1) as pool:
        with scope():
            trigger = make_trigger()
            destination = Destination(name="Ours", kind=Destination.Kind.WEBHOOK, url=receiver.url, takes_everything=True)
            services.make_destination(destination, [], alice)
        tell(trigger, 0, "a")
        with monkeypatch.context() as slowly:
            slowly.setattr(messages, "post", post)
            settling = pool.submit(at_once, organization.id, lambda: work_once(organization))
            assert arrived.wait(PATIENCE)
            with scope():
                tell(trigger, 1, "a")
                told.set()
                while not (settling.done() or somebody_waits_for_us()):
                    sleep(0.01)
            settling.result(PATIENCE)
        assert work_once(organization) == 1
    assert [title[-4:] for title in receiver.titles()] == ["a000", "a001"]


def test_whoever_enables_and_whoever_delivers_do_not_wait_crosswise(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker holds the destination and is about to change its delivery when somebody enables the destination."""
    alice = make_person("Alice")
    organization = make_organization("Northwind", owner=alice)
    with bind(organization.id), scope():
        trigger = make_trigger()
        destination = Destination(name="Ours", kind=Destination.Kind.WEBHOOK, url=receiver.url, takes_everything=True)
        services.make_destination(destination, [], alice)
    with bind(organization.id):
        tell(trigger, 0, "a")
    is_held, enabled, really = Event(), Event(), ordering.is_first

    def is_first(delivery: Delivery) -> bool:
        is_held.set()
        while not (enabled.is_set() or somebody_waits_for_us()):
            sleep(0.01)
        return really(delivery)

    def enable() -> None:
        assert is_held.wait(PATIENCE)
        try:
            with scope():
                services.enable(destination, alice)
        finally:
            enabled.set()

    def deliver_it() -> None:
        assert work_once(organization) == 1

    monkeypatch.setattr(delivering, "is_first", is_first)
    at_once(organization.id, deliver_it, enable)
    assert [title[-4:] for title in receiver.titles()] == ["a000"]


def somebody_waits_for_us() -> bool:
    with database.cursor() as cursor:
        cursor.execute(WAITING_FOR_US)
        return bool(cursor.fetchone()[0])


def work_once(organization: Organization) -> int:
    """Does what is due, once; gives how much it was."""
    claimed = claim_due(Delivery, batch=10)
    for each in claimed:
        deliver(str(organization.id), str(each.id), str(each.claim))
    return len(claimed)


def tell(trigger: Trigger, number: int, records: str = RECORDS) -> None:
    """One event of each record, told as a trigger tells: with its row held."""
    with scope():
        Trigger.objects.select_for_update().get(pk=trigger.pk)
        events = []
        for record in records:
            title, position = f"{trigger.pk} {record}{number:03}", next(_position)
            given = {"key": title, "remote_id": record, "title": title, "position": position, "happened_at": timezone.now()}
            events.append(make_event(trigger, **given))
        tell_above(events)


def work(organization: Organization, told: Event) -> None:
    """Does what is due until everything was told and nothing is open any more."""
    while True:
        was_told = told.is_set()
        for claimed in claim_due(Delivery, batch=2):
            deliver(str(organization.id), str(claimed.id), str(claimed.claim))
        with scope():
            if was_told and not Delivery.objects.filter(state=Delivery.State.WAITING).exists():
                return
