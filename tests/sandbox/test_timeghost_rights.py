"""Who may do what in timeghost: admins, managers of projects, groups with a permission, and everybody else."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import PATIENCE, Company
from tests.sandbox.test_sign_in import entra_tokens
from tests.sandbox.timeghost_exchanges import MOMENTS, Row, There, arranged, exchanges

ALL_TIMES = {"$filter-date-range": "all_time"}
ADMIN_ONLY = (
    ("POST", "/add/projects"),
    ("POST", "/add/clients"),
    ("POST", "/add/tags"),
    ("POST", "/add/projecttags"),
    ("POST", "/add/groups"),
    ("POST", "/add/times"),
    ("POST", "/add/comego"),
    ("POST", "/add/customfeedevent"),
    ("POST", "/update/projects/{ProjectId}"),
    ("POST", "/update/projects/{ProjectId}/tags"),
    ("POST", "/update/projects/{ProjectId}/users"),
    ("POST", "/update/projects/{ProjectId}/groups"),
    ("POST", "/update/times/{TimeId}"),
    ("POST", "/update/times/{TimeId}/tags"),
    ("POST", "/update/clients/{ClientId}"),
    ("POST", "/update/tags/{TagId}"),
    ("POST", "/update/projecttags/{TagId}"),
    ("POST", "/update/groups/{GroupId}"),
    ("POST", "/update/comego/{ComeGoId}"),
    ("POST", "/update/customfeedevent/{EventId}"),
    ("DELETE", "/delete/{ItemType}/{ItemId}"),
    ("POST", "/Create_Excel_Report"),
    ("GET", "/get/times"),
    ("GET", "/get/comego"),
)
"""Routes whose full request is about what is not a plain member's own."""


@pytest.fixture
def there(timeghost: httpx.Client) -> There:
    return arranged(timeghost)


@pytest.fixture
def member_id(member: httpx.Client) -> str:
    return str(member.get("/get/currentuser").json()["id"])


@pytest.fixture
def place(timeghost: httpx.Client) -> Row:
    """A new project that everybody sees."""
    client = {"id": timeghost.get("/get/clients").json()[0]["id"]}
    project = timeghost.post(
        "/add/projects", json={"name": "Open", "client": client, "billable": True, "taskBasedEstimation": False}
    ).json()
    return {"client": client, "project": {"id": project["id"]}}


def refused(answer: httpx.Response) -> bool:
    """Whether a request was refused for want of a right, in words."""
    return answer.status_code == 403 and len(answer.json()["message"].split()) > 5


def test_a_plain_member_may_not_do_what_an_admin_may(member: httpx.Client, there: There) -> None:
    full = exchanges(there)
    assert [route for route in ADMIN_ONLY if not refused(full[route].send(member, route))] == []


def test_a_plain_member_deletes_nothing_of_others(member: httpx.Client, there: There) -> None:
    records = {
        "projects": there.project,
        "tasks": there.task,
        "times": there.time,
        "clients": there.client,
        "tags": there.time_tag,
        "customfeedevent": there.event,
        "comego": there.entry,
    }
    assert [things for things in records if not refused(member.delete(f"/delete/{things}/{records[things]['id']}"))] == []


def test_a_plain_member_writes_times_hours_and_feed_events_of_their_own(
    member: httpx.Client, member_id: str, there: There, place: Row
) -> None:
    time = member.post("/add/times", json={**place, "name": "Mine", "billable": True, **MOMENTS}).json()
    assert (time["user"]["id"], time["currentUserCanEdit"]) == (member_id, True)
    assert member.post(f"/update/times/{time['id']}", json={"name": "Still mine"}).json()["name"] == "Still mine"
    assert refused(member.post(f"/update/times/{time['id']}", json={"user": {"id": there.user}}))
    assert member.post(f"/update/times/{time['id']}/tags", json={"tags": [there.time_tag["id"]]}).status_code == 200
    [entry] = member.post("/add/comego", json=[{}]).json()
    assert member.post(f"/update/comego/{entry['id']}", json={"name": "Early"}).json()["name"] == "Early"
    assert refused(member.post(f"/update/comego/{entry['id']}", json={"user": {"id": there.user}}))
    event = member.post("/add/customfeedevent", json={"name": "Mine", "user": {"id": member_id}, **MOMENTS}).json()
    assert member.post(f"/update/customfeedevent/{event['id']}", json={"name": "Still mine"}).status_code == 200
    assert refused(member.post(f"/update/customfeedevent/{event['id']}", json={"user": {"id": there.user}}))
    own = (("times", time), ("comego", entry), ("customfeedevent", event))
    assert [member.delete(f"/delete/{things}/{record['id']}").status_code for things, record in own] == [200, 200, 200]


def test_a_plain_member_sees_what_they_track_themselves_only(timeghost: httpx.Client, member: httpx.Client, member_id: str) -> None:
    for path, query in (("/get/times", ALL_TIMES), ("/get/comego", {})):
        mine, all_of_them = member.get(path, params=query).json(), timeghost.get(path, params=query).json()
        assert {one["user"]["id"] for one in mine} == {member_id} != {one["user"]["id"] for one in all_of_them}
        asked = timeghost.get(path, params={**query, "$filter-user": member_id}).json()
        assert [one["id"] for one in asked] == [one["id"] for one in mine]


