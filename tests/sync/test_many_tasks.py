"""Ten thousand tasks that nobody touched: no write, as many requests as there are pages, and one for each linked project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.linking.models import Integration, ProjectLink
from integrations.sandbox.kinds import COMPANY, HUBSTAFF_TASK, TIMEGHOST_TASK
from integrations.sandbox.store import Store
from integrations.sync.models import Pair, Sync
from portal.organizations.scope import scope
from tests.sandbox.conftest import running
from tests.sync.syncing import Office

TASKS = 10_000
PAGE = 500  # of Hubstaff's tasks


@pytest.fixture(scope="session")
def sandbox_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox of its own: so many tasks are put into its file while it does not run."""
    folder = tmp_path_factory.mktemp("many")
    with running(folder):
        pass
    _plant(folder)
    with running(folder) as address:
        yield address


def _plant(folder: Path) -> None:
    """Copies one task on each side so many times."""
    [file] = folder.glob("*.sqlite")
    store = Store(file)
    company = next(store.every(COMPANY))
    left = next(task for task in store.of_tenant(TIMEGHOST_TASK, company["workspace_id"]) if not task["completed"])
    right = next(task for task in store.of_tenant(HUBSTAFF_TASK, company["organization_id"]) if task["status"] == "active")
    with store.transaction():
        store.put_all(TIMEGHOST_TASK, [_like(left, f"many-{number}", "name", number) for number in range(TASKS)])
        store.put_all(HUBSTAFF_TASK, [_like(right, right["id"] + 1_000_000 + number, "summary", number) for number in range(TASKS)])
        store.keep_original()
    store.close()


def _like(task: dict[str, Any], identity: Any, title: str, number: int) -> dict[str, Any]:
    people = "assigned_users" if title == "name" else "assignee_ids"
    return {**task, "id": identity, title: f"Task {number}", people: []}


def test_ten_thousand_unchanged_tasks_cost_no_write_and_a_request_for_each_page(office: Office) -> None:
    left, right = _tasks(office, "left"), _tasks(office, "right")
    link = office.link(left[0], right=right[0])
    with scope():
        Pair.objects.bulk_create(_pair(office.integration, link, int(right[1]) + number, number, right[0]) for number in range(TASKS))
    office.sync()
    with office.counted() as requests:
        sync = office.sync()
    assert sync.state == Sync.State.DONE, sync.message
    about_the_many = [step for step in office.steps(sync) if step.title.startswith("Task ")]
    assert about_the_many == []
    assert sum(count for name, count in requests.items() if not name.endswith("GET")) == 0
    assert requests["hubstaff GET"] <= TASKS // PAGE + 25
    assert requests["timeghost GET"] <= 8, "one for the linked project, and the lists"


def _tasks(office: Office, side: str) -> tuple[str, str]:
    """The project that the many tasks stand in, and the id of the first of them."""
    if side == "right":
        first = min((task for task in office.world.hubstaff_tasks() if task["summary"] == "Task 0"), key=lambda task: task["id"])
        return str(first["project_id"]), str(first["id"])
    for project in office.world.timeghost_projects():
        found = [task for task in office.world.timeghost_tasks(project["id"]) if task["id"] == "many-0"]
        if found:
            return str(project["id"]), "many-0"
    raise AssertionError("the many tasks are nowhere")


def _pair(integration: Integration, link: ProjectLink, right_id: int, number: int, project: str) -> Pair:
    values = {"name": f"Task {number}", "is_completed": False, "assignee_ids": [], "project_id": project}
    return Pair(
        integration=integration, project_link=link, part=Pair.Part.TASK, left_id=f"many-{number}", right_id=str(right_id), values=values
    )
