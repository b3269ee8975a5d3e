"""What a plan looks at, as it is read from links, pairs and mirrors."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.catalogue import TimeFacts
from integrations.catalogue.reading import Data
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import link_project
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record
from integrations.sync.approvals import is_approved
from integrations.sync.evidence import timed_tasks
from integrations.sync.models import Approval, Pair, StepRecord, Sync
from integrations.sync.plan import plan
from integrations.sync.reading import read_situation
from integrations.sync.spans import days_to_plan
from integrations.sync.steps import Step, StepKind
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.linking.building import mirror
from tests.sync.mirrored import activity, linked, partners, tasks, the_link, today, walked_at, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(organization: Organization) -> Any:
    with scope(organization.pk):
        yield linked()


# --- What is gone ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_projects(integration: Integration) -> Integration:
    """t1 stands in p1; p2 is linked as well, and both were walked."""
    link_project(integration, "p2", "12", None)
    tasks(integration, "t1")
    tasks(integration, project="p2")
    partners(integration, r7="t1")
    return integration


def kinds(integration: Integration) -> list[StepKind]:
    return [step.kind for step in plan(read_situation(integration)).steps]


def test_a_task_that_one_project_shows_no_longer_is_gone_only_after_the_others_were_walked(two_projects: Integration) -> None:
    tasks(two_projects)  # and here the budget of calls ends
    situation = read_situation(two_projects)
    assert "t1" not in situation.left.gone_tasks
    assert "t1" not in situation.left.tasks
    assert StepKind.DELETE_TASK not in kinds(two_projects)
    tasks(two_projects, project="p2")
    assert read_situation(two_projects).left.gone_tasks == {"t1"}
    assert StepKind.DELETE_TASK in kinds(two_projects)


def test_a_task_that_moved_behind_the_back_of_a_walk_is_found_in_its_new_project(two_projects: Integration) -> None:
    tasks(two_projects, project="p2")  # before it moves there
    tasks(two_projects)
    assert StepKind.DELETE_TASK not in kinds(two_projects)
    tasks(two_projects, "t1", project="p2")
    situation = read_situation(two_projects)
    assert "t1" in situation.left.tasks
    assert situation.left.gone_tasks == frozenset()
    assert StepKind.DELETE_TASK not in kinds(two_projects)


def test_a_linked_project_that_was_never_walked_may_hold_the_task(two_projects: Integration) -> None:
    link_project(two_projects, "p3", "", None)
    tasks(two_projects)
    tasks(two_projects, project="p2")
    assert read_situation(two_projects).left.gone_tasks == frozenset()


def test_a_project_that_is_gone_is_not_waited_for(two_projects: Integration) -> None:
    tasks(two_projects)
    Record.objects.filter(connection=two_projects.left, entity="project", remote_id="p2").update(removed_at=timezone.now())
    assert read_situation(two_projects).left.gone_tasks == {"t1"}


def test_a_walk_at_the_very_moment_proves_nothing(two_projects: Integration) -> None:
    tasks(two_projects)
    removed_at = Record.objects.values_list("removed_at", flat=True).get(connection=two_projects.left, remote_id="t1")
    assert removed_at is not None
    walked_at(two_projects, "p2", removed_at)
    assert read_situation(two_projects).left.gone_tasks == frozenset()
    walked_at(two_projects, "p2", removed_at + timedelta(microseconds=1))
    assert read_situation(two_projects).left.gone_tasks == {"t1"}


# --- Tasks with tracked time ----------------------------------------------------------------------------------------------


def test_time_of_any_day_is_found_on_the_partner_of_a_task_that_is_gone(
    integration: Integration, django_assert_max_num_queries: Any
) -> None:
    tasks(integration, "t1", "t2", "t3", "t4")
    partners(integration, r7="t1", r8="t2", r9="t3", r600="t4")
    long_ago = today() - 300 * A_DAY
    mirror(integration.right, "activity", [activity(1, long_ago, 7), activity(2, long_ago, None)], days=Days(long_ago, long_ago))
    written(integration, long_ago, [""], task="8")
    tasks(integration)
    with django_assert_max_num_queries(40):
        situation = read_situation(integration)
    assert situation.left.gone_tasks == {"t1", "t2", "t3", "t4"}
    assert situation.right.timed_tasks == {"7", "8"}, "600 are the seconds of a record, not its task"


def test_of_the_history_only_what_names_a_task_that_is_gone_is_read(integration: Integration) -> None:
    tasks(integration, "t1")
    partners(integration, r700="t1")
    long_ago = today() - 300 * A_DAY
    history = [*(activity(number, long_ago, 800 + number) for number in range(50)), activity(60, long_ago, 700)]
    mirror(integration.right, "activity", history, days=Days(long_ago, long_ago))
    side, seen = read_situation(integration).right, list[int]()

    def read(data: Data) -> TimeFacts:
        seen.append(data["id"])
        return side.parts.time.read(data)

    counting = replace(side, parts=replace(side.parts, time=replace(side.parts.time, read=read)))
    assert timed_tasks(integration, counting, frozenset({"700"})) == {"700"}
    assert seen == [60]


# --- Days and time --------------------------------------------------------------------------------------------------------


def test_what_was_written_and_tracked_on_the_day_before_the_first_is_read_as_well(integration: Integration) -> None:
    Integration.objects.filter(pk=integration.pk).update(time_since=today() - 5 * A_DAY)
    eve = today() - 6 * A_DAY
    tasks(integration, "t1")
    partners(integration, r7="t1")
    written(integration, eve, ["l1"])
    mirror(integration.right, "activity", [activity(1, eve - A_DAY, 7)], days=Days(eve - A_DAY, eve - A_DAY))
    situation = read_situation(Integration.objects.get(pk=integration.pk), is_whole=True)
    assert situation.first_day == eve + A_DAY
    assert set(situation.left.times) == {"l1"}
    assert set(situation.right.times) == {"1"}, "in a zone ahead of UTC that day begins a day earlier"
    assert [pair.left_id for pair in situation.time_pairs] == ["l1"]
    assert situation.sure_days is not None
    assert eve in situation.sure_days


def test_a_correction_whose_answer_has_not_come_is_known_as_unsure(integration: Integration) -> None:
    written(integration, today(), ["l1"], is_unsure=True)
    written(integration, today(), ["l2"], task="8")
    assert {pair.left_id: pair.is_unsure for pair in read_situation(integration).time_pairs} == {"l1": True, "l2": False}


def test_written_time_without_a_task_is_known_however_old_it_is(integration: Integration) -> None:
    long_ago = today() - 300 * A_DAY
    written(integration, long_ago, ["l1"], task="project:11")
    written(integration, long_ago, ["l2"], task="8")
    assert [pair.left_id for pair in read_situation(integration).time_pairs] == ["l1"]


@pytest.mark.parametrize(("left_id", "values"), [("", {}), ("l1", {"is_unsure": True})])
def test_days_reach_back_to_time_whose_answer_was_lost(integration: Integration, left_id: str, values: dict[str, Any]) -> None:
    day = today() - 12 * A_DAY
    assert days_to_plan(integration, is_whole=False).first == today() - timedelta(days=7)
    written(integration, day, [left_id], **values)
    assert days_to_plan(integration, is_whole=False).first == day
    Pair.objects.update(left_id="l1", values={})
    assert days_to_plan(integration, is_whole=False).first == today() - timedelta(days=7)


def test_no_lost_answer_stretches_the_days_beyond_the_longest_look_back(integration: Integration) -> None:
    written(integration, today() - 40 * A_DAY, [""])
    assert days_to_plan(integration, is_whole=False).first == today() - timedelta(days=7)


# --- The most used projects, and the guard --------------------------------------------------------------------------------


def test_a_project_that_has_no_partner_yet_counts_as_used_by_its_time_on_the_left(integration: Integration) -> None:
    link_project(integration, "p2", "", None)
    written(integration, today(), ["l1"])
    ProjectLink.objects.filter(left_id="p1").update(right_id="")
    usage = {link.left_id: link.usage for link in read_situation(integration).links}
    assert usage == {"p1": 600, "p2": 0}
    ProjectLink.objects.filter(left_id="p1").update(right_id="11")
    mirror(integration.right, "activity", [activity(1, today(), None, seconds=60)], days=Days(today(), today()))
    assert {link.left_id: link.usage for link in read_situation(integration).links} == {"p1": 60, "p2": 0}


def test_removals_of_the_last_hour_that_nobody_was_asked_about_are_counted(integration: Integration) -> None:
    sync = Sync.objects.create(integration=integration, state=Sync.State.DONE)

    def record(**more: Any) -> StepRecord:
        given = {"kind": StepKind.DELETE_TASK, "side": "right", "title": "", "outcome": "done", "went_unasked": True, **more}
        return StepRecord.objects.create(sync=sync, number=1, **given)

    record()
    record(outcome="refused")
    record(went_unasked=False)
    old = record()
    StepRecord.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(minutes=61))
    assert read_situation(integration).guarded_lately == 1


def test_a_step_is_approved_by_the_answer_to_exactly_this_step(integration: Integration) -> None:
    step = Step(kind=StepKind.DELETE_TASK, side="right", title="", link=str(the_link(integration).pk), left_id="t1")
    assert not is_approved(integration, step)
    row = Approval.objects.create(integration=integration, key=step.key, kind=step.kind, side="right", title="", why="guard")
    assert not is_approved(integration, step)
    Approval.objects.filter(pk=row.pk).update(answer="approve")
    assert is_approved(integration, step)
