"""The plan as a whole: a pure function, in a sensible order, that says of everything why it is left out."""

from __future__ import annotations

from dataclasses import replace

from integrations.sync.plan import plan
from integrations.sync.steps import StepKind
from tests.sync.carrying import Carrier, Faults, kinds, reasons, settle, sync, synced_world
from tests.sync.world import BLOCK, NINE, World


def test_a_blank_right_side_makes_the_project_first_and_then_its_tasks() -> None:
    world = World()
    project = world.project()
    world.task(project)
    world.task(project)
    assert kinds(sync(world)) == [StepKind.CREATE_PROJECT, StepKind.CREATE_TASK, StepKind.CREATE_TASK]
    assert len(world.right.tasks) == 2


def test_a_second_plan_has_no_steps() -> None:
    world, _, _ = synced_world()
    assert plan(world.situation()).steps == ()


def test_planning_changes_nothing_and_says_the_same_twice() -> None:
    world = World()
    world.task(world.project())
    assert plan(world.situation()) == plan(world.situation())


def test_the_most_used_projects_come_first_and_in_each_the_open_tasks() -> None:
    world = World()
    rare, used = world.project("Rare"), world.project("Used")
    tasks = {world.task(project, name): name for project in (rare, used) for name in ("Done", "Open")}
    settle(world)
    world.links = {key: replace(link, usage=9 if key == used else 1) for key, link in world.links.items()}
    for task, name in tasks.items():
        world.set_left(task, name=f"{name}!", is_completed=name == "Done")
    names = [step.name for step in plan(world.situation()).steps if step.kind is StepKind.UPDATE_TASK]
    links = [step.link for step in plan(world.situation()).steps if step.kind is StepKind.UPDATE_TASK]
    assert names == ["Open!", "Done!", "Open!", "Done!"]
    assert links == [f"link-{used}"] * 2 + [f"link-{rare}"] * 2


def test_a_record_that_makes_no_sense_is_counted_and_stops_nothing() -> None:
    world = World()
    world.task(world.project())
    situation = world.situation()
    made = plan(replace(situation, right=replace(situation.right, unreadable=("task/9",))))
    assert StepKind.CREATE_TASK in kinds(made)
    assert reasons(made)[0] == ("record of hubstaff that makes no sense", 1, 0)


def test_tracked_time_that_makes_no_sense_may_be_any_so_nothing_is_removed() -> None:
    world, _, right = synced_world()
    key = world.block(right, NINE)
    settle(world)
    del world.right.times[key]
    situation = world.situation()
    assert plan(replace(situation, right=replace(situation.right, unreadable=(f"time/{key}",)))).steps == ()
    assert kinds(plan(situation)) == [StepKind.DELETE_TIME]


def test_steps_say_what_stands_there_and_what_will() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Draw the whole map", is_completed=True)
    world.stretch(right, NINE, 20)
    settle(world)
    world.block(right, NINE + 2 * BLOCK)
    world.set_right(right, name="Draw it", is_completed=False)
    changes = {step.kind: (step.before, step.after) for step in plan(world.situation()).steps}
    assert changes[StepKind.UPDATE_TASK] == ({"name": "Draw the whole map"}, {"name": "Draw it"})
    assert changes[StepKind.COMPLETE_TASK] == ({"completed": True}, {"completed": False})
    before, after = changes[StepKind.UPDATE_TIME]
    assert before == {"time": "20 min", "from": "09:00"}
    assert after == {"time": "30 min", "from": "09:00", "task": "Draw the whole map"}


def test_what_is_done_of_a_project_that_is_unlinked_meanwhile_stays_and_the_rest_is_not_done() -> None:
    world = World()
    project = world.project()
    tasks = [world.task(project) for _ in range(4)]
    sync(world, Faults(unlinking_at=3, unlinked=project))
    assert len(world.right.tasks) == 2
    right_id = next(iter(world.right.projects))
    assert plan(world.situation()).steps == ()
    world.link(project, right_id)
    settle(world)
    assert len(world.right.tasks) == len(tasks)


def test_a_resting_link_is_left_out_with_its_time() -> None:
    world, left, right = synced_world()
    world.set_left(left, name="Another")
    world.block(right, NINE)
    world.resting_links = {world.links[world.left.tasks[left].project_id].id}
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("linked project that rests after errors", 1, 600)]
    assert made.left_out[0].advice


def test_steps_say_what_their_link_was_so_that_nothing_is_done_in_a_project_that_was_linked_meanwhile() -> None:
    world, left, _ = synced_world()
    project = world.left.tasks[left].project_id
    first, other = world.right_of(project), world.right_project()
    world.set_left(left, name="Another")
    world.task(project)
    made = plan(world.situation())
    assert {step.link_right_id for step in made.steps} == {first}
    world.link(project, other)
    carrier = Carrier(world)
    before = dict(world.right.tasks)
    for step in made.steps:
        carrier.do(step)
    assert world.right.tasks == before


def test_the_steps_of_a_link_without_a_right_side_say_so() -> None:
    world = World()
    world.task(world.project())
    assert {step.link_right_id for step in plan(world.situation()).steps} == {""}
