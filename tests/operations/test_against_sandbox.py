"""From the form to the result, over HTTP: what a person asks for is done at the sandbox, and its page says what came of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from integrations.connections.models import Connection
from integrations.operations.models import Run
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind
from tests.operations.filling import Page, fill
from tests.operations.office import Office, at_the_sandbox, sandbox_of
from tests.operations.other_side import told

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with sandbox_of(tmp_path_factory.mktemp("sandbox")) as client:
        yield client


@pytest.fixture
def office(
    sandbox: httpx.Client, monkeypatch: pytest.MonkeyPatch, organization: Organization, bob: User, client: Client
) -> Iterator[Office]:
    at_the_sandbox(sandbox, monkeypatch)
    client.force_login(bob)
    with bind(organization.id):
        yield Office(organization, bob, client, sandbox)


@pytest.fixture
def hubstaff(office: Office) -> Connection:
    connection = office.connect("hubstaff")
    office.collect(connection, "member", "client", "project")
    return connection


@pytest.fixture
def timeghost(office: Office) -> Connection:
    return office.connect("timeghost")


def test_a_project_with_a_budget_and_two_members_is_created(office: Office, hubstaff: Connection) -> None:
    first, second, *_ = office.records(hubstaff, "member")
    page = office.form(hubstaff, "create_project", "change=add:members", "change=add:members")
    place = office.address(hubstaff, "create_project")
    page = Page(fill(office.browser, place, "change=update", page, name="Harbour 🎡", budget__type="cost").content.decode())
    people = {"members__0__user_id": first, "members__0__role": "manager", "members__1__user_id": second}
    run = office.run(hubstaff, "create_project", page, **people, budget__rate="pay_rate", budget__cost="1500")
    assert run.state == Run.State.DONE, (run.message, run.errors)
    assert told(run)["name"] == "Harbour 🎡"
    assert str(told(run)["id"]) in office.records(hubstaff, "project")
    shown = office.page_of(run)
    for words in ("Done", "Harbour 🎡", "1. Done", "Manager"):
        assert words in shown


def test_a_list_comes_as_a_table(office: Office, hubstaff: Connection) -> None:
    run = office.run(hubstaff, "list_projects", limit="3")
    assert (run.state, len(told(run))) == (Run.State.DONE, 3)
    shown = office.page_of(run)
    assert "3 records" in shown and told(run)[0]["name"] in shown and "<table" in shown


def test_what_the_provider_refuses_stands_at_its_field_when_it_is_changed(office: Office, hubstaff: Connection) -> None:
    run = office.run(hubstaff, "create_project", name="Nobody's", client_id="987654321")
    assert (run.state, run.fault, list(run.errors)) == (Run.State.REFUSED, "refused", ["client_id"]), run.message
    assert "did not accept this" in office.page_of(run)
    page = Page(office.browser.get(f"{office.address(hubstaff, 'create_project')}?run={run.pk}").content.decode())
    assert (page.values["name"], page.values["client_id"]) == (["Nobody's"], ["987654321"])
    assert f'id="field-client_id-error"><li>{run.errors["client_id"]}' in page.html


def test_a_stale_change_says_what_changed_and_is_sent_again(office: Office, hubstaff: Connection) -> None:
    project = next(iter(office.records(hubstaff, "project")))
    task = told(office.run(hubstaff, "create_task", project_id=project, summary="Water the plants"))
    page = office.form(hubstaff, "update_task", task_id=task["id"])
    assert page.values["summary"] == ["Water the plants"]
    office.sandbox.post(f"/control/hubstaff/tasks/{task['id']}/rename", json={"name": "Water all plants"}).raise_for_status()
    run = office.run(hubstaff, "update_task", page, summary="Water my plants 🪴")
    assert run.is_stale, (run.state, run.message, told(run))
    shown = office.page_of(run)
    for words in ("What changed meanwhile", "Water the plants", "Water all plants", "Water my plants", "Send again"):
        assert words in shown
    answer = office.browser.post(reverse("operations:repeat", kwargs={"organization": office.organization.slug, "run": run.pk}))
    again = office.work(answer["Location"])
    assert (again.state, told(again)["summary"]) == (Run.State.DONE, "Water my plants 🪴"), again.message


def test_what_is_deleted_is_gone_from_the_mirror(office: Office, hubstaff: Connection) -> None:
    project = next(iter(office.records(hubstaff, "project")))
    task = told(office.run(hubstaff, "create_task", project_id=project, summary="Water the plants"))
    assert str(task["id"]) in office.records(hubstaff, "task")
    run = office.run(hubstaff, "delete_task", task_id=task["id"])
    assert run.state == Run.State.DONE, run.message
    assert str(task["id"]) not in office.records(hubstaff, "task")


def test_the_excel_report_is_a_workbook(office: Office, timeghost: Connection) -> None:
    run = office.run(timeghost, "create_excel_report", date_range="this_week")
    assert run.state == Run.State.DONE, run.message
    answer = office.browser.get(reverse("operations:file", kwargs={"organization": office.organization.slug, "run": run.pk}))
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "Download times.xlsx" in office.page_of(run)


def test_secrets_in_an_answer_are_neither_kept_nor_shown(office: Office, timeghost: Connection) -> None:
    run = office.run(timeghost, "get_current_user")
    raw = office.run(timeghost, "make_api_call", path="/get/currentuser")
    for each in (run, raw):
        assert each.state == Run.State.DONE, each.message
        assert "apiTokens" not in str(each.output)
        assert "apiTokens" not in office.page_of(each)
    assert told(raw)["status"] == 200 and told(raw)["body"]["email"]


def test_a_raw_call_shows_what_is_not_there(office: Office, hubstaff: Connection) -> None:
    run = office.run(hubstaff, "make_api_call", path="/v2/projects/987654321")
    assert (run.state, told(run)["status"]) == (Run.State.REFUSED, 404)
    assert "404</span>" in office.page_of(run)


@pytest.mark.parametrize("fault", ["html", "empty", "broken_json", "truncated", "nested_list", "redirect", "500", "502"])
def test_a_provider_that_answers_nonsense_fails_a_reading_and_leaves_the_mirror(office: Office, hubstaff: Connection, fault: str) -> None:
    before = office.records(hubstaff, "project")
    office.fault("GET */organizations/*/projects*", fault, times=9)
    run = office.run(hubstaff, "list_projects")
    assert run.state == Run.State.FAILED
    assert run.message and run.output is None
    assert "This did not work." in office.page_of(run)
    assert office.records(hubstaff, "project") == before


@pytest.mark.parametrize("fault", ["html", "empty", "broken_json", "truncated", "redirect", "drop_after_commit", "502"])
def test_a_write_that_is_answered_with_nonsense_is_doubtful_and_leaves_the_mirror(office: Office, hubstaff: Connection, fault: str) -> None:
    before = office.records(hubstaff, "project")
    office.fault("POST */organizations/*/projects", fault)
    run = office.run(hubstaff, "create_project", name="Doubtful")
    assert run.state == Run.State.UNKNOWN, run.message
    assert "Nobody knows whether this was done." in office.page_of(run)
    assert office.records(hubstaff, "project") == before


def test_a_number_where_a_text_should_be_is_shown_as_it_came(office: Office, hubstaff: Connection) -> None:
    before = office.records(hubstaff, "project")
    office.fault("GET */organizations/*/projects*", "number_for_text")
    run = office.run(hubstaff, "list_projects", limit="2")
    assert (run.state, len(told(run))) == (Run.State.DONE, 2)
    assert "2 records" in office.page_of(run)
    assert office.records(hubstaff, "project") == before
