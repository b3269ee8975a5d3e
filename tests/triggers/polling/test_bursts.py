"""Bursts are held until a person decides; a replay fills gaps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.connections.models import Connection
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import BURST, count_replay, edit, release, replay, skip
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.records.shelf import project
from tests.triggers.polling.world import TWO, There, due, events, look, now, told, watching


@pytest.fixture
def burst(connection: Connection, shelf: There) -> Trigger:
    """A trigger that just found more than it may tell of unasked."""
    trigger = watching(connection, limit=1000)
    shelf.records += [project(number) for number in range(2, BURST + 3)]
    look(trigger)
    return trigger


def decide(act: object, trigger: Trigger) -> None:
    with scope():
        act(now(trigger), None)  # type: ignore[operator]


def test_a_burst_is_held_and_counted(burst: Trigger) -> None:
    held = now(burst)
    assert (told(burst), held.held_count, held.held_at is not None, held.watermark_at) == ([], BURST + 1, True, None)


def test_as_many_as_a_burst_may_just_not_have_are_told(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=1000)
    shelf.records += [project(number) for number in range(2, BURST + 2)]
    assert look(trigger) == BURST
    assert now(trigger).held_at is None


def test_a_small_limit_does_not_hide_a_burst(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=10)
    shelf.records += [project(number) for number in range(2, BURST + 3)]
    assert look(trigger) == 0
    assert now(trigger).held_count == BURST + 1


def test_what_comes_while_a_burst_is_held_waits_behind_it(burst: Trigger, shelf: There) -> None:
    shelf.records.append(project(900))
    since = now(burst).held_at
    look(burst)
    assert (told(burst), now(burst).held_count, now(burst).held_at) == ([], BURST + 2, since)


def test_a_burst_that_a_person_lets_pass_is_told(burst: Trigger) -> None:
    decide(release, burst)
    assert now(burst).due_at is not None
    assert look(burst) == BURST + 1
    assert now(burst).held_at is None


def test_after_one_burst_passed_the_next_is_held_again_and_its_own_rest_is_not(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=60)
    shelf.records += [project(number) for number in range(2, BURST + 3)]
    look(trigger)
    decide(release, trigger)
    assert look(trigger) == 60
    shelf.records += [project(number) for number in range(1000, 1000 + BURST + 1)]
    assert look(trigger) == 41
    assert now(trigger).held_count == BURST + 1
    assert look(trigger) == 0


def test_a_burst_that_is_left_out_is_not_told_and_a_replay_brings_it_back(burst: Trigger) -> None:
    began = timezone.now() - timedelta(hours=2)
    decide(skip, burst)
    assert (look(burst), told(burst), now(burst).held_at) == (0, [], None)
    with scope():
        replay(now(burst), began, None)
    assert look(burst) == BURST + 1
    assert {event.via for event in events(burst)} == {"replay"}


def test_nothing_is_held_where_the_person_wanted_it_so(connection: Connection, shelf: There) -> None:
    trigger = watching(connection, limit=1000, holds_bursts=False)
    shelf.records += [project(number) for number in range(2, BURST + 3)]
    assert look(trigger) == BURST + 1


def test_not_to_hold_any_more_lets_a_held_burst_go(burst: Trigger) -> None:
    with scope():
        edit(now(burst), None, title="All of it", inputs={}, minutes=5, limit=1000, holds_bursts=False)
    assert look(burst) == BURST + 1


@pytest.mark.parametrize("act", [release, skip])
def test_deciding_where_nothing_is_held_changes_nothing(trigger: Trigger, shelf: There, act: object) -> None:
    shelf.records.append(TWO)
    decide(act, trigger)
    assert look(trigger) == 1


def test_who_let_a_burst_pass_or_left_it_out_is_written_down(burst: Trigger) -> None:
    decide(release, burst)
    with scope():
        assert AuditEntry.objects.filter(action="trigger.released", detail__events=BURST + 1).exists()


# --- Replays -----------------------------------------------------------------------------------------------------------


def a_gap(trigger: Trigger, shelf: There) -> datetime:
    """Three events were told; one of them got lost from the ledger."""
    began = timezone.now() - timedelta(hours=2)
    shelf.records += [project(number) for number in (2, 3, 4)]
    look(trigger)
    with scope():
        Event.objects.filter(remote_id="3").delete()
    return began


def test_a_replay_fills_gaps_and_tells_nothing_twice(trigger: Trigger, shelf: There) -> None:
    began = a_gap(trigger, shelf)
    with scope():
        found = count_replay(now(trigger), began)
        replay(now(trigger), began, None)
    assert (found.new, found.known, found.is_more) == (1, 2, False)
    due(trigger)
    assert sorted(told(trigger)) == ["2", "3", "4"]
    assert [event.via for event in events(trigger) if event.remote_id == "3"] == ["replay"]


def test_what_comes_after_a_replay_is_told_as_found_by_a_look(trigger: Trigger, shelf: There) -> None:
    began = a_gap(trigger, shelf)
    with scope():
        replay(now(trigger), began, None)
    shelf.records.append(project(5))
    look(trigger)
    assert {event.remote_id: event.via for event in events(trigger)}["5"] == "poll"


def test_a_replay_from_a_moment_after_everything_does_nothing(trigger: Trigger, shelf: There) -> None:
    a_gap(trigger, shelf)
    with scope():
        before = now(trigger).cursor
        replay(now(trigger), timezone.now(), None)
    assert now(trigger).cursor == before


def test_a_replay_from_the_future_is_refused(trigger: Trigger) -> None:
    ahead = timezone.now() + timedelta(minutes=1)
    with scope():
        for act in (lambda: replay(trigger, ahead, None), lambda: count_replay(trigger, ahead)):
            with pytest.raises(InvalidInput, match="has passed"):
                act()


def test_a_replay_of_very_many_says_at_least_so_many(trigger: Trigger, shelf: There, monkeypatch: pytest.MonkeyPatch) -> None:
    began = a_gap(trigger, shelf)
    monkeypatch.setattr("integrations.triggers.reading.READ_AT_ONCE", 1)
    monkeypatch.setattr("integrations.triggers.reading.MOST_READ", 2)
    with scope():
        assert count_replay(now(trigger), began).is_more
