"""The switches: limits, faults, the log, and deeds of people over there."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, timeghost_client

TASKS = "POST /hubstaff/v2/projects/*/tasks"


def test_hubstaff_limits_requests_for_each_application(address: str, control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post("/switches", json={"hubstaff_rate_limit": 2})
    assert [hubstaff.get("/users/me").status_code for _ in range(3)] == [200, 200, 429]
    refused = hubstaff.get("/users/me")
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["error_code"] in range(13000, 14000)
    with hubstaff_client(address, exchange_token(address, "hubstaff-pat-2").json()["access_token"]) as other:
        assert other.get("/users/me").status_code == 200


def test_a_limit_ends_with_its_window(control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post("/switches", json={"hubstaff_rate_limit": 1, "hubstaff_rate_window": 1})
    assert [hubstaff.get("/users/me").status_code for _ in range(2)] == [200, 429]
    time.sleep(1.1)
    assert hubstaff.get("/users/me").status_code == 200


def test_timeghost_limits_calls_for_each_credential(control: httpx.Client, timeghost: httpx.Client, member: httpx.Client) -> None:
    control.post("/switches", json={"timeghost_rate_limit": 1})
    assert [timeghost.get("/get/tags").status_code for _ in range(2)] == [200, 429]
    assert member.get("/get/tags").status_code == 200


@pytest.mark.parametrize(
    ("fault", "status"), [("500", 500), ("502", 502), ("503", 503), ("408", 408), ("lb_404", 404), ("timeghost_throttle_500", 500)]
)
def test_a_fault_answers_instead_and_does_nothing(control: httpx.Client, timeghost: httpx.Client, fault: str, status: int) -> None:
    control.post("/faults", json={"match": "POST /timeghost/api/add/tags", "fault": fault, "times": 2})
    body = {"name": "Faulty", "tagType": 1}
    assert [timeghost.post("/add/tags", json=body).status_code for _ in range(3)] == [status, status, 200]
    assert len([tag for tag in timeghost.get("/get/tags").json() if tag["name"] == "Faulty"]) == 1


@pytest.mark.parametrize("fault", ["drop_after_commit", "truncated"])
def test_a_lost_answer_leaves_the_work_done(control: httpx.Client, hubstaff: httpx.Client, project: dict[str, int], fault: str) -> None:
    control.post("/faults", json={"match": TASKS, "fault": fault})
    with pytest.raises(httpx.RemoteProtocolError):
        hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "Lost answer"})
    tasks = hubstaff.get(f"/projects/{project['id']}/tasks").json()["tasks"]
    assert [task["summary"] for task in tasks].count("Lost answer") == 1
    assert [entry["fault"] for entry in control.get("/requests").json()["requests"]].count(fault) == 1


@pytest.mark.parametrize("fault", ["html", "empty", "broken_json"])
def test_an_answer_can_be_no_json(control: httpx.Client, hubstaff: httpx.Client, fault: str) -> None:
    control.post("/faults", json={"match": "GET /hubstaff/v2/users/me", "fault": fault})
    answer = hubstaff.get("/users/me")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_a_list_can_be_inside_a_list(control: httpx.Client, hubstaff: httpx.Client, timeghost: httpx.Client, company: Company) -> None:
    path = f"/organizations/{company.organization_id}/clients"
    clients, tags = hubstaff.get(path).json()["clients"], timeghost.get("/get/tags").json()
    faults = [{"match": f"GET */{name}", "fault": "nested_list"} for name in ("clients", "tags")]
    control.post("/faults", json={"faults": faults})
    assert hubstaff.get(path).json() == {"clients": [clients]}
    assert timeghost.get("/get/tags").json() == [tags]


def test_a_number_can_be_where_a_text_should_be(control: httpx.Client, hubstaff: httpx.Client) -> None:
    user = hubstaff.get("/users/me").json()["user"]
    control.post("/faults", json={"match": "GET */users/me", "fault": "number_for_text"})
    spoilt = hubstaff.get("/users/me").json()["user"]
    assert set(spoilt) == set(user)
    assert {type(value) for value in spoilt.values()} == {int}
    assert spoilt["id"] == user["id"]


def test_a_spoilt_answer_leaves_the_work_done(control: httpx.Client, hubstaff: httpx.Client, project: dict[str, int]) -> None:
    control.post("/faults", json={"match": TASKS, "fault": "number_for_text"})
    task = hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "Done anyway"}).json()["task"]
    assert task["summary"] == len("Done anyway")
    assert hubstaff.get(f"/tasks/{task['id']}").json()["task"]["summary"] == "Done anyway"


def test_an_answer_can_lead_to_another_host(control: httpx.Client, hubstaff: httpx.Client, project: dict[str, int]) -> None:
    control.post("/faults", json={"match": TASKS, "fault": "redirect"})
    answer = hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "Elsewhere"})
    assert (answer.status_code, answer.headers["location"]) == (307, "https://elsewhere.invalid/")
    assert "Elsewhere" not in [task["summary"] for task in hubstaff.get(f"/projects/{project['id']}/tasks").json()["tasks"]]


def test_a_fault_can_let_requests_pass_first(control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post("/faults", json={"match": "* /hubstaff/v2/users/me", "fault": "503", "skip": 2})
    assert [hubstaff.get("/users/me").status_code for _ in range(4)] == [200, 200, 503, 200]
    assert control.get("/faults").json() == {"faults": []}


def test_a_fault_can_come_after_the_work_is_done(control: httpx.Client, hubstaff: httpx.Client, project: dict[str, int]) -> None:
    control.post("/faults", json={"match": TASKS, "fault": "502", "after_commit": True})
    assert hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "Done anyway"}).status_code == 502
    tasks = hubstaff.get(f"/projects/{project['id']}/tasks").json()["tasks"]
    assert "Done anyway" in [task["summary"] for task in tasks]


def test_unknown_switches_and_faults_are_refused(control: httpx.Client) -> None:
    assert control.post("/switches", json={"speed": 1}).status_code == 400
    assert control.post("/faults", json={"match": "*", "fault": "gremlin"}).status_code == 400


def test_answers_can_be_held_back(control: httpx.Client, hubstaff: httpx.Client) -> None:
    control.post("/switches", json={"latency": 0.2})
    started = time.monotonic()
    hubstaff.get("/users/me")
    assert time.monotonic() - started >= 0.2


def test_the_log_counts_requests_since_a_number(control: httpx.Client, hubstaff: httpx.Client) -> None:
    last = control.get("/requests").json()["requests"][-1]["number"]
    hubstaff.get("/users/me")
    hubstaff.get("/nothing")
    entries = control.get("/requests", params={"since": last}).json()["requests"]
    assert [(entry["method"], entry["path"], entry["status"]) for entry in entries] == [
        ("GET", "/hubstaff/v2/users/me", 200),
        ("GET", "/hubstaff/v2/nothing", 404),
    ]
    control.delete("/requests")
    assert control.get("/requests").json() == {"requests": []}


def test_a_person_works_in_hubstaff(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    project = control.post("/hubstaff/projects", json={"organization": 1, "name": "By hand", "members": [company.owner]}).json()
    task = control.post("/hubstaff/tasks", json={"project": project["id"], "name": "Dig", "assignees": [company.owner]}).json()
    path = f"/hubstaff/tasks/{task['id']}"
    control.post(f"{path}/rename", json={"name": "Dig deeper"})
    control.post(f"{path}/complete").raise_for_status()
    shown = hubstaff.get(f"/tasks/{task['id']}").json()["task"]
    assert (shown["summary"], shown["status"], shown["lock_version"]) == ("Dig deeper", "completed", 2)
    worked = {"user": company.owner, "project": project["id"], "task": task["id"], "seconds": 900, "note": "By hand"}
    tracked = control.post("/hubstaff/times", json=worked).json()
    assert control.post(f"/hubstaff/times/{tracked['id']}/delete").json()["deleted"] is True
    assert control.post(f"{path}/delete").json()["status"] == "deleted"
    assert control.post(f"/hubstaff/projects/{project['id']}/complete").json()["status"] == "archived"


def test_a_person_works_in_timeghost(control: httpx.Client, timeghost: httpx.Client, company: Company) -> None:
    project = control.post("/timeghost/projects", json={"organization": 1, "name": "By hand"}).json()
    task = control.post("/timeghost/tasks", json={"project": project["id"], "name": "Dig"}).json()
    control.post(f"/timeghost/tasks/{task['id']}/complete").raise_for_status()
    [shown] = timeghost.get(f"/get/projects/{project['id']}/tasks").json()
    assert (shown["name"], shown["completed"]) == ("Dig", True)
    worked = {"user": company.owner, "project": project["id"], "task": task["id"], "seconds": 900}
    control.post("/timeghost/times", json=worked).raise_for_status()
    control.post(f"/timeghost/projects/{project['id']}/delete").raise_for_status()
    assert timeghost.get(f"/get/projects/{project['id']}/tasks").status_code == 404


def test_a_key_can_be_revoked(address: str, control: httpx.Client, company: Company) -> None:
    with timeghost_client(address, "timeghost-key-1", company.workspace_id) as timeghost:
        assert timeghost.get("/get/tags").status_code == 200
        control.post("/revoke-timeghost-key", json={"key": "timeghost-key-1"})
        assert timeghost.get("/get/tags").status_code == 401


def test_late_activity_shows_later(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    project = control.post("/hubstaff/projects", json={"organization": 1, "name": "By hand", "members": [company.owner]}).json()
    control.post("/hubstaff/times", json={"user": company.owner, "project": project["id"], "seconds": 600})
    today = datetime.now(UTC).date()
    days = {"date[start]": str(today - timedelta(days=1)), "date[stop]": str(today + timedelta(days=1))}
    path = f"/projects/{project['id']}/activities/daily"
    assert len(hubstaff.get(path, params=days).json()["daily_activities"]) >= 1
    control.post("/switches", json={"activity_delay": 1200})
    assert hubstaff.get(path, params=days).json()["daily_activities"] == []
