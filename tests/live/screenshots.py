"""Takes the README's picture anew, of a demonstration that runs for it alone:

python -m tests.live.screenshots
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import expect

from portal.launch.environment import system_environment
from portal.launch.settings import ROOT
from tests.live.visitor import WAIT, Visitor, chromium
from tests.live.world import World, marks

FOLDER = ROOT / "docs" / "screenshots"
WIDTH = 1280
PATIENCE = 300_000  # milliseconds: syncs keep to the true limits of calls
NEWS = "Harbour Festival 2027"
RUNNING = re.compile(r"Address\s+(?P<portal>\S+)\s+Sign in\s+(?P<email>\S+)\s+/\s+(?P<password>\S+)\s+Sandbox\s+(?P<sandbox>\S+)")


@dataclass(frozen=True)
class Demonstration:
    """What `make run` says when all is well."""

    portal: str
    email: str
    password: str
    sandbox: str


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="timebridge-") as data, running(Path(data)) as told, chromium(WIDTH) as page:
        visitor = Visitor(page, told.portal, told.sandbox)
        visitor.sign_in(told.email, told.password)
        link(visitor)
        work_over_there(told.sandbox)
        sync_again(visitor, told.sandbox)
        photograph_dashboard(visitor)
    print(f"The picture lies in {FOLDER}.")


@contextmanager
def running(data: Path) -> Iterator[Demonstration]:
    """`make run` on a folder, until the block ends."""
    data.chmod(0o711)  # PostgreSQL runs as somebody else and passes through
    environment = {**system_environment(), "DATA_DIR": str(data)}
    command = [sys.executable, "-m", "portal.launch", "run"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if "Stop" in line:
                break
        found = RUNNING.search(said)
        assert found, f"it does not run: {said}"
        try:
            yield Demonstration(**found.groupdict())
        finally:
            process.terminate()
            process.wait()


def link(visitor: Visitor) -> None:
    """Links all projects and people of the integration that the demonstration brings, and syncs."""
    open_integration(visitor)
    visitor.open_tab("Users")
    visitor.follow("Add users", visitor.page.locator(".page__actions"))
    visitor.page.get_by_role("button", name=re.compile("^Connect all")).click()
    visitor.press("Continue")
    expect(visitor.page.locator("#links tbody tr").nth(5)).to_be_visible(timeout=WAIT)
    visitor.open_tab("Projects")
    visitor.link_everything()
    visitor.wait_until_synced(PATIENCE)


def work_over_there(sandbox: str) -> None:
    """A week of people's work on the tasks that were made for them in Hubstaff."""
    with httpx.Client(base_url=f"{sandbox}/control", timeout=20) as control:
        world = World(sandbox, control)
        tasks = [task for task in world.hubstaff_tasks() if marks([task]) and task["assignee_ids"]]
        for number, task in enumerate(tasks[:60]):
            world.track(task, task["assignee_ids"][0], seconds=1800 + 613 * (number % 7), days_ago=number % 7)
        for task in tasks[3::40]:
            world.do(f"/hubstaff/tasks/{task['id']}/complete")
        world.close()


def sync_again(visitor: Visitor, sandbox: str) -> None:
    """Time comes back; then the trigger that the demonstration brings tells of a new project, by its webhook."""
    open_integration(visitor)
    visitor.press("Sync now")
    visitor.wait_until_synced(PATIENCE)
    with httpx.Client(base_url=f"{sandbox}/control", timeout=20) as control:
        control.post("/hubstaff/projects", json={"organization": 1, "name": NEWS}).raise_for_status()
    visitor.go_to("Events")
    expect(visitor.page.locator("main")).to_contain_text(NEWS, timeout=WAIT)


def open_integration(visitor: Visitor) -> None:
    visitor.go_to("Integrations")
    visitor.page.locator("main h2 a").first.click()


def photograph_dashboard(visitor: Visitor) -> None:
    """In a window as high as the page: what stands beside the page reaches down to its end."""
    visitor.go_to("Dashboard")
    expect(visitor.page.locator("main")).to_contain_text(NEWS)
    height = visitor.page.evaluate("document.documentElement.scrollHeight")
    visitor.page.set_viewport_size({"width": WIDTH, "height": height})
    visitor.page.screenshot(path=FOLDER / "dashboard.png")


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
