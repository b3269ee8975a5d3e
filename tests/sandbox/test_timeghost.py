"""timeghost's rules: workspaces, whole lists, filters, rights, deletion."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, timeghost_client

Row = dict[str, Any]


@pytest.fixture
def there(timeghost: httpx.Client) -> Row:
    """A project of the main company that everybody sees."""
    projects = timeghost.get("/get/projects").json()
    found: Row = next(one for one in projects if one["whoCanAddTasks"] == 2 and not one["private"] and not one["completed"])
    return found


def new_time(project: Row, **more: Any) -> Row:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    body = {"client": {"id": project["client"]["id"]}, "project": {"id": project["id"]}, "name": "Sketches", "billable": True}
    return {**body, "start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat(), **more}


def test_the_current_user_has_workspaces_people_and_tokens(timeghost: httpx.Client, company: Company) -> None:
    user = timeghost.get("/get/currentuser", headers={"workspace-id": ""}).json()
    assert user["email"] == company.owner
    assert user["defaultWorkspace"] == user["workspace"]["id"] == company.workspace_id
    assert {"id": company.workspace_id, "name": "Northlight Studio"} in user["workspaces"]
    assert user["apiTokens"][0]["token"] == "timeghost-key-1"
    assert {"id", "name", "email", "admin"} <= set(user["workspace"]["users"][0])


def test_the_workspace_must_be_named_and_be_ones_own(address: str, timeghost: httpx.Client, control: httpx.Client) -> None:
    foreign = control.get("/companies").json()["companies"][1]["workspace_id"]
    assert timeghost.get("/get/projects", headers={"workspace-id": ""}).status_code == 400
    assert timeghost.get("/get/projects", headers={"workspace-id": foreign}).status_code == 403
    assert timeghost.get("/get/projects", headers={"workspace-id": "nowhere"}).status_code == 404
    with timeghost_client(address, "wrong", foreign) as stranger:
        assert stranger.get("/get/projects").status_code == 401


def test_a_task_is_added_changed_completed_and_deleted(timeghost: httpx.Client, there: Row) -> None:
    user = timeghost.get("/get/currentuser").json()
    body = {"name": "Round 2", "project": {"id": there["id"]}, "estimation": 7200, "assignedToUsers": [user["id"]]}
    task = timeghost.post("/add/tasks", json=body).json()
    assert (task["estimation"], task["completed"], task["status"]) == (7200, False, "created")
    assert task["assignedToUsers"] == [{"id": user["id"], "name": user["name"]}]
    done = timeghost.post(f"/update/tasks/{task['id']}", json={"completed": True}).json()
    assert (done["completed"], done["name"], done["status"]) == (True, "Round 2", "updated")
    assert timeghost.delete(f"/delete/tasks/{task['id']}").status_code == 200
    assert task["id"] not in [one["id"] for one in timeghost.get(f"/get/projects/{there['id']}/tasks").json()]
    assert timeghost.delete(f"/delete/tasks/{task['id']}").status_code == 404


def test_a_time_of_another_person_needs_an_admin(timeghost: httpx.Client, member: httpx.Client, there: Row) -> None:
    admin_id, member_id = (client.get("/get/currentuser").json()["id"] for client in (timeghost, member))
    added = timeghost.post("/add/times", json=new_time(there, user={"id": member_id})).json()
    assert (added["user"]["id"], added["timeDiff"], added["project"]["id"]) == (member_id, 1800, there["id"])
    assert member.post("/add/times", json=new_time(there)).json()["user"]["id"] == member_id
    assert member.post("/add/times", json=new_time(there, user={"id": admin_id})).status_code == 403
    shown = timeghost.get("/get/times", params={"$filter-date-range": "all_time", "$filter-user": member_id}).json()
    assert added["id"] in [time["id"] for time in shown]
    assert timeghost.delete(f"/delete/times/{added['id']}").status_code == 200


def test_times_need_a_named_range_of_dates(timeghost: httpx.Client, there: Row) -> None:
    assert timeghost.get("/get/times").status_code == 400
    assert timeghost.get("/get/times", params={"$filter-date-range": "soon"}).status_code == 400
    names = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year", "all_time")
    counts = {name: len(timeghost.get("/get/times", params={"$filter-date-range": name}).json()) for name in names}
    assert counts["all_time"] == counts["this_year"] + counts["last_year"] > counts["last_month"] > counts["last_week"] > 0
    of_project = timeghost.get(f"/get/projects/{there['id']}/times", params={"$filter-date-range": "all_time"}).json()
    of_client = timeghost.get(f"/get/clients/{there['client']['id']}/times", params={"$filter-date-range": "all_time"}).json()
    assert 0 < len(of_project) <= len(of_client) < counts["all_time"]


def test_recorded_times_add_up(timeghost: httpx.Client, there: Row) -> None:
    times = timeghost.get(f"/get/projects/{there['id']}/times", params={"$filter-date-range": "all_time"}).json()
    assert sum(there["timesRecorded"].values()) == sum(time["timeDiff"] for time in times)


def test_lists_take_an_odata_filter(timeghost: httpx.Client, there: Row) -> None:
    named = timeghost.get("/get/projects", params={"$filter": f"name eq '{there['name']}' and completed eq false"}).json()
    assert [one["id"] for one in named] == [there["id"]]
    of_client = timeghost.get("/get/projects", params={"$filter": f"client/id eq '{there['client']['id']}'"}).json()
    assert {one["client"]["id"] for one in of_client} == {there["client"]["id"]}
    assert {tag["tagType"] for tag in timeghost.get("/get/tags", params={"$filter": "tagType eq 1"}).json()} == {1}
    assert timeghost.get("/get/projects", params={"$filter": "name like x"}).status_code == 400


def test_clients_tags_and_groups_are_added(timeghost: httpx.Client) -> None:
    client = timeghost.post("/add/clients", json={"name": "Neu & Söhne", "externalId": "7"}).json()
    assert client["meta"]["externalId"] == "7"
    changed = timeghost.post(f"/update/clients/{client['id']}", json={"phone": "123"}).json()
    assert (changed["meta"]["phone"], changed["meta"]["externalId"], changed["name"]) == ("123", "7", "Neu & Söhne")
    tag = timeghost.post("/add/tags", json={"name": "Rush", "tagType": 1, "externalId": "8"}).json()
    assert (tag["tagType"], tag["externalId"]) == (1, "8")
    user = timeghost.get("/get/currentuser").json()
    group = timeghost.post("/add/groups", json={"name": "Board", "users": [{"id": user["id"]}]}).json()
    assert group["users"] == [{"id": user["id"], "name": user["name"]}]
    assert group["id"] in [one["id"] for one in timeghost.get("/get/groups").json()]
    assert timeghost.post("/add/clients", json={}).status_code == 400


def test_a_project_is_added_and_takes_its_tasks_with_it_when_deleted(timeghost: httpx.Client) -> None:
    client = timeghost.get("/get/clients").json()[0]
    body = {"name": "New", "client": {"id": client["id"]}, "billable": True, "taskBasedEstimation": False}
    project = timeghost.post("/add/projects", json=body).json()
    assert project["client"] == {"id": client["id"], "name": client["name"]}
    timeghost.post("/add/tasks", json={"name": "One", "project": {"id": project["id"]}})
    assert project["id"] in [one["id"] for one in timeghost.get(f"/get/clients/{client['id']}/projects").json()]
    assert timeghost.delete(f"/delete/projects/{project['id']}").status_code == 200
    assert timeghost.get(f"/get/projects/{project['id']}/tasks").status_code == 404
    assert timeghost.post("/add/projects", json={"name": "Half"}).status_code == 400


def test_a_member_sees_no_private_project_of_others_and_writes_no_projects(member: httpx.Client, timeghost: httpx.Client) -> None:
    seen = {one["id"] for one in member.get("/get/projects").json()}
    hidden = [one for one in timeghost.get("/get/projects").json() if one["id"] not in seen]
    assert all(one["private"] for one in hidden)
    client = member.get("/get/clients").json()[0]
    body = {"name": "New", "client": {"id": client["id"]}, "billable": True, "taskBasedEstimation": False}
    assert member.post("/add/projects", json=body).status_code == 403
