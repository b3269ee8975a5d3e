"""Hubstaff's rules: paging, lock versions, metadata, budgets, members, read-only tasks, tracked time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import RESOURCE, TIME, VALIDATION, Row, assert_refused


def test_a_list_comes_in_pages_without_gap_or_overlap(hubstaff: httpx.Client, company: Company) -> None:
    path = f"/organizations/{company.organization_id}/tasks"
    whole = walked(hubstaff, path, "tasks", page_limit=500)
    in_pages = walked(hubstaff, path, "tasks", page_limit=7)
    assert len(hubstaff.get(path).json()["tasks"]) == 100
    assert [task["id"] for task in in_pages] == [task["id"] for task in whole]
    assert_refused(hubstaff.get(path, params={"page_limit": 501}), 400, VALIDATION)


def test_tasks_are_filtered_by_comma_separated_lists(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    path = f"/organizations/{company.organization_id}/tasks"
    done = walked(hubstaff, path, "tasks", status="completed", project_ids=f"{project['id']},{project['id'] + 1}")
    assert {task["status"] for task in done} == {"completed"}
    assert {task["project_id"] for task in done} == {project["id"], project["id"] + 1}
    assert all(task["completed_at"] for task in done)
    assert_refused(hubstaff.get(path, params={"status": "done"}), 400, VALIDATION)


def test_a_created_task_keeps_its_metadata_as_an_object(hubstaff: httpx.Client, project: Row) -> None:
    body = {"summary": "Draft ☕", "metadata": [{"key": "mirror_of", "value": "timeghost:1"}]}
    answer = hubstaff.post(f"/projects/{project['id']}/tasks", json=body)
    assert answer.status_code == 200
    task = answer.json()["task"]
    assert task["metadata"] == {"mirror_of": "timeghost:1"}
    assert hubstaff.get(f"/tasks/{task['id']}").json()["task"] == task


@pytest.mark.parametrize("pair", [{"key": "K", "value": "x"}, {"key": "Upper", "value": "x"}, {"key": "long", "value": "x" * 201}])
def test_metadata_outside_the_rules_is_refused(hubstaff: httpx.Client, project: Row, pair: Row) -> None:
    body = {"summary": "Draft", "metadata": [pair]}
    assert_refused(hubstaff.post(f"/projects/{project['id']}/tasks", json=body), 400, VALIDATION)


def test_a_change_needs_the_current_lock_version(hubstaff: httpx.Client, task: Row) -> None:
    path, lock = f"/tasks/{task['id']}", task["lock_version"]
    done = hubstaff.put(path, json={"lock_version": lock, "status": "completed"}).json()["task"]
    assert (done["status"], done["lock_version"]) == ("completed", lock + 1)
    assert done["completed_at"]
    assert_refused(hubstaff.put(path, json={"lock_version": lock, "summary": "Late"}), 400, VALIDATION)
    assert_refused(hubstaff.put(path, json={"summary": "Without"}), 400, VALIDATION)
    marks = {"metadata": [{"key": "mark", "value": "1"}]}
    assert_refused(hubstaff.put(f"{path}/update_metadata", json={"lock_version": lock, **marks}), 400, VALIDATION)
    marked = hubstaff.put(f"{path}/update_metadata", json={"lock_version": lock + 1, **marks}).json()["task"]
    assert (marked["metadata"], marked["lock_version"]) == ({"mark": "1"}, lock + 2)


def test_null_removes_a_metadata_key(hubstaff: httpx.Client, project: Row) -> None:
    path = f"/projects/{project['id']}/update_metadata"
    hubstaff.put(path, json={"metadata": [{"key": "one", "value": "1"}, {"key": "two", "value": "2"}]})
    answer = hubstaff.put(path, json={"metadata": [{"key": "one", "value": None}]})
    assert answer.json()["project"]["metadata"] == {"two": "2"}


def test_a_deleted_task_is_gone_but_for_the_list_of_deleted_ones(hubstaff: httpx.Client, task: Row) -> None:
    assert hubstaff.delete(f"/tasks/{task['id']}").status_code == 204
    assert_refused(hubstaff.get(f"/tasks/{task['id']}"), 404, RESOURCE)
    path = f"/projects/{task['project_id']}/tasks"
    assert task["id"] not in [one["id"] for one in walked(hubstaff, path, "tasks")]
    assert task["id"] in [one["id"] for one in walked(hubstaff, path, "tasks", status="deleted")]


def test_tasks_of_a_native_integration_are_read_only(hubstaff: httpx.Client, company: Company) -> None:
    tasks = walked(hubstaff, f"/organizations/{company.organization_id}/tasks", "tasks", page_limit=500)
    native = next(task for task in tasks if task["integration_id"])
    change = {"lock_version": native["lock_version"], "summary": "Mine"}
    assert_refused(hubstaff.put(f"/tasks/{native['id']}", json=change), 400, VALIDATION)
    assert_refused(hubstaff.delete(f"/tasks/{native['id']}"), 400, VALIDATION)
    new = hubstaff.post(f"/projects/{native['project_id']}/tasks", json={"summary": "Mine"})
    assert_refused(new, 400, VALIDATION)


def test_a_project_is_created_with_client_members_and_budget(hubstaff: httpx.Client, company: Company) -> None:
    organization = f"/organizations/{company.organization_id}"
    client = hubstaff.get(f"{organization}/clients").json()["clients"][0]
    me = hubstaff.get("/users/me").json()["user"]
    body = {
        "name": "New",
        "client_id": client["id"],
        "members": [{"user_id": me["id"], "role": "manager"}],
        "budget": {"type": "hours", "hours": 40},
        "metadata": [{"key": "mark", "value": "1"}],
    }
    answer = hubstaff.post(f"{organization}/projects", json=body)
    assert answer.status_code == 201
    project = answer.json()["project"]
    assert (project["client_id"], project["budget"]["hours"], project["metadata"]) == (client["id"], 40, {"mark": "1"})
    members = hubstaff.get(f"/projects/{project['id']}/members").json()["members"]
    assert [(member["user_id"], member["membership_role"]) for member in members] == [(me["id"], "manager")]
    assert project["id"] in hubstaff.get(f"/clients/{client['id']}").json()["client"]["project_ids"]


@pytest.mark.parametrize("budget", [{"hours": 4}, {"type": "cost"}, {"type": "hours", "cost": 4}, {"type": "cost", "cost": 0}])
def test_a_partial_budget_is_refused(hubstaff: httpx.Client, company: Company, budget: Row) -> None:
    body = {"name": "New", "budget": budget}
    answer = hubstaff.post(f"/organizations/{company.organization_id}/projects", json=body)
    assert_refused(answer, 400, VALIDATION)


def test_of_an_archived_project_only_the_status_can_change(hubstaff: httpx.Client, project: Row) -> None:
    path = f"/projects/{project['id']}"
    assert hubstaff.put(path, json={"status": "archived"}).json()["project"]["status"] == "archived"
    assert_refused(hubstaff.put(path, json={"status": "active", "name": "Back"}), 400, VALIDATION)
    assert_refused(hubstaff.post(f"{path}/tasks", json={"summary": "Late"}), 400, VALIDATION)
    assert hubstaff.put(path, json={"status": "active"}).json()["project"]["status"] == "active"


def test_members_come_and_go_and_only_members_can_be_assigned(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    organization = f"/organizations/{company.organization_id}/members"
    people = {one["user_id"] for one in walked(hubstaff, organization, "members")}
    path = f"/projects/{project['id']}"
    here = {one["user_id"] for one in walked(hubstaff, f"{path}/members", "members")}
    stranger = min(people - here)
    body = {"summary": "Together", "assignee_ids": [stranger]}
    assert_refused(hubstaff.post(f"{path}/tasks", json=body), 400, VALIDATION)
    joined = hubstaff.put(f"{path}/update_members", json={"members": [{"user_id": stranger, "role": "user"}]})
    assert (joined.status_code, joined.json()) == (200, {"success": True})
    assert hubstaff.post(f"{path}/tasks", json=body).json()["task"]["assignee_ids"] == [stranger]
    hubstaff.put(f"{path}/update_members", json={"members": [{"user_id": stranger, "role": "remove"}]})
    assert stranger not in {one["user_id"] for one in walked(hubstaff, f"{path}/members", "members")}


def test_clients_are_created_and_archived(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    path = f"/organizations/{company.organization_id}/clients"
    body = {"name": "Ölmühle", "emails": ["a@example.com"], "net_terms": 14, "project_ids": [str(project["id"])]}
    client = hubstaff.post(path, json=body).json()["client"]
    assert (client["project_ids"], client["net_terms"], client["inherit_net_terms"]) == ([project["id"]], "14", False)
    hubstaff.put(f"/clients/{client['id']}", json={"status": "archived"})
    assert client["id"] not in [one["id"] for one in hubstaff.get(path).json()["clients"]]
    assert client["id"] in [one["id"] for one in hubstaff.get(path, params={"status": "all"}).json()["clients"]]


def entry(project: Row, member_id: int, **more: Any) -> tuple[str, Row]:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    body = {"project_id": project["id"], "start_time": start.isoformat(), "tracked": 1500, "note": "Workshop", **more}
    return f"/users/{member_id}/time_entries", body


def member_id(hubstaff: httpx.Client, project: Row) -> int:
    return int(hubstaff.get(f"/projects/{project['id']}/members").json()["members"][0]["user_id"])


def test_a_time_entry_shows_in_blocks_updates_and_days(hubstaff: httpx.Client, company: Company, project: Row, task: Row) -> None:
    path, body = entry(project, member_id(hubstaff, project), task_id=task["id"])
    answer = hubstaff.post(path, json=body)
    assert (answer.status_code, answer.json()) == (201, {"success": True})
    start = datetime.fromisoformat(body["start_time"])
    activities = f"/organizations/{company.organization_id}/activities"
    around = {"[start]": start - timedelta(hours=1), "[stop]": start + timedelta(hours=5)}
    slots = {f"time_slot{end}": moment.isoformat() for end, moment in around.items()}
    blocks = walked(hubstaff, activities, "activities", task_ids=task["id"], **slots)
    assert sum(block["tracked"] for block in blocks) == 1500
    assert all(block["time_slot"][15:19] == "0:00" for block in blocks)
    updated = {f"updated{end}": moment.isoformat() for end, moment in around.items()}
    assert walked(hubstaff, f"{activities}/updates", "activities", task_ids=task["id"], **updated) == blocks
    days = {"date[start]": (start - timedelta(days=1)).date().isoformat(), "date[stop]": (start + timedelta(days=1)).date().isoformat()}
    rows = walked(hubstaff, f"{activities}/daily", "daily_activities", task_ids=task["id"], **days)
    assert sum(row["tracked"] for row in rows) == sum(row["manual"] for row in rows) == 1500


@pytest.mark.parametrize(
    ("more", "codes"),
    [({"note": " "}, TIME), ({"tracked": 0}, TIME), ({"tracked": 90000}, TIME), ({"start_time": "2999-01-01T00:00:00Z"}, TIME)],
)
def test_a_time_entry_outside_the_rules_is_refused(hubstaff: httpx.Client, project: Row, more: Row, codes: range) -> None:
    path, body = entry(project, member_id(hubstaff, project), **more)
    assert_refused(hubstaff.post(path, json=body), 400, codes)


def test_ranges_of_activities_are_limited(hubstaff: httpx.Client, company: Company) -> None:
    def asked(start: datetime, stop: datetime) -> httpx.Response:
        slots = {"time_slot[start]": start.isoformat(), "time_slot[stop]": stop.isoformat()}
        return hubstaff.get(f"/organizations/{company.organization_id}/activities", params=slots)

    today = datetime.now(UTC)
    assert asked(today - timedelta(days=7), today).status_code == 200
    assert_refused(asked(today - timedelta(days=8), today), 400, VALIDATION)
    assert_refused(asked(today - timedelta(days=300), today - timedelta(days=299)), 400, VALIDATION)
    assert_refused(hubstaff.get(f"/organizations/{company.organization_id}/activities"), 400, VALIDATION)


def test_the_days_add_up_to_the_blocks(hubstaff: httpx.Client, company: Company) -> None:
    activities = f"/organizations/{company.organization_id}/activities"
    stop = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = stop - timedelta(days=6)
    slots = {"time_slot[start]": start.isoformat(), "time_slot[stop]": stop.isoformat()}
    blocks = walked(hubstaff, activities, "activities", page_limit=500, **slots)
    days = {"date[start]": start.date().isoformat(), "date[stop]": (stop - timedelta(days=1)).date().isoformat()}
    rows = walked(hubstaff, f"{activities}/daily", "daily_activities", page_limit=500, **days)
    assert len({row["id"] for row in rows}) == len(rows) > 50
    assert sum(row["tracked"] for row in rows) == sum(block["tracked"] for block in blocks)


def test_another_companys_records_are_not_found(hubstaff: httpx.Client, company: Company) -> None:
    assert_refused(hubstaff.get(f"/organizations/{company.organization_id + 1}/projects"), 404, RESOURCE)
    assert_refused(hubstaff.get("/projects/1"), 404, RESOURCE)
    assert_refused(hubstaff.get("/nothing/here"), 404, RESOURCE)


def test_without_a_token_nothing_is_answered(address: str) -> None:
    answer = httpx.get(f"{address}/hubstaff/v2/organizations", headers={"Authorization": "Bearer nonsense"})
    assert_refused(answer, 401, range(10000, 11000))
