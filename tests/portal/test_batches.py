"""Rows that travel together: one message for those of one connection, few queries however many there are, and none is claimed twice."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import Celery
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.triggers.models import Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from portal.work import tasks
from portal.work.claims import Hold, claim_due, take_each
from portal.work.tasks import hand_out, messages_of
from tests.conftest import make_organization
from tests.factories import make_connection
from tests.records.threads import at_once

Sent = list[list[object]]


@pytest.fixture
def ours(committed: None) -> Iterator[Organization]:
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    messages: Sent = []
    monkeypatch.setattr(Celery, "send_task", lambda self, name, args: messages.append(args))
    return messages


def due_triggers(connections: int, each: int) -> set[uuid.UUID]:
    with scope():
        made = [make_connection(name=f"No. {number}") for number in range(connections)]
        due_at = timezone.now() - timedelta(minutes=1)
        triggers = [
            Trigger(connection=one, watch="projects_created", name=f"{number}", due_at=due_at) for one in made for number in range(each)
        ]
        return {trigger.pk for trigger in Trigger.objects.bulk_create(triggers)}


def ids_in(sent: Sent) -> list[uuid.UUID]:
    return [uuid.UUID(row_id) for _, rows in sent for row_id, _ in rows]  # type: ignore[attr-defined]


def test_the_due_triggers_of_a_connection_travel_in_one_message(ours: Organization, sent: Sent) -> None:
    triggers = due_triggers(connections=3, each=4)
    assert hand_out(Trigger) == 12
    assert sorted(ids_in(sent)) == sorted(triggers)
    assert [len(rows) for _, rows in sent] == [4, 4, 4]  # type: ignore[arg-type]
    with scope():
        owners = dict(Trigger.objects.values_list("pk", "connection"))
    assert all(len({owners[uuid.UUID(row_id)] for row_id, _ in rows}) == 1 for _, rows in sent)  # type: ignore[attr-defined]


def test_messages_hold_nothing_but_ids(ours: Organization, sent: Sent) -> None:
    due_triggers(connections=1, each=2)
    hand_out(Trigger)
    [[organization_id, rows]] = sent
    assert organization_id == str(ours.id)
    assert all(uuid.UUID(word) for row in rows for word in row)  # type: ignore[attr-defined]


def test_connections_of_different_organizations_never_share_a_message(ours: Organization, sent: Sent) -> None:
    due_triggers(connections=1, each=2)
    with bind(make_organization("Southwind").id):
        due_triggers(connections=1, each=2)
    hand_out(Trigger)
    assert [len(rows) for _, rows in sent] == [2, 2]  # type: ignore[arg-type]
    assert len({organization_id for organization_id, _ in sent}) == 2


def test_a_message_does_not_grow_without_end(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "MOST_TOGETHER", 3)
    due_triggers(connections=1, each=7)
    assert [len(message.arguments[1]) for message in messages_of(Trigger, claim_due(Trigger))] == [3, 3, 1]


@pytest.mark.parametrize(("connections", "each"), [(1, 1), (20, 10)])
def test_a_batch_takes_one_query_however_many_rows_it_has(ours: Organization, sent: Sent, connections: int, each: int) -> None:
    due_triggers(connections, each)
    with CaptureQueriesContext(database) as queries:
        assert hand_out(Trigger) == connections * each
    assert len(queries) == 1


def test_one_sweep_goes_on_until_nothing_is_due(ours: Organization, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 5)
    triggers = due_triggers(connections=3, each=4)
    with CaptureQueriesContext(database) as queries:
        assert hand_out(Trigger) == 12
    assert len(queries) == 3
    assert sorted(ids_in(sent)) == sorted(triggers)


def test_one_sweep_ends_when_its_time_is_over(ours: Organization, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 5)
    monkeypatch.setattr(tasks, "LONGEST", 0.0)
    due_triggers(connections=1, each=12)
    assert [hand_out(Trigger) for _ in range(3)] == [5, 5, 2]


def test_two_sweeps_at_once_hand_nothing_out_twice(ours: Organization, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 7)
    triggers = due_triggers(connections=20, each=10)
    counts = at_once(ours.id, *[lambda: hand_out(Trigger)] * 2)
    assert sum(counts) + hand_out(Trigger) == 200
    assert sorted(ids_in(sent)) == sorted(triggers)


# --- Working on a message ----------------------------------------------------------------------------------------------


def claims() -> list[list[str]]:
    return [[str(each.id), str(each.claim)] for each in claim_due(Trigger)]


def test_each_row_of_a_message_is_worked_on_and_one_that_fails_hurts_no_other(ours: Organization) -> None:
    due_triggers(connections=1, each=3)
    done: list[uuid.UUID] = []

    def work(hold: Hold[Trigger]) -> None:
        done.append(hold.id)
        if len(done) == 2:
            raise ZeroDivisionError
        hold.finish()

    with pytest.raises(ExceptionGroup) as failed:
        take_each(Trigger, claims(), work)
    assert [type(error) for error in failed.value.exceptions] == [ZeroDivisionError]
    with scope():
        standing = {trigger.pk: trigger for trigger in Trigger.objects.all()}
    assert len(set(done)) == 3
    assert [standing[each].failures for each in done] == [0, 1, 0]
    assert [standing[each].due_at is None for each in done] == [True, False, True]


def test_those_that_wait_their_turn_are_not_handed_out_anew(ours: Organization) -> None:
    due_triggers(connections=1, each=2)
    found = claims()

    def work(hold: Hold[Trigger]) -> None:
        assert claim_due(Trigger) == []
        hold.finish()

    with scope():
        Trigger.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))  # the message waited for long
    take_each(Trigger, found, work)
    with scope():
        assert not Trigger.objects.exclude(due_at=None).exists()


def test_a_row_of_a_message_that_somebody_else_took_is_left_to_them(ours: Organization) -> None:
    due_triggers(connections=1, each=2)
    found, done = claims(), []
    with scope():
        Trigger.objects.filter(pk=found[0][0]).update(claim=uuid.uuid4())

    def work(hold: Hold[Trigger]) -> None:
        done.append(str(hold.id))
        hold.finish()

    take_each(Trigger, found, work)
    assert done == [found[1][0]]


def test_a_doubled_message_does_nothing(ours: Organization) -> None:
    due_triggers(connections=1, each=2)
    found, done = claims(), []

    def work(hold: Hold[Trigger]) -> None:
        done.append(hold.id)
        hold.finish()

    for _ in range(2):
        take_each(Trigger, found, work)
    assert len(done) == 2


def test_a_connection_that_is_gone_leaves_nothing_to_claim(ours: Organization, sent: Sent) -> None:
    due_triggers(connections=1, each=2)
    with scope():
        Connection.objects.all().delete()
    assert hand_out(Trigger) == 0 and sent == []
