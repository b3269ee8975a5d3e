"""The guard: many removals and completions at once wait for a person, and so does what could double time meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.sync.plan import plan
from integrations.sync.reasons import TIME_WAITS
from integrations.sync.situation import Guard, TimeRules
from integrations.sync.steps import Plan, StepKind, Why
from tests.sync.carrying import Faults, decide, kinds, settle, sync, synced_world
from tests.sync.world import BLOCK, DAY, NINE, NO_GUARD, World


def world_with(tasks: int, guard: Guard | None = None) -> tuple[World, list[str]]:
    world = World(guard=guard or Guard())
    project = world.project()
    made = [world.task(project) for _ in range(tasks)]
    settle(world)
    return world, made


def complete(world: World, tasks: list[str]) -> None:
    for task in tasks:
        world.set_left(task, is_completed=True)


def test_more_completions_than_the_guard_allows_all_wait_and_the_rest_goes_on() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:21])
    world.set_left(tasks[30], name="Another")
    made = sync(world)
    assert kinds(made) == [StepKind.UPDATE_TASK]
    assert {held.why for held in made.held} == {Why.GUARD}
    assert [held.subject for held in made.held] == tasks[:21]


def test_as_many_as_the_guard_allows_go_on() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:20])
    assert kinds(sync(world)) == [StepKind.COMPLETE_TASK] * 20


@pytest.mark.parametrize(("count", "waits"), [(3, False), (4, True)])
def test_a_large_share_of_few_tasks_waits_when_they_are_more_than_three(count: int, waits: bool) -> None:
    world, tasks = world_with(20)
    complete(world, tasks[:count])
    assert bool(plan(world.situation()).held) is waits


def test_deletions_of_tasks_and_time_and_completions_count_together() -> None:
    world, tasks = world_with(100, Guard(items=5, percent=100))
    for task in tasks[:3]:
        world.track(world.partner(task).id, 600)
    settle(world)
    world.right.times.clear()
    complete(world, tasks[10:12])
    del world.left.tasks[tasks[20]]
    made = sync(world)
    assert made.steps == ()
    assert len(made.held) == 6


def test_opening_again_is_never_guarded() -> None:
    world, tasks = world_with(30, NO_GUARD)
    complete(world, tasks)
    settle(world)
    world.guard = Guard()
    for task in tasks:
        world.set_left(task, is_completed=False)
    assert len(sync(world).steps) == 30


def test_many_small_syncs_pass_no_more_in_a_day_than_a_large_one() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:3])
    world.guarded_lately = 17
    assert len(plan(world.situation()).steps) == 3
    world.guarded_lately = 18
    made = plan(world.situation())
    assert (made.steps, len(made.held)) == ((), 3)


def test_a_piece_of_time_that_loses_more_than_half_counts_and_one_that_loses_less_does_not() -> None:
    world, _, right = synced_world()
    key = world.track(right, 3600)
    settle(world)
    world.guard = Guard(items=0, percent=100)
    world.right.times[key] = replace(world.right.times[key], seconds=1799)
    made = plan(world.situation())
    assert (made.steps, [held.kind for held in made.held]) == ((), [StepKind.UPDATE_TIME])
    decide(world, "approve")
    world.right.times[key] = replace(world.right.times[key], seconds=600)
    assert len(plan(world.situation()).held) == 1  # nobody has approved of so little
    world.right.times[key] = replace(world.right.times[key], seconds=1800)
    assert kinds(sync(world)) == [StepKind.UPDATE_TIME]


def test_what_was_approved_is_done_and_what_was_declined_is_not_and_the_others_go_on_waiting() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:21])
    held = sync(world).held
    world.answers[held[0].key] = "approve"
    for each in held[1:15]:
        world.answers[each.key] = "decline"
    made = sync(world)
    assert [step.left_id for step in made.steps] == [held[0].subject]
    assert [each.key for each in made.held] == [each.key for each in held[15:]]  # though these six alone would be few
    assert made.declined == {each.key for each in held[1:15]}
    assert {case.reason.one for case in made.cases} == {"change that stays undone by decision"}


def test_new_completions_go_on_while_others_were_approved() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:21])
    decide(world, "approve")
    complete(world, tasks[21:23])
    assert len(sync(world).steps) == 23


def test_what_waits_and_is_wanted_no_more_is_asked_no_more() -> None:
    world, tasks = world_with(300)
    complete(world, tasks[:21])
    sync(world)
    for task in tasks[:21]:
        world.set_left(task, is_completed=False)
    made = sync(world)
    assert (made.steps, made.held, world.answers) == ((), (), {})


# --- Time that moved ------------------------------------------------------------------------------------------------------


def moved_time(guard: Guard) -> tuple[World, str, str]:
    """Ten minutes that were moved from one task to another: the world, and both tasks on the left."""
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    key = world.block(right, NINE)
    world.block(right, NINE + 6 * BLOCK, person="r-ben")
    settle(world)
    world.right.times[key] = replace(world.right.times[key], task_id=world.partner(other).id)
    world.guard = guard
    return world, left, other


def test_while_the_removal_of_moved_time_waits_it_is_not_added_in_its_new_place() -> None:
    world, left, other = moved_time(Guard(items=0, percent=100))
    world.block(world.partner(other).id, NINE + 8 * BLOCK, person="r-ben")
    made = sync(world)
    assert [(step.kind, step.person_id) for step in made.steps] == [(StepKind.ADD_TIME, "ben")]
    assert [(case.reason.one.startswith("piece of time that waits"), case.seconds) for case in made.cases] == [(True, 600)]
    assert ("ann", left, 600) in world.written()
    decide(world, "approve")
    assert kinds(sync(world)) == [StepKind.DELETE_TIME, StepKind.ADD_TIME]
    assert ("ann", other, 600) in world.written()
    assert ("ann", left, 600) not in world.written()


def test_while_the_removal_of_moved_time_rests_it_is_not_added_in_its_new_place() -> None:
    world, _, other = moved_time(NO_GUARD)
    [delete, _] = plan(world.situation()).steps
    world.resting.add(delete.key)
    assert sync(world).steps == ()
    world.resting.clear()
    settle(world)
    assert ("ann", other, 600) in world.written()


@pytest.mark.parametrize("how", ["rests", "waits", "declined"])
def test_while_time_does_not_get_shorter_in_one_place_it_does_not_get_longer_in_another(how: str) -> None:
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    key = world.track(right, 7200)
    settle(world)
    world.right.times[key] = replace(world.right.times[key], seconds=600)
    world.track(world.partner(other).id, 6600)
    world.guard = NO_GUARD if how == "rests" else Guard(items=0, percent=100)
    [shorter, _] = plan(replace(world.situation(), guard=NO_GUARD)).steps
    assert (shorter.kind, shorter.grown, shorter.shrinks, shorter.grows) == (StepKind.UPDATE_TIME, -6600, True, False)
    assert shorter.person_day == (str(DAY), "r-ann")
    world.resting |= {shorter.key} if how == "rests" else set()
    world.answers |= {shorter.key: "decline"} if how == "declined" else {}
    made = sync(world)
    assert made.steps == ()
    assert (reasons_of(made), world.written()) == ([6600], [("ann", left, 7200)])
    world.resting.clear()
    decide(world, "approve")
    world.answers[shorter.key] = "approve"
    settle(world)
    assert world.written() == [("ann", left, 600), ("ann", other, 6600)]


def reasons_of(made: Plan) -> list[int]:
    """The seconds of each piece that waits until other time of its day is removed or shortened."""
    return [case.seconds for case in made.cases if case.reason is TIME_WAITS]


def test_while_the_link_that_time_moved_away_from_rests_it_is_not_added_in_its_new_place() -> None:
    world, left, right = synced_world()
    project = world.project("Care")
    other = world.task(project)
    settle(world)
    key = world.block(right, NINE)
    settle(world)
    there = world.partner(other)
    world.right.times[key] = replace(world.right.times[key], task_id=there.id, project_id=there.project_id)
    world.resting_links = {f"link-{world.left.tasks[left].project_id}"}
    assert reasons_of(sync(world)) == [600]
    world.resting_links = set()
    settle(world)
    assert world.written() == [("ann", other, 600)]


def test_what_gets_shorter_in_its_place_comes_before_what_gets_longer() -> None:
    world, left, right = synced_world()
    other = world.task(world.left.tasks[left].project_id)
    settle(world)
    first, last = sorted([right, world.partner(other).id])
    early, late = world.track(first, 7200), world.track(last, 600)
    settle(world)
    world.right.times[early] = replace(world.right.times[early], seconds=6000)
    world.right.times[late] = replace(world.right.times[late], seconds=1800)
    made = plan(world.situation())
    assert [step.grown for step in made.steps] == [-1200, 1200]
    sync(world, Faults(refuses_less_time=True))
    assert sum(seconds for _, _, seconds in world.written()) == 7800


def test_when_fewer_pieces_were_declined_none_of_them_grows() -> None:
    world, left, right = synced_world()
    world.rules = TimeRules("blocks")
    world.block(right, NINE)
    world.block(right, NINE + 6 * BLOCK)
    settle(world)
    world.rules, world.guard = TimeRules("day"), Guard(items=0, percent=100)
    decide(world, "decline")
    assert sync(world).steps == ()
    assert world.written() == [("ann", left, 600), ("ann", left, 600)]
