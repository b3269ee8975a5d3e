"""What came of a run, on its page: a card, a table, a file, a raw call; and what can be done next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.operations.models import Run, RunFile
from integrations.operations.results import MOST_ROWS
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, make_run, make_task, mirror_destination, sign_in

pytestmark = pytest.mark.django_db
SAVEPOINTS = 2
CHANGE = {"task_id": "1", "lock_version": "3", "summary": "Mine"}


@pytest.fixture
def connection(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=2)
    return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


@pytest.fixture
def viewer(client: Client, charlie: User, organization: Organization) -> Client:
    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    return sign_in(client, charlie)


def made(connection: Connection, operation: str = "create_task", **fields: Any) -> Run:
    with scope(connection.organization_id):
        return make_run(connection, operation, **fields)


def address(run: Run, name: str = "run") -> str:
    return reverse(f"operations:{name}", kwargs={"organization": "northwind", "run": run.pk})


def page_of(client: Client, run: Run) -> str:
    answer = client.get(address(run))
    assert answer.status_code == 200
    return answer.content.decode()


def runs(organization: Organization) -> list[Run]:
    with scope(organization.id):
        return list(Run.objects.select_related("connection", "asked_by").order_by("created_at"))


# --- A list ------------------------------------------------------------------------------------------------------------


def test_a_list_is_a_table_with_the_columns_of_its_entity(
    member: Client, connection: Connection, django_assert_max_num_queries: Any
) -> None:
    run = made(connection, "list_tasks", inputs={}, output=[make_task(1), make_task(2), make_task(77)])
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        page = page_of(member, run)
    for words in ("3 records", ">Task 0077", "Website relaunch", "Mei Tanaka"):
        assert words in page
    assert "/task/1/" in page and "/task/77/" not in page


def test_a_long_list_shows_its_first_rows_and_says_how_many_more_there_are(member: Client, connection: Connection) -> None:
    run = made(connection, "list_tasks", inputs={}, output=[make_task(number) for number in range(MOST_ROWS + 7)])
    page = page_of(member, run)
    assert f"{MOST_ROWS + 7} records" in page and "7 more stand in the whole answer" in page
    assert f"Task {MOST_ROWS - 1:04}" in page and f"Task {MOST_ROWS:04}" not in page


@pytest.mark.parametrize("output", [[{"name": "no id"}], [{"id": 1}, [2]], [{"id": 1, "assignee_ids": 5}], ["a"], [None]])
def test_a_list_that_does_not_read_as_records_is_shown_all_the_same(member: Client, connection: Connection, output: Any) -> None:
    assert f"{len(output)} record" in page_of(member, made(connection, "list_tasks", inputs={}, output=output))


def test_a_number_where_a_text_should_be_is_shown(member: Client, connection: Connection) -> None:
    assert "12345" in page_of(member, made(connection, "list_tasks", inputs={}, output=[make_task(1, summary=12345)]))


# --- JSON --------------------------------------------------------------------------------------------------------------


def test_the_whole_answer_stands_at_an_address_of_its_own(member: Client, connection: Connection) -> None:
    output = [make_task(number) for number in range(300)]
    run = made(connection, "list_tasks", inputs={}, output=output)
    assert "Open the whole answer (JSON)" in page_of(member, run)
    answer = member.get(address(run, "answer"))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert json.loads(answer.content) == output
    assert answer.content.decode().startswith("[\n  {")


def test_numbers_beyond_what_json_libraries_like_are_shown(member: Client, connection: Connection) -> None:
    assert str(10**30) in page_of(member, made(connection, output={"id": 10**30}))


# --- A file ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def report(connection: Connection) -> Run:
    run = made(connection, "create_task", output={"name": "times 🎡.xlsx", "media_type": "application/x-sheet", "size": 3})
    with scope(connection.organization_id):
        RunFile.objects.create(run=run, name="times 🎡.xlsx", media_type="application/x-sheet", content=b"PK\0")
    return run


def test_a_file_is_downloaded(member: Client, report: Run) -> None:
    assert address(report, "file") in page_of(member, report)
    answer = member.get(address(report, "file"))
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"PK\0", "application/x-sheet")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''times%20")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_run_without_a_file_has_none_to_download(member: Client, connection: Connection) -> None:
    assert member.get(address(made(connection), "file")).status_code == 404


# --- A raw call --------------------------------------------------------------------------------------------------------


def test_a_raw_call_shows_status_headers_and_body(member: Client, connection: Connection) -> None:
    output = {"status": 404, "headers": {"x-page": "7"}, "body": {"error": "Nobody <here>"}}
    run = made(
        connection, "make_api_call", inputs={"method": "GET", "path": "/v2/x"}, output=output, state=Run.State.REFUSED, message="No."
    )
    page = page_of(member, run)
    for words in ("404</span>", "x-page", "Nobody &lt;here&gt;", "/v2/x"):
        assert words in page


# --- How it stands -----------------------------------------------------------------------------------------------------


def test_a_run_that_waits_says_why_and_when_it_goes_on(member: Client, connection: Connection) -> None:
    run = made(connection, state=Run.State.WAITING, message="The budget is used up.", ended_at=None, due_at=timezone.now())
    page = page_of(member, run)
    assert "This waits." in page and "The budget is used up." in page and "It goes on by itself at" in page
    assert "every 2s" in page


def test_a_sign_in_that_is_over_leads_to_the_connection(member: Client, connection: Connection) -> None:
    assert "Look after the connection" in page_of(member, made(connection, state=Run.State.FAILED, message="Over.", fault="signed_out"))


def test_the_history_tells_how_often_a_run_was_tried(member: Client, connection: Connection) -> None:
    made(connection)
    assert 'data-label="Tries">1<' in member.get("/o/northwind/runs/").content.decode()


# --- Once more ---------------------------------------------------------------------------------------------------------


def test_a_run_is_run_again_as_one_of_its_own(member: Client, organization: Organization, connection: Connection, bob: User) -> None:
    run = made(connection, title="Make it", output={"id": 1})
    assert "Run again" in page_of(member, run) and f"?run={run.pk}" in page_of(member, run)
    answer = member.post(address(run, "repeat"))
    first, second = runs(organization)
    assert (answer.status_code, answer["Location"]) == (303, address(second))
    assert (second.inputs, second.title, second.asked_by, second.state) == (run.inputs, "Make it", bob, Run.State.WAITING)
    assert second.due_at is not None and first.output == {"id": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"operation": "delete_task", "inputs": {"task_id": "1"}},
        {"operation": "make_api_call", "inputs": {"method": "DELETE", "path": "/x"}},
        {"state": Run.State.UNKNOWN},
        {"state": Run.State.WAITING, "ended_at": None},
        {"key": "sync/1"},
    ],
)
def test_what_deletes_or_is_doubtful_or_another_part_s_is_not_simply_run_again(
    member: Client, organization: Organization, connection: Connection, fields: dict[str, Any]
) -> None:
    run = made(connection, **fields)
    assert "Run again" not in page_of(member, run)
    assert member.post(address(run, "repeat"))["Location"] == address(run)
    assert len(runs(organization)) == 1


def test_a_viewer_may_read_and_not_run(viewer: Client, connection: Connection) -> None:
    run = made(connection)
    assert "run again" not in page_of(viewer, run).lower()
    assert viewer.post(address(run, "repeat")).status_code == 403
    assert viewer.get(address(run, "answer")).status_code == 200


# --- Stale versions ----------------------------------------------------------------------------------------------------


@pytest.fixture
def stale(connection: Connection) -> Run:
    seen = {"summary": "As I saw it", "lock_version": 3, "status": "active", "assignee_ids": [5]}
    return made(connection, "update_task", inputs=CHANGE, seen=seen, state=Run.State.REFUSED, fault="stale", message="It was changed.")


def test_a_stale_run_says_what_changed_meanwhile(member: Client, stale: Run, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10 + SAVEPOINTS):
        page = page_of(member, stale)
    for words in ("What changed meanwhile", "As I saw it", "Task 0001", "Send again", "Drop it"):
        assert words in page
    assert "Try again" not in page and "Run again" not in page


def test_a_stale_run_is_sent_again_with_the_newest_version(member: Client, organization: Organization, stale: Run) -> None:
    member.post(address(stale, "repeat"))
    assert runs(organization)[1].inputs == {**CHANGE, "lock_version": 0}


def test_what_a_form_does_not_know_may_have_changed_too(member: Client, connection: Connection) -> None:
    run = made(connection, "update_task", inputs=CHANGE, state=Run.State.REFUSED, fault="stale", message="It was changed.")
    assert "Something else about the record was changed" in page_of(member, run)


# --- What was asked ----------------------------------------------------------------------------------------------------


def test_what_was_asked_is_told_in_words(member: Client, connection: Connection) -> None:
    inputs = {
        "name": "Harbour",
        "client_id": "7",
        "billable": False,
        "members": [{"user_id": "5", "role": "viewer"}],
        "metadata": None,
        "odd": {"a": 1},
    }
    page = page_of(member, made(connection, "create_project", inputs=inputs))
    for words in ("Northern Rail", "Mei Tanaka", "Viewer", "emptied", "Odd"):
        assert words in page


@pytest.mark.parametrize(
    "inputs", [{"members": "x"}, {"members": [5, None]}, {"members": {"user_id": 5}}, {"client_id": {"a": 1}}, {"budget": [1]}]
)
def test_any_shape_of_input_can_be_shown(member: Client, connection: Connection, inputs: dict[str, Any]) -> None:
    assert "What was asked" in page_of(member, made(connection, "create_project", inputs=inputs))
