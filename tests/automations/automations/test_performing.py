"""Steps one after another, each once, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from integrations.automations import performing
from integrations.automations.automation_services import (
    NotYet,
    edit,
    keep_step,
    move_step,
    remove_step,
    resume,
    switch_off,
    switch_on,
    try_with,
)
from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.automations.performing import key_of
from integrations.connections.models import Connection, State
from integrations.operations.models import Run
from integrations.operations.retrying import MOST_ATTEMPTS
from integrations.operations.running import INTERRUPTED
from integrations.transport.errors import LostAnswer, OverBudget, ProviderDown, Refused, Unreachable
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.scope import scope
from portal.work.claims import Hold
from tests.automations.automations.conftest import Work, newest
from tests.factories import make_automation, make_automation_run, make_event, make_record, make_run, make_step
from tests.operations.other_side import OtherSide

pytestmark = pytest.mark.django_db
FIRST, SECOND = {"id": 41, "name": "Tour"}, {"id": 42, "name": "Tour again"}


@pytest.fixture
def automation(trigger: Trigger) -> Automation:
    """Makes a project called as the event is, and another that is called after the first."""
    connection = trigger.connection
    with scope():
        return make_automation(
            trigger, steps=[make_step(connection), make_step(connection, name="{{ steps.1.name | upper }} {{ steps.1.id }}")]
        )


@pytest.fixture
def run(automation: Automation) -> AutomationRun:
    with scope():
        return make_automation_run(automation, make_event(automation.trigger, title="Tour"))


def steps(run: AutomationRun) -> list[tuple[int, str, int]]:
    with scope():
        found = run.step_runs.select_related("run").order_by("number")
        return [(each.number, each.run.state if each.run else each.problem, each.tries) for each in found]


def test_steps_run_one_after_another_with_what_earlier_ones_gave(work: Work, run: AutomationRun) -> None:
    other = OtherSide(FIRST, SECOND)
    done = work(run, other)
    assert [inputs["name"] for _, inputs in other.calls] == ["Tour", "TOUR 41"]
    assert (done.state, done.due_at, done.message) == ("done", None, "")
    assert done.ended_at
    with scope():
        asked = Run.objects.order_by("created_at")
        assert [(each.origin, each.key, each.state) for each in asked] == [
            ("automation", f"automation/{run.pk}/{number}/1", "done") for number in (1, 2)
        ]


def test_what_may_pass_is_tried_again_and_what_was_done_is_not_done_again(work: Work, run: AutomationRun) -> None:
    waiting = work(run, OtherSide(FIRST, Unreachable("No line.")))
    assert waiting.state == "waiting"
    assert waiting.due_at
    assert "No line." in waiting.message
    other = OtherSide(SECOND)
    assert work(run, other).state == "done"
    assert [inputs["name"] for _, inputs in other.calls] == ["TOUR 41"]


def test_what_the_budget_holds_back_waits_as_often_as_it_must(work: Work, run: AutomationRun) -> None:
    for _ in range(MOST_ATTEMPTS + 2):
        assert not work(run, OtherSide(OverBudget(retry_after=5))).has_ended
    assert work(run, OtherSide(FIRST, SECOND)).state == "done"


def test_what_does_not_pass_in_many_tries_ends_the_run(work: Work, run: AutomationRun) -> None:
    for _ in range(MOST_ATTEMPTS):
        assert work(run, OtherSide(ProviderDown())).state == "waiting"
    ended = work(run, OtherSide(ProviderDown()))
    assert (ended.state, ended.due_at) == ("failed", None)
    assert steps(run) == [(1, "failed", 1)]


def test_what_does_not_pass_at_a_later_step_ends_the_run_too(work: Work, run: AutomationRun) -> None:
    assert work(run, OtherSide(FIRST, ProviderDown())).state == "waiting"
    for _ in range(MOST_ATTEMPTS - 1):
        assert work(run, OtherSide(ProviderDown())).state == "waiting"
    ended = work(run, OtherSide(ProviderDown()))
    assert (ended.state, ended.due_at) == ("failed", None)
    assert steps(run) == [(1, "done", 1), (2, "failed", 1)]


def test_what_the_budget_holds_back_says_what_it_waits_for(work: Work, run: AutomationRun) -> None:
    held = work(run, OtherSide(OverBudget(retry_after=5)))
    assert (held.state, held.failures) == ("waiting", 0)
    assert held.message.startswith("Step 1, Create a Project, is tried again.")


@pytest.mark.parametrize(("answer", "state"), [(Refused("No such client."), "refused"), (LostAnswer("Gone."), "unknown")])
def test_a_step_that_went_wrong_stops_the_rest(work: Work, run: AutomationRun, answer: Exception, state: str) -> None:
    other = OtherSide(answer)
    ended = work(run, other)
    assert ended.state == "failed"
    assert ended.message.startswith("Step 1, Create a Project: ")
    assert str(answer) in ended.message
    assert steps(run) == [(1, state, 1)]
    assert len(other.calls) == 1


def test_a_connection_that_is_signed_out_ends_the_run_with_the_reason(work: Work, run: AutomationRun, connection: Connection) -> None:
    with scope():
        Connection.objects.filter(pk=connection.pk).update(state=State.ATTENTION)
    ended = work(run, OtherSide())
    assert ended.state == "failed"
    assert "Sign in again." in ended.message


def test_inputs_that_cannot_be_made_end_the_run_by_the_name_of_the_field(work: Work, trigger: Trigger) -> None:
    with scope():
        steps_ = [make_step(trigger.connection, name="{{ event.after.nope }}")]
        run = make_automation_run(make_automation(trigger, steps=steps_), make_event(trigger))
    other = OtherSide()
    ended = work(run, other)
    assert ended.state == "failed"
    assert "name: “nope” is not there." in ended.message
    assert other.calls == []
    assert steps(run)[0][1].startswith("name: ")


@pytest.mark.parametrize("gone", ["connection", "operation"])
def test_a_step_that_stands_on_nothing_ends_the_run(work: Work, run: AutomationRun, gone: str) -> None:
    with scope():
        run.steps[0][gone] = "00000000-0000-0000-0000-000000000000" if gone == "connection" else "no_such_operation"
        run.save()
    assert "any more" in work(run, OtherSide()).message


def test_a_worker_killed_before_the_call_left_goes_on(work: Work, run: AutomationRun, connection: Connection) -> None:
    with scope():
        standing = make_run(connection, key=key_of(run, 1, 1), origin="automation")
    other = OtherSide(FIRST, SECOND)
    assert work(run, other).state == "done"
    assert len(other.calls) == 2
    with scope():
        assert run.step_runs.get(number=1).run == standing


def test_a_step_that_was_under_way_when_the_worker_died_is_never_repeated_blindly(
    work: Work, run: AutomationRun, connection: Connection
) -> None:
    with scope():
        make_run(connection, key=key_of(run, 1, 1), state=Run.State.RUNNING).attempts.create(number=1)
    other = OtherSide(FIRST)
    ended = work(run, other)
    assert ended.state == "failed"
    assert INTERRUPTED in ended.message
    assert other.calls == []


def test_a_person_resumes_from_the_step_that_went_wrong(work: Work, run: AutomationRun, alice: User) -> None:
    assert work(run, OtherSide(FIRST, Refused("Not today."))).state == "failed"
    with scope():
        resume(newest(run), alice)
    assert newest(run).due_at
    other = OtherSide(SECOND)
    assert work(run, other).state == "done"
    assert [inputs["name"] for _, inputs in other.calls] == ["TOUR 41"]
    assert steps(run) == [(1, "done", 1), (2, "done", 2)]
    with scope(), pytest.raises(NotYet):
        resume(newest(run), alice)


def test_resumed_it_takes_the_steps_as_they_were_mended(work: Work, run: AutomationRun, automation: Automation, alice: User) -> None:
    work(run, OtherSide(FIRST, Refused("Too loud.")))
    with scope():
        second = automation.steps[1]["id"]
        operation = automation.trigger.connection.declaration.operation("create_project")
        keep_step(automation, alice, automation.trigger.connection, operation, {"name": "Quiet"}, second)
        resume(newest(run), alice)
    other = OtherSide(SECOND)
    assert work(run, other).state == "done"
    assert [inputs["name"] for _, inputs in other.calls] == ["Quiet"]


def test_resumed_it_keeps_its_steps_where_what_was_done_is_another_now(
    work: Work, run: AutomationRun, automation: Automation, alice: User
) -> None:
    work(run, OtherSide(FIRST, Refused("Not today.")))
    with scope():
        Automation.objects.update(steps=automation.steps[::-1])
        resume(newest(run), alice)
    other = OtherSide(SECOND)
    work(run, other)
    assert [inputs["name"] for _, inputs in other.calls] == ["TOUR 41"]


def test_a_change_sends_only_what_was_filled_in_and_what_is_needed(work: Work, trigger: Trigger) -> None:
    connection = trigger.connection
    with scope():
        record = make_record(connection, data={"id": 5, "name": "Old", "status": "active", "billable": True, "metadata": {}})
        filled = {"project_id": "{{ event.remote_id }}", "name": "{{ event.title }}"}
        automation = make_automation(trigger, steps=[make_step(connection, "update_project", **filled)])
        run = make_automation_run(automation, make_event(trigger, title="New", remote_id=record.remote_id))
    other = OtherSide({"id": 5, "name": "New"})
    done = work(run, other)
    assert done.state == "done", done.message
    name, inputs = other.calls[0]
    assert name == "update_project"
    assert inputs["name"] == "New"
    assert str(inputs["project_id"]) == record.remote_id
    assert "billable" not in inputs


def test_events_about_one_record_are_worked_on_in_their_order(work: Work, automation: Automation) -> None:
    with scope():
        same: dict[str, Any] = {"remote_id": "5"}
        first, second = (make_event(automation.trigger, title=title, position=place, **same) for place, title in enumerate(("One", "Two")))
        earlier, later = make_automation_run(automation, first), make_automation_run(automation, second)
        AutomationRun.objects.filter(pk=earlier.pk).update(due_at=earlier.created_at)
    other = OtherSide(FIRST)
    assert work(later, other).state == "waiting"
    assert other.calls == []
    work(earlier, other)
    assert work(later, other).state == "done"
    assert [inputs["name"] for _, inputs in other.calls[::2]] == ["One", "Two"]


def test_switched_off_what_waits_is_given_up_and_what_has_begun_goes_on(
    work: Work, automation: Automation, run: AutomationRun, alice: User
) -> None:
    with scope():
        begun = make_automation_run(automation, make_event(automation.trigger))
    work(begun, OtherSide(FIRST, Unreachable()))
    with scope():
        switch_off(automation, alice)
    assert newest(run).state == "stopped"
    assert work(begun, OtherSide(SECOND)).state == "done"


def test_what_is_given_up_is_not_done_by_a_worker_who_took_it_up_just_before(
    work: Work, automation: Automation, run: AutomationRun, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def switched_off_meanwhile(_: AutomationRun) -> bool:
        switch_off(automation, alice)
        return False

    monkeypatch.setattr(performing, "_is_behind", switched_off_meanwhile)
    other = OtherSide(FIRST)
    assert work(run, other).state == "stopped"
    assert other.calls == []


@pytest.mark.parametrize("change", ["conditions", "step", "order", "less"])
def test_what_waits_is_given_up_when_the_automation_is_changed(
    automation: Automation, run: AutomationRun, alice: User, change: str
) -> None:
    connection, first = automation.trigger.connection, automation.steps[0]["id"]
    changes: dict[str, Callable[[], None]] = {
        "conditions": lambda: edit(automation, alice, name="Copy", conditions=[{"field": "event.kind", "test": "filled", "value": ""}]),
        "step": lambda: keep_step(automation, alice, connection, connection.declaration.operation("create_client"), {"name": "C"}, first),
        "order": lambda: move_step(automation, alice, first, 1),
        "less": lambda: remove_step(automation, alice, first),
    }
    with scope():
        changes[change]()
    given_up = newest(run)
    assert (given_up.state, given_up.due_at, given_up.automation.is_on) == ("stopped", None, False)


def test_a_new_name_alone_gives_nothing_up(automation: Automation, run: AutomationRun, alice: User) -> None:
    with scope():
        edit(automation, alice, name="Named anew", conditions=automation.conditions)
    assert newest(run).state == "waiting"


def test_a_page_that_was_opened_before_an_edit_switches_nothing_on(automation: Automation, alice: User) -> None:
    with scope():
        as_it_was_opened = Automation.objects.get(pk=automation.pk)
        remove_step(automation, alice, automation.steps[0]["id"])
        with pytest.raises(NotYet, match="Try it first"):
            switch_on(as_it_was_opened, alice)
        assert not Automation.objects.get(pk=automation.pk).is_on


def test_naming_it_anew_on_an_old_page_does_not_switch_it_on_again(automation: Automation, alice: User) -> None:
    with scope():
        as_it_was_opened = Automation.objects.get(pk=automation.pk)
        switch_off(automation, alice)
        edit(as_it_was_opened, alice, name="Named anew", conditions=[])
        kept = Automation.objects.get(pk=automation.pk)
    assert (kept.name, kept.is_on) == ("Named anew", False)


def test_an_index_holds_what_is_open_before_a_run_and_nothing_else(run: AutomationRun) -> None:
    with scope(), connections["default"].cursor() as cursor:
        with CaptureQueriesContext(connections["default"]) as asked:
            performing._is_behind(run)
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'automation_run_open'")
        (made,) = cursor.fetchone()
    assert "(organization_id, automation_id) WHERE" in made
    for narrowed in ("NOT {}is_test", "{}due_at IS NOT NULL"):
        assert narrowed.format("") in made
        assert narrowed.format("automations_automationrun.") in asked.captured_queries[0]["sql"].replace('"', "")


def test_it_is_switched_on_only_as_it_was_tried(work: Work, automation: Automation, alice: User) -> None:
    with scope():
        event = make_event(automation.trigger)
        edit(automation, alice, name="Named anew", conditions=[{"field": "event.kind", "test": "is", "value": "created"}])
        assert not automation.is_on
        with pytest.raises(NotYet, match="Try it first"):
            switch_on(automation, alice)
        tried = try_with(automation, event, alice)
    assert work(tried, OtherSide(FIRST, Refused())).state == "failed"
    with scope():
        automation.refresh_from_db()
        assert not automation.was_tried
        tried = try_with(automation, event, alice)
    assert work(tried, OtherSide(FIRST, SECOND)).state == "done"
    with scope():
        automation.refresh_from_db()
        switch_on(automation, alice)
        assert automation.is_on


def test_a_try_that_ends_after_another_edit_does_not_count(work: Work, automation: Automation, alice: User) -> None:
    with scope():
        Automation.objects.update(tried_at=None)
        tried = try_with(automation, make_event(automation.trigger), alice)
        edit(automation, alice, name="Other", conditions=[{"field": "event.kind", "test": "filled", "value": ""}])
    assert work(tried, OtherSide(FIRST, SECOND)).state == "done"
    with scope():
        automation.refresh_from_db()
        assert not automation.was_tried


class Killed(BaseException):
    """The worker is gone at this line."""


class Deaths:
    """Kills the worker at the n-th of the lines at which something is written or sent; of several, one in each of its lives."""

    def __init__(self, at: tuple[int, ...]) -> None:
        self.left, self.line = list(at), 0

    def pass_line(self) -> None:
        self.line += 1
        if self.left and self.line >= self.left[0]:
            self.left, self.line = self.left[1:], 0
            raise Killed

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*args: Any, **kwargs: Any) -> Any:
            self.pass_line()
            done = act(*args, **kwargs)
            self.pass_line()
            return done

        return acted


@pytest.mark.parametrize("at", [*((line,) for line in range(1, 25)), (4, 2), (6, 5, 4), (9, 1, 1), (11, 7), (2, 2, 2, 2)])
def test_killed_at_any_line_no_step_is_sent_twice(
    work: Work, run: AutomationRun, alice: User, monkeypatch: pytest.MonkeyPatch, at: tuple[int, ...]
) -> None:
    deaths = Deaths(at)
    other = OtherSide(FIRST, SECOND)
    for owner, name in (
        (Hold, "renew"),
        (Hold, "finish"),
        (StepRun.objects, "update_or_create"),
        (performing, "ask"),
        (performing, "repeat"),
    ):
        monkeypatch.setattr(owner, name, deaths.around(getattr(owner, name)))
    monkeypatch.setattr(other, "call", deaths.around(other.call))
    while not newest(run).has_ended:
        with suppress(Killed):
            work(run, other)
    ended, sent = newest(run), [inputs["name"] for _, inputs in other.calls]
    assert sent in (["Tour"], ["Tour", "TOUR 41"], [])
    if ended.state == "done":
        assert sent == ["Tour", "TOUR 41"]
    else:
        assert INTERRUPTED in ended.message
