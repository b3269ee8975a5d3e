"""The main job in a browser: sign up, connect both providers on their own pages, link, sync, unlink, link again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.live.visitor import CHROMIUM, MISSING, WAIT, Visitor
from tests.live.world import World, doubled, marks

pytestmark = [pytest.mark.worker, pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason=MISSING)]


def test_a_newcomer_links_two_trackers_and_sees_tasks_travel_there_and_back_and_nothing_doubled(visitor: Visitor, world: World) -> None:
    workspace, project = world.name(), _project_to_create(world)

    visitor.sign_up("Ingrid Solheim", "ingrid@northlight.example")
    visitor.create_organization("Northlight Studio")
    visitor.press("Continue")
    visitor.connect("timeghost", "Sign in with Microsoft", world.company.owner)
    visitor.connect("Hubstaff", "Sign in with Hubstaff", world.company.owner)
    visitor.photograph("connected")
    visitor.press("Continue")

    _link_one_with_the_right_side_blank(visitor, project["name"])
    assert set(marks(world.hubstaff_tasks())) == world.open_marks([project["id"]])
    visitor.follow("Linked projects")
    home = visitor.page.url

    world.switch(latency=0.2)
    others = visitor.link_everything()
    visitor.leave_a_sync_and_find_it_again(home)
    world.switch(latency=0)
    visitor.wait_until_synced()
    visitor.portray("synced")
    assert others > 10
    linked = marks(world.hubstaff_tasks())
    assert len(linked) > 250
    assert doubled(linked) == {}

    task = _complete_one_in_hubstaff(visitor, workspace, project["name"])
    visitor.page.goto(home)
    visitor.open_tab("Overview")
    visitor.press("Sync now")
    visitor.wait_until_synced()
    _see_it_completed_in_timeghost(visitor, workspace, project["name"], task)
    _see_it_completed_here(visitor, project["name"], task)

    _decide_about_a_project_that_was_deleted(visitor, world, home, project["id"])
    visitor.page.goto(home)
    _look_closely(visitor, project)
    visitor.page.goto(home)
    visitor.disconnect_everything()
    visitor.portray("disconnected")
    visitor.press("Undo")
    visitor.expect_words("linked again, as before")
    visitor.wait_until_synced()
    assert marks(world.hubstaff_tasks()) == linked, "what was undone is as it was"

    visitor.page.goto(home)
    visitor.disconnect_everything()
    visitor.link_everything()
    visitor.wait_until_synced()
    assert marks(world.hubstaff_tasks()) == linked, "linking again makes nothing twice and loses nothing"
    assert doubled(marks(world.hubstaff_projects())) == {}
    visitor.go_to("Dashboard")
    visitor.expect_words("Projects linked")
    visitor.photograph("dashboard")


def _project_to_create(world: World) -> dict[str, str]:
    """A project of timeghost with a few open tasks, that Hubstaff has none of the name of."""
    taken = {project["name"].casefold() for project in world.hubstaff_projects()}
    active = [project for project in world.timeghost_projects() if not project["completed"] and project["name"].casefold() not in taken]
    return min(active, key=lambda project: abs(len(world.open_marks([project["id"]])) - 12))


def _link_one_with_the_right_side_blank(visitor: Visitor, project: str) -> None:
    row = visitor.row(project)
    expect(row).to_contain_text("A new project is made", timeout=WAIT)
    row.get_by_role("checkbox").check()
    visitor.photograph("wizard-link")
    visitor.press("Connect the ticked ones")
    visitor.expect_words("Your trackers are linked")
    visitor.expect_words("The sync is through.", WAIT)
    visitor.photograph("wizard-done")


def _complete_one_in_hubstaff(visitor: Visitor, workspace: str, project: str) -> str:
    """On the sandbox's pages, by its button; gives the task's name."""
    visitor.open_project_over_there("hubstaff", workspace, project)
    row = visitor.tasks_over_there("Open tasks").locator("tbody tr").first
    task = row.locator("td").first.inner_text()
    visitor.photograph("hubstaff")
    visitor.press("Complete", row)
    expect(visitor.tasks_over_there("Completed tasks")).to_contain_text(task)
    return task


def _decide_about_a_project_that_was_deleted(visitor: Visitor, world: World, home: str, but: str) -> None:
    """Somebody deletes a project in timeghost: the plan holds its archiving back until a person says so."""
    names = {each["name"] for each in world.hubstaff_projects() if marks([each])}
    gone = next(each for each in world.timeghost_projects() if each["name"] in names and each["id"] != but and not each["completed"])
    world.do(f"/timeghost/projects/{gone['id']}/delete")
    visitor.page.goto(home)
    visitor.open_tab("Overview")
    visitor.press("Sync now")
    visitor.wait_until_synced()
    visitor.open_tab("Plan")
    visitor.expect_words("Waits for a person")
    visitor.portray("plan")
    visitor.follow("Decide")
    row = visitor.page.locator("tr", has_text=f"“{gone['name']}”")
    visitor.portray("waiting")
    visitor.press("Do it", row)
    visitor.expect_words("1 decided")
    visitor.wait_until_synced()
    [archived] = [each for each in world.hubstaff_projects() if each["name"] == gone["name"] and marks([each])]
    assert archived["status"] == "archived"


def _look_closely(visitor: Visitor, project: dict[str, str]) -> None:
    """One project side by side, why a task of it is not synced, and who did what."""
    visitor.follow(project["name"], visitor.page.locator("#links"))
    for field in ("Name", "Client", "Billable", "Status"):
        expect(visitor.row(field)).to_contain_text("Equal")
    visitor.portray("side-by-side")
    alone = visitor.page.locator("#tasks tr", has_text="Only in timeghost").first
    visitor.follow("Why?", alone)
    visitor.expect_words("completed before it was linked")
    visitor.portray("why")
    visitor.open_tab("History")
    visitor.expect_words("Partner created")
    visitor.expect_words("Ingrid Solheim")
    visitor.portray("history")


def _see_it_completed_in_timeghost(visitor: Visitor, workspace: str, project: str, task: str) -> None:
    visitor.open_project_over_there("timeghost", workspace, project)
    expect(visitor.tasks_over_there("Completed tasks")).to_contain_text(task)
    visitor.photograph("timeghost")


def _see_it_completed_here(visitor: Visitor, project: str, task: str) -> None:
    visitor.page.goto(visitor.portal)
    visitor.go_to("Browse")
    card = visitor.page.locator("section", has=visitor.page.get_by_role("heading", name=re.compile("timeghost")))
    card.get_by_role("link", name=re.compile("^Tasks")).click()
    visitor.page.get_by_placeholder("Search tasks").fill(task)
    row = visitor.row(task).filter(has_text=project)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Completed")
    visitor.photograph("browse")
