"""A run ends as done, refused, failed or unknown; what it made stands with its end or not at all; nothing is sent twice by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from integrations.catalogue import InvalidInput
from integrations.connections.models import Connection, State
from integrations.connections.sealing import SealBroken
from integrations.operations.models import Attempt, Run
from integrations.operations.retrying import MOST_ATTEMPTS, MOST_WAITS
from integrations.operations.running import ask, perform, repeat
from integrations.operations.tasks import execute
from integrations.records.models import Change, Record
from integrations.transport.errors import (
    BadAnswer,
    Forbidden,
    LostAnswer,
    NotFound,
    OverBudget,
    ProviderDown,
    ProviderError,
    Refused,
    SignedOut,
    StaleVersion,
    Throttled,
    Unreachable,
)
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.conftest import make_organization
from tests.factories import make_connection
from tests.operations.other_side import MADE, OtherSide, Work, asked, mirrored, now, outcomes
from tests.records.threads import PATIENCE, at_once

# --- How a run ends ----------------------------------------------------------------------------------------------------


def test_what_was_done_is_kept_with_its_answer_and_stands_in_the_mirror(run: Run) -> None:
    other = OtherSide()
    assert perform(run, other.opened).state == Run.State.DONE
    ended = now(run)
    assert (ended.state, ended.output, ended.message) == (Run.State.DONE, MADE, "")
    assert ended.began_at is not None
    assert ended.ended_at is not None
    assert ended.began_at <= ended.ended_at
    assert other.calls == [("create_project", {"name": "Website relaunch"})]
    assert outcomes(run) == [(1, "done", "")]
    assert mirrored() == {"7": MADE}


@pytest.mark.parametrize("error", [Refused("Name is taken."), Forbidden("No rights."), NotFound("Gone."), StaleVersion("Changed.")])
def test_what_was_refused_is_kept_with_the_words_of_the_provider(run: Run, error: ProviderError) -> None:
    perform(run, OtherSide(error).opened)
    assert (now(run).state, now(run).message) == (Run.State.REFUSED, str(error))
    assert error.message in now(run).message
    assert outcomes(run) == [(1, "refused", str(error))]
    assert mirrored() == {}


def test_inputs_that_do_not_suit_are_refused_with_every_mistake(run: Run) -> None:
    perform(run, OtherSide(InvalidInput({"name": "This is needed.", "client_id": "An id here is a whole number."})).opened)
    assert now(run).state == Run.State.REFUSED
    assert now(run).message == "name: This is needed.; client_id: An id here is a whole number."


@pytest.mark.parametrize("error", [SignedOut(), Throttled("Slowly."), Unreachable("No line."), ProviderDown("It burns.")])
def test_what_was_certainly_not_done_has_failed_and_is_told_to_whoever_runs_it(run: Run, error: ProviderError) -> None:
    with pytest.raises(type(error)):
        perform(run, OtherSide(error).opened)
    assert (now(run).state, now(run).message) == (Run.State.FAILED, str(error))
    assert outcomes(run) == [(1, "failed", str(error))]


def test_a_write_whose_answer_was_lost_is_unknown(run: Run) -> None:
    perform(run, OtherSide(LostAnswer("The connection broke.")).opened)
    assert now(run).state == Run.State.UNKNOWN
    assert "The connection broke." in now(run).message
    assert outcomes(run)[0][1] == "unknown"


def test_a_reading_whose_answer_was_lost_has_only_failed(connection: Connection) -> None:
    reading = asked(connection, "list_projects", inputs={})
    perform(reading, OtherSide(LostAnswer()).opened)
    assert now(reading).state == Run.State.FAILED


def test_every_attempt_is_numbered_and_kept(run: Run) -> None:
    for error in (Throttled(), ProviderDown()):
        with pytest.raises(ProviderError):
            perform(run, OtherSide(error).opened)
    perform(run, OtherSide().opened)
    assert [(number, outcome) for number, outcome, _ in outcomes(run)] == [(1, "failed"), (2, "failed"), (3, "done")]
    assert (now(run).state, now(run).message) == (Run.State.DONE, "")


# --- The mirror --------------------------------------------------------------------------------------------------------


def test_what_a_write_answers_is_noted_as_a_change_once(connection: Connection) -> None:
    perform(asked(connection), OtherSide().opened)
    perform(asked(connection), OtherSide().opened)
    with scope():
        assert list(Change.objects.values_list("remote_id", "kind")) == [("7", "created")]


@pytest.mark.parametrize("answer", [None, {}, {"success": True}, {"id": None}, {"id": "x" * 500}, [MADE], "done"])
def test_a_write_that_answers_with_no_record_is_done_all_the_same(run: Run, answer: Any) -> None:
    perform(run, OtherSide(answer).opened)
    assert now(run).state == Run.State.DONE
    assert now(run).output == answer


def test_an_answer_that_cannot_be_read_as_a_record_leaves_the_mirror_to_the_next_walk(connection: Connection) -> None:
    updating = asked(connection, "update_task", inputs={"task_id": 5, "lock_version": 1})
    odd = {"id": 5, "summary": "Sitemap", "assignee_ids": 17}
    perform(updating, OtherSide(odd).opened)
    assert (now(updating).state, now(updating).output) == (Run.State.DONE, odd)
    assert mirrored() == {}


def test_readings_and_deletions_put_nothing_into_the_mirror(bound: None) -> None:
    with scope():
        connection = make_connection("timeghost")
    for operation, inputs in (("delete_item", {"type": "times", "time": "t1"}), ("list_projects", {})):
        perform(asked(connection, operation, inputs=inputs), OtherSide({"id": "t1", "start": "2026-11-02T09:00:00Z"}).opened)
    assert mirrored() == {}


def test_a_record_of_a_list_that_is_asked_one_by_one_goes_into_the_list_of_its_parent(bound: None) -> None:
    with scope():
        connection = make_connection("timeghost")
    task = {"id": "t1", "name": "Sitemap", "project": {"id": "p1"}, "completed": False}
    perform(asked(connection, "update_task", inputs={"task_id": "t1"}), OtherSide(task).opened)
    with scope():
        assert Record.objects.get().list.each == "p1"


# --- What is written together with the end -----------------------------------------------------------------------------


def test_what_comes_after_is_committed_with_the_end_of_the_run(run: Run) -> None:
    seen: list[tuple[Any, str]] = []

    def after(output: Any) -> None:
        seen.append((output, Run.objects.get(pk=run.pk).state))
        make_connection("timeghost", name="Made afterwards")

    perform(run, OtherSide().opened, after)
    assert seen == [(MADE, Run.State.RUNNING)]
    with scope():
        assert Connection.objects.filter(name="Made afterwards").exists()


def test_where_that_goes_wrong_nothing_of_the_end_stands_and_the_run_becomes_unknown(run: Run) -> None:
    def after(output: Any) -> None:
        make_connection("timeghost", name="Made afterwards")
        raise ZeroDivisionError

    other = OtherSide()
    with pytest.raises(ZeroDivisionError):
        perform(run, other.opened, after)
    assert (now(run).state, now(run).output, mirrored()) == (Run.State.RUNNING, None, {})
    with scope():
        assert not Connection.objects.filter(name="Made afterwards").exists()
    repeat(run.pk, other.opened)
    assert now(run).state == Run.State.UNKNOWN
    assert len(other.calls) == 1


def test_nothing_comes_after_a_run_that_was_not_done(connection: Connection) -> None:
    def never(output: Any) -> None:
        raise AssertionError("it was not done")

    perform(asked(connection), OtherSide(Refused()).opened, never)
    perform(asked(connection), OtherSide(LostAnswer()).opened, never)


# --- Keys --------------------------------------------------------------------------------------------------------------


def test_asking_twice_with_a_key_gives_the_run_that_stands(connection: Connection) -> None:
    first, second = asked(connection, key="sync/1"), asked(connection, key="sync/1", inputs={"name": "Another"})
    assert (first.pk, second.inputs) == (second.pk, {"name": "Website relaunch"})
    assert asked(connection, key="sync/2").pk != first.pk


def test_asking_twice_without_a_key_gives_two_runs(connection: Connection) -> None:
    assert asked(connection).pk != asked(connection).pk


# --- Runs that are due -------------------------------------------------------------------------------------------------


def test_a_due_run_is_done_once_however_often_its_message_comes(run: Run, work: Work, organization: Organization) -> None:
    other = OtherSide()
    claim = work(run, other)
    execute(str(organization.id), str(run.pk), claim)
    assert (now(run).state, now(run).due_at, len(other.calls)) == (Run.State.DONE, None, 1)


def test_a_lost_answer_to_a_write_is_never_repeated_by_itself(run: Run, work: Work) -> None:
    other = OtherSide(LostAnswer())
    work(run, other)
    assert (now(run).state, now(run).due_at) == (Run.State.UNKNOWN, None)
    other.answer = MADE
    work(run, other)
    assert (now(run).state, len(other.calls)) == (Run.State.UNKNOWN, 1)


@pytest.mark.parametrize("answer", [MADE, Refused(), LostAnswer()])
def test_a_worker_that_dies_after_the_end_has_nothing_sent_again(run: Run, work: Work, answer: Any) -> None:
    """The run has ended; only its claim was not given back, so that the sweep hands it out once more."""
    perform(run, OtherSide(answer).opened)
    ended, other = now(run), OtherSide()
    work(run, other)
    assert other.calls == []
    assert (now(run).state, now(run).output, now(run).due_at) == (ended.state, ended.output, None)


def test_a_write_whose_worker_died_in_the_middle_is_unknown_and_not_sent_again(run: Run, work: Work) -> None:
    class Killed(BaseException):
        """As if the process were gone."""

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        perform(run, OtherSide(die).opened)
    assert outcomes(run) == [(1, "running", "")]
    other = OtherSide()
    work(run, other)
    assert other.calls == []
    assert (now(run).state, now(run).due_at) == (Run.State.UNKNOWN, None)
    assert "Look at the other side" in now(run).message
    assert [outcome for _, outcome, _ in outcomes(run)] == ["unknown"]


def test_a_reading_whose_worker_died_in_the_middle_is_read_again(connection: Connection, work: Work) -> None:
    reading = asked(connection, "list_projects", inputs={})
    with scope():
        Run.objects.filter(pk=reading.pk).update(state=Run.State.RUNNING)
        Attempt.objects.create(run=reading, number=1)
    work(reading, OtherSide([MADE]))
    assert (now(reading).state, now(reading).output) == (Run.State.DONE, [MADE])


def test_what_passes_by_itself_is_tried_again_later_and_a_few_times_only(run: Run, work: Work) -> None:
    other = OtherSide(ProviderDown("It burns."))
    for failures in range(1, MOST_ATTEMPTS + 1):
        work(run, other)
        waiting = now(run)
        assert (waiting.failures, waiting.state) == (failures, Run.State.FAILED)
        assert waiting.due_at is not None
        assert waiting.due_at > timezone.now()
    work(run, other)
    assert (now(run).state, now(run).due_at) == (Run.State.FAILED, None)
    assert len(other.calls) == MOST_ATTEMPTS + 1


@pytest.mark.parametrize("error", [Throttled("Slowly.", retry_after=900), OverBudget("It is used up.", retry_after=900)])
def test_what_was_held_back_waits_with_words_until_it_goes_on(run: Run, work: Work, error: ProviderError) -> None:
    other = OtherSide(error)
    work(run, other)
    waiting = now(run)
    assert (waiting.state, waiting.message, waiting.fault, waiting.ended_at) == (Run.State.WAITING, str(error), "throttled", None)
    assert waiting.due_at is not None
    assert timezone.now() + timedelta(minutes=14) < waiting.due_at < timezone.now() + timedelta(minutes=16)
    other.answer = MADE
    work(run, other)
    assert (now(run).state, now(run).message, now(run).fault, len(other.calls)) == (Run.State.DONE, "", "", 2)


def test_a_run_that_is_turned_away_again_and_again_ends_at_last(run: Run, work: Work) -> None:
    with scope():
        Run.objects.filter(pk=run.pk).update(failures=MOST_WAITS)
    work(run, OtherSide(Throttled("Slowly.")))
    assert (now(run).state, now(run).due_at) == (Run.State.FAILED, None)


def test_a_run_that_our_budget_holds_back_waits_as_often_as_it_must(run: Run, work: Work) -> None:
    with scope():
        Run.objects.filter(pk=run.pk).update(failures=MOST_WAITS)
    work(run, OtherSide(OverBudget("It is used up.", retry_after=60)))
    assert now(run).state == Run.State.WAITING


def test_what_was_tried_again_and_went_well_is_done(run: Run, work: Work) -> None:
    other = OtherSide(Unreachable())
    work(run, other)
    other.answer = MADE
    work(run, other)
    assert (now(run).state, now(run).failures, now(run).due_at, len(other.calls)) == (Run.State.DONE, 0, None, 2)


def test_a_sign_in_that_is_over_ends_the_run(run: Run, work: Work) -> None:
    other = OtherSide(SignedOut())
    work(run, other)
    assert (now(run).state, now(run).due_at) == (Run.State.FAILED, None)


def test_a_run_of_a_connection_that_is_not_connected_ends_and_says_why(run: Run, work: Work) -> None:
    with scope():
        Connection.objects.update(state=State.ATTENTION)
    other = OtherSide()
    work(run, other)
    ended = now(run)
    assert (ended.state, ended.due_at, other.calls) == (Run.State.FAILED, None, [])
    assert "Sign in again." in ended.message
    assert ended.ended_at is not None


@pytest.mark.parametrize(
    ("operation", "inputs", "state", "words"),
    [
        ("create_project", {"name": "Website relaunch"}, Run.State.UNKNOWN, "Look at the other side"),
        ("list_projects", {}, Run.State.FAILED, "Sign in again."),
    ],
)
def test_a_run_whose_worker_died_ends_although_its_connection_is_gone(
    connection: Connection, work: Work, operation: str, inputs: dict[str, Any], state: str, words: str
) -> None:
    begun = asked(connection, operation, inputs=inputs)
    with scope():
        Run.objects.filter(pk=begun.pk).update(state=Run.State.RUNNING)
        Attempt.objects.create(run=begun, number=1)
        Connection.objects.update(state=State.DISCONNECTED)
    other = OtherSide()
    work(begun, other)
    ended = now(begun)
    assert (ended.state, ended.due_at, other.calls) == (state, None, [])
    assert words in ended.message and ended.ended_at is not None
    assert outcomes(begun) == [(1, state, ended.message)]


@pytest.mark.parametrize("gone", ["provider", "operation"])
def test_a_run_of_what_is_not_declared_any_more_ends_and_says_so(connection: Connection, run: Run, work: Work, gone: str) -> None:
    with scope():
        if gone == "provider":
            Connection.objects.update(provider="removed")
        else:
            Run.objects.update(operation="removed")
    other = OtherSide()
    work(run, other)
    assert (now(run).state, now(run).due_at, other.calls) == (Run.State.FAILED, None, [])
    assert now(run).message == "This portal does not know this operation any more."


def test_a_sign_in_that_no_key_opens_ends_the_run_and_says_what_to_do(run: Run, work: Work) -> None:
    work(run, OtherSide(SealBroken("Its key is gone.")))
    assert (now(run).state, now(run).due_at, now(run).fault) == (Run.State.FAILED, None, "signed_out")
    assert "keys have changed. Sign in again." in now(run).message
    assert outcomes(run) == [(1, "failed", now(run).message)]


def test_a_connection_that_no_key_opens_ends_the_run_too(run: Run, work: Work) -> None:
    with scope():
        Connection.objects.update(problem="sealed")
    other = OtherSide()
    work(run, other)
    assert (now(run).state, now(run).due_at, other.calls) == (Run.State.FAILED, None, [])
    assert "Sign in again." in now(run).message


def test_an_answer_that_cannot_be_used_fails_a_reading_for_now(connection: Connection, work: Work) -> None:
    reading = asked(connection, "list_projects", inputs={})
    work(reading, OtherSide(BadAnswer("It is not JSON.")))
    assert now(reading).state == Run.State.FAILED
    assert now(reading).due_at is not None


# --- With real commits -------------------------------------------------------------------------------------------------


@pytest.fixture
def office(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organization]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization


def test_no_transaction_is_open_while_the_provider_is_asked_and_the_attempt_is_on_record(office: Organization) -> None:
    with scope():
        run = asked(make_connection("hubstaff"))
    seen: list[tuple[bool, str, int]] = []

    def look() -> dict[str, Any]:
        inside = database.in_atomic_block
        ((state, attempts),) = at_once(office.id, lambda: (now(run).state, len(outcomes(run))))
        seen.append((inside, state, attempts))
        return MADE

    perform(run, OtherSide(look).opened)
    assert seen == [(False, Run.State.RUNNING, 1)]


def test_two_who_ask_with_one_key_at_once_get_one_run(office: Organization) -> None:
    with scope():
        connection = make_connection("hubstaff")
    both = Barrier(2)

    def ask_slowly() -> uuid.UUID:
        with scope():
            both.wait(PATIENCE)
            return ask(Run(connection=connection, operation="create_project", key="sync/1")).pk

    first, second = at_once(office.id, ask_slowly, ask_slowly)
    assert first == second
    with scope():
        assert Run.objects.count() == 1
