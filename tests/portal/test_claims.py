"""Claims: a row that is due is worked on by one worker at a time, and by somebody in the end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.operations.models import Run
from portal.organizations.models import Organization
from portal.organizations.scope import NoScope, bind, scope
from portal.work.claims import Claimed, Hold, LostClaim, claim_due, lease, make_due, take, wake
from tests.conftest import make_organization
from tests.factories import make_connection, make_run

LONG_AGO = timedelta(hours=1)


@pytest.fixture
def ours(committed: None) -> Iterator[Organization]:
    """An organization that the running code is bound to, as a task is."""
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization


def due_run(**fields: Any) -> Run:
    with scope():
        return make_run(**{"due_at": timezone.now() - LONG_AGO} | fields)


def due_runs(number: int, organization: Organization) -> set[uuid.UUID]:
    with scope(organization.id):
        ours = make_connection()
        return {make_run(ours, due_at=timezone.now() - LONG_AGO).pk for _ in range(number)}


def again(run: Run) -> Run:
    """The row as it is now."""
    with scope():
        return Run.objects.get(pk=run.pk)


def change(run: Run, **fields: Any) -> None:
    with scope():
        Run.objects.filter(pk=run.pk).update(**fields)


def claimed(run: Run) -> Claimed:
    """The claim that the sweep sends for a row."""
    [found] = [each for each in claim_due(Run) if each.id == run.pk]
    return found


def in_a_thread(act: Callable[[], Any]) -> Callable[[], Any]:
    """Runs on a connection of its own; what is given back waits for the result."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()

    def result() -> Any:
        thread.join(20)
        assert results, "the thread waits, or has failed"
        return results[0]

    return result


# --- claiming -----------------------------------------------------------------------------------------------------------------


def test_what_is_due_is_claimed_in_every_organization_with_nothing_but_ids(committed: None) -> None:
    organizations = [make_organization(name) for name in ("Northwind", "Southwind")]
    expected = {(organization.id, run) for organization in organizations for run in due_runs(1, organization)}
    found = claim_due(Run)
    assert {(each.organization_id, each.id) for each in found} == expected
    assert {each.task for each in found} == {"integrations.operations.execute"}
    assert len({each.claim for each in found}) == 2


def test_what_is_not_due_is_not_claimed(ours: Organization) -> None:
    due_run(due_at=None)
    due_run(due_at=timezone.now() + LONG_AGO)
    due_run(claim=uuid.uuid4(), claimed_until=timezone.now() + LONG_AGO)
    assert claim_due(Run) == []


def test_a_batch_takes_what_has_waited_longest(ours: Organization) -> None:
    late, later = (due_run(due_at=timezone.now() - timedelta(minutes=minutes)) for minutes in (5, 10))
    assert [each.id for each in claim_due(Run, batch=1)] == [later.pk]
    assert [each.id for each in claim_due(Run, batch=1)] == [late.pk]


def test_a_claimed_row_is_not_claimed_again_before_its_lease_is_over(ours: Organization) -> None:
    run = due_run()
    claimed(run)
    assert claim_due(Run) == []
    assert again(run).is_being_worked_on
    assert again(run).claimed_until - timezone.now() <= lease()  # type: ignore[operator]


def test_two_claimers_at_the_same_moment_share_the_rows(ours: Organization) -> None:
    """The first has not committed yet: the second neither waits for it nor gets its rows."""
    runs = due_runs(6, ours)
    with transaction.atomic():
        first = claim_due(Run, batch=3)
        second = in_a_thread(lambda: claim_due(Run, batch=200))()
    found = [each.id for each in [*first, *second]]
    assert len(first) == 3
    assert sorted(found) == sorted(runs)


def test_many_claimers_never_get_the_same_row(ours: Organization) -> None:
    runs = due_runs(60, ours)

    def claim_all() -> list[uuid.UUID]:
        found: list[uuid.UUID] = []
        while batch := claim_due(Run, batch=4):
            found.extend(each.id for each in batch)
        return found

    waiting = [in_a_thread(claim_all) for _ in range(5)]
    found = [run for wait in waiting for run in wait()]
    assert len(found) == len(set(found))
    assert set(found) | {each.id for each in claim_due(Run)} == runs


# --- messages that come too late ----------------------------------------------------------------------------------------------


