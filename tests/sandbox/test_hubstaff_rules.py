"""Rules of Hubstaff's projects, tasks and clients beyond the usual way, and how refusals name every wrong field."""

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import RESOURCE, VALIDATION, Row, assert_refused, refused_fields

EMOJI = "Ünïcödé ☕️ 🏕️ 漢字"


@pytest.fixture
def organization(company: Company) -> str:
    return f"/organizations/{company.organization_id}"


def created(hubstaff: httpx.Client, path: str, thing: str, **body: Any) -> Row:
    answer = hubstaff.post(path, json=body)
    assert answer.is_success, answer.text
    record: Row = answer.json()[thing]
    return record


def test_a_budget_by_cost_and_one_by_hours_have_their_own_fields(hubstaff: httpx.Client, organization: str) -> None:
    cost = {"type": "cost", "rate": "pay_rate", "cost": 99.999, "recurrence": "monthly", "include_non_billable": False}
    project = created(hubstaff, f"{organization}/projects", "project", name="New", budget=cost)
    shared = {"start_date": None, "alerts": {"near_limit": 80}}
    assert project["budget"] == {**cost, "cost": 100.0, "hours": None, **shared}
    hours = {"type": "hours", "hours": 12, "start_date": "2026-03-01", "alerts": {"near_limit": 50}}
    project = hubstaff.put(f"/projects/{project['id']}", json={"budget": hours}).json()["project"]
    defaults = {"rate": "bill_rate", "cost": None, "recurrence": None, "include_non_billable": True}
    assert project["budget"] == {**hours, "hours": 12.0, **defaults}


def test_never_is_the_absence_of_recurrence(hubstaff: httpx.Client, organization: str) -> None:
    budget = {"type": "hours", "hours": 12, "recurrence": "never"}
    answer = hubstaff.post(f"{organization}/projects", json={"name": "New", "budget": budget})
    assert refused_fields(answer) == {"budget[recurrence]": "is invalid"}


def test_null_takes_the_budget_and_the_rates_away(hubstaff: httpx.Client, organization: str) -> None:
    budget = {"type": "hours", "hours": 12}
    made = {"budget": budget, "pay_rate": 12.345, "bill_rate": 20, "description": "Words"}
    project = created(hubstaff, f"{organization}/projects", "project", name="New", **made)
    assert (project["pay_rate"], project["bill_rate"]) == (12.35, 20.0)
    nothing = dict.fromkeys(("budget", "pay_rate", "bill_rate", "description", "client_id"))
    changed = hubstaff.put(f"/projects/{project['id']}", json=nothing).json()["project"]
    assert {name: changed[name] for name in nothing} == nothing


@pytest.mark.parametrize(
    ("budget", "faults"),
    [
        ({}, {"budget[type]": "is missing"}),
        ({"type": "cost"}, {"budget[cost]": "is missing"}),
        ({"type": "hours", "cost": 4}, {"budget[hours]": "is missing"}),
        ({"type": "hours", "hours": 0}, {"budget[hours]": "is invalid"}),
        ({"type": "hours", "hours": "many"}, {"budget[hours]": "is invalid"}),
        ({"type": "days", "rate": "any"}, {"budget[type]": "is invalid", "budget[rate]": "is invalid"}),
        ({"type": "cost", "cost": 1, "alerts": {"near_limit": 101}}, {"budget[alerts][near_limit]": "is invalid"}),
        ({"type": "cost", "cost": 1, "start_date": "tomorrow"}, {"budget[start_date]": "is invalid"}),
    ],
)
@pytest.mark.parametrize("things", ["projects", "clients"])
def test_a_partial_budget_is_refused_at_its_fields(
    hubstaff: httpx.Client, organization: str, things: str, budget: Row, faults: dict[str, str]
) -> None:
    assert refused_fields(hubstaff.post(f"{organization}/{things}", json={"name": "New", "budget": budget})) == faults


def test_all_wrong_fields_are_named_at_once_and_nothing_is_made(hubstaff: httpx.Client, organization: str) -> None:
    before = walked(hubstaff, f"{organization}/projects", "projects", status="all")
    body = {
        "description": 7,
        "client_id": 1,
        "billable": "yes",
        "members": [{"user_id": 1, "role": "king"}, {"role": "user"}],
        "metadata": [{"key": "Not a key", "value": "x" * 201}, {"key": "ok"}],
        "budget": {"type": "cost"},
    }
    assert refused_fields(hubstaff.post(f"{organization}/projects", json=body)) == {
        "name": "is missing",
        "description": "is invalid",
        "client_id": "is invalid",
        "billable": "is invalid",
        "members[0][user_id]": "is invalid",
        "members[0][role]": "is invalid",
        "members[1][user_id]": "is missing",
        "metadata[0][key]": "is invalid",
        "metadata[0][value]": "is invalid",
        "metadata[1][value]": "is missing",
        "budget[cost]": "is missing",
    }
    assert walked(hubstaff, f"{organization}/projects", "projects", status="all") == before


