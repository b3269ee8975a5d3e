"""Hubstaff's own integrations: what they link, and that a disabled one says why."""

import httpx

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import RESOURCE, Row, assert_refused


def integrations(hubstaff: httpx.Client, company: Company) -> dict[str, Row]:
    found = walked(hubstaff, f"/organizations/{company.organization_id}/integrations", "integrations")
    return {one["type"]: one for one in found}


def test_one_integration_works_and_one_was_disabled(hubstaff: httpx.Client, company: Company) -> None:
    found = integrations(hubstaff, company)
    assert {name: one["status"] for name, one in found.items()} == {"jira": "active", "trello": "disabled"}
    assert (found["jira"]["disabled_reason"], bool(found["trello"]["disabled_reason"])) == (None, True)


def test_project_links_tell_of_their_integration(hubstaff: httpx.Client, company: Company) -> None:
    found = integrations(hubstaff, company)
    [works] = walked_links(hubstaff, found["jira"], "project")
    [disabled] = walked_links(hubstaff, found["trello"], "project")
    assert (works["status"], works["integration_name"], works["disabled_reason"]) == ("active", "Jira", None)
    assert (disabled["status"], disabled["integration_status"]) == ("disabled", "disabled")
    assert disabled["disabled_reason"] != disabled["integration_disabled_reason"] == found["trello"]["disabled_reason"]
    links = hubstaff.get(f"/projects/{works['project_id']}/integration_links").json()["project_links"]
    assert links == [works]


def walked_links(hubstaff: httpx.Client, integration: Row, linked: str) -> list[Row]:
    return walked(hubstaff, f"/integrations/{integration['id']}/{linked}_links", f"{linked}_links", page_limit=2)


def test_user_links_are_connected_or_say_why_not(hubstaff: httpx.Client, company: Company) -> None:
    links = walked_links(hubstaff, integrations(hubstaff, company)["jira"], "user")
    assert [link["user_id"] for link in links] == sorted({link["user_id"] for link in links})
    assert {link["connected"] for link in links} == {True, False}
    [disabled] = [link for link in links if link["disabled_reason"]]
    assert (disabled["status"], disabled["connected"]) == ("disabled", False)


def test_the_tasks_of_an_integration_are_found_by_their_remote_ids(hubstaff: httpx.Client, company: Company) -> None:
    jira = integrations(hubstaff, company)["jira"]
    path = f"/integrations/{jira['id']}/tasks"
    tasks = walked(hubstaff, path, "tasks")
    assert len(tasks) == 6
    assert {task["integration_id"] for task in tasks} == {jira["id"]}
    by_id = walked(hubstaff, path, "tasks", remote_ids=f"{tasks[0]['remote_id']},{tasks[3]['remote_alternate_id']}")
    assert by_id == [tasks[0], tasks[3]]
    assert walked(hubstaff, path, "tasks", status="completed") == [task for task in tasks if task["status"] == "completed"]


def test_integrations_of_others_are_not_found_and_are_not_for_everybody(
    hubstaff: httpx.Client, colleague: httpx.Client, company: Company
) -> None:
    jira = integrations(hubstaff, company)["jira"]
    assert_refused(hubstaff.get(f"/integrations/{jira['id'] + 1}/project_links"), 404, RESOURCE)
    assert_refused(colleague.get(f"/integrations/{jira['id']}/project_links"), 403, range(10000, 11000))
    assert_refused(colleague.get(f"/organizations/{company.organization_id}/integrations"), 403, range(10000, 11000))
