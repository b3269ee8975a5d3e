"""Why a task is not synced: answers in words, read out of the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.sync.explaining import AskedTask, Sentence, explain
from integrations.sync.plan import plan
from integrations.sync.situation import Situation
from tests.sync.carrying import settle
from tests.sync.world import DAY, NO_GUARD, World


def said(
    world: World, task: str, project: str, is_paused: bool = False, is_gone: bool = False, situation: Situation | None = None
) -> list[Sentence]:
    situation = situation or world.situation()
    asked = AskedTask(task, "Draw the map", project, "Relaunch", is_gone)
    return explain(asked, situation, plan(situation), is_paused)


def titles(world: World, task: str, project: str, *, is_paused: bool = False, is_gone: bool = False) -> list[str]:
    return [sentence.title for sentence in said(world, task, project, is_paused, is_gone)]


@pytest.fixture
def world() -> World:
    return World(guard=NO_GUARD)


@pytest.fixture
def project(world: World) -> str:
    return world.project()


def test_a_task_in_step_is_in_step(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    assert titles(world, task, project) == ["It is in step"]


def test_a_new_task_is_created_with_the_next_sync_after_its_project(world: World, project: str) -> None:
    task = world.task(project)
    assert titles(world, task, project) == ["Its project is made in hubstaff first", "It is created in hubstaff with the next sync"]


def test_a_changed_task_says_where_it_is_changed(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    world.set_left(task, name="Draw two maps")
    assert titles(world, task, project) == ["Its name or people are changed in hubstaff with the next sync"]
    world.set_left(task, name="Draw the map")
    world.set_right(world.partner(task).id, is_completed=True)
    assert titles(world, task, project) == ["Its completion is changed in timeghost with the next sync"]


def test_a_task_of_a_project_that_is_not_linked_says_what_to_do(world: World) -> None:
    project = world.project(linked=False)
    [sentence] = said(world, world.task(project), project)
    assert sentence.title == "Its project is not linked"
    assert "“Relaunch”" in sentence.text
    assert sentence.advice.startswith("Link the project.")


def test_a_task_of_a_project_that_rests_says_so(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    world.resting_links.add(f"link-{project}")
    [sentence] = said(world, task, project)
    assert sentence.title == "Its project rests"
    assert "Try now" in sentence.advice


def test_a_task_of_a_project_that_is_archived_on_the_right_says_so(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    world.set_project("right", world.right_of(project), is_active=False)
    [sentence] = said(world, task, project)
    assert sentence.title == "Its project is left out"
    assert "archived in hubstaff" in sentence.text
    assert sentence.advice.startswith("Restore it in hubstaff")


def test_a_task_of_a_project_that_waits_to_be_archived_says_so(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    world.set_project("left", project, is_active=False)
    assert "Its project waits for approval" in titles(world, task, project)


def test_a_task_whose_removal_waits_says_so(world: World, project: str) -> None:
    tasks = [world.task(project) for _ in range(5)]
    settle(world)
    world.guard = replace(NO_GUARD, items=2)
    for task in tasks:
        del world.left.tasks[task]
    assert "It waits for approval" in titles(world, tasks[0], project, is_gone=True)


def test_a_task_that_both_sides_renamed_asks_a_person_to_choose(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    world.set_left(task, name="Draw two maps")
    world.set_right(world.partner(task).id, name="Draw no map")
    world.right.tasks[world.partner(task).id] = replace(world.partner(task), changed_at=world.left.tasks[task].changed_at)
    [sentence] = said(world, task, project)
    assert sentence.title == "Both sides were changed, and a person has to choose"
    assert "Draw two maps" in sentence.text
    assert "Draw no map" in sentence.text


def test_a_task_that_was_completed_before_is_left_out(world: World, project: str) -> None:
    settle(world)
    task = world.task(project, completed=True, assignees=frozenset({"nobody we know"}))
    [sentence] = said(world, task, project)
    assert sentence.title == "It is left out"
    assert sentence.text == "Task that was completed before it was linked."


def test_a_task_whose_step_was_refused_says_that_it_is_tried_again(world: World, project: str) -> None:
    settle(world)
    task = world.task(project)
    world.resting = {step.key for step in plan(world.situation()).steps}
    [sentence] = said(world, task, project)
    assert sentence.title == "It is left out"
    assert "refused" in sentence.text
    assert "tried again by itself" in sentence.advice


def test_somebody_who_is_not_connected_is_named(world: World, project: str) -> None:
    task = world.task(project, assignees=frozenset({"ann", "cleo"}))
    settle(world)
    found = said(world, task, project)
    assert [sentence.title for sentence in found] == ["It is in step", "Somebody who is assigned is not connected"]
    assert found[1].advice == "Invite them under Users."


def test_a_paused_integration_is_said_first(world: World, project: str) -> None:
    settle(world)
    task = world.task(project)
    assert titles(world, task, project, is_paused=True)[:2] == [
        "The integration is paused: nothing travels",
        "It is created in hubstaff with the next sync",
    ]


def test_a_paused_task_in_step_says_both(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    assert titles(world, task, project, is_paused=True) == ["The integration is paused: nothing travels", "It is in step"]


def test_time_that_is_still_to_be_written_is_said(world: World, project: str) -> None:
    task = world.task(project, assignees=frozenset({"ann"}))
    settle(world)
    world.track(world.partner(task).id, 5400)
    [sentence] = said(world, task, project)
    assert sentence.title == "Its tracked time is written to timeghost with the next sync"
    assert sentence.text == "1 h 30 min in 1 piece."


def test_time_that_somebody_deleted_on_the_left_is_said(world: World, project: str) -> None:
    task = world.task(project, assignees=frozenset({"ann"}))
    settle(world)
    world.track(world.partner(task).id, 5400)
    settle(world)
    world.left.times.clear()
    found = said(world, task, project)
    assert "Some of its tracked time is left out" in [sentence.title for sentence in found]


def test_a_task_that_is_gone_on_both_sides_says_so(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    del world.left.tasks[task]
    settle(world)
    assert titles(world, task, project, is_gone=True) == ["It is gone in timeghost"]


def test_a_task_that_makes_no_sense_says_so(world: World, project: str) -> None:
    task = world.task(project)
    settle(world)
    situation = world.situation()
    broken = replace(situation, left=replace(situation.left, unreadable=(f"task/{task}",)))
    assert said(world, task, project, situation=broken)[0].title == "It cannot be read"


def test_a_task_that_the_sync_has_not_seen_yet_says_so(world: World, project: str) -> None:
    settle(world)
    assert titles(world, "t-unseen", project) == ["It is not known to the sync yet"]


def test_another_day_does_not_concern_a_task(world: World, project: str) -> None:
    task, other = world.task(project, "One"), world.task(project, "Other")
    settle(world)
    world.track(world.partner(other).id, 600, day=DAY - timedelta(days=1))
    assert titles(world, task, project) == ["It is in step"]
