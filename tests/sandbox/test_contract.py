"""Every answer fits the vendors' published contracts, as far as they declare fields and types."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import ROOT, Company

SPECS = ROOT.parent / "shared" / "specs"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
# Required by the contract, yet without a value for time that was tracked on no task.
EMPTY_ALL_THE_SAME = {"Activity.task_id", "DailyActivity.task_id"}
# Of the two timeghost documents the later one stands: it has none of these.
ONLY_IN_THE_OLDER_DOCUMENT = {
    "ProjectsResponse": {"deleted", "created", "modified", "externalId"},
    "TasksResponse": {"externalId"},
    "TimesResponse": {"externalId"},
    "ClientsResponse": {"externalId"},
    "WorkspaceResponse": {"externalId"},
}

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")


@cache
def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(SPECS / f"{name}.swagger.json").read_text(encoding="utf-8"))
    return loaded


def problems(spec: dict[str, Any], schema: dict[str, Any], value: Any, place: str) -> list[str]:
    """What in a value does not fit a schema: wrong types, required fields that are absent or empty."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return problems(spec, spec["definitions"][name], value, name)
    expected = TYPES.get(schema.get("type", ""), (object,))
    if not isinstance(value, expected) or (isinstance(value, bool) and schema.get("type") in ("integer", "number")):
        return [f"{place}: {value!r} is no {schema['type']}"]
    if isinstance(value, list):
        return [found for item in value for found in problems(spec, schema.get("items", {}), item, place)]
    if isinstance(value, dict):
        return fields_problems(spec, schema, value, place)
    return []


def fields_problems(spec: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], place: str) -> list[str]:
    found = []
    for name, inner in schema.get("properties", {}).items():
        path = f"{place}.{name}"
        if value.get(name) is not None:
            found += problems(spec, inner, value[name], path)
        elif name in schema.get("required", []) and path not in EMPTY_ALL_THE_SAME:
            found.append(f"{path}: required")
    return found


def answer_schema(spec: dict[str, Any], path: str, method: str, status: int) -> dict[str, Any]:
    """The schema of an operation's answer; Hubstaff declares some creations as 200 and some as 201."""
    responses = spec["paths"][path][method]["responses"]
    assert str(status) in responses, f"{method} {path} does not declare {status}"
    schema: dict[str, Any] = responses[str(status)].get("schema", {})
    return schema


def ranges() -> dict[str, str]:
    until = datetime.now(UTC)
    since = until - timedelta(days=6)
    spans = {f"{name}[{end}]": moment for name in ("time_slot", "updated") for end, moment in (("start", since), ("stop", until))}
    days = {"date[start]": since.date().isoformat(), "date[stop]": until.date().isoformat()}
    return {**{name: moment.isoformat() for name, moment in spans.items()}, **days}


READS = (
    "/v2/organizations",
    "/v2/organizations/{organization_id}",
    "/v2/organizations/{organization_id}/members",
    "/v2/organizations/{organization_id}/projects",
    "/v2/organizations/{organization_id}/tasks",
    "/v2/organizations/{organization_id}/clients",
    "/v2/organizations/{organization_id}/activities",
    "/v2/organizations/{organization_id}/activities/updates",
    "/v2/organizations/{organization_id}/activities/daily",
    "/v2/projects/{project_id}",
    "/v2/projects/{project_id}/tasks",
    "/v2/projects/{project_id}/members",
    "/v2/projects/{project_id}/activities",
    "/v2/projects/{project_id}/activities/updates",
    "/v2/projects/{project_id}/activities/daily",
    "/v2/tasks/{task_id}",
    "/v2/clients/{client_id}",
    "/v2/users/me",
    "/v2/users/{user_id}",
    "/v2/error_codes",
)


@pytest.mark.parametrize("path", READS)
def test_what_hubstaff_answers_fits_the_contract(hubstaff: httpx.Client, company: Company, task: dict[str, Any], path: str) -> None:
    spec = document("hubstaff")
    ids = {
        "organization_id": company.organization_id,
        "project_id": task["project_id"],
        "task_id": task["id"],
        "client_id": hubstaff.get(f"/organizations/{company.organization_id}/clients").json()["clients"][0]["id"],
        "user_id": hubstaff.get("/users/me").json()["user"]["id"],
    }
    query = ranges() if "activities" in path else {}
    if path.endswith("/members") and "organizations" in path:
        query = {"include_projects": "true", "include": "users"}
    answer = hubstaff.get(path.removeprefix("/v2").format(**ids), params=query)
    assert answer.status_code == 200, answer.text
    assert problems(spec, answer_schema(spec, path, "get", 200), answer.json(), path) == []