def test_a_message_is_exchanged_for_a_hold(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with take(Run, sent.id, sent.claim) as hold:
        assert hold is not None
        assert hold.read() == run
        assert again(run).claim == hold.claim != sent.claim


def test_a_doubled_message_is_dropped(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with take(Run, sent.id, sent.claim) as first:
        with take(Run, sent.id, sent.claim) as second:
            assert second is None
        assert first is not None
        first.finish()
    with take(Run, sent.id, sent.claim) as third:
        assert third is None


def test_a_stale_message_is_dropped(ours: Organization) -> None:
    run = due_run()
    stale = claimed(run)
    change(run, claimed_until=timezone.now() - LONG_AGO)
    fresh = claimed(run)
    with take(Run, stale.id, stale.claim) as late:
        assert late is None
    with take(Run, fresh.id, fresh.claim) as hold:
        assert hold is not None


def test_a_message_of_a_row_that_is_gone_is_dropped(ours: Organization) -> None:
    with take(Run, uuid.uuid4(), uuid.uuid4()) as hold:
        assert hold is None


def test_a_message_for_another_organization_is_dropped(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with bind(make_organization("Southwind").id), take(Run, sent.id, sent.claim) as hold:
        assert hold is None


def test_only_code_that_works_for_an_organization_takes_anything(ours: Organization) -> None:
    sent = claimed(due_run())
    thread = in_a_thread(lambda: _error_of(sent))
    assert thread() is NoScope


def _error_of(sent: Claimed) -> type[Exception] | None:
    try:
        with take(Run, sent.id, sent.claim):
            return None
    except NoScope as error:
        return type(error)


# --- leases -------------------------------------------------------------------------------------------------------------------


def test_a_lease_that_ran_out_hands_the_row_on(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with take(Run, sent.id, sent.claim) as lost:
        assert lost is not None
        change(run, claimed_until=timezone.now() - LONG_AGO)
        fresh = claimed(run)
        with take(Run, fresh.id, fresh.claim) as hold:
            assert hold is not None
            with pytest.raises(LostClaim):
                lost.renew()
            lost.finish()
            assert again(run).claim == hold.claim
            hold.finish()
    assert again(run).due_at is None


def test_renewing_starts_the_lease_anew(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with take(Run, sent.id, sent.claim) as hold:
        assert hold is not None
        change(run, claimed_until=timezone.now() + timedelta(seconds=1))
        hold.renew()
        assert again(run).claimed_until > timezone.now() + lease() / 2  # type: ignore[operator]


def test_who_lost_the_claim_stops_quietly_and_changes_nothing(ours: Organization) -> None:
    run = due_run()
    sent, somebody, went_on = claimed(run), uuid.uuid4(), False
    with take(Run, sent.id, sent.claim) as hold:
        assert hold is not None
        change(run, claim=somebody)
        hold.renew()
        went_on = True
    now = again(run)
    assert not went_on
    assert (now.claim, now.failures) == (somebody, 0)
    assert now.due_at is not None


# --- giving back --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hold(ours: Organization) -> Hold[Run]:
    run = due_run(failures=3)
    sent = claimed(run)
    with take(Run, sent.id, sent.claim) as hold:
        assert hold is not None
        return hold


def test_finished_work_is_given_back_and_its_failures_are_forgotten(hold: Hold[Run]) -> None:
    hold.finish(state=Run.State.DONE)
    run = hold.read()
    assert (run.due_at, run.claim, run.claimed_until, run.failures, run.state) == (None, None, None, 0, "done")


def test_finished_work_may_be_due_again(hold: Hold[Run]) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    hold.finish(due_at=tomorrow)
    assert hold.read().due_at == tomorrow
    assert claim_due(Run) == []


def test_postponed_work_counts_the_failure_and_waits(hold: Hold[Run]) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    hold.postpone(soon, message="Not now.")
    run = hold.read()
    assert (run.due_at, run.claim, run.claimed_until, run.failures, run.message) == (soon, None, None, 4, "Not now.")


@pytest.mark.parametrize("way", ["finish", "postpone"])
def test_a_row_made_due_anew_while_worked_on_stays_due(way: str, hold: Hold[Run]) -> None:
    with scope():
        make_due(hold.read())
    asked = hold.read().due_at
    getattr(hold, way)(due_at=timezone.now() + timedelta(days=1))
    assert hold.read().due_at == asked
    assert [each.id for each in claim_due(Run)] == [hold.id]


def test_a_row_that_became_due_only_while_worked_on_stays_due(ours: Organization) -> None:
    """Whoever holds a row that was not due when taken must not wipe away that it is now."""
    run = due_run()
    sent = claimed(run)
    change(run, due_at=None)
    with take(Run, sent.id, sent.claim) as hold:
        assert hold is not None
        with scope():
            make_due(again(run))
        hold.finish()
    assert again(run).due_at is not None


def test_an_exception_postpones_the_row_and_is_not_swallowed(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    with pytest.raises(ZeroDivisionError), take(Run, sent.id, sent.claim):
        raise ZeroDivisionError
    now = again(run)
    assert (now.claim, now.claimed_until, now.failures) == (None, None, 1)
    assert now.due_at > timezone.now()  # type: ignore[operator]
    assert claim_due(Run) == []


def test_a_worker_that_dies_leaves_the_row_to_the_next_sweep_after_the_lease(ours: Organization) -> None:
    run = due_run()
    sent = claimed(run)
    assert claim_due(Run) == []  # the message was lost with its worker
    change(run, claimed_until=timezone.now() - timedelta(seconds=1))
    assert claimed(run).claim != sent.claim


def test_each_failure_doubles_the_wait_up_to_an_hour() -> None:
    waits = [
        (Run(organization_id=uuid.uuid4(), failures=failures).next_try() - timezone.now()).total_seconds()
        for failures in (0, 1, 2, 7, 8, 60)
    ]
    assert [round(wait) for wait in waits] == [15, 30, 60, 1920, 3600, 3600]


# --- making due ---------------------------------------------------------------------------------------------------------------


def test_making_a_row_due_wakes_the_sweep_when_it_is_committed(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[bool] = []
    monkeypatch.setattr("portal.work.claims.wake", lambda: woken.append(connection.in_atomic_block))
    run = due_run(due_at=None)
    with scope():
        make_due(run)
        assert woken == []
    assert woken == [False]
    assert [each.id for each in claim_due(Run)] == [run.pk]


def test_a_row_can_be_made_due_for_later(ours: Organization) -> None:
    run, tomorrow = due_run(due_at=None), timezone.now() + timedelta(days=1)
    with scope():
        make_due(run, tomorrow)
    assert again(run).due_at == tomorrow


def test_a_broker_that_does_not_answer_loses_nothing_and_stops_nobody(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **named: Any) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr("portal.work.claims.wake", wake)
    monkeypatch.setattr("portal.work.tasks.sweep.apply_async", refuse)
    run = due_run(due_at=None)
    with scope():
        make_due(run)
    assert [each.id for each in claim_due(Run)] == [run.pk]