def test_a_refusal_says_what_is_expected(hubstaff: httpx.Client, organization: str) -> None:
    answer = hubstaff.post(f"{organization}/clients", json={"name": " ", "net_terms": 400, "emails": ["a@mail.example", "b"]})
    assert answer.json()["error"] == (
        "name is invalid: must not be blank, emails is invalid: must be an email address, net_terms is invalid: must be 0 to 365"
    )


@pytest.mark.parametrize(
    ("length", "status"),
    [(255, 200), (256, 400), (5_000_000, 400)],
)
def test_a_text_has_a_longest_length(hubstaff: httpx.Client, project: Row, length: int, status: int) -> None:
    answer = hubstaff.post(f"/projects/{project['id']}/tasks", json={"summary": "x" * length})
    assert answer.status_code == status
    assert status == 200 or refused_fields(answer) == {"summary": "is invalid"}


def test_every_text_takes_every_letter(hubstaff: httpx.Client, organization: str, project: Row) -> None:
    task = created(hubstaff, f"/projects/{project['id']}/tasks", "task", summary=EMOJI)
    assert hubstaff.get(f"/tasks/{task['id']}").json()["task"]["summary"] == EMOJI
    texts = {"name": EMOJI, "phone": EMOJI, "address": f"{EMOJI}\n{EMOJI}", "invoice_notes": EMOJI}
    client = created(hubstaff, f"{organization}/clients", "client", **texts)
    assert {name: client[name] for name in texts} == texts


@pytest.mark.parametrize("content", [b"{", b"[]", b'"text"', b"\xff\xfe", b"null", b'{"name": NaN}'])
def test_a_body_that_is_no_object_is_refused(hubstaff: httpx.Client, organization: str, content: bytes) -> None:
    answer = hubstaff.post(f"{organization}/projects", content=content)
    assert_refused(answer, 400, VALIDATION)


def test_an_empty_body_lacks_what_is_needed(hubstaff: httpx.Client, organization: str) -> None:
    assert refused_fields(hubstaff.post(f"{organization}/projects")) == {"name": "is missing"}


@pytest.mark.parametrize("number", [2**63, -1, 10**30, "9" * 30, "²", 1.5, True, [1]])
def test_a_number_that_is_none_is_refused_as_one(hubstaff: httpx.Client, organization: str, number: object) -> None:
    answer = hubstaff.post(f"{organization}/projects", json={"name": "New", "client_id": number})
    assert refused_fields(answer) == {"client_id": "is invalid"}


@pytest.mark.parametrize("path", ["/projects/99999999999999999999", "/invites/99999999999999999999", "/users/0", "/integrations/1/tasks"])
def test_an_id_that_nobody_has_is_not_found(hubstaff: httpx.Client, path: str) -> None:
    assert_refused(hubstaff.get(path), 404, RESOURCE)


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday", "2026-13-01"])
def test_a_moment_that_nobody_means_is_refused(hubstaff: httpx.Client, organization: str, start: str) -> None:
    query = {"time_slot[start]": start, "time_slot[stop]": "2026-01-01T00:00:00Z"}
    assert refused_fields(hubstaff.get(f"{organization}/activities", params=query)) == {"time_slot[start]": "is invalid"}


def test_restoring_a_project_may_change_nothing_else(hubstaff: httpx.Client, organization: str) -> None:
    project = created(hubstaff, f"{organization}/projects", "project", name="New")
    path = f"/projects/{project['id']}"
    assert hubstaff.put(path, json={"status": "archived", "name": "Old"}).json()["project"]["name"] == "Old"
    for more in ({"name": "Back"}, {"description": None}, {"budget": None}):
        assert_refused(hubstaff.put(path, json={"status": "active", **more}), 400, VALIDATION)
    assert hubstaff.get(path).json()["project"]["status"] == "archived"
    assert hubstaff.put(path, json={"status": "active"}).json()["project"]["status"] == "active"


def test_projects_are_listed_by_status_and_ids_with_their_clients(hubstaff: httpx.Client, organization: str) -> None:
    def listed(**query: object) -> list[Row]:
        return walked(hubstaff, f"{organization}/projects", "projects", **query)

    active, archived, both = listed(), listed(status="archived"), listed(status="all")
    assert sorted([*active, *archived], key=lambda one: int(one["id"])) == both
    assert {one["status"] for one in archived} == {"archived"}
    assert listed(status="all", project_ids=f"{archived[0]['id']},{active[0]['id']}") == [active[0], archived[0]]
    answer = hubstaff.get(f"{organization}/projects?include=clients").json()
    assert {client["id"] for client in answer["clients"]} == {one["client_id"] for one in active if one["client_id"]}