def test_a_manager_of_a_project_changes_it_and_a_user_of_it_does_not(
    timeghost: httpx.Client, member: httpx.Client, member_id: str, place: Row
) -> None:
    path = f"/update/projects/{place['project']['id']}"
    for role, status in ((1, 200), (0, 403)):
        timeghost.post(f"{path}/users", json={"users": [{"id": member_id, "role": role}]})
        answer = member.post(path, json={"description": "Changed"})
        assert answer.status_code == status
        [shown] = member.get("/get/projects", params={"$filter": f"id eq '{place['project']['id']}'"}).json()
        assert shown["currentUserCanEdit"] == (role == 1)


def test_a_role_also_comes_through_a_group_and_goes_with_who_is_removed(
    timeghost: httpx.Client, member: httpx.Client, member_id: str, place: Row
) -> None:
    path = f"/update/projects/{place['project']['id']}"
    group = timeghost.post("/add/groups", json={"name": "Leads", "users": [member_id]}).json()
    timeghost.post(f"{path}/groups", json={"groups": [{"id": group["id"], "role": 1}]})
    assert member.post(path, json={"description": "Changed"}).status_code == 200
    timeghost.post(f"{path}/groups", json={"groups": [{"id": group["id"], "role": 1, "removed": True}]})
    assert refused(member.post(path, json={"description": "Changed"}))


def test_only_managers_add_tasks_where_the_project_says_so(
    timeghost: httpx.Client, member: httpx.Client, member_id: str, place: Row
) -> None:
    path, task = f"/update/projects/{place['project']['id']}", {"name": "One more", **place}
    assert member.post("/add/tasks", json=task).status_code == 200
    timeghost.post(path, json={"whoCanAddTasks": 1})
    assert refused(member.post("/add/tasks", json=task))
    assert timeghost.post("/add/tasks", json=task).status_code == 200
    timeghost.post(f"{path}/users", json={"users": [{"id": member_id, "role": 1}]})
    assert member.post("/add/tasks", json=task).status_code == 200


def test_a_private_project_is_not_there_for_others(timeghost: httpx.Client, member: httpx.Client, place: Row) -> None:
    project_id = place["project"]["id"]
    timeghost.post(f"/update/projects/{project_id}", json={"private": True})
    assert member.get(f"/get/projects/{project_id}/tasks").status_code == 404
    assert project_id not in [one["id"] for one in member.get("/get/projects").json()]
    answer = member.post("/add/tasks", json={"name": "In the dark", **place})
    assert (answer.status_code, answer.json()["message"]) == (400, "project must be the id of a project of this workspace")


@pytest.fixture
def in_group(address: str, timeghost: httpx.Client, company: Company) -> Iterator[Any]:
    """Signs in as somebody of a group with a permission, who is no admin."""
    shown = timeghost.get(f"/get/workspaces/{company.workspace_id}").json()
    people = {user["id"]: user for user in shown["users"]}

    def sign_in(permission: str) -> httpx.Client:
        [allowed] = shown["permissionSettings"][permission]
        group = next(group for group in shown["groups"] if group["id"] == allowed["id"])
        user = next(user for user in group["users"] if not people[user["id"]]["admin"])
        token = entra_tokens(address, people[user["id"]]["email"])["access_token"]
        client.headers = httpx.Headers({"Authorization": f"Bearer {token}", "workspace-id": company.workspace_id})
        return client

    with httpx.Client(base_url=f"{address}/timeghost/api", timeout=PATIENCE) as client:
        yield sign_in


def test_a_group_can_have_the_right_to_manage_projects(in_group: Any, place: Row) -> None:
    client = in_group("groupsCanManageProjects")
    body = {"name": "By the group", "client": place["client"], "billable": False, "taskBasedEstimation": False}
    assert client.post("/add/projects", json=body).status_code == 200
    assert client.post(f"/update/projects/{place['project']['id']}", json={"completed": True}).json()["completed"] is True
    assert refused(client.post("/add/clients", json={"name": "Too much"}))


def test_a_group_can_have_the_right_to_see_what_the_team_does(in_group: Any) -> None:
    client = in_group("groupsCanSeeTeamActivity")
    assert len({time["user"]["id"] for time in client.get("/get/times", params=ALL_TIMES).json()}) > 5
    assert len({entry["user"]["id"] for entry in client.get("/get/comego").json()}) > 5
    other = next(entry for entry in client.get("/get/comego").json() if not entry["currentUserCanEdit"])
    assert refused(client.post(f"/update/comego/{other['id']}", json={"name": "Mine?"}))


def test_the_header_names_the_workspace_of_the_address_or_nothing(timeghost: httpx.Client, control: httpx.Client, company: Company) -> None:
    path, other = f"/get/workspaces/{company.workspace_id}", control.get("/companies").json()["companies"][1]["workspace_id"]
    assert timeghost.get(path, headers={"workspace-id": ""}).json()["id"] == company.workspace_id
    assert refused(timeghost.get(path, headers={"workspace-id": other}))
    assert timeghost.get(f"/get/workspaces/{other}", headers={"workspace-id": ""}).status_code == 403
    assert timeghost.get("/get/workspaces/nowhere", headers={"workspace-id": ""}).status_code == 404
