"""timeghost's webhooks: registered for a topic, unsigned, with Basic credentials, and listed in the workspace."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company
from tests.sandbox.receiver import Receiver

Row = dict[str, Any]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def register(timeghost: httpx.Client, topic: str, receiver: Receiver, **more: Any) -> httpx.Response:
    config = {"url": receiver.url, "basicAuth": {"userName": "ada", "pass": "löve 🙂"}}
    return timeghost.post(f"/register_webhook/{topic}", json={"name": "Ours", "entity": topic, "active": True, "config": config, **more})


def told(receiver: Receiver, count: int) -> list[tuple[str, str]]:
    """Which database each delivery is of, and what became of the record."""
    return [(one.document["cosmosEntityName"], one.document["status"]) for one in receiver.wait(count)]


def test_it_stands_in_the_workspace_and_cannot_be_taken_away(timeghost: httpx.Client, company: Company, receiver: Receiver) -> None:
    assert register(timeghost, "tasks", receiver).json() == {"name": "Ours", "entity": "tasks", "active": True}
    assert register(timeghost, "tags", receiver, name="Other", active=False).status_code == 200
    listed = timeghost.get(f"/get/workspaces/{company.workspace_id}").json()["webhooks"]
    assert sorted((one["name"], one["entity"], one["active"]) for one in listed) == [("Other", "tags", False), ("Ours", "tasks", True)]
    assert timeghost.get("/get/currentuser").json()["workspace"]["webhooks"] == listed
    assert timeghost.delete("/delete/webhooks/1").status_code == 400


def test_deliveries_bring_credentials_and_the_record_and_no_signature(timeghost: httpx.Client, receiver: Receiver) -> None:
    register(timeghost, "tags", receiver)
    made = timeghost.post("/add/tags", json={"name": "Grün", "tagType": 1}).json()
    [only] = receiver.wait(1)
    assert only.headers["authorization"] == f"Basic {base64.b64encode('ada:löve 🙂'.encode()).decode()}"
    assert only.document == made
    assert not [name for name in only.headers if "signature" in name]


def test_without_credentials_none_are_sent(timeghost: httpx.Client, receiver: Receiver) -> None:
    register(timeghost, "tags", receiver, config={"url": receiver.url})
    timeghost.post("/add/tags", json={"name": "Plain", "tagType": 1})
    assert "authorization" not in receiver.wait(1)[0].headers


def test_every_topic_tells_what_was_added_changed_and_deleted(timeghost: httpx.Client, control: httpx.Client, receiver: Receiver) -> None:
    for topic in ("clients", "projects", "tags", "tasks", "times"):
        register(timeghost, topic, receiver)
    client = timeghost.post("/add/clients", json={"name": "Mill"}).json()
    new = {"name": "New", "client": {"id": client["id"]}, "billable": True, "completed": False, "taskBasedEstimation": False}
    project = timeghost.post("/add/projects", json=new).json()
    task = control.post("/timeghost/tasks", json={"project": project["id"], "name": "Draw"}).json()
    control.post(f"/timeghost/tasks/{task['id']}/rename", json={"name": "Draw more"})
    user = timeghost.get("/get/currentuser").json()["id"]
    control.post("/timeghost/times", json={"user": user, "project": project["id"], "task": task["id"], "seconds": 600})
    timeghost.delete(f"/delete/projects/{project['id']}")
    expected = {"clients": ["created"], "projects": ["created", "deleted"], "tasks": ["created", "updated", "deleted"]}
    expected["times"] = ["created", "deleted"]
    found = told(receiver, 8)
    assert {topic: [status for one, status in found if one == topic] for topic, _ in found} == expected
    assert {one.document["project"]["id"] for one in receiver.told if one.document["cosmosEntityName"] == "tasks"} == {project["id"]}


def test_the_pages_tell_too(address: str, timeghost: httpx.Client, receiver: Receiver) -> None:
    register(timeghost, "tasks", receiver)
    project = timeghost.get("/get/projects").json()[0]
    httpx.post(f"{address}/timeghost/projects/{project['id']}/tasks", data={"name": "By a page"})
    assert [one.document["name"] for one in receiver.wait(1)] == ["By a page"]


def test_only_what_was_asked_for_is_told(timeghost: httpx.Client, control: httpx.Client, receiver: Receiver) -> None:
    register(timeghost, "tasks", receiver, events=["delete"])
    register(timeghost, "clients", receiver, active=False)
    project = timeghost.get("/get/projects").json()[0]
    timeghost.post("/add/clients", json={"name": "Not told"})
    task = control.post("/timeghost/tasks", json={"project": project["id"], "name": "Draw"}).json()
    control.post(f"/timeghost/tasks/{task['id']}/delete")
    assert told(receiver, 1) == [("tasks", "deleted")]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"entity": "groups"}, "entity must be one of clients, projects, tags, tasks, times"),
        ({"events": ["add", "vanish"]}, "events[1] must be one of add, update, delete"),
        ({"config": {}}, "config.url is required"),
        ({"config": {"url": "hooks"}}, "config.url must be a web address"),
        ({"config": {"url": "http://["}}, "config.url must be a web address"),
        ({"config": {"url": "http://a.example/", "basicAuth": {"pass": 7}}}, "config.basicAuth.pass must be a string"),
        ({"name": " "}, "name must not be blank"),
        ({"active": "yes"}, "active must be a boolean"),
    ],
)
def test_what_does_not_fit_is_refused(timeghost: httpx.Client, receiver: Receiver, more: Row, says: str) -> None:
    answer = register(timeghost, "tasks", receiver, **more)
    assert (answer.status_code, answer.json()) == (400, {"message": says})


def test_there_are_five_topics(timeghost: httpx.Client, receiver: Receiver) -> None:
    assert register(timeghost, "groups", receiver).json() == {"message": "Resource not found"}