def test_a_clients_notes_and_terms_are_its_own_or_those_of_the_organization(hubstaff: httpx.Client, organization: str) -> None:
    client = created(hubstaff, f"{organization}/clients", "client", name="New")
    assert (client["inherit_invoice_notes"], client["inherit_net_terms"], client["net_terms"]) == (True, True, None)
    path = f"/clients/{client['id']}"
    own = hubstaff.put(path, json={"invoice_notes": "Thanks", "net_terms": 30}).json()["client"]
    assert (own["inherit_invoice_notes"], own["invoice_notes"]) == (False, "Thanks")
    assert (own["inherit_net_terms"], own["net_terms"]) == (False, "30")
    inherited = hubstaff.put(path, json={"invoice_notes": None, "net_terms": None}).json()["client"]
    assert (inherited["inherit_invoice_notes"], inherited["inherit_net_terms"], inherited["net_terms"]) == (True, True, None)


def test_a_client_takes_its_projects_and_lets_others_go(hubstaff: httpx.Client, organization: str, project: Row) -> None:
    client = created(hubstaff, f"{organization}/clients", "client", name="New", project_ids=[str(project["id"])])
    assert client["project_ids"] == [project["id"]]
    path = f"/clients/{client['id']}"
    assert hubstaff.put(path, json={"project_ids": [project["id"], 1]}).status_code == 400
    assert hubstaff.put(path, json={"phone": "1"}).json()["client"]["project_ids"] == [project["id"]]
    assert hubstaff.put(path, json={"project_ids": []}).json()["client"]["project_ids"] == []
    assert hubstaff.get(f"/projects/{project['id']}").json()["project"]["client_id"] is None


def test_a_task_has_one_assignee_several_or_none(hubstaff: httpx.Client, project: Row) -> None:
    one, two = (member["user_id"] for member in walked(hubstaff, f"/projects/{project['id']}/members", "members")[:2])
    tasks = f"/projects/{project['id']}/tasks"
    task = created(hubstaff, tasks, "task", summary="Work", assignee_id=one)
    assert task["assignee_ids"] == [one]
    path = f"/tasks/{task['id']}"
    both = hubstaff.put(path, json={"lock_version": 0, "assignee_ids": [two, one, two]}).json()["task"]
    assert both["assignee_ids"] == [two, one]
    nobody = hubstaff.put(path, json={"lock_version": 1, "assignee_id": None}).json()["task"]
    assert nobody["assignee_ids"] == []
    assert refused_fields(hubstaff.post(tasks, json={"summary": "Work", "assignee_id": 1})) == {"assignee_id": "is invalid"}


def test_a_stale_lock_version_says_so_and_changes_nothing(hubstaff: httpx.Client, task: Row) -> None:
    path = f"/tasks/{task['id']}"
    newest = hubstaff.put(path, json={"lock_version": 0, "summary": "Mine"}).json()["task"]
    answer = hubstaff.put(path, json={"lock_version": 0, "summary": "Theirs"})
    assert (answer.status_code, answer.json()["code"]) == (400, "stale_lock_version")
    assert hubstaff.get(path).json()["task"] == newest
    assert hubstaff.put(path, json={"lock_version": 1, "summary": "Mine"}).json()["task"]["lock_version"] == 1


def test_tasks_of_people_and_global_ones_can_be_asked_for(hubstaff: httpx.Client, organization: str, project: Row) -> None:
    me = hubstaff.get("/users/me").json()["user"]["id"]
    mine = walked(hubstaff, f"{organization}/tasks", "tasks", user_ids=me)
    assert mine
    assert all(me in task["assignee_ids"] for task in mine)
    assert walked(hubstaff, f"{organization}/tasks", "tasks", only_global_todos="true") == []
    assert walked(hubstaff, f"/projects/{project['id']}/tasks", "tasks", global_todo_ids="1") == []


def test_the_error_codes_are_listed_with_what_they_mean(hubstaff: httpx.Client) -> None:
    codes = hubstaff.get("/error_codes").json()["error_codes"]
    assert {"invalid_params", "missing_params", "stale_lock_version", "not_found", "rate_limit_exceeded"} <= {one["code"] for one in codes}
    assert len({one["error_code"] for one in codes}) == len(codes)
    assert all(one["description"] for one in codes)
