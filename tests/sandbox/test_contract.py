"""Every answer fits the vendors' published contracts, as far as they declare fields and types."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.sandbox.hubstaff.routes import PLAYED
from tests.sandbox.bad_input import NASTY, NASTY_WORDS, bare, wrong, wrong_word
from tests.sandbox.conftest import ROOT, Company
from tests.sandbox.hubstaff_exchanges import There, arranged, exchanges
from tests.sandbox.refusals import VALIDATION, assert_refused, refused_fields

SPECS = ROOT.parent / "shared" / "specs"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
# Required by the contract, yet without a value for time that was tracked on no task, and for shifts that nobody came to.
EMPTY_ALL_THE_SAME = {"Activity.task_id", "DailyActivity.task_id", "AttendanceShift.actual_start_time", "AttendanceShift.actual_stop_time"}
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


PLAYED_ROUTES = [(method, re.sub(r":\w+}", "}", path).removeprefix("/hubstaff")) for method, path, _ in PLAYED]
"""Every route of the sandbox's table, as the contract writes it."""

# Without the contracts there is nothing to choose routes by, and every test here is skipped.
DECLARED = PLAYED_ROUTES if SPECS.is_dir() else []
READS = [path for method, path in DECLARED if method == "GET"]
SIDE_LOADED = {"users": "User", "projects": "Project", "tasks": "Task", "clients": "Client", "attendance_schedules": "AttendanceSchedule"}
# What the contract declares and these answers have no cause to show.
NOT_SHOWN = {"OrganizationMember.user", "NestedProjectMember.profile"}


def operation(method: str, path: str) -> dict[str, Any]:
    """An operation of Hubstaff's contract."""
    found: dict[str, Any] = document("hubstaff")["paths"][path][method.lower()]
    return found


def parameters(method: str, path: str, place: str) -> list[dict[str, Any]]:
    """The parameters of an operation at a place: query or body."""
    return [one for one in operation(method, path).get("parameters", []) if one["in"] == place]


def body_schema(method: str, path: str) -> dict[str, Any]:
    """The schema of an operation's body; an empty one where it has none."""
    bodies = parameters(method, path, "body")
    return resolved(bodies[0]["schema"]) if bodies else {}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema, or that which it refers to."""
    found: dict[str, Any] = document("hubstaff")["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


@pytest.fixture
def there(hubstaff: httpx.Client, company: Company) -> There:
    return arranged(hubstaff, company.organization_id)


def asked(hubstaff: httpx.Client, there: There, route: tuple[str, str]) -> httpx.Response:
    """Ask as the exchange of a route says, with everything that can ride along."""
    method, path = route
    exchange = exchanges(there).get(route)
    assert exchange is not None, f"{method} {path} is played, and no exchange exercises it"
    query = {"include": ",".join(companions(path)) if method == "GET" else "", **exchange.query}
    return hubstaff.request(method, there.filled(path), params=query, json=exchange.body, headers=exchange.headers)


def companions(path: str) -> list[str]:
    """What can ride along with a list, as the contract says."""
    return [word for one in parameters("GET", path, "query") if one["name"] == "include" for word in one["items"]["enum"]]


@pytest.mark.parametrize("route", PLAYED_ROUTES, ids=" ".join)
def test_what_hubstaff_answers_fits_the_contract(hubstaff: httpx.Client, there: There, route: tuple[str, str]) -> None:
    method, path = route
    answer = asked(hubstaff, there, route)
    assert answer.is_success, answer.text
    spec = document("hubstaff")
    schema = answer_schema(spec, path, method.lower(), answer.status_code)
    if not answer.content:
        return
    assert problems(spec, schema, answer.json(), path) == []
    assert absent(schema or {}, answer.json(), path) - NOT_SHOWN == set()


def absent(schema: dict[str, Any], value: Any, place: str) -> set[str]:
    """Fields that the contract declares for an answer and that the answer does not have, not even empty."""
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else place
    schema = resolved(schema)
    if isinstance(value, list):
        return {found for one in value for found in absent(schema.get("items", {}), one, name)}
    if not isinstance(value, dict):
        return set()
    declared = schema.get("properties", {})
    missing = {f"{name}.{field}" for field in declared if field not in value}
    return missing.union(*(absent(inner, value[field], f"{name}.{field}") for field, inner in declared.items() if field in value))


def test_what_rides_along_with_hubstaffs_lists_fits_the_contract(hubstaff: httpx.Client, there: There) -> None:
    spec = document("hubstaff")
    for path in [path for path in READS if companions(path)]:
        answer = asked(hubstaff, there, ("GET", path)).json()
        for companion in companions(path):
            schema = {"type": "array", "items": {"$ref": f"#/definitions/{SIDE_LOADED[companion]}"}}
            assert answer[companion], f"{companion} ride along with {path}"
            assert problems(spec, schema, answer[companion], f"{path} {companion}") == []


def test_the_exchanges_ask_only_for_what_the_contract_has(there: There) -> None:
    for route, exchange in exchanges(there).items():
        assert set(exchange.query) <= {one["name"] for one in parameters(*route, "query")}, route
        assert set(exchange.body or {}) <= set(body_schema(*route).get("properties", {})), route


def test_every_parameter_of_the_contract_is_read_and_all_wrong_ones_are_named(hubstaff: httpx.Client, there: There) -> None:
    for path in READS:
        query = {one["name"]: wrong_word(one.get("items", one)) for one in parameters("GET", path, "query")}
        if query:
            answer = hubstaff.get(there.filled(path), params=query)
            assert refused_fields(answer) == dict.fromkeys(query, "is invalid"), path


WRITES = [route for route in DECLARED if body_schema(*route)]


def test_every_wrong_field_of_a_body_is_named_at_once(hubstaff: httpx.Client, there: There) -> None:
    for method, path in WRITES:
        value, names = wrong({"type": "object", **body_schema(method, path)}, "")
        answer = hubstaff.request(method, there.filled(path), json=value)
        assert refused_fields(answer) == dict.fromkeys(names, "is invalid"), (method, path)


def test_every_missing_field_of_a_body_is_named_at_once(hubstaff: httpx.Client, there: There) -> None:
    for method, path in WRITES:
        value, names = bare(body_schema(method, path), "")
        if names:
            answer = hubstaff.request(method, there.filled(path), json=value)
            assert refused_fields(answer) == dict.fromkeys(names, "is missing"), (method, path)


# Of webhooks the contract declares nothing but success.
SILENT_ABOUT_REFUSALS = [(method, path) for method, path in WRITES if path.endswith("/webhooks")]


def test_what_hubstaff_refuses_fits_the_contract(hubstaff: httpx.Client, there: There) -> None:
    spec = document("hubstaff")
    for method, path in WRITES:
        answer = hubstaff.request(method, there.filled(path), content=b"[1, 2")
        assert_refused(answer, 400, VALIDATION)
        if (method, path) in SILENT_ABOUT_REFUSALS:
            continue
        schema = answer_schema(spec, path, method.lower(), answer.status_code)
        assert problems(spec, schema, answer.json(), path) == []


def test_nothing_that_is_sent_breaks_the_sandbox(hubstaff: httpx.Client, there: There) -> None:
    for method, path in WRITES:
        for value in NASTY:
            answer = hubstaff.request(method, there.filled(path), json=dict.fromkeys(body_schema(method, path)["properties"], value))
            assert answer.status_code < 500, (method, path, value)
    for path in READS:
        for word in NASTY_WORDS:
            answer = hubstaff.get(there.filled(path), params=dict.fromkeys([one["name"] for one in parameters("GET", path, "query")], word))
            assert answer.status_code < 500, (path, word)


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
