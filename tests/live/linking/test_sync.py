"""Rows L10, L11 and L13 to L16: what travels, when, and what happens where it cannot."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from integrations.sync.models import Pair, Sync
from portal.organizations.scope import scope
from tests.live.office import Colleague, Office
from tests.live.world import doubled, marks

pytestmark = pytest.mark.worker
TOO_LONG = "Write down every single thing that has to be done before the boats go out again in spring " * 4  # Hubstaff takes 255 letters


def test_the_first_sync_begins_by_itself_later_ones_by_schedule_and_one_whenever_somebody_asks(office: Office) -> None:
    """L10"""
    office.project("Tide tables", "Read the gauge")
    office.refresh()
    before = office.bridge.syncs()
    linked_at = timezone.now()
    office.connect_project("Tide tables").says("The first sync begins in a moment")
    office.bridge.wait_until_synced(linked_at)
    assert office.bridge.syncs() > before, "nobody pressed anything"
    assert office.right_tasks("Tide tables")
    page = office.open("sync:list")
    assert re.search(r"Last sync .* · next in [0-9]+ min", page.words), page.words
    page.says("Every 5 minutes.")

    passed_at = timezone.now()
    office.let_the_interval_pass()
    office.bridge.wait_until_synced(passed_at)
    office.world.switch(latency=0.3)
    try:
        running = page.press("Sync now")
        running.says("The sync begins in a moment")
        office.services.until("the page shows how far it is", lambda: "You may leave this page" in office.open("sync:list").words)
    finally:
        office.world.switch(latency=0)
    office.bridge.wait_until_synced(passed_at)
    assert office.bridge.syncs(Sync.State.FAILED, Sync.State.INTERRUPTED) == 0


def test_tasks_become_hubstaff_tasks_with_their_people_follow_changes_and_cost_no_write_while_nothing_changes(
    office: Office, mia: Colleague, noah: Colleague
) -> None:
    """L11"""
    left = office.project("Regatta", people=(mia, noah))
    start, buoys = office.task(left, "Mark the start", mia, noah), office.task(left, "Lay the buoys", noah)
    done = office.task(left, "Was done long ago", mia)
    office.world.do(f"/timeghost/tasks/{done}/complete")
    office.refresh()
    office.connect_project("Regatta")
    office.bridge.wait_until_synced()
    tasks = office.right_tasks("Regatta")
    assert {name: set(task["assignee_ids"]) for name, task in tasks.items()} == {
        "Mark the start": {mia.right_id, noah.right_id},
        "Lay the buoys": {noah.right_id},
    }
    assert {task["metadata"]["timebridge"] for task in tasks.values()} == {office.world.mark(start), office.world.mark(buoys)}

    office.world.do(f"/timeghost/tasks/{start}/rename", name="Mark start and finish")
    office.world.do(f"/timeghost/tasks/{buoys}/assign", people=[mia.email])
    office.task(left, "Invite the clubs", noah)
    office.sync()
    after = office.right_tasks("Regatta")
    assert {name: set(task["assignee_ids"]) for name, task in after.items()} == {
        "Mark start and finish": {mia.right_id, noah.right_id},
        "Lay the buoys": {mia.right_id},
        "Invite the clubs": {noah.right_id},
    }
    assert after["Mark start and finish"]["id"] == tasks["Mark the start"]["id"]

    office.sync()
    office.newest_sync().says("Done", "No steps here")
    office.open("sync:plan").says("Nothing would be written")


def test_tracked_time_is_written_back_by_day_or_as_blocks_corrected_and_removed(office: Office, mia: Colleague) -> None:
    """L13"""
    left = office.project("Boat shed", "Caulk the hull", people=(mia,))
    office.refresh()
    office.connect_project("Boat shed")
    office.bridge.wait_until_synced()
    task = office.right_tasks("Boat shed")["Caulk the hull"]
    morning, noon = office.track(mia, 30, at=9, task=task), office.track(mia, 60, at=13, task=task)
    office.sync()
    assert office.written(left) == [(mia.name, "Caulk the hull", 90)], "one piece for each person, task and day"
    office.newest_sync().says("1 h 30 min")

    office.world.do(f"/hubstaff/times/{noon}/change", seconds=40 * 60)
    office.sync()
    assert office.written(left) == [(mia.name, "Caulk the hull", 70)]
    office.change_settings("Each stretch of work as it was tracked")
    office.sync()
    assert office.written(left) == [(mia.name, "Caulk the hull", 30), (mia.name, "Caulk the hull", 40)]
    office.world.do(f"/hubstaff/times/{morning}/delete")
    office.sync()
    assert office.written(left) == [(mia.name, "Caulk the hull", 40)]
    office.change_settings("One piece for each person, task and day")


def test_time_without_a_task_goes_where_the_setting_says_and_what_a_service_cannot_do_is_shown(office: Office, mia: Colleague) -> None:
    """L13: time without a task"""
    left = office.project("Slipway", "Grease the rails", people=(mia,))
    office.refresh()
    office.connect_project("Slipway")
    office.bridge.wait_until_synced()
    office.track(mia, 25, at=16, project=int(office.linked("Slipway").right_id))
    office.sync()
    assert office.written(left) == []
    office.newest_sync().says(
        "Project with time that is on no linked task 1 25 min", "The settings of the integration say where such time goes."
    )

    office.change_settings("To the project alone")
    office.sync()
    assert office.written(left) == [(mia.name, "", 25)]
    office.change_settings("To a task of this name", untasked_name="Around the slipway")
    office.sync()
    office.sync()
    assert office.written(left) == [(mia.name, "Around the slipway", 25)], "never twice"
    office.change_settings("Nowhere: it is only counted")

    overview = office.open("linking:overview").named("What each service can do")
    assert "Take tracked time" in overview
    assert "Add people to projects Not needed on this side." in overview
    office.open("linking:connect_project").says("Left blank, a matching project is created in Hubstaff")


def test_a_task_completed_on_one_side_is_completed_on_the_other_and_reopened_too(office: Office, mia: Colleague) -> None:
    """L14"""
    left = office.project("Signal mast", "Paint it", "Light it", people=(mia,))
    office.refresh()
    office.connect_project("Signal mast")
    office.bridge.wait_until_synced()
    right, there = office.right_tasks("Signal mast"), office.left_tasks(left)
    office.world.do(f"/hubstaff/tasks/{right['Paint it']['id']}/complete")
    office.world.do(f"/timeghost/tasks/{there['Light it']['id']}/complete")
    office.sync()
    assert office.left_tasks(left)["Paint it"]["completed"]
    assert {task["status"] for task in office.right_tasks("Signal mast").values()} == {"completed"}

    office.world.do(f"/hubstaff/tasks/{right['Light it']['id']}/reopen")
    office.sync()
    assert not office.left_tasks(left)["Light it"]["completed"]
    compare = office.open("sync:compare", link=office.linked("Signal mast").pk)
    compare.says("Everything is equal")


def test_unlinking_and_linking_again_makes_no_second_copy_also_when_our_own_rows_were_lost(office: Office, mia: Colleague) -> None:
    """L15"""
    kept, without_pairs, without_links = names = ("Oilskins", "Gumboots", "Sea boots")
    tasks = ("Sew the hood", "Wax the seams", "Test in rain")
    lefts = {name: office.project(name, *tasks, people=(mia,)) for name in names}
    office.refresh()
    for name in names:
        office.connect_project(name)
    office.bridge.wait_until_synced()
    before = {name: _ids(office, name) for name in names}
    links = {name: office.linked(name) for name in names}
    office.disconnect("projects", *names).says("3 projects are disconnected")
    assert {task["id"] for task in office.world.hubstaff_tasks()} >= {*before[kept].values()}, "unlinking deletes nothing"

    with scope(office.bridge.organization.pk):
        Pair.objects.filter(project_link__in=[links[without_pairs], links[without_links]]).delete()
        links[without_links].delete()
    preview = office.open("linking:connect_all")
    for name, why in zip(names, ("Linked before", "Linked before", "it carries the mark"), strict=True):
        assert "Taken up" in preview.row(name) and why in preview.row(name)
        office.connect_project(name)
    office.bridge.wait_until_synced()
    assert {name: _ids(office, name) for name in names} == before
    assert {name: office.linked(name).right_id for name in names} == {name: link.right_id for name, link in links.items()}
    assert all(len(office.left_tasks(left)) == len(tasks) for left in lefts.values())

    for name in names:
        office.world.do(f"/hubstaff/tasks/{before[name]['Wax the seams']}/complete")
    office.sync()
    for left in lefts.values():
        assert [task for task, found in office.left_tasks(left).items() if found["completed"]] == ["Wax the seams"], (
            "partners know each other"
        )
    assert doubled(marks(office.world.hubstaff_tasks())) == {}


def _ids(office: Office, project: str) -> dict[str, int]:
    return {name: int(task["id"]) for name, task in office.right_tasks(project).items()}


def test_a_refused_task_says_why_and_what_to_do_and_mends_itself_when_its_cause_is_gone(office: Office) -> None:
    """L16"""
    left = office.project("Spring cleaning", "Sweep the pier")
    long = office.task(left, TOO_LONG.strip())
    office.refresh()
    office.connect_project("Spring cleaning")
    office.bridge.wait_until_synced()
    assert office.right_tasks("Spring cleaning").keys() == {"Sweep the pier"}, "the rest goes on"
    row = office.open("linking:projects").row("Spring cleaning")
    assert "Has a problem" in row and "Whose side: You." in row and "Change what Hubstaff does not accept" in row
    office.open("linking:overview").says("Projects with problems", "Spring cleaning", "with the next sync")
    office.open("sync:why", f"?task={long}").says("Hubstaff refused it the last time", "It is tried again with the next sync.")

    office.world.do(f"/timeghost/tasks/{long}/rename", name="Write a list")
    office.sync()
    assert office.right_tasks("Spring cleaning").keys() == {"Sweep the pier", "Write a list"}
    assert "Has a problem" not in office.open("linking:projects").row("Spring cleaning")


def test_a_project_in_which_everything_is_refused_rests_says_until_when_and_goes_on_by_itself(office: Office) -> None:
    """L16: a whole project"""
    left = office.project("Long lists")
    tasks = [office.task(left, f"{number} {TOO_LONG.strip()}") for number in range(6)]
    office.refresh()
    office.connect_project("Long lists")
    office.bridge.wait_until_synced()
    assert "Has a problem" in office.open("linking:projects").row("Long lists"), "once may be chance: it is tried again at the next sync"
    office.sync()
    row = office.open("linking:projects").row("Long lists")
    assert re.search(r"Rests .* Whose side: You\..* Next try in [0-9]+ min", row), row
    requests = len(office.world.requests("POST", "/tasks"))
    office.sync()
    assert len(office.world.requests("POST", "/tasks")) == requests, "while it rests nothing of it is tried"

    for number, task in enumerate(tasks):
        office.world.do(f"/timeghost/tasks/{task}/rename", name=f"Short {number}")
    office.let_it_rest_out(office.linked("Long lists"))
    office.let_the_interval_pass()
    office.services.until("it has gone on by itself", lambda: len(office.right_tasks("Long lists")) == 6)
    office.bridge.wait_until_synced()
    assert "Linked" in office.open("linking:projects").row("Long lists")
    office.open("linking:history", f"?link={office.linked('Long lists').pk}").says("Rests", "Goes on")
