"""Time that is on no linked task: left, on a task of a name, or on the project alone."""

from __future__ import annotations

import pytest

from integrations.sync.plan import plan
from integrations.sync.situation import TimeRules
from integrations.sync.steps import StepKind
from tests.sync.carrying import Faults, kinds, reasons, settle, sync, synced_world
from tests.sync.world import NINE, World

LEAVE, TASK, PROJECT = (TimeRules("day", untasked, "Other time") for untasked in ("leave", "task", "project"))


def world_with_untasked_time(rules: TimeRules) -> tuple[World, str, str]:
    """A world in step with ten minutes on no task: the world, the project on the left and on the right."""
    world, left, _ = synced_world()
    project = world.left.tasks[left].project_id
    world.rules = rules
    world.block("", NINE, project=world.right_of(project))
    return world, project, world.right_of(project)


def test_time_on_no_task_is_left_and_counted_where_the_settings_say_so() -> None:
    world, _, _ = world_with_untasked_time(LEAVE)
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("project with time that is on no linked task", 1, 600)]
    assert made.left_out[0].advice


def test_time_on_a_task_that_nobody_knows_is_time_on_no_task() -> None:
    world, _, right = world_with_untasked_time(LEAVE)
    world.block("unknown", NINE.replace(hour=12), project=right)
    assert reasons(plan(world.situation())) == [("project with time that is on no linked task", 1, 1200)]


def test_time_on_no_task_goes_to_the_task_of_that_name() -> None:
    world, project, _ = world_with_untasked_time(TASK)
    holder = world.task(project, "Other time")
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    assert world.written() == [("ann", holder, 600)]


def test_the_task_for_such_time_is_made_where_it_is_missing_and_the_time_follows() -> None:
    world, project, _ = world_with_untasked_time(TASK)
    made = sync(world)
    assert [(step.kind, step.side, step.name, step.project_id) for step in made.steps] == [
        (StepKind.CREATE_TASK, "left", "Other time", project)
    ]
    assert [case.seconds for case in made.cases] == [600]
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    made = plan(world.situation())
    assert made.steps == ()  # the task itself is not made on the right as well
    assert reasons(made) == [("task that holds time without a task", 1, 0)]


def test_the_task_for_such_time_is_not_made_twice_when_its_answer_is_lost() -> None:
    world, _, _ = world_with_untasked_time(TASK)
    sync(world, Faults(losing={0}))
    settle(world)
    assert [task.name for task in world.left.tasks.values()].count("Other time") == 1


def test_of_two_tasks_of_that_name_the_open_one_counts() -> None:
    world, project, _ = world_with_untasked_time(TASK)
    world.task(project, "Other time", completed=True)
    holder = world.task(project, "Other time")
    settle(world)
    assert world.written() == [("ann", holder, 600)]


def test_a_task_of_that_name_that_had_a_partner_already_goes_on_with_it() -> None:
    world, project, _ = world_with_untasked_time(LEAVE)
    holder = world.task(project, "Other time")
    settle(world)
    world.rules = TASK
    world.set_left(holder, is_completed=True)
    settle(world)
    assert world.partner(holder).is_completed


def test_where_no_task_can_be_made_on_the_left_such_time_is_counted() -> None:
    world, _, _ = world_with_untasked_time(TASK)
    world.left.lacks("task", "create")
    made = plan(world.situation())
    assert made.steps == ()
    assert [(case.seconds, "create the task “Other time”" in case.reason.one) for case in made.cases] == [(600, True)]


def test_time_on_no_task_goes_to_the_project_alone_where_the_service_allows_it() -> None:
    world, project, right = world_with_untasked_time(PROJECT)
    [step] = sync(world).steps
    assert (step.task_id, step.project_id) == ("", project)
    assert f"project:{right}" in step.right_id
    assert plan(world.situation()).steps == ()
    world.left.lacks("time", "task_optional")
    world.time_pairs.clear()
    made = plan(world.situation())
    assert made.steps == ()
    assert [case.seconds for case in made.cases] == [600]


@pytest.mark.parametrize(("before", "after"), [(PROJECT, TASK), (TASK, PROJECT)])
def test_when_the_setting_changes_what_is_written_moves(before: TimeRules, after: TimeRules) -> None:
    world, _, _ = world_with_untasked_time(before)
    settle(world)
    world.rules = after
    settle(world)
    [time] = world.left.times.values()
    assert (time.seconds, bool(time.task_id)) == (600, after is TASK)


def test_when_such_time_is_left_from_now_on_what_is_written_stays_and_is_kept_right() -> None:
    world, _, right = world_with_untasked_time(PROJECT)
    settle(world)
    world.rules = LEAVE
    assert plan(world.situation()).steps == ()
    world.block("", NINE.replace(hour=12), project=right)
    assert kinds(sync(world)) == [StepKind.UPDATE_TIME]
    world.right.times.clear()
    assert kinds(sync(world)) == [StepKind.DELETE_TIME]


def test_a_task_that_held_such_time_gets_no_partner_when_the_setting_changes() -> None:
    world, _, _ = world_with_untasked_time(TASK)
    settle(world)
    world.rules = LEAVE
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("task that holds time without a task", 1, 0)]
    assert len(world.right.tasks) == 1
