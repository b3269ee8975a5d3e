"""Every route of timeghost's, with every field that its two documents name: what it takes, what it answers, what it refuses."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integrations.sandbox.timeghost.routes import BASE, LINES
from tests.sandbox import timeghost_documents as later
from tests.sandbox.conftest import PATIENCE, timeghost_client
from tests.sandbox.test_contract import SPECS, declared_but_absent, document, problems
from tests.sandbox.timeghost_exchanges import Exchange, arranged, exchanges

Route = tuple[str, str]
ROUTES = [(method, path.removeprefix(BASE)) for method, path, _ in LINES if not path.endswith("{rest:path}")]
WRITES = [route for route in ROUTES if route[0] == "POST"]
ONE_OF_A_LIST = {"/add/tags", "/update/tags/{TagId}"}
"""Of the two documents the older one has an array here, the later one, which stands, a record."""
WRONG: list[list[str]] = [[]]
"""Fits no field at all."""

needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")
needs_later_document = pytest.mark.skipif(not later.PLACE.is_file(), reason=f"timeghost's later document is not at {later.PLACE}")


@pytest.fixture(scope="module")
def workspaces(address: str) -> list[str]:
    """The workspaces of a sandbox as it was at the beginning; it is not put back between the tests of this module."""
    httpx.post(f"{address}/control/reset", timeout=PATIENCE).raise_for_status()
    # The report travels as a text, as the older document declares it.
    httpx.post(f"{address}/control/switches", json={"timeghost_excel_as": "base64"}, timeout=PATIENCE).raise_for_status()
    companies = httpx.get(f"{address}/control/companies", timeout=PATIENCE).json()["companies"]
    return [company["workspace_id"] for company in companies]


@pytest.fixture(scope="module")
def service(address: str, workspaces: list[str]) -> Iterator[httpx.Client]:
    with timeghost_client(address, "timeghost-key-1", workspaces[0]) as client:
        yield client


@pytest.fixture(scope="module")
def full(service: httpx.Client) -> dict[Route, Exchange]:
    return exchanges(arranged(service))


def content(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


def records(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def test_there_is_a_full_request_for_every_route(full: dict[Route, Exchange]) -> None:
    assert set(full) == set(ROUTES)


@needs_specs
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_the_answer_fits_the_older_document(service: httpx.Client, full: dict[Route, Exchange], route: Route) -> None:
    spec, (method, path) = document("timeghost"), route
    found = content(full[route].send(service, route))
    if path not in spec["paths"]:
        pytest.skip("the older document has no working hours")
    declared = spec["paths"][path][method.lower()]["responses"]
    if "200" not in declared:
        pytest.skip("the older document declares no answer to a deletion")
    if not declared["200"]["schema"]:
        pytest.skip("the older document leaves this answer open")
    schema, shown = declared["200"]["schema"], [found] if path in ONE_OF_A_LIST else found
    assert problems(spec, schema, shown, path) == []
    assert not isinstance(shown, dict | list) or declared_but_absent(spec, schema, shown) == set()


@needs_later_document
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_the_answer_has_every_field_of_the_later_document(service: httpx.Client, full: dict[Route, Exchange], route: Route) -> None:
    exchange = full[route]
    if not exchange.answer:
        pytest.skip("the later document names no fields of this answer")
    found = records(content(exchange.send(service, route)))
    assert found
    fields = later.fields_of_answer(exchange.answer)
    assert fields
    assert [problem for record in found for field in fields for problem in later.misfits(record, field)] == []


@needs_later_document
def test_every_action_of_the_later_document_has_a_route(full: dict[Route, Exchange]) -> None:
    assert {exchange.title for exchange in full.values()} - {""} == set(later.actions())


@needs_later_document
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_the_full_request_has_every_field_of_the_later_document(full: dict[Route, Exchange], route: Route) -> None:
    exchange = full[route]
    sent = {"workspace-id", *exchange.ids, *exchange.query, *exchange.headers, *names_in(exchange.body)}
    titled = later.fields_of_action(exchange.title) if exchange.title not in ("", "Get Current User") else []
    assert {field.name for field in titled} - sent == set()


@needs_specs
@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_the_full_request_has_every_field_of_the_older_document(full: dict[Route, Exchange], route: Route) -> None:
    spec, exchange = document("timeghost"), full[route]
    for parameter in spec["paths"].get(route[1], {}).get("post", {}).get("parameters", []):
        if parameter["in"] == "body":
            schema = parameter["schema"]
            body = spec["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            assert set(body["properties"]) - set(exchange.body) == set()
            assert set(body.get("required", [])) - set(exchange.required) <= {"completed", "client"}
        if parameter["in"] == "query":
            assert parameter["name"] in exchange.query


def names_in(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(names_in, value)) if value else set()
    return set(value).union(*map(names_in, value.values())) if isinstance(value, dict) else set()


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_every_field_is_read_and_what_does_not_fit_is_refused_by_its_name(
    service: httpx.Client, full: dict[Route, Exchange], route: Route
) -> None:
    exchange = full[route]
    for name in exchange.query:
        assert name in complaints(exchange.send(service, route, params=exchange.query | {name: "wrong"}))
    for name in fields_of(exchange.body):
        assert complaints(exchange.send(service, route, json=changed(exchange.body, {name: WRONG}))) == {name}


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_all_that_does_not_fit_is_told_at_once(service: httpx.Client, full: dict[Route, Exchange], route: Route) -> None:
    exchange = full[route]
    fields = fields_of(exchange.body)
    if fields:
        assert complaints(exchange.send(service, route, json=changed(exchange.body, dict.fromkeys(fields, WRONG)))) == set(fields)


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_what_is_required_is_asked_for_and_nothing_else(service: httpx.Client, full: dict[Route, Exchange], route: Route) -> None:
    exchange = full[route]
    least = changed(exchange.body, {}, only=exchange.required)
    if least is not None:
        assert exchange.send(service, route, json=least).status_code == 200
    for name in exchange.required:
        for absent in (None, ""):
            answer = exchange.send(service, route, json=changed(exchange.body, {name: absent}))
            assert (answer.status_code, answer.json()["message"]) == (400, f"{name} is required")


@pytest.fixture(scope="module")
def foreign(address: str, workspaces: list[str]) -> dict[str, str]:
    """Ids of another workspace, by the fields that refer to such records."""
    workspace = workspaces[1]
    with timeghost_client(address, "timeghost-key-2", workspace) as other:
        project = other.get("/get/projects").json()[0]
        users = [user["id"] for user in other.get(f"/get/workspaces/{workspace}").json()["users"]]
        group, tag = (other.get(f"/get/{things}").json()[0]["id"] for things in ("groups", "tags"))
        task = other.get(f"/get/projects/{project['id']}/tasks").json()[0]["id"]
    people, groups = dict.fromkeys(("user", "users", "assignedToUsers"), users[0]), dict.fromkeys(("groups", "assignedToGroups"), group)
    own = {"workspace": workspace, "client": project["client"]["id"], "project": project["id"], "templateId": project["id"]}
    return {**own, **people, **groups, "task": task, "tags": tag}


@pytest.mark.parametrize("route", WRITES, ids=" ".join)
def test_a_reference_to_what_is_not_in_the_workspace_is_refused(
    service: httpx.Client, full: dict[Route, Exchange], foreign: dict[str, str], route: Route
) -> None:
    exchange = full[route]
    for name, value in fields_of(exchange.body).items():
        if (name in foreign and exchange.answer != "ComeGoResponse") or name in ("user", "workspace"):
            for reference in references_like(value, foreign[name]):
                assert complaints(exchange.send(service, route, json=changed(exchange.body, {name: reference}))) == {name}


def test_a_body_that_is_no_object_is_refused(service: httpx.Client, full: dict[Route, Exchange]) -> None:
    for route in WRITES:
        if full[route].body is not None:
            method, path = route[0], route[1].format(**full[route].ids)
            for wrong in (b"", b"{", b'"text"', b"7"):
                answer = service.request(method, path, content=wrong)
                assert answer.status_code == 400, answer.text
                assert answer.json()["message"].startswith("The body")


@pytest.mark.parametrize("name", ["$filter", "$filter-date-range", "$filter-user"])
def test_a_list_refuses_what_it_cannot_read_in_its_query(service: httpx.Client, full: dict[Route, Exchange], name: str) -> None:
    asked = [route for route in ROUTES if route[0] == "GET" and name in full[route].query]
    assert asked
    for route in asked:
        exchange = full[route]
        answer = exchange.send(service, route, params=exchange.query | {name: "[[]]"})
        assert (answer.status_code, answer.json()["message"].split()[0]) == (400, name)


def test_other_addresses_are_nothing(service: httpx.Client) -> None:
    for method, path in (("GET", "/get/nothing"), ("POST", "/add/nothing"), ("PUT", "/update/tasks/1"), ("DELETE", "/delete/tasks")):
        assert service.request(method, path).json() == {"message": "Resource not found"}


def fields_of(body: Any) -> dict[str, Any]:
    first: dict[str, Any] = body[0] if isinstance(body, list) else body or {}
    return first


def changed(body: Any, changes: dict[str, Any], *, only: tuple[str, ...] | None = None) -> Any:
    """A body with other values, or with no more than some of its fields; of an array the first entry counts."""
    if body is None:
        return None
    fields = {name: value for name, value in fields_of(body).items() if only is None or name in only}
    return [{**fields, **changes}] if isinstance(body, list) else {**fields, **changes}


def complaints(answer: httpx.Response) -> set[str]:
    """The fields that a refusal names."""
    assert answer.status_code == 400, answer.text
    firsts = [part.split()[0].removeprefix("[0].") for part in answer.json()["message"].split("; ")]
    return {first.split("[")[0].split(".")[0] for first in firsts}


def references_like(value: Any, foreign: str) -> list[Any]:
    """References of the same form to a record that is nowhere, and to one elsewhere; and without a usable id."""
    if isinstance(value, list):
        return [[other] for other in references_like(value[0], foreign)]
    if isinstance(value, str):
        return ["nowhere", foreign]
    return [{**value, "id": "nowhere"}, {**value, "id": foreign}, {**value, "id": 7}, {name: value[name] for name in value if name != "id"}]
