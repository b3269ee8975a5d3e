"""Whatever is paused, breaks off or dies in between: nothing is lost, and nothing is told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.connections.registry import tell_connected
from integrations.transport.errors import ProviderDown, SignedOut
from integrations.triggers import polling, telling
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import pause, resume, tell
from portal.organizations.scope import scope
from tests.triggers.polling.world import TWO, Killed, There, due, fail_with, look, now, told


def test_what_happened_during_a_pause_is_told_afterwards(trigger: Trigger, shelf: There) -> None:
    with scope():
        pause(now(trigger), None)
    shelf.records.append(TWO)
    shelf.asked.clear()
    due(trigger)
    assert (told(trigger), shelf.asked, now(trigger).due_at) == ([], [], None)
    with scope():
        resume(now(trigger), None)
    assert now(trigger).due_at is not None
    due(trigger)
    due(trigger)
    assert told(trigger) == ["2"]


def test_a_look_that_went_well_is_followed_by_the_next(trigger: Trigger) -> None:
    due(trigger)
    after = now(trigger)
    assert after.polled_at is not None
    assert after.due_at is not None
    assert timedelta(minutes=4) < after.due_at - timezone.now() <= timedelta(minutes=5)


def test_a_look_that_fails_says_why_and_loses_nothing(trigger: Trigger, shelf: There) -> None:
    shelf.records.append(TWO)
    shelf.breaks_at, shelf.error = 0, ProviderDown("It burns.")
    due(trigger)
    failed = now(trigger)
    assert (told(trigger), failed.failures) == ([], 1)
    assert "It burns." in failed.problem
    assert failed.due_at is not None
    assert failed.due_at > timezone.now()
    shelf.breaks_at = None
    due(trigger)
    assert (told(trigger), now(trigger).problem, now(trigger).failures) == (["2"], "", 0)


@pytest.mark.parametrize("step", ["tell_some", "collect", "aim_of", "_note"])
def test_a_worker_that_dies_between_the_steps_loses_and_doubles_nothing(
    trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Killed

    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(polling, step, die)
        due(trigger)
    for _ in range(2):
        due(trigger)
    assert told(trigger) == ["2"]


@pytest.mark.parametrize("step", ["_some", "_write", "tell_above", "note_missed", "begin", "waiting_behind", "hold_back", "event_of"])
def test_a_worker_that_dies_while_telling_told_nothing_and_the_next_one_tells_it(
    trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(telling, step, fail_with(Killed()))
        due(trigger)
    assert told(trigger) == []
    for _ in range(2):
        due(trigger)
    assert told(trigger) == ["2"]


def test_a_worker_that_dies_after_telling_does_not_tell_again(trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_some = telling.tell_some

    def tell_and_die(told_of: Trigger, via: str) -> None:
        tell_some(told_of, via)
        raise Killed

    shelf.records.append(TWO)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(polling, "tell_some", tell_and_die)
        due(trigger)
    due(trigger)
    assert told(trigger) == ["2"]


def test_events_and_cursor_are_written_together_or_not_at_all(trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.records.append(TWO)
    before = now(trigger).cursor
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Trigger, "save", fail_with(Killed()))
        look(trigger)
    assert (told(trigger), now(trigger).cursor) == ([], before)
    assert look(trigger) == 1


def test_a_caller_with_an_old_copy_neither_tells_again_nor_moves_the_cursor_back(trigger: Trigger, shelf: There) -> None:
    old = now(trigger)
    shelf.records.append(TWO)
    look(trigger)
    moved = now(trigger).cursor
    assert tell(old) == 0
    assert now(trigger).cursor == moved > 0


def test_one_change_cannot_become_two_events_of_a_trigger(trigger: Trigger) -> None:
    facts = {"trigger": trigger, "key": "project/2/created/9", "kind": "created", "entity": "project", "remote_id": "2"}
    with scope():
        Event.objects.create(**facts, happened_at=timezone.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.create(**facts, happened_at=timezone.now())


# --- Sign-ins that are over --------------------------------------------------------------------------------------------


def test_a_trigger_rests_while_its_connection_is_not_connected_and_goes_on_when_it_is(trigger: Trigger, shelf: There) -> None:
    be(trigger.connection, State.DISCONNECTED)
    shelf.records.append(TWO)
    shelf.asked.clear()
    due(trigger)
    resting = now(trigger)
    assert (resting.due_at, resting.failures, resting.problem, shelf.asked) == (None, 0, "", [])
    be(trigger.connection, State.CONNECTED)
    with scope():
        tell_connected(Connection.objects.get(pk=trigger.connection_id))
    assert now(trigger).due_at is not None
    due(trigger)
    assert told(trigger) == ["2"]


def test_a_sign_in_that_turns_out_to_be_over_is_no_failure_of_the_trigger(trigger: Trigger, shelf: There) -> None:
    shelf.breaks_at, shelf.error = 0, SignedOut()
    be(trigger.connection, State.CONNECTED)

    def sign_out(*_: Any) -> None:
        be(trigger.connection, State.ATTENTION)

    shelf.before_page = sign_out
    due(trigger)
    assert (now(trigger).due_at, now(trigger).failures, now(trigger).problem) == (None, 0, "")


def test_a_paused_trigger_does_not_go_on_with_a_reconnection(trigger: Trigger) -> None:
    with scope():
        pause(now(trigger), None)
        Trigger.objects.update(due_at=None)
        tell_connected(Connection.objects.get(pk=trigger.connection_id))
    assert now(trigger).due_at is None


def be(connection: Connection, state: str) -> None:
    with scope():
        Connection.objects.filter(pk=connection.pk).update(state=state)
