"""What goes wrong over there, and what people do by hand: everything that a sync must come through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, signed_in_token, walked

Row = dict[str, Any]
COLLEAGUE = "jonas.weidner@northlight.example"


def seconds_ago(**ago: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) - timedelta(**ago)).isoformat()


def track(control: httpx.Client, company: Company, project: Row, **fields: object) -> Row:
    worked = {"user": company.owner, "project": project["id"], "start": seconds_ago(hours=2), "seconds": 1500, **fields}
    found: Row = control.post("/hubstaff/times", json=worked).raise_for_status().json()
    return found


def activities(hubstaff: httpx.Client, project: Row, days: float = 6) -> list[Row]:
    query = {"time_slot[start]": seconds_ago(days=days), "time_slot[stop]": seconds_ago(days=days - 7)}
    return walked(hubstaff, f"/projects/{project['id']}/activities", "activities", **query)


def updates(hubstaff: httpx.Client, project: Row) -> list[Row]:
    query = {"updated[start]": seconds_ago(days=1), "updated[stop]": seconds_ago(minutes=-1)}
    return walked(hubstaff, f"/projects/{project['id']}/activities/updates", "activities", **query)


def edits(hubstaff: httpx.Client, project: Row) -> list[Row]:
    query = {"created[start]": seconds_ago(days=1), "created[stop]": seconds_ago(minutes=-1)}
    return walked(hubstaff, f"/projects/{project['id']}/time_edit_logs", "time_edit_logs", **query)


@pytest.fixture
def by_hand(control: httpx.Client, company: Company) -> Row:
    """A project of the main company in Hubstaff, in which nobody has worked yet."""
    body = {"organization": 1, "name": "By hand", "members": [company.owner, COLLEAGUE]}
    found: Row = control.post("/hubstaff/projects", json=body).json()
    return found


# --- Answers -----------------------------------------------------------------------------------------------------------


def test_a_list_can_be_empty_although_there_are_records(
    control: httpx.Client, hubstaff: httpx.Client, timeghost: httpx.Client, company: Company
) -> None:
    path = f"/organizations/{company.organization_id}/members"
    faults = [{"match": f"GET */{name}", "fault": "empty_list", "times": 2} for name in ("members", "tags")]
    control.post("/faults", json={"faults": faults})
    for _ in range(2):
        assert hubstaff.get(path, params={"include": "users", "page_limit": 2}).json() == {"members": [], "users": []}
        assert timeghost.get("/get/tags").json() == []
    assert hubstaff.get(path).json()["members"]
    assert timeghost.get("/get/tags").json()


def test_a_page_can_lose_its_second_half_and_its_end(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    path, limit = f"/organizations/{company.organization_id}/tasks", {"page_limit": 10}
    whole = hubstaff.get(path, params=limit).json()
    control.post("/faults", json={"match": "GET */tasks", "fault": "short_page"})
    assert whole["pagination"]
    assert hubstaff.get(path, params=limit).json() == {"tasks": whole["tasks"][:5]}


def test_too_many_requests_can_come_in_the_middle(control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post("/faults", json={"match": "* /hubstaff/v2/*", "fault": "429", "skip": 2})
    answers = [hubstaff.get("/users/me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert answers[2].headers["retry-after"] == "1"
    assert answers[2].json()["error_code"] in range(13000, 14000)


def test_a_refresh_token_can_die_after_some_calls(address: str, control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post(
        "/faults",
        json={
            "faults": [
                {"match": "* /hubstaff/v2/*", "fault": "401", "skip": 1, "times": 9},
                {"match": "POST /hubstaff-account/access_tokens", "fault": "invalid_grant", "times": 9},
            ]
        },
    )
    assert [hubstaff.get("/users/me").status_code for _ in range(3)] == [200, 401, 401]
    refused = exchange_token(address, "hubstaff-pat-1")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


# --- People ------------------------------------------------------------------------------------------------------------


def test_another_person_signs_in_as_themselves(address: str, control: httpx.Client, hubstaff: httpx.Client) -> None:
    with hubstaff_client(address, signed_in_token(address, COLLEAGUE)) as colleague:
        found = colleague.get("/users/me").json()["user"]
        assert found["email"] == COLLEAGUE
        assert found["id"] != hubstaff.get("/users/me").json()["user"]["id"]


def test_the_sign_in_page_offers_everybody_and_chooses_whom_it_is_told(address: str, control: httpx.Client) -> None:
    query = {
        "client_id": "timebridge-sandbox", "redirect_uri": "http://localhost/callback", "response_type": "code", "state": "s",
        "nonce": "n", "scope": "openid hubstaff:read", "login_hint": COLLEAGUE,
    }  # fmt: skip
    page = httpx.get(f"{address}/hubstaff-account/authorizations/new", params=query).text
    assert f'<option value="{COLLEAGUE}" selected>' in page
    assert page.count("<option ") > 20


def test_a_member_is_removed_and_comes_back(control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row) -> None:
    place = f"/organizations/{company.organization_id}/members"
    user_id = by_hand["members"][1]["user_id"]
    control.post(f"/hubstaff/members/{COLLEAGUE}/remove", json={"organization": 1}).raise_for_status()
    assert user_id not in {member["user_id"] for member in walked(hubstaff, place, "members")}
    assert user_id not in {member["user_id"] for member in walked(hubstaff, f"/projects/{by_hand['id']}/members", "members")}
    control.post(f"/hubstaff/members/{user_id}/restore", json={"organization": 1}).raise_for_status()
    assert user_id in {member["user_id"] for member in walked(hubstaff, place, "members")}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/hubstaff/members/nobody@example.com/remove", {"organization": 1}, 404),
        (f"/hubstaff/members/{COLLEAGUE}/remove", {"organization": 2}, 404),
        (f"/hubstaff/members/{COLLEAGUE}/remove", {}, 400),
        (f"/hubstaff/members/{COLLEAGUE}/remove", {"organization": 9}, 404),
    ],
)
def test_only_a_member_is_removed(control: httpx.Client, path: str, body: Row, status: int) -> None:
    assert control.post(path, json=body).status_code == status


def test_the_last_owner_stays(control: httpx.Client, company: Company) -> None:
    assert control.post(f"/hubstaff/members/{company.owner}/remove", json={"organization": 1}).status_code == 400


# --- Projects and tasks ------------------------------------------------------------------------------------------------


def test_a_project_deleted_by_hand_is_gone_with_its_tasks(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row
) -> None:
    task = control.post("/hubstaff/tasks", json={"project": by_hand["id"], "name": "Dig"}).json()
    place = f"/organizations/{company.organization_id}"
    control.post(f"/hubstaff/projects/{by_hand['id']}/delete").raise_for_status()
    assert by_hand["id"] not in {one["id"] for one in walked(hubstaff, f"{place}/projects", "projects", status="all")}
    assert task["id"] not in {one["id"] for one in walked(hubstaff, f"{place}/tasks", "tasks")}
    assert hubstaff.get(f"/projects/{by_hand['id']}").status_code == 404
    assert hubstaff.get(f"/tasks/{task['id']}").status_code == 404


def test_two_projects_have_one_name_on_either_side(control: httpx.Client) -> None:
    for side in ("hubstaff", "timeghost"):
        twins = [control.post(f"/{side}/projects", json={"organization": 1, "name": "Twin"}).json() for _ in range(2)]
        assert [twin["name"] for twin in twins] == ["Twin", "Twin"]
        assert twins[0]["id"] != twins[1]["id"]


@pytest.mark.parametrize("side", ["hubstaff", "timeghost"])
def test_a_task_is_assigned_to_others_and_to_nobody(control: httpx.Client, company: Company, side: str) -> None:
    project = control.post(f"/{side}/projects", json={"organization": 1, "name": "By hand", "members": [company.owner]}).json()
    task = control.post(f"/{side}/tasks", json={"project": project["id"], "name": "Dig"}).json()
    field = {"hubstaff": "assignee_ids", "timeghost": "assigned_users"}[side]
    path = f"/{side}/tasks/{task['id']}/assign"
    assert len(control.post(path, json={"people": [company.owner]}).json()[field]) == 1
    assert control.post(path, json={"people": []}).json()[field] == []
    assert control.post(path, json={}).status_code == 400
    assert control.post(path, json={"people": ["nobody@example.com"]}).status_code == 404


def test_a_task_moves_to_another_project_with_its_times(control: httpx.Client, timeghost: httpx.Client, company: Company) -> None:
    here, there = (control.post("/timeghost/projects", json={"organization": 1, "name": name}).json() for name in ("Here", "There"))
    task, other = (control.post("/timeghost/tasks", json={"project": here["id"], "name": name}).json() for name in ("Goes", "Stays"))
    for one in (task, other):
        control.post("/timeghost/times", json={"user": company.owner, "project": here["id"], "task": one["id"], "seconds": 60})
    control.post(f"/timeghost/tasks/{task['id']}/move", json={"project": there["id"]}).raise_for_status()
    for project, stands in ((here, other), (there, task)):
        assert [one["id"] for one in timeghost.get(f"/get/projects/{project['id']}/tasks").json()] == [stands["id"]]
        times = timeghost.get(f"/get/projects/{project['id']}/times", params={"$filter-date-range": "this_year"}).json()
        assert [time["task"]["id"] for time in times] == [stands["id"]]
    assert control.post("/hubstaff/tasks/1/move", json={"project": 1}).status_code == 404
    assert control.post(f"/timeghost/tasks/{task['id']}/move", json={"project": "nowhere"}).status_code == 404


# --- Time --------------------------------------------------------------------------------------------------------------


def test_blocks_add_up_to_the_days_also_where_work_runs_over_midnight(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row
) -> None:
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=2), today - timedelta(days=3)):
        track(control, company, by_hand, start=f"{day}T21:13:07Z", seconds=5 * 3600 + 11)
    blocks = activities(hubstaff, by_hand)
    days = {"date[start]": str(today - timedelta(days=6)), "date[stop]": str(today)}
    sums = walked(hubstaff, f"/projects/{by_hand['id']}/activities/daily", "daily_activities", **days)
    assert len(sums) == 3
    assert sum(one["tracked"] for one in sums) == 2 * (5 * 3600 + 11)
    for one in sums:
        assert one["tracked"] == sum(block["tracked"] for block in blocks if block["date"] == one["date"])
    assert all(block["tracked"] <= 600 for block in blocks)


def test_time_longer_than_a_day_is_refused(control: httpx.Client, company: Company, by_hand: Row) -> None:
    worked = {"user": company.owner, "project": by_hand["id"], "seconds": 86401}
    assert control.post("/hubstaff/times", json=worked).status_code == 400


def test_time_that_is_uploaded_late_shows_among_the_updates(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row
) -> None:
    track(control, company, by_hand, start=seconds_ago(days=20), seconds=600)
    assert activities(hubstaff, by_hand) == []
    assert sum(block["tracked"] for block in updates(hubstaff, by_hand)) == 600


def test_deleted_time_is_in_the_log_and_not_among_the_updates(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row
) -> None:
    time = track(control, company, by_hand)
    control.post(f"/hubstaff/times/{time['id']}/delete").raise_for_status()
    assert activities(hubstaff, by_hand) == updates(hubstaff, by_hand) == []
    [edit] = edits(hubstaff, by_hand)
    assert (edit["action"], edit["original_starts_at"], edit["deleted_duration"]) == ("delete", time["start"], 1500)


def test_time_goes_to_another_task_and_to_another_project(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, by_hand: Row, project: Row
) -> None:
    first, second = (control.post("/hubstaff/tasks", json={"project": by_hand["id"], "name": name}).json() for name in ("One", "Two"))
    time = track(control, company, by_hand, task=first["id"])
    path = f"/hubstaff/times/{time['id']}/change"
    control.post(path, json={"task": second["id"]}).raise_for_status()
    assert {block["task_id"] for block in activities(hubstaff, by_hand)} == {second["id"]}
    [edit] = edits(hubstaff, by_hand)
    assert (edit["original_task_id"], edit["task_id"]) == (first["id"], second["id"])
    assert control.post(path, json={"project": project["id"], "task": first["id"]}).status_code == 400
    moved = control.post(path, json={"project": project["id"]}).json()
    assert (moved["project_id"], moved["task_id"]) == (project["id"], None)
    assert activities(hubstaff, by_hand) == []


def test_an_edit_shows_late_among_the_updates_and_at_once_on_its_day(
    control: httpx.Client, hubstaff: httpx.Client, company: Company
) -> None:
    """Time that was seen before does not vanish for a while because somebody edited it."""
    lately = {"time_slot[start]": seconds_ago(days=6), "time_slot[stop]": seconds_ago(days=2)}
    block = hubstaff.get(f"/organizations/{company.organization_id}/activities", params=lately).json()["activities"][0]
    place, time = {"id": block["project_id"]}, block["id"] // 1000
    control.post("/switches", json={"activity_delay": 1200})
    control.post(f"/hubstaff/times/{time}/change", json={"seconds": 60}).raise_for_status()
    assert [block["tracked"] for block in activities(hubstaff, place) if block["id"] // 1000 == time] == [60]
    assert time not in {block["id"] // 1000 for block in updates(hubstaff, place)}
    control.post("/switches", json={"activity_delay": 0})
    assert [block["tracked"] for block in updates(hubstaff, place) if block["id"] // 1000 == time] == [60]
