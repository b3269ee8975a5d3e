"""What goes wrong on the way: answers lost, pages cut short, sign-ins that end, services that ask to wait, workers that die."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.connections.budget import Budget
from integrations.connections.models import Connection
from integrations.connections.services import reconnect_with_secret
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.rules import follow_rule
from integrations.sync.models import Pair, Sync
from integrations.sync.tasks import run_sync
from integrations.transport.errors import OverBudget
from portal.organizations.scope import scope
from portal.work.claims import LostClaim
from tests.sync.syncing import Office

CREATE_TASK = "POST /hubstaff/v2/projects/*/tasks"
FOLLOW_RULE = "integrations.sync.services.follow_rule"  # comes between looking and planning
LIST_TASKS = "GET /hubstaff/v2/organizations/*/tasks*"


def test_an_answer_that_is_lost_after_it_was_done_leaves_exactly_one_task(office: Office) -> None:
    project = office.project(tasks=3)
    office.link(project)
    office.fault(CREATE_TASK, "drop_after_commit", skip=1)
    sync = office.sync()
    assert sorted(step.outcome for step in office.steps(sync) if step.kind == "create_task") == ["done", "done", "unknown"]
    office.sync()
    assert sorted(office.partners(project).values()) == [1, 1, 1]
    office.settled()


def test_a_project_whose_answer_was_lost_is_taken_up(office: Office) -> None:
    project = office.project(tasks=1)
    office.link(project)
    before = len(office.world.hubstaff_projects())
    office.fault("POST /hubstaff/v2/organizations/*/projects", "drop_after_commit")
    office.sync()
    for _ in range(2):
        office.sync()
    assert len(office.world.hubstaff_projects()) == before + 1
    assert sorted(office.partners(project).values()) == [1]


def test_where_answer_after_answer_is_swallowed_the_sync_stops(office: Office) -> None:
    project = office.project(tasks=8)
    office.link(project)
    office.fault(CREATE_TASK, "drop_after_commit", times=8)
    sync = office.sync()
    assert sync.state == "failed"
    assert len(office.steps(sync)) < 8
    office.world.calm()
    office.sync()
    assert sorted(office.partners(project).values()) == [1] * 8
    office.settled()


def test_a_list_that_did_not_arrive_whole_removes_nothing(office: Office) -> None:
    project = office.linked(tasks=3)
    for fault in ("truncated", "empty_list", "short_page", "500", "html", "broken_json"):
        office.fault(LIST_TASKS, fault)
        office.fault("GET /timeghost/api/get/projects/*/tasks*", fault)
        office.sync()
        office.world.calm()
        assert sorted(office.partners(project).values()) == [1, 1, 1], fault
        assert _is_everything_active(office, project), fault
        office.settled()
        assert len(office.pairs()) == 3, fault


def _is_everything_active(office: Office, project: str) -> bool:
    right_id = office.its_link(project).right_id
    return all(task["status"] == "active" for task in office.world.hubstaff_tasks() if str(task["project_id"]) == right_id)


def test_a_sign_in_that_dies_in_the_middle_stops_the_sync_and_a_new_one_goes_on(office: Office) -> None:
    project = office.project(tasks=4)
    office.link(project)
    office.fault(CREATE_TASK, "401", skip=2, times=9)
    office.fault("POST /hubstaff-account/access_tokens", "invalid_grant", times=9)
    sync = office.sync()
    assert sync.state == "failed"
    assert "sign" in office.now().problem
    assert sorted(office.partners(project).values()) == [1, 1]
    count = _syncs()
    office.sync()
    assert _syncs() == count, "while it is signed out no sync is even begun"

    office.world.calm()
    with scope():
        right = Connection.objects.get(pk=office.integration.right_id)
        assert not right.is_connected
        reconnect_with_secret(right, right.declared_sign_in, "hubstaff-pat-1", office.owner)
        Connection.objects.filter(pk=right.pk).update(state="connected", problem="")
    office.sync()
    assert sorted(office.partners(project).values()) == [1, 1, 1, 1]
    assert office.now().problem == ""
    office.settled()


def _syncs() -> int:
    with scope():
        return Sync.objects.count()


def test_a_service_that_asks_to_wait_is_waited_for_and_the_same_sync_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.connections.budget.buckets.close", lambda *closed: None)
    project = office.project(tasks=4)
    office.link(project)
    office.fault(CREATE_TASK, "429", skip=2)
    sync = office.sync()
    assert sync.state == Sync.State.WAITING
    assert sync.resumes_at is not None
    assert sync.resumes_at == office.now().due_at
    first_steps = len(office.steps(sync))
    again = office.sync()
    assert (again.pk, again.state, again.resumes_at) == (sync.pk, Sync.State.DONE, None)
    numbers = [step.number for step in office.steps(again)]
    assert numbers == [*range(1, again.planned + 1)]
    assert len(numbers) > first_steps
    assert sorted(office.partners(project).values()) == [1, 1, 1, 1]
    office.settled()


def test_a_sync_that_is_larger_than_the_budget_goes_on_in_slices_in_one_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    project = office.project(tasks=7)
    office.link(project)
    take, left = Budget.take, [0]

    def few(self: Budget) -> None:
        if self._urgency.value.rank == 2:
            if not left[0]:
                raise OverBudget("There is none left.", retry_after=3600)
            left[0] -= 1
        take(self)

    monkeypatch.setattr(Budget, "take", few)
    rows = []
    for _ in range(6):
        left[0] = 3
        rows.append(office.sync())
    assert [row.state for row in rows][:3] == [Sync.State.WAITING] * 2 + [Sync.State.DONE] or rows[2].state == Sync.State.WAITING
    first = next(row for row in rows if row.state == Sync.State.DONE)
    assert {row.pk for row in rows[: rows.index(first) + 1]} == {first.pk}
    assert [step.number for step in office.steps(first)] == [*range(1, first.planned + 1)]
    assert sorted(office.partners(project).values()) == [1] * 7


def test_a_whole_look_in_slices_sees_what_was_deleted_long_ago_and_learns_what_it_cost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = timezone.now() - timedelta(days=20)
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(time_since=long_ago.date() - timedelta(days=5))
    project = office.linked(tasks=1)
    tracked = office.track(office.partner(office.pairs()[0].left_id), 1200, long_ago)
    _look_at_everything(office)
    office.sync()
    assert sum(office.written(project).values()) == 1200
    office.world.do(f"/hubstaff/times/{tracked}/delete")
    _look_at_everything(office)
    few = _polls_at_once(monkeypatch)
    states = []
    while Sync.State.DONE not in states:
        few[0] = 12
        sync = office.sync()
        states.append(sync.state)
        assert len(states) < 20, sync.message
    assert set(states[:-1]) == {Sync.State.WAITING}
    assert office.written(project) == {}
    assert office.now().cost == sync.calls
    assert len(states) > 1


def _look_at_everything(office: Office) -> None:
    """Has the next sync take a whole look, as if none had been taken yet."""
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(whole_look_at=None, cost={})


def _polls_at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many calls are left for looking."""
    take, left = Budget.take, [0]

    def few(self: Budget) -> None:
        if self._urgency.value.rank == 1:
            if not left[0]:
                raise OverBudget("There is none left.", retry_after=3600)
            left[0] -= 1
        take(self)

    monkeypatch.setattr(Budget, "take", few)
    return left


