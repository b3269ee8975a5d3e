"""Many deliveries at a time, and how soon a trigger looks because of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations.records.models import RecordList
from integrations.triggers.hooks.noticing import FEW
from integrations.triggers.models import Notice, Subscription, Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.factories import make_connection, make_trigger
from tests.triggers.hooks.subscriptions import (
    Sender,
    counts,
    due_at,
    notices,
    subscribed,
)

State = Subscription.State
pytestmark = pytest.mark.usefixtures("nothing_is_called")


def test_a_storm_makes_the_trigger_due_once_and_no_sooner_than_a_minute_after_the_last_walk(
    timeghost: Sender, monkeypatch: pytest.MonkeyPatch, wakes: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr("integrations.triggers.hooks.receiving.MOST_A_MINUTE", 1000)
    walked_at = timezone.now() - timedelta(seconds=20)
    with scope():
        RecordList.objects.create(connection=timeghost.subscription.connection, entity="project", whole_at=walked_at)
    with django_capture_on_commit_callbacks(execute=True):
        timeghost.send(b'{"id": "p0"}')
        made_due = _version_of_trigger(timeghost)
        for number in range(1, 200):
            assert timeghost.send(b'{"id": "p%d"}' % number).status_code == 200
    assert due_at(timeghost) == walked_at + timedelta(seconds=60)
    assert _version_of_trigger(timeghost) == made_due and wakes == []
    assert [notice.record_id for notice in notices(timeghost.subscription)] == ["p199"], "it says all that the others said"


def _version_of_trigger(sender: Sender) -> str:
    """Where its row lies: an update, even one that changes nothing, puts it elsewhere."""
    with scope(), database.cursor() as cursor:
        cursor.execute("SELECT ctid FROM triggers_trigger WHERE id = %s", [sender.subscription.trigger_id])
        return str(cursor.fetchone()[0])


def test_few_that_are_believed_are_asked_for_at_once_and_many_wait_for_the_list(hubstaff: Sender) -> None:
    walked_at = timezone.now()
    with scope():
        RecordList.objects.create(connection=hubstaff.subscription.connection, entity="project", whole_at=walked_at)
    hubstaff.tell()
    assert due_at(hubstaff) <= timezone.now()
    for _ in range(FEW):
        hubstaff.tell()
    with scope():
        Trigger.objects.update(due_at=None)
    hubstaff.tell()
    assert due_at(hubstaff) == walked_at + timedelta(seconds=60)


def test_those_that_were_handled_at_once_count_as_well(hubstaff: Sender) -> None:
    walked_at = timezone.now()
    with scope():
        RecordList.objects.create(connection=hubstaff.subscription.connection, entity="project", whole_at=walked_at)
    for _ in range(FEW + 1):
        with scope():
            Notice.objects.update(handled_at=timezone.now())
            Trigger.objects.update(due_at=None)
        hubstaff.tell()
    assert due_at(hubstaff) == walked_at + timedelta(seconds=60)


def test_of_unsigned_deliveries_the_newest_waits_for_each_list(bound: Organization) -> None:
    with scope():
        sender = Sender(subscribed(make_trigger(make_connection("timeghost"), "task_changes", is_paused=True)))
    for number in range(6):
        assert sender.send(b'{"id": "t%d", "project": {"id": "p%d"}}' % (number, number % 2)).status_code == 200
    assert [notice.record_id for notice in notices(sender.subscription)] == ["t4", "t5"]
    assert counts(sender.subscription) == {"accepted": 6}


def test_a_trigger_that_rests_keeps_only_so_many(hubstaff: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.triggers.hooks.noticing.MOST_NOTICES", 3)
    with scope():
        Trigger.objects.update(is_paused=True)
    for _ in range(5):
        assert hubstaff.tell().status_code == 200
    assert len(notices(hubstaff.subscription)) == 3 and counts(hubstaff.subscription) == {"accepted": 5}


def test_a_delivery_during_a_look_asks_for_another_one(hubstaff: Sender) -> None:
    now = timezone.now()
    with scope():
        Trigger.objects.update(due_at=now - timedelta(seconds=5), claimed_until=now + timedelta(minutes=5))
    hubstaff.tell()
    assert due_at(hubstaff) >= now


def test_a_list_that_our_budget_holds_back_is_not_asked_for_sooner(timeghost: Sender) -> None:
    later = timezone.now() + timedelta(minutes=3)
    with scope():
        RecordList.objects.create(connection=timeghost.subscription.connection, entity="project", held_back_until=later)
    timeghost.tell()
    assert due_at(timeghost) == later


def test_a_delivery_never_makes_a_trigger_wait_longer_whatever_the_clock_has_done(timeghost: Sender) -> None:
    now = timezone.now()
    with scope():
        RecordList.objects.create(connection=timeghost.subscription.connection, entity="project", whole_at=now + timedelta(days=3))
        Trigger.objects.update(minutes=15, due_at=now, claimed_until=now + timedelta(minutes=5))
    timeghost.tell()
    assert now < due_at(timeghost) <= timezone.now() + timedelta(minutes=15)


def test_a_list_of_its_own_for_each_project_is_looked_at_by_itself(bound: Organization) -> None:
    now = timezone.now()
    with scope():
        trigger = make_trigger(make_connection("timeghost"), "task_changes", polled_at=now)
        RecordList.objects.create(connection=trigger.connection, entity="task", each="p1", whole_at=now - timedelta(hours=1))
        sender = Sender(subscribed(trigger))
    sender.send(b'{"id": "t1", "project": {"id": "unknown"}}')
    assert due_at(sender) == now + timedelta(seconds=60)
    sender.send(b'{"id": "t1", "project": {"id": "p1"}}')
    assert due_at(sender) <= timezone.now()
