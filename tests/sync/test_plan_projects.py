"""Projects: made, taken up, renamed, archived, and the people in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations.catalogue import ClientFacts, PersonFacts
from integrations.sync.plan import plan
from integrations.sync.steps import Step, StepKind, Why
from tests.sync.carrying import Faults, decide, kinds, reasons, settle, sync, synced_world
from tests.sync.world import NINE, World


def project_of(world: World) -> tuple[str, str]:
    """The only linked project: left and right."""
    [link] = world.links.values()
    return link.left_id, link.right_id


def test_a_project_made_by_an_earlier_attempt_is_taken_up_by_its_mark() -> None:
    world = World()
    world.task(world.project())
    sync(world, Faults(losing={0}))
    assert kinds(sync(world))[0] is StepKind.ADOPT_PROJECT
    settle(world)
    assert len(world.right.projects) == 1
    assert len(world.right.tasks) == 1


def test_a_project_made_by_an_earlier_attempt_and_renamed_since_gets_its_new_name() -> None:
    world = World()
    project = world.project("Relaunch")
    sync(world, Faults(losing={0}))
    world.set_project("left", project, name="Launch")
    settle(world)
    assert world.right.projects[world.right_of(project)].name == "Launch"


def test_a_project_is_made_with_its_client_which_is_made_once() -> None:
    world = World()
    world.project("One", client="Ada")
    world.project("Two", client="Ada")
    assert kinds(sync(world)) == [StepKind.CREATE_CLIENT, StepKind.CREATE_PROJECT, StepKind.CREATE_PROJECT]
    assert [project.client for project in world.right.projects.values()] == ["Ada", "Ada"]


def test_a_client_that_is_there_already_is_not_made_again() -> None:
    world = World()
    world.project("One", client="Ada")
    settle(world)
    world.project("Two", client="Ada")
    assert kinds(sync(world)) == [StepKind.CREATE_PROJECT]


def test_a_client_whose_name_differs_in_capitals_only_is_the_same() -> None:
    world = World()
    world.right.clients["c"] = ClientFacts("c", "ACME")
    world.project("Relaunch", client="Acme")
    world.project("Care", client="acme")
    assert StepKind.CREATE_CLIENT not in kinds(sync(world))
    assert {project.client for project in world.right.projects.values()} == {"ACME"}


def test_a_project_is_made_without_its_client_where_clients_cannot_be_made() -> None:
    world = World()
    world.right.lacks("client", "create")
    world.project("One", client="Ada")
    [step] = sync(world).steps
    assert (step.kind, step.client) == (StepKind.CREATE_PROJECT, "")


def test_while_making_a_project_rests_so_do_its_tasks() -> None:
    world = World()
    world.task(world.project())
    sync(world, Faults(refusing={0}))
    made = plan(world.situation())
    assert made.steps == ()
    assert reasons(made) == [("step that was refused and rests", 1, 0)]
    world.resting.clear()
    settle(world)
    assert len(world.right.tasks) == 1


def test_two_projects_of_one_name_are_two_and_stay_apart() -> None:
    world = World()
    tasks = {world.task(world.project("Care")) for _ in range(2)}
    settle(world)
    assert len({world.partner(task).project_id for task in tasks}) == 2


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_a_project_that_was_renamed_twice_gets_its_last_name_on_the_other_side(side: str, other: str) -> None:
    world, _, _ = synced_world()
    ids = dict(zip(("left", "right"), project_of(world), strict=True))
    world.set_project(side, ids[side], name="Second")
    world.set_project(side, ids[side], name="Third")
    [step] = sync(world).steps
    assert (step.kind, step.side, step.before, step.after) == (
        StepKind.RENAME_PROJECT,
        other,
        {"name": "Relaunch"},
        {"name": "Third"},
    )
    assert plan(world.situation()).steps == ()


@pytest.mark.parametrize(("answer", "name"), [("left", "Ours"), ("right", "Theirs")])
def test_a_project_that_was_renamed_on_both_sides_waits_for_a_person(answer: str, name: str) -> None:
    world, _, _ = synced_world()
    left, right = project_of(world)
    world.set_project("left", left, name="Ours")
    world.set_project("right", right, name="Theirs")
    made = sync(world)
    assert made.steps == ()
    [held] = made.held
    assert (held.why, held.left, held.right, held.subject) == (Why.CONFLICT, "Ours", "Theirs", left)
    world.answers[held.key] = answer
    settle(world)
    assert world.left.projects[left].name == world.right.projects[right].name == name


def test_names_that_differ_by_choice_are_left_alone_and_equal_ones_are_in_step_from_then_on() -> None:
    world = World()
    project = world.project("Relaunch", linked=False)
    right = world.right_project("Their name")
    world.link(project, right)
    settle(world)
    world.set_project("left", project, name="Relaunch 2")
    assert plan(world.situation()).steps == ()
    world.set_project("right", right, name="Relaunch 2")
    assert kinds(sync(world)) == [StepKind.NOTE_PROJECT]
    world.set_project("left", project, name="Relaunch 3")
    assert kinds(sync(world)) == [StepKind.RENAME_PROJECT]


def test_a_rename_that_a_service_does_not_take_is_said() -> None:
    world, _, _ = synced_world()
    world.right.lacks("project", "rename")
    world.set_project("left", project_of(world)[0], name="Another")
    made = plan(world.situation())
    assert made.steps == ()
    assert "rename projects" in made.left_out[0].reason


@pytest.mark.parametrize("how", ["archived", "deleted"])
def test_a_project_that_is_archived_or_deleted_on_the_left_is_proposed_for_archiving_and_its_tasks_rest(how: str) -> None:
    world, _, right = synced_world()
    project, right_project = project_of(world)
    world.task(project)
    if how == "archived":
        world.set_project("left", project, is_active=False)
    else:
        world.delete_project("left", project)
    made = sync(world)
    assert made.steps == ()
    assert [(held.kind, held.why, held.subject) for held in made.held] == [(StepKind.ARCHIVE_PROJECT, Why.ALWAYS, project)]
    assert reasons(made) == [(f"linked project that is {how} in timeghost", 1, 0)]
    decide(world, "approve")
    settle(world)
    assert not world.right.projects[right_project].is_active
    assert right in world.right.tasks


def test_a_project_whose_archiving_was_declined_stays_and_nobody_is_asked_again() -> None:
    world, _, _ = synced_world()
    project, right = project_of(world)
    world.set_project("left", project, is_active=False)
    decide(world, "decline")
    made = sync(world)
    assert (made.steps, made.held) == ((), ())
    assert "change that stays undone by decision" in [reason for reason, _, _ in reasons(made)]
    assert sync(world).held == ()
    assert world.right.projects[right].is_active


def test_a_project_that_was_just_not_seen_is_not_proposed_for_archiving() -> None:
    world, _, _ = synced_world()
    project, _ = project_of(world)
    made = plan(world.situation(lambda key: key == project))
    assert (made.steps, made.held) == ((), ())
    assert reasons(made) == [("linked project that is not seen in timeghost", 1, 0)]


def test_archiving_that_a_service_does_not_take_is_said() -> None:
    world, _, _ = synced_world()
    world.right.lacks("project", "archive")
    world.set_project("left", project_of(world)[0], is_active=False)
    made = plan(world.situation())
    assert (made.steps, made.held) == ((), ())
    assert any("archive projects" in reason for reason, _, _ in reasons(made))


@pytest.mark.parametrize("how", ["archived", "deleted"])
def test_nothing_is_written_to_a_project_that_is_archived_or_deleted_on_the_right(how: str) -> None:
    world, left, _ = synced_world()
    project, right = project_of(world)
    world.task(project)
    world.set_left(left, name="Another")
    if how == "archived":
        world.set_project("right", right, is_active=False)
    else:
        world.delete_project("right", right)
    made = plan(world.situation())
    assert (made.steps, made.held) == ((), ())
    assert reasons(made) == [(f"linked project that is {how} in hubstaff", 1, 0)]
    assert made.left_out[0].advice


def test_time_tracked_before_a_project_was_archived_on_either_side_is_still_written_back() -> None:
    world, left, right = synced_world()
    world.block(right, NINE)
    project, right_project = project_of(world)
    world.set_project("left", project, is_active=False)
    world.set_project("right", right_project, is_active=False)
    assert kinds(sync(world)) == [StepKind.ADD_TIME]
    assert world.written() == [("ann", left, 600)]


def test_time_of_a_project_that_is_deleted_on_the_left_is_left_out_with_its_seconds() -> None:
    world, _, right = synced_world()
    world.block(right, NINE)
    world.delete_project("left", project_of(world)[0])
    decide(world, "approve")
    made = sync(world)
    assert kinds(made) == [StepKind.ARCHIVE_PROJECT]
    assert sum(case.seconds for case in made.cases) == 600


# --- People ---------------------------------------------------------------------------------------------------------------


def test_people_connected_later_are_added_to_the_projects() -> None:
    world, _, _ = synced_world()
    world.people["cleo"] = "r-cleo"
    [step] = sync(world).steps
    assert (step.kind, step.member_ids) == (StepKind.ADD_MEMBERS, ("r-cleo",))
    assert plan(world.situation()).steps == ()


def test_people_who_were_seen_to_be_in_a_project_already_are_not_added() -> None:
    world, left, _ = synced_world()
    project = world.left.tasks[left].project_id
    world.people["cleo"] = "r-cleo"
    world.links[project] = replace(world.links[project], found_ids=frozenset({"r-cleo"}))
    assert plan(world.situation()).steps == ()


def test_nobody_is_added_where_the_organization_does_not_want_it() -> None:
    world = World(adds_members=False)
    world.project()
    [step] = sync(world).steps
    assert step.member_ids == ()
    assert plan(world.situation()).steps == ()


def test_people_who_are_connected_no_more_are_taken_out_only_when_somebody_approves() -> None:
    world, _, _ = synced_world()
    del world.people["ben"]
    made = sync(world)
    assert made.steps == ()
    assert [(held.kind, held.why) for held in made.held] == [(StepKind.REMOVE_MEMBERS, Why.ALWAYS)]
    decide(world, "approve")
    [step] = sync(world).steps
    assert (step.kind, step.member_ids) == (StepKind.REMOVE_MEMBERS, ("r-ben",))
    assert plan(world.situation()) == replace(plan(world.situation()), steps=(), held=())


def test_more_people_to_take_out_are_another_question_however_many_they_are() -> None:
    some = [Step(kind=StepKind.REMOVE_MEMBERS, side="right", title="", link="l" * 36, member_ids=people(count)) for count in (50, 60)]
    assert some[0].key != some[1].key
    assert max(len(step.key) for step in some) < 400


def people(count: int) -> tuple[str, ...]:
    return tuple(str(1_000_000 + number) for number in range(count))


def test_people_whom_others_added_are_never_taken_out() -> None:
    world = World(adds_members=False)
    world.project()
    settle(world)
    del world.people["ben"]
    made = plan(world.situation())
    assert (made.steps, made.held) == ((), ())


def test_a_person_who_was_removed_from_the_service_on_the_right_is_neither_added_nor_taken_out() -> None:
    world, _, _ = synced_world()
    world.right.people["r-ben"] = PersonFacts("r-ben", "Ben", "", is_active=False)
    world.project("New")
    [create] = [step for step in sync(world).steps if step.kind is StepKind.CREATE_PROJECT]
    assert create.member_ids == ("r-ann",)
    del world.people["ben"]
    made = plan(world.situation())
    assert (made.steps, made.held) == ((), ())
