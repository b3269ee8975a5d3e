"""The pages on which a person works over there."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import Company


@pytest.fixture
def browser(address: str, control: httpx.Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, follow_redirects=True, timeout=20) as client:
        yield client


def pressed(browser: httpx.Client, page: httpx.Response, label: str) -> httpx.Response:
    """Press the first button with a label."""
    found = re.search(rf'action="([^"]+)"><button>{label}<', page.text)
    assert found, f"no button {label}"
    return browser.post(found.group(1))


def test_the_first_page_explains_itself(browser: httpx.Client) -> None:
    page = browser.get("/")
    assert all(word in page.text for word in ("Northlight Studio", "hubstaff-pat-1", "timeghost-key-1", "timebridge-sandbox"))
    assert browser.get("/style.css").headers["content-type"].startswith("text/css")


def test_a_task_is_completed_and_reopened_in_hubstaff(browser: httpx.Client, company: Company, project: dict[str, int]) -> None:
    assert "Website Relaunch" in browser.get(f"/hubstaff/organizations/{company.organization_id}").text
    page = browser.get(f"/hubstaff/projects/{project['id']}")
    after = pressed(browser, page, "Complete")
    assert after.text.count(">Complete<") == page.text.count(">Complete<") - 1
    assert pressed(browser, after, "Reopen").text.count(">Complete<") == page.text.count(">Complete<")


def test_a_task_is_completed_in_timeghost(browser: httpx.Client, company: Company) -> None:
    workspace = browser.get(f"/timeghost/workspaces/{company.workspace_id}").text
    first = re.search(r'href="(/timeghost/projects/[^"]+)"', workspace)
    assert first
    page = browser.get(first.group(1))
    assert pressed(browser, page, "Complete").text.count(">Complete<") == page.text.count(">Complete<") - 1


def test_names_are_never_markup(browser: httpx.Client, project: dict[str, int]) -> None:
    page = browser.post(f"/hubstaff/projects/{project['id']}/tasks", data={"name": "<script>alert(1)</script>"})
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text


def test_time_is_tracked_in_hubstaff(browser: httpx.Client, hubstaff: httpx.Client, project: dict[str, int]) -> None:
    member = hubstaff.get(f"/projects/{project['id']}/members").json()["members"][0]["user_id"]
    page = browser.post(f"/hubstaff/projects/{project['id']}/times", data={"user": member, "task": "", "minutes": "125"})
    assert "<td>2:05</td>" in page.text


def test_what_is_not_there_is_not_found(browser: httpx.Client) -> None:
    assert browser.get("/hubstaff/projects/1").status_code == 404
    assert browser.get("/timeghost/projects/1").status_code == 404
