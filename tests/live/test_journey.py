"""The main job in a browser: sign up, connect both providers on their own pages, link, sync, unlink, link again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal.launch.services import manage, web, workers
from tests.live.conftest import StartWorker, answers
from tests.live.services import Services
from tests.live.visitor import CHROMIUM, WAIT, Visitor, album, chromium
from tests.live.world import World, doubled, marks

MISSING = f"there is no {CHROMIUM} on this machine: apt-get install chromium"
pytestmark = [pytest.mark.worker, pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason=MISSING)]


@pytest.fixture
def portal(start_worker: StartWorker, services: Services) -> Iterator[str]:
    """The portal with its production settings, server and workers, as `make run` starts them; gives its address."""
    static = services.start("collectstatic", manage("collectstatic", "--noinput"))
    for command in workers(services.environment["TASK_QUEUE"]).values():
        start_worker(command)
    assert services.finish(static) == 0, static.words()
    server = services.start("web", web("127.0.0.1", int(services.environment["PORT"])))
    address = services.environment["BASE_URL"]
    services.until("the portal is well", lambda: answers(f"{address}/healthz"))
    yield address
    services.end(server)


@pytest.fixture
def visitor(portal: str, sandbox: str) -> Iterator[Visitor]:
    with chromium() as page:
        yield Visitor(page, portal, sandbox, album())


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

    others = visitor.link_everything()
    visitor.wait_until_synced()
    visitor.photograph("synced")
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
