"""Tasks: made, taken up, renamed, assigned and completed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.catalogue import PersonFacts
from integrations.sync.plan import plan
from integrations.sync.steps import StepKind, Why
from tests.sync.carrying import Faults, decide, kinds, reasons, settle, sync, synced_world
from tests.sync.world import World


def at_once(world: World, left: str, right: str) -> None:
    """Makes it so that nobody can tell which of two tasks was changed later."""
    world.right.tasks[right] = replace(world.right.tasks[right], changed_at=world.left.tasks[left].changed_at)


def test_a_task_whose_answer_was_lost_is_taken_up_and_not_made_again() -> None:
    world = World()
    project = world.project()
    world.task(project)
    world.task(project)
    sync(world, Faults(losing={1}))
    assert kinds(sync(world)) == [StepKind.ADOPT_TASK]
    assert len(world.right.tasks) == 2


def test_when_all_our_rows_are_gone_the_marks_still_find_every_partner() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(5)]
    settle(world)
    world.task_pairs.clear()
    world.link(project)
    settle(world)
    assert len(world.right.projects) == 1
    assert len(world.right.tasks) == len(tasks)


def test_a_task_that_is_paired_with_another_one_is_not_taken_by_a_copied_mark() -> None:
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id, "Another")
    world.right.tasks[right] = replace(world.right.tasks[right], mark=f"timeghost/w/{other}")
    assert kinds(sync(world)) == [StepKind.CREATE_TASK]
    assert world.task_pairs[left].right_id == right


def test_tasks_completed_before_they_were_linked_are_left_out_and_counted() -> None:
    world = World()
    task = world.task(world.project(), completed=True)
    made = sync(world)
    assert kinds(made) == [StepKind.CREATE_PROJECT]
    assert reasons(made) == [("task that was completed before it was linked", 1, 0)]
    assert [case.subject for case in made.cases] == [task]


def test_read_only_tasks_of_another_integration_are_left_alone() -> None:
    world, left, right = synced_world()
    world.right.tasks[right] = replace(world.right.tasks[right], is_read_only=True)
    world.set_left(left, is_completed=True)
    made = plan(world.situation())
    assert made.steps == ()
    assert "read-only" in made.left_out[0].reason
    assert made.cases[0].subject == left


def test_tasks_that_another_integration_made_in_a_linked_project_are_counted() -> None:
    world, _, right = synced_world()
    world.right.tasks["native"] = replace(world.right.tasks[right], id="native", mark="", is_read_only=True)
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("task from another integration of hubstaff, read-only there", 1, 0)]


def test_where_tasks_cannot_be_made_that_is_said_of_each() -> None:
    world = World()
    world.right.lacks("task", "create")
    task = world.task(world.project())
    made = sync(world)
    assert kinds(made) == [StepKind.CREATE_PROJECT]
    assert [(case.subject, case.reason.one) for case in made.cases] == [
        (task, "change that hubstaff does not take: it cannot create tasks")
    ]


# --- Names ----------------------------------------------------------------------------------------------------------------


def test_a_task_renamed_on_one_side_is_renamed_on_the_other() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Draw the whole map")
    settle(world)
    assert world.right.tasks[right].name == "Draw the whole map"
    world.set_right(right, name="Draw it")
    [step] = sync(world).steps
    assert (step.kind, step.side) == (StepKind.UPDATE_TASK, "left")
    assert world.left.tasks[left].name == "Draw it"
    assert plan(world.situation()).steps == ()


def test_of_two_new_names_the_later_one_wins() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="First")
    world.set_right(right, name="Second")
    settle(world)
    assert world.left.tasks[left].name == world.right.tasks[right].name == "Second"
    world.set_right(right, name="Third")
    world.set_left(left, name="Fourth")
    settle(world)
    assert world.left.tasks[left].name == world.right.tasks[right].name == "Fourth"


def test_a_task_renamed_to_the_same_on_both_sides_is_noted_and_nothing_is_written() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Draw")
    world.set_right(right, name="Draw")
    made = sync(world)
    assert kinds(made) == [StepKind.NOTE_TASK]
    assert made.writes == 0
    assert plan(world.situation()).steps == ()


@pytest.mark.parametrize(("answer", "name"), [("left", "Ours"), ("right", "Theirs")])
def test_two_new_names_of_one_moment_wait_for_a_person_and_nothing_else_of_the_task_is_touched(answer: str, name: str) -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Ours", is_completed=True, assignee_ids=frozenset({"ann"}))
    world.set_right(right, name="Theirs")
    at_once(world, left, right)
    made = sync(world)
    assert made.steps == ()
    [held] = made.held
    assert (held.why, held.left, held.right, held.subject) == (Why.CONFLICT, "Ours", "Theirs", left)
    world.answers[held.key] = answer
    made = sync(world)
    assert held.key in made.answered
    settle(world)
    assert world.left.tasks[left].name == world.right.tasks[right].name == name
    assert world.right.tasks[right].is_completed
    assert plan(world.situation()).answered == frozenset()


def test_an_answer_counts_for_these_two_names_only() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Ours")
    world.set_right(right, name="Theirs")
    at_once(world, left, right)
    decide(world, "approve", asked="left")
    world.set_right(right, name="Yet another")
    at_once(world, left, right)
    made = plan(world.situation())
    assert made.steps == ()
    assert [held.right for held in made.held] == ["Yet another"]


def test_a_conflict_that_somebody_wants_to_stay_is_left_out() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Ours")
    world.set_right(right, name="Theirs")
    at_once(world, left, right)
    decide(world, "approve", asked="decline")
    made = sync(world)
    assert (made.steps, made.held) == ((), ())
    assert [(case.subject, case.reason.one) for case in made.cases] == [(left, "change that stays undone by decision")]
    assert sync(world).held == ()


def test_a_name_that_a_service_does_not_take_is_said_and_completion_goes_on() -> None:
    world, _, right = synced_world()
    world.left.lacks("task", "update")
    world.set_right(right, name="Theirs", is_completed=True)
    made = sync(world)
    assert kinds(made) == [StepKind.COMPLETE_TASK]
    assert "rename and assign tasks" in made.left_out[0].reason


# --- People ---------------------------------------------------------------------------------------------------------------


def test_only_connected_people_get_tasks_assigned_and_the_others_are_counted() -> None:
    world = World()
    left = world.task(world.project(), assignees=frozenset({"ann", "zoe"}))
    made = sync(world)
    assert world.partner(left).assignee_ids == {"r-ann"}
    assert reasons(made) == [("person with tasks who is not connected", 1, 0)]


def test_people_connected_later_get_their_tasks() -> None:
    world, _, right = synced_world(assignees=frozenset({"ann", "cleo"}))
    world.people["cleo"] = "r-cleo"
    settle(world)
    assert world.right.tasks[right].assignee_ids == {"r-ann", "r-cleo"}


def test_whom_others_assigned_on_the_right_stays_and_whom_we_assigned_follows_the_left() -> None:
    world, left, right = synced_world(assignees=frozenset({"ann"}))
    world.set_right(right, assignee_ids=frozenset({"r-ann", "r-stranger"}))
    assert plan(world.situation()).steps == ()
    world.set_left(left, assignee_ids=frozenset({"ben"}))
    [step] = sync(world).steps
    assert step.values["assignee_ids"] == ["r-ben"]
    assert world.right.tasks[right].assignee_ids == {"r-ben", "r-stranger"}
    assert plan(world.situation()).steps == ()


def test_a_person_whom_somebody_assigned_there_already_is_noted_without_a_write() -> None:
    world, left, right = synced_world()
    world.set_right(right, assignee_ids=frozenset({"r-ann"}))
    world.set_left(left, assignee_ids=frozenset({"ann"}))
    made = sync(world)
    assert (kinds(made), made.writes) == ([StepKind.NOTE_TASK], 0)
    world.set_left(left, assignee_ids=frozenset())
    settle(world)
    assert world.right.tasks[right].assignee_ids == frozenset()


def test_a_person_who_was_removed_on_the_right_gets_no_tasks_and_is_counted() -> None:
    world, _, right = synced_world(assignees=frozenset({"ann"}))
    world.right.people["r-ann"] = PersonFacts("r-ann", "Ann", "", is_active=False)
    world.set_right(right, assignee_ids=frozenset())
    made = sync(world)
    assert made.writes == 0
    assert reasons(made) == [("connected person who is no active member of hubstaff", 1, 0)]
    assert plan(world.situation()).steps == ()


# --- Completion -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_a_task_completed_or_reopened_on_one_side_is_so_on_the_other(side: str, other: str) -> None:
    world, left, right = synced_world()
    for wanted in (True, False):
        if side == "left":
            world.set_left(left, is_completed=wanted)
        else:
            world.set_right(right, is_completed=wanted)
        [step] = sync(world).steps
        assert (step.kind, step.side, step.after) == (StepKind.COMPLETE_TASK, other, {"completed": wanted})
        assert world.left.tasks[left].is_completed == world.right.tasks[right].is_completed == wanted
    assert plan(world.situation()).steps == ()


def test_a_task_completed_on_both_sides_is_noted_and_nothing_is_written() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    world.set_right(right, is_completed=True)
    made = sync(world)
    assert (kinds(made), made.writes) == ([StepKind.NOTE_TASK], 0)
    assert plan(world.situation()).steps == ()


def test_of_two_tasks_found_by_their_mark_the_later_change_wins() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    world.set_right(right, is_completed=False)
    world.task_pairs.clear()
    settle(world)
    assert not world.left.tasks[left].is_completed


def test_the_later_change_of_two_found_tasks_wins_also_when_the_worker_dies_between_its_fields() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Later", is_completed=True)
    world.task_pairs.clear()
    for _ in range(4):
        sync(world, Faults(dying_at=1))
    settle(world)
    assert world.right.tasks[right].name == "Later"
    assert world.right.tasks[right].is_completed


def test_two_found_tasks_that_differ_and_were_changed_at_once_wait_for_a_person() -> None:
    world, left, right = synced_world()
    world.set_left(left, is_completed=True)
    at_once(world, left, right)
    world.task_pairs.clear()
    made = sync(world)
    assert kinds(made) == [StepKind.ADOPT_TASK]
    [held] = made.held
    assert (held.why, held.left, held.right) == (Why.CONFLICT, "completed", "open")
    decide(world, "approve", asked="right")
    settle(world)
    assert not world.left.tasks[left].is_completed


def test_a_completion_that_a_service_does_not_take_is_said() -> None:
    world, left, _ = synced_world()
    world.right.lacks("task", "complete")
    world.set_left(left, is_completed=True)
    made = plan(world.situation())
    assert made.steps == ()
    assert "complete tasks" in made.left_out[0].reason


# --- Links ----------------------------------------------------------------------------------------------------------------


def test_unlinking_and_linking_again_makes_nothing_twice() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(4)]
    settle(world)
    right_project = world.links.pop(project).right_id
    assert plan(world.situation()).steps == ()
    world.link(project, right_project)
    assert StepKind.CREATE_TASK not in kinds(sync(world))
    assert len(world.right.tasks) == len(tasks)


def test_linking_to_another_project_makes_the_tasks_there_and_leaves_the_first_ones_alone() -> None:
    world, left, right = synced_world()
    project = world.left.tasks[left].project_id
    other = world.right_project()
    world.link(project, other)
    settle(world)
    assert world.partner(left).project_id == other
    assert not world.right.tasks[right].is_completed


def test_linking_to_another_project_and_back_finds_the_first_tasks_again() -> None:
    world, left, right = synced_world()
    project = world.left.tasks[left].project_id
    first = world.right_of(project)
    world.link(project, world.right_project())
    settle(world)
    world.link(project, first)
    assert StepKind.CREATE_TASK not in kinds(sync(world))
    assert world.task_pairs[left].right_id == right


def test_a_refused_step_rests_and_is_done_when_that_is_lifted() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Another")
    sync(world, Faults(refusing={0}))
    made = sync(world)
    assert made.steps == ()
    assert [(case.subject, case.reason.one) for case in made.cases] == [(left, "step that was refused and rests")]
    assert made.resting == world.resting
    world.resting.clear()
    settle(world)
    assert world.right.tasks[right].name == "Another"
