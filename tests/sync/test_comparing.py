"""One linked project side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.sync.comparing import ComparedTask, Comparison, Standing, compare, narrowed
from tests.sync.carrying import settle
from tests.sync.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def project(world: World) -> str:
    return world.project(client="Northern Rail")


def compared(world: World, project: str) -> Comparison:
    situation = world.situation()
    return compare(next(link for link in situation.links if link.left_id == project), situation)


def only_task(world: World, project: str) -> ComparedTask:
    [task] = compared(world, project).tasks
    return task


def fields(comparison: Comparison) -> dict[str, Standing]:
    return {field.word: field.standing for field in comparison.fields}


def test_what_is_in_step_is_equal(world: World, project: str) -> None:
    world.task(project, assignees=frozenset({"ann"}))
    settle(world)
    found = compared(world, project)
    assert [task.standing for task in found.tasks] == [Standing.EQUAL]
    assert fields(found)["Name"] is fields(found)["Billable"] is fields(found)["Status"] is Standing.EQUAL


def test_the_project_differs_field_by_field(world: World, project: str) -> None:
    settle(world)
    world.set_project("right", world.right_of(project), name="Else", billable=False, is_active=False, client="")
    found = {field.word: (field.left, field.right, field.standing) for field in compared(world, project).fields}
    assert found == {
        "Name": ("Relaunch", "Else", Standing.DIFFERENT),
        "Client": ("Northern Rail", "", Standing.ONLY_LEFT),
        "Billable": ("yes", "no", Standing.DIFFERENT),
        "Status": ("active", "archived", Standing.DIFFERENT),
    }


def test_a_project_that_is_still_to_be_made_stands_on_the_left_alone(world: World, project: str) -> None:
    world.task(project)
    found = compared(world, project)
    assert set(fields(found).values()) == {Standing.ONLY_LEFT}
    assert [task.standing for task in found.tasks] == [Standing.ONLY_LEFT]


def test_a_project_that_is_gone_on_both_sides_says_nothing(world: World, project: str) -> None:
    settle(world)
    world.delete_project("right", world.right_of(project))
    world.delete_project("left", project)
    assert {(field.left, field.right) for field in compared(world, project).fields} == {("", "")}


@pytest.mark.parametrize(
    ("change", "differs"),
    [({"name": "Else"}, ("name",)), ({"is_completed": True}, ("completion",)), ({"assignee_ids": frozenset()}, ("people",))],
)
def test_a_task_says_in_what_it_differs(world: World, project: str, change: dict[str, object], differs: tuple[str, ...]) -> None:
    task = world.task(project, assignees=frozenset({"ann"}))
    settle(world)
    world.set_right(world.partner(task).id, **change)
    found = only_task(world, project)
    assert (found.standing, found.differs) == (Standing.DIFFERENT, differs)


def test_who_is_assigned_by_hand_on_the_right_is_no_difference(world: World, project: str) -> None:
    task = world.task(project, assignees=frozenset({"ann"}))
    settle(world)
    world.set_right(world.partner(task).id, assignee_ids=frozenset({"r-ann", "r-stranger"}))
    found = only_task(world, project)
    assert found.standing is Standing.EQUAL
    assert found.right and found.right.people == ("Ann", "Stranger")


def test_a_task_without_a_partner_stands_alone(world: World, project: str) -> None:
    settle(world)
    world.task(project, "There")
    other = world.task(world.project(), "Elsewhere")
    settle(world)
    world.right.tasks["by-hand"] = replace(world.partner(other), id="by-hand", project_id=world.right_of(project), name="Here", mark="")
    world.task(project, "To come")
    found = {task.name: task.standing for task in compared(world, project).tasks}
    assert found == {"There": Standing.EQUAL, "Here": Standing.ONLY_RIGHT, "To come": Standing.ONLY_LEFT}


def test_a_partner_that_only_its_mark_knows_is_found(world: World, project: str) -> None:
    world.task(project)
    settle(world)
    world.task_pairs.clear()
    assert only_task(world, project).standing is Standing.EQUAL


def test_time_is_summed_by_person(world: World, project: str) -> None:
    task = world.task(project, assignees=frozenset({"ann", "ben"}))
    settle(world)
    partner = world.partner(task).id
    world.track(partner, 3600)
    settle(world)
    world.track(partner, 600)
    world.track(partner, 1200, person="r-ben")
    world.track(partner, 1800, person="r-stranger")
    found = {time.person: (time.left, time.right, time.standing, time.is_connected) for time in compared(world, project).times}
    assert found == {
        "Ann": (3600, 4200, Standing.DIFFERENT, True),
        "Ben": (0, 1200, Standing.ONLY_RIGHT, True),
        "Stranger": (0, 1800, Standing.ONLY_RIGHT, False),
    }
    settle(world)
    assert {time.person: time.standing for time in compared(world, project).times}["Ann"] is Standing.EQUAL


def test_differences_of_all_parts_are_counted(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    before = compared(world, project).differences
    world.set_right(world.partner(task).id, name="Else")
    world.set_project("right", world.right_of(project), billable=False)
    assert compared(world, project).differences == before + 2


def test_tasks_are_narrowed_by_words_and_to_differences(world: World, project: str) -> None:
    world.task(project, "Sitemap")
    renamed = world.task(project, "Poster")
    settle(world)
    world.set_right(world.partner(renamed).id, name="Placard")
    tasks = compared(world, project).tasks
    assert [task.name for task in narrowed(tasks, "", False)] == ["Poster", "Sitemap"]
    assert [task.name for task in narrowed(tasks, "", True)] == ["Poster"]
    assert [task.name for task in narrowed(tasks, "PLACARD", False)] == ["Poster"]
    assert narrowed(tasks, "site", True) == []