def test_what_hubstaff_answers_to_writes_fits_the_contract(hubstaff: httpx.Client, company: Company, task: dict[str, Any]) -> None:
    spec = document("hubstaff")
    organization = {"organization_id": company.organization_id}
    project = {"project_id": task["project_id"]}
    new = {"name": "New", "budget": {"type": "cost", "cost": 5}}
    marks = {"metadata": [{"key": "mark", "value": "1"}]}
    client = hubstaff.post(f"/organizations/{company.organization_id}/clients", json=new).json()["client"]
    writes: list[tuple[str, str, dict[str, int], dict[str, Any]]] = [
        ("post", "/v2/organizations/{organization_id}/projects", organization, new),
        ("post", "/v2/organizations/{organization_id}/clients", organization, new),
        ("put", "/v2/organizations/{organization_id}/update_metadata", organization, marks),
        ("put", "/v2/clients/{client_id}", {"client_id": client["id"]}, {"phone": "1"}),
        ("put", "/v2/clients/{client_id}/update_metadata", {"client_id": client["id"]}, marks),
        ("put", "/v2/projects/{project_id}", project, {"description": "More"}),
        ("put", "/v2/projects/{project_id}/update_metadata", project, marks),
        ("put", "/v2/projects/{project_id}/update_members", project, {"members": []}),
        ("post", "/v2/projects/{project_id}/tasks", project, {"summary": "More"}),
        ("put", "/v2/tasks/{task_id}", {"task_id": task["id"]}, {"lock_version": 0, "status": "completed"}),
        ("put", "/v2/tasks/{task_id}/update_metadata", {"task_id": task["id"]}, {"lock_version": 1, **marks}),
        ("delete", "/v2/tasks/{task_id}", {"task_id": task["id"]}, {}),
    ]
    for method, path, ids, body in writes:
        answer = hubstaff.request(method, path.removeprefix("/v2").format(**ids), json=body)
        schema = answer_schema(spec, path, method, answer.status_code)
        assert not answer.content or problems(spec, schema, answer.json(), path) == []


def test_what_hubstaff_refuses_fits_the_contract(hubstaff: httpx.Client, company: Company) -> None:
    spec = document("hubstaff")
    path = "/v2/organizations/{organization_id}/projects"
    answer = hubstaff.post(f"/organizations/{company.organization_id}/projects", json={})
    assert problems(spec, answer_schema(spec, path, "post", answer.status_code), answer.json(), path) == []


TIMEGHOST_READS = (
    "/get/currentuser",
    "/get/workspaces/{workspace_id}",
    "/get/clients",
    "/get/clients/{clientid}/projects",
    "/get/clients/{clientid}/times",
    "/get/projects",
    "/get/projects/{projectid}/tasks",
    "/get/projects/{projectid}/times",
    "/get/times",
    "/get/groups",
    "/get/tags",
)


@pytest.mark.parametrize("path", TIMEGHOST_READS)
def test_what_timeghost_answers_fits_the_contract(timeghost: httpx.Client, company: Company, path: str) -> None:
    spec = document("timeghost")
    project = timeghost.get("/get/projects").json()[0]
    ids = {"workspace_id": company.workspace_id, "projectid": project["id"], "clientid": project["client"]["id"]}
    query = {"$filter-date-range": "last_month"} if path.endswith("times") else {}
    answer = timeghost.get(path.format(**ids), params=query)
    assert answer.status_code == 200, answer.text
    schema = answer_schema(spec, path, "get", 200)
    assert problems(spec, schema, answer.json(), path) == []
    assert declared_but_absent(spec, schema, answer.json()) == set()


def declared_but_absent(spec: dict[str, Any], schema: dict[str, Any], value: Any) -> set[str]:
    """Fields of the older document that a record lacks without the later document lacking them, too."""
    name = schema.get("items", schema)["$ref"].rpartition("/")[2]
    record = value[0] if isinstance(value, list) else value
    return set(spec["definitions"][name]["properties"]) - set(record) - ONLY_IN_THE_OLDER_DOCUMENT.get(name, set())


def test_what_timeghost_answers_to_writes_fits_the_contract(timeghost: httpx.Client) -> None:
    spec = document("timeghost")
    project = timeghost.get("/get/projects").json()[0]
    user = timeghost.get("/get/currentuser").json()["id"]
    place = {"client": {"id": project["client"]["id"]}, "project": {"id": project["id"]}}
    new = {"name": "New", "client": place["client"], "billable": True, "completed": False, "taskBasedEstimation": False}
    time = {**place, "name": "New", "start": datetime.now(UTC).isoformat(), "billable": True, "user": {"id": user}}
    writes: list[tuple[str, dict[str, Any]]] = [
        ("/add/projects", new),
        ("/add/tasks", {**place, "name": "New"}),
        ("/add/times", time),
        ("/add/clients", {"name": "New"}),
        ("/add/groups", {"name": "New", "users": [{"id": user}]}),
    ]
    for path, body in writes:
        answer = timeghost.post(path, json=body)
        schema = answer_schema(spec, path, "post", answer.status_code)
        assert problems(spec, schema, answer.json(), path) == []
