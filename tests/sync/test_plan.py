"""The plan is a pure function; these tests say what it plans, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from integrations.catalogue import TimeFacts
from integrations.sync.plan import plan
from integrations.sync.steps import StepKind
from tests.sync.world import DAY, World, kinds


def synced_world(**task: object) -> tuple[World, str, str]:
    """A world in step with one linked project and one task: the world, the task on the left, its partner on the right."""
    world = World()
    left = world.task(world.project(), **task)  # type: ignore[arg-type]
    world.settle()
    return world, left, world.task_pairs[left].right_id


def test_a_blank_right_side_makes_the_project_first_and_then_its_tasks() -> None:
    world = World()
    project = world.project()
    world.task(project)
    world.task(project)
    assert kinds(world.sync()) == [StepKind.CREATE_PROJECT, StepKind.CREATE_TASK, StepKind.CREATE_TASK]
    assert len(world.right_tasks) == 2


def test_a_second_plan_has_no_steps() -> None:
    world, _, _ = synced_world()
    assert plan(world.situation()).steps == ()


def test_planning_changes_nothing_and_says_the_same_twice() -> None:
    world = World()
    world.task(world.project())
    assert plan(world.situation()) == plan(world.situation())


def test_a_project_made_by_an_earlier_attempt_is_taken_up_by_its_mark() -> None:
    world = World()
    world.task(world.project())
    world.sync(losing=frozenset({0}))
    assert kinds(world.sync())[0] == StepKind.ADOPT_PROJECT
    world.settle()
    assert len(world.right_projects) == 1
    assert len(world.right_tasks) == 1


def test_a_task_whose_answer_was_lost_is_taken_up_and_not_made_again() -> None:
    world = World()
    project = world.project()
    world.task(project)
    world.task(project)
    world.sync(losing=frozenset({1}))
    assert kinds(world.sync()) == [StepKind.ADOPT_TASK]
    assert len(world.right_tasks) == 2


def test_when_all_our_rows_are_gone_the_marks_still_find_every_partner() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(5)]
    world.settle()
    world.task_pairs.clear()
    world.link(project)
    world.settle()
    assert len(world.right_projects) == 1
    assert len(world.right_tasks) == len(tasks)


def test_a_task_completed_on_the_right_is_completed_on_the_left() -> None:
    world, left, right = synced_world()
    world.set_right(right, is_completed=True)
    [step] = world.sync().steps
    assert (step.kind, step.side) == (StepKind.COMPLETE_TASK, "left")
    assert world.left_tasks[left].is_completed
    assert plan(world.situation()).steps == ()


def test_a_task_completed_on_the_left_is_completed_on_the_right() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    [step] = world.sync().steps
    assert (step.kind, step.side) == (StepKind.COMPLETE_TASK, "right")
    assert world.right_tasks[right].is_completed


def test_a_task_reopened_on_one_side_is_reopened_on_the_other() -> None:
    world, left, right = synced_world()
    world.set_right(right, is_completed=True)
    world.settle()
    world.set_left(left, is_completed=False)
    world.settle()
    assert not world.right_tasks[right].is_completed


def test_a_task_completed_on_both_sides_is_noted_and_nothing_is_written() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    world.set_right(right, is_completed=True)
    made = world.sync()
    assert kinds(made) == [StepKind.NOTE_TASK]
    assert made.writes == 0
    assert plan(world.situation()).steps == ()


def test_of_two_tasks_found_by_their_mark_the_later_change_wins() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    world.set_right(right, is_completed=False)
    world.task_pairs.clear()
    world.settle()
    assert not world.left_tasks[left].is_completed


def test_tasks_completed_before_they_were_linked_are_left_out_and_counted() -> None:
    world = World()
    world.task(world.project(), completed=True)
    made = world.sync()
    assert kinds(made) == [StepKind.CREATE_PROJECT]
    assert [(each.reason, each.count) for each in made.left_out] == [("task that was completed before it was linked", 1)]


def test_a_renamed_task_is_renamed_on_the_right() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Draw the whole map")
    world.settle()
    assert world.right_tasks[right].name == "Draw the whole map"


def test_only_connected_people_get_tasks_assigned_and_the_others_are_counted() -> None:
    world = World()
    left = world.task(world.project(), assignees=frozenset({"ann", "zoe"}))
    made = world.sync()
    right = world.task_pairs[left].right_id
    assert world.right_tasks[right].assignee_ids == {"r-ann"}
    assert ("person with tasks who is not connected", 1) in [(each.reason, each.count) for each in made.left_out]


def test_read_only_tasks_of_another_integration_are_left_alone() -> None:
    world, left, right = synced_world()
    world.right_tasks[right] = replace(world.right_tasks[right], is_read_only=True)
    world.set_left(left, is_completed=True)
    made = plan(world.situation())
    assert made.steps == ()
    assert "read-only" in made.left_out[0].reason


def test_people_connected_later_are_added_to_the_projects() -> None:
    world, _, _ = synced_world()
    world.people["cleo"] = "r-cleo"
    [step] = world.sync().steps
    assert (step.kind, step.member_ids) == (StepKind.ADD_MEMBERS, ("r-cleo",))
    assert plan(world.situation()).steps == ()


def test_tracked_time_is_written_back_by_person_task_and_day() -> None:
    world, left, right = synced_world()
    world.track(right, 3600, "r-ann")
    world.track(right, 1800, "r-ben")
    world.track(right, 600, "r-ann", DAY - timedelta(days=1))
    assert kinds(world.sync()) == [StepKind.ADD_TIME] * 3
    assert sorted((time.person_id, time.task_id, time.seconds) for time in world.left_times.values()) == [
        ("ann", left, 600),
        ("ann", left, 3600),
        ("ben", left, 1800),
    ]


def test_the_pieces_of_a_persons_day_do_not_overlap() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(3)]
    world.settle()
    for task in tasks:
        world.track(world.task_pairs[task].right_id, 3000)
    world.settle()
    spans = sorted((time.start, time.end) for time in world.left_times.values() if time.start and time.end)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_days_begin_at_nine_in_the_organizations_zone_on_both_sides_of_daylight_saving() -> None:
    world, _, right = synced_world()
    world.track(right, 60)
    situation = replace(world.situation(), first_day=date.min, last_day=date.max)
    [step] = plan(situation).steps
    assert step.start == datetime(2026, 3, 2, 8, tzinfo=UTC)
    world.right_times.clear()
    world.track(right, 60, day=date(2026, 3, 29))
    [step] = plan(replace(world.situation(), first_day=date.min, last_day=date.max)).steps
    assert step.start == datetime(2026, 3, 29, 7, tzinfo=UTC)


def test_more_time_on_the_same_day_makes_the_piece_longer() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    world.settle()
    world.track(right, 900)
    [step] = world.sync().steps
    assert (step.kind, step.seconds) == (StepKind.UPDATE_TIME, 4500)
    [time] = world.left_times.values()
    assert time.seconds == 4500


def test_written_back_time_whose_answer_was_lost_is_recognised_by_person_task_and_start() -> None:
    world, _, right = synced_world()
    world.track(right, 3600)
    world.sync(losing=frozenset({0}))
    world.track(right, 60)
    assert kinds(world.sync()) == [StepKind.ADOPT_TIME, StepKind.UPDATE_TIME]
    [time] = world.left_times.values()
    assert time.seconds == 3660


def test_time_of_people_who_are_not_connected_is_left_out_with_its_seconds() -> None:
    world, _, right = synced_world()
    world.track(right, 7200, "r-stranger")
    made = plan(world.situation())
    assert made.steps == ()
    assert [(each.count, each.seconds) for each in made.left_out] == [(1, 7200)]


def test_unlinking_and_linking_again_makes_nothing_twice() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(4)]
    world.settle()
    right_project = world.links.pop(project).right_id
    assert plan(world.situation()).steps == ()
    world.link(project)
    world.links[project] = replace(world.links[project], right_id=right_project)
    made = world.sync()
    assert StepKind.CREATE_TASK not in kinds(made)
    assert len(world.right_tasks) == len(tasks)


def test_linking_to_another_project_makes_the_tasks_there() -> None:
    world, left, right = synced_world()
    project = world.left_tasks[left].project_id
    world.right_projects["other"] = replace(next(iter(world.right_projects.values())), id="other", mark="")
    world.links[project] = replace(world.links[project], right_id="other")
    world.settle()
    assert world.right_tasks[world.task_pairs[left].right_id].project_id == "other"
    assert right in world.right_tasks


def test_linking_to_another_project_and_back_finds_the_first_tasks_again() -> None:
    world, left, right = synced_world()
    project = world.left_tasks[left].project_id
    first = world.links[project].right_id
    world.right_projects["other"] = replace(next(iter(world.right_projects.values())), id="other", mark="")
    world.links[project] = replace(world.links[project], right_id="other")
    world.settle()
    world.links[project] = replace(world.links[project], right_id=first)
    assert StepKind.CREATE_TASK not in kinds(world.sync())
    assert world.task_pairs[left].right_id == right


def test_a_task_deleted_on_the_right_does_not_come_back() -> None:
    world, _, right = synced_world()
    del world.right_tasks[right]
    made = plan(world.situation())
    assert made.steps == ()
    assert "deleted" in made.left_out[0].reason


def test_nothing_is_written_to_a_project_that_is_archived_on_the_right() -> None:
    world, left, _ = synced_world()
    project = world.left_tasks[left].project_id
    right = world.links[project].right_id
    world.task(project)
    world.right_projects[right] = replace(world.right_projects[right], is_active=False)
    made = plan(world.situation())
    assert made.steps == ()
    assert "archived" in made.left_out[0].reason


def test_a_persons_own_entry_is_never_taken_for_written_back_time() -> None:
    world, left, right = synced_world()
    nine = datetime(2026, 3, 2, 8, tzinfo=UTC)
    world.left_times["own"] = TimeFacts("own", "ann", world.left_tasks[left].project_id, left, DAY, 10800, nine, nine + timedelta(hours=3))
    world.track(right, 1200)
    assert kinds(world.sync()) == [StepKind.ADD_TIME]
    assert world.left_times["own"].seconds == 10800


def test_time_that_was_moved_to_another_task_is_said_to_stand_on_both() -> None:
    world, _, right = synced_world()
    world.track(right, 7200)
    world.settle()
    world.right_times.clear()
    made = plan(world.situation())
    assert [(each.count, each.seconds) for each in made.left_out] == [(1, 7200)]


def test_a_record_that_makes_no_sense_is_counted_and_stops_nothing() -> None:
    world = World()
    world.task(world.project())
    situation = world.situation()
    made = plan(replace(situation, right=replace(situation.right, unreadable=("task/9",))))
    assert StepKind.CREATE_TASK in kinds(made)
    assert made.left_out[0].count == 1