def test_a_worker_that_dies_at_any_step_leaves_nothing_doubled_or_lost(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim is lost at each progress in turn: what a killed worker leaves behind is a sync that nobody has ended."""
    project = office.project(tasks=2)
    office.link(project)
    with monkeypatch.context() as dying:
        for died_at in (2, 5, 8, 10, 11, 12, 13):
            dying.setattr("integrations.sync.tasks.partial", lambda *given, at=died_at: _dying(at))
            office.sync()
    assert office.sync().state == Sync.State.DONE
    assert sorted(office.partners(project).values()) == [1, 1]
    with scope():
        assert Sync.objects.filter(state=Sync.State.INTERRUPTED).exists()
        assert not Sync.objects.filter(ended_at=None).exists()
    office.settled()


def _dying(at: int) -> Callable[[], None]:
    left = [at]

    def progress() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LostClaim("another worker has it")

    return progress


def test_two_workers_with_one_message_do_the_work_once(office: Office) -> None:
    project = office.project(tasks=2)
    office.link(project)
    claim, before = office.claimed(), _syncs()
    for _ in range(2):
        run_sync(str(office.organization.pk), str(office.integration.pk), claim)
    assert _syncs() == before + 1
    assert sorted(office.partners(project).values()) == [1, 1]


def test_a_worker_whose_claim_was_taken_over_stops_before_its_next_call(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    project = office.project(tasks=3)
    office.link(project)

    def taken_over(integration: Integration) -> list[ProjectLink]:
        monkeypatch.setattr(FOLLOW_RULE, follow_rule)
        office.sync()  # another worker, which believes that this one is dead
        return []

    monkeypatch.setattr(FOLLOW_RULE, taken_over)
    office.sync()
    assert sorted(office.partners(project).values()) == [1, 1, 1]
    office.settled()


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-3)])
def test_a_clock_that_jumps_and_comes_back_harms_nothing(office: Office, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    project = office.linked(tasks=2)
    [first, second] = office.pairs()
    now = timezone.now
    with monkeypatch.context() as jumped:
        jumped.setattr("django.utils.timezone.now", lambda: now() + jump)
        office.track(office.partner(first.left_id), 1200)
        new = office.task(project, "While the clock was wrong")
        office.sync()
    office.left("rename", new, name="It was wrong")
    office.track(office.partner(second.left_id), 600)
    office.task(project, "When it was right again")
    for _ in range(2):
        assert office.sync().state == Sync.State.DONE
    assert sorted(office.partners(project).values()) == [1, 1, 1, 1]
    assert sum(office.written(project).values()) == 1800
    assert office.partner(new)["summary"] == "It was wrong"
    office.settled()


def test_a_record_that_somebody_changed_at_the_same_moment_is_compared_anew(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.linked(tasks=1)
    [pair] = office.pairs()
    office.left("complete", pair.left_id)

    def changed_meanwhile(integration: Integration) -> Any:
        office.right("assign", int(pair.right_id), people=[office.person()[1]])
        return follow_rule(integration)

    monkeypatch.setattr(FOLLOW_RULE, changed_meanwhile)
    sync = office.sync()
    monkeypatch.setattr(FOLLOW_RULE, follow_rule)
    assert [step.outcome for step in office.steps(sync)] == ["skipped"]
    assert office.obstacles() == []
    office.sync()
    found = office.partner(pair.left_id)
    assert (found["status"], found["assignee_ids"]) == ("completed", [office.person()[1]])
    office.settled()
    assert [each.values["is_completed"] for each in office.pairs(Pair.Part.TASK)] == [True]
