"""What goes: tasks deleted or moved on the left, and what becomes of them on the right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.sync.plan import plan
from integrations.sync.steps import StepKind
from tests.sync.carrying import Faults, kinds, reasons, settle, sync, synced_world
from tests.sync.world import DAY, NINE, NO_GUARD, World


def test_a_task_deleted_on_the_left_is_deleted_on_the_right() -> None:
    world, left, right = synced_world()
    del world.left.tasks[left]
    [step] = sync(world).steps
    assert (step.kind, step.side, step.right_id) == (StepKind.DELETE_TASK, "right", right)
    assert world.right.tasks == {}
    assert plan(world.situation()).steps == ()


def test_a_task_that_was_just_not_seen_is_left_alone_and_said() -> None:
    world, left, _ = synced_world()
    made = plan(world.situation(lambda key: key == left))
    assert made.steps == ()
    assert [(case.subject, case.reason.one) for case in made.cases] == [(left, "task that was not seen in timeghost")]


def test_an_empty_list_that_is_no_evidence_removes_nothing() -> None:
    world = World(guard=NO_GUARD)
    project = world.project()
    tasks = [world.task(project) for _ in range(30)]
    settle(world)
    made = plan(world.situation(lambda key: key in tasks))
    assert (made.steps, made.held) == ((), ())


@pytest.mark.parametrize("where", ["written back", "tracked only", "tracked long ago"])
def test_a_deleted_task_with_tracked_time_is_completed_and_its_time_stays(where: str) -> None:
    world, left, right = synced_world()
    world.block(right, NINE, person="r-stranger" if where == "tracked only" else "r-ann")
    settle(world)
    if where == "tracked long ago":
        world.first_day = world.last_day
    written = world.written()
    del world.left.tasks[left]
    [step] = sync(world).steps
    assert (step.kind, step.is_completed) == (StepKind.COMPLETE_TASK, True)
    assert "time was tracked on it" in step.title
    assert world.right.tasks[right].is_completed
    made = sync(world)
    assert made.steps == ()
    assert (left, "task that was deleted in timeghost") in [(case.subject, case.reason.one) for case in made.cases]
    assert world.written() == written


def test_a_deleted_task_that_somebody_opens_again_on_the_right_may_stay_open() -> None:
    world, left, right = synced_world()
    world.block(right, NINE)
    del world.left.tasks[left]
    settle(world)
    world.set_right(right, is_completed=False)
    assert plan(world.situation()).steps == ()


def test_a_deleted_task_is_completed_where_the_right_deletes_none_and_left_alone_where_it_does_neither() -> None:
    world, left, _ = synced_world()
    world.right.lacks("task", "delete")
    del world.left.tasks[left]
    assert kinds(plan(world.situation())) == [StepKind.COMPLETE_TASK]
    world.right.lacks("task", "complete")
    made = plan(world.situation())
    assert made.steps == ()
    assert "complete tasks" in made.left_out[0].reason


def test_a_deleted_task_of_another_integration_is_left_alone() -> None:
    world, left, right = synced_world()
    world.right.tasks[right] = replace(world.right.tasks[right], is_read_only=True)
    del world.left.tasks[left]
    made = plan(world.situation())
    assert made.steps == ()
    assert "read-only" in made.left_out[0].reason


def test_a_task_deleted_on_both_sides_is_forgotten() -> None:
    world, left, right = synced_world()
    del world.left.tasks[left]
    del world.right.tasks[right]
    made = sync(world)
    assert (kinds(made), made.writes) == ([StepKind.FORGET_TASK], 0)
    assert world.task_pairs == {}
    assert plan(world.situation()).steps == ()


def test_a_deletion_whose_answer_was_lost_is_forgotten_at_the_next_sync() -> None:
    world, left, _ = synced_world()
    del world.left.tasks[left]
    sync(world, Faults(losing={0}))
    assert kinds(sync(world)) == [StepKind.FORGET_TASK]


def test_a_task_deleted_by_hand_on_the_right_does_not_come_back_and_says_why() -> None:
    world, left, right = synced_world()
    del world.right.tasks[right]
    made = plan(world.situation())
    assert made.steps == ()
    assert [(case.subject, case.reason.one) for case in made.cases] == [(left, "task that was deleted in hubstaff")]


def test_a_task_that_was_not_seen_on_the_right_is_not_made_again() -> None:
    world, _, right = synced_world()
    made = plan(world.situation(lambda key: key == right))
    assert made.steps == ()
    assert [case.reason.one for case in made.cases] == ["task that was not seen in hubstaff"]


# --- Moved ----------------------------------------------------------------------------------------------------------------


def moved_world() -> tuple[World, str, str]:
    """A task that was moved to another linked project: the world, the task, what was its partner."""
    world = World()
    left = world.task(world.project("First"))
    other = world.project("Second")
    settle(world)
    right = world.partner(left).id
    world.set_left(left, project_id=other)
    return world, left, right


def test_a_task_moved_to_another_linked_project_is_made_there_and_then_completed_in_the_first() -> None:
    world, left, right = moved_world()
    assert kinds(sync(world)) == [StepKind.CREATE_TASK]
    assert not world.right.tasks[right].is_completed  # somebody may be working on it until the new one is there
    [step] = sync(world).steps
    assert (step.kind, step.right_id, step.left_id, dict(step.values)) == (StepKind.COMPLETE_TASK, right, "", {})
    assert plan(world.situation()).steps == ()
    assert world.partner(left).project_id == world.right_of(world.left.tasks[left].project_id)


def test_a_task_that_was_completed_and_moved_between_two_syncs_is_completed_where_its_partner_is() -> None:
    world, left, right = synced_world()
    other = world.project("Care")
    settle(world)
    world.set_left(left, project_id=other, is_completed=True)
    assert kinds(sync(world, Faults(losing={0}))) == [StepKind.COMPLETE_TASK]
    assert world.right.tasks[right].is_completed
    assert kinds(sync(world)) == [StepKind.NOTE_TASK]  # the answer was lost
    assert plan(world.situation()).steps == ()
    world.set_right(right, is_completed=False)
    assert plan(world.situation()).steps == ()  # who opens it again may keep it
    world.set_left(left, is_completed=False)
    settle(world)
    assert world.partner(left).project_id == world.right_of(other)


def test_a_task_that_was_completed_and_moved_stays_where_the_right_completes_none_and_that_is_said() -> None:
    world, left, _ = synced_world()
    world.right.lacks("task", "complete")
    other = world.project("Care")
    settle(world)
    world.set_left(left, project_id=other, is_completed=True)
    made = sync(world)
    assert made.steps == ()
    assert any("cannot complete tasks" in reason for reason, _, _ in reasons(made))


def test_while_the_new_task_cannot_be_made_the_first_one_stays_open() -> None:
    world, _, right = moved_world()
    sync(world, Faults(refusing={0}))
    settle(world)
    assert not world.right.tasks[right].is_completed


def test_a_task_moved_and_moved_back_goes_on_with_its_first_partner_as_the_left_says() -> None:
    world, left, right = moved_world()
    first = next(iter(world.links))
    settle(world)
    second = world.partner(left).id
    world.left.tasks[left] = replace(world.left.tasks[left], project_id=first)  # the move itself sets no time stamp
    settle(world)
    assert world.partner(left).id == right
    assert not world.right.tasks[right].is_completed
    assert not world.left.tasks[left].is_completed
    assert world.right.tasks[second].is_completed


def test_time_tracked_on_the_first_task_still_counts_for_the_moved_one() -> None:
    world, left, right = moved_world()
    world.block(right, NINE)
    settle(world)
    assert world.written() == [("ann", left, 600)]
    world.block(right, NINE.replace(hour=10))
    settle(world)
    assert sum(seconds for _, _, seconds in world.written()) == 1200


def test_written_back_time_of_a_moved_task_moves_with_it() -> None:
    world = World()
    left = world.task(world.project("First"))
    other = world.project("Second")
    settle(world)
    world.block(world.partner(left).id, NINE)
    settle(world)
    world.set_left(left, project_id=other)
    settle(world)
    assert [time.project_id for time in world.left.times.values()] == [other]


def test_a_task_moved_to_a_project_that_is_not_linked_is_left_alone_and_said() -> None:
    world, left, _ = synced_world()
    world.set_left(left, project_id=world.project("Private", linked=False))
    made = plan(world.situation())
    assert made.steps == ()
    assert [case.subject for case in made.cases] == [left]
    assert "moved in timeghost" in made.left_out[0].reason


def test_a_task_moved_by_hand_on_the_right_is_left_alone_and_said() -> None:
    world, _, right = synced_world()
    world.set_right(right, project_id=world.right_project())
    made = plan(world.situation())
    assert made.steps == ()
    assert "moved in hubstaff" in made.left_out[0].reason


def test_a_task_moved_on_both_sides_keeps_its_partner() -> None:
    world, left, right = moved_world()
    world.set_right(right, project_id=world.right_of(world.left.tasks[left].project_id))
    made = sync(world)
    assert (kinds(made), made.writes) == ([StepKind.NOTE_TASK], 0)
    assert world.task_pairs[left].project_id == world.right.tasks[right].project_id


def test_a_left_over_of_a_task_whose_rows_were_lost_and_that_is_gone_is_deleted() -> None:
    """Only where there is evidence that it is gone: a mark alone does not say so."""
    world, left, right = synced_world()
    del world.left.tasks[left]
    world.task_pairs.clear()
    assert plan(world.situation()).steps == ()
    situation = world.situation()
    evidence = replace(situation, left=replace(situation.left, gone_tasks=frozenset({left})))
    assert [(step.kind, step.left_id, step.right_id) for step in plan(evidence).steps] == [(StepKind.DELETE_TASK, "", right)]


def test_nothing_of_an_unlinked_project_is_removed() -> None:
    world, left, right = synced_world()
    world.track(right, 600)
    settle(world)
    world.links.clear()
    del world.left.tasks[left]
    world.right.times.clear()
    made = plan(world.situation())
    assert (made.steps, made.held) == ((), ())


def test_time_of_a_day_that_is_not_looked_at_is_not_missed() -> None:
    world, _, right = synced_world()
    world.track(right, 600, day=DAY)
    settle(world)
    world.first_day = world.last_day
    world.right.times.clear()
    assert plan(world.situation()).steps == ()
    assert reasons(plan(world.situation())) == []
