"""The history of runs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.operations.models import Run
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.operations.filling import Page
from tests.records.samples import destination, make_connection, make_run, mirror_destination, sign_in, source

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HISTORY = "/o/northwind/runs/"
SAVEPOINTS = 2


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=1)
    return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


@pytest.fixture
def viewer(client: Client, charlie: User, organization: Organization) -> Client:
    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    return sign_in(client, charlie)


def made(organization: Organization, connection: Connection, operation: str = "create_task", **fields: Any) -> Run:
    with scope(organization.id):
        return make_run(connection, operation, **fields)


def address(run: Run, name: str = "run") -> str:
    return reverse(f"operations:{name}", kwargs={"organization": "northwind", "run": run.pk})


def shown(client: Client, path: str, query: dict[str, str] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def now(organization: Organization, run: Run) -> Run:
    with scope(organization.id):
        return Run.objects.get(pk=run.pk)


def test_an_empty_history_says_so(member: Client, organization: Organization) -> None:
    assert "Nothing has run yet" in shown(member, HISTORY)


def test_a_run_stands_in_the_history_with_who_asked_and_how_long_it_took(
    member: Client, connection: Connection, organization: Organization, alice: User
) -> None:
    made(organization, connection, asked_by=alice, title="Make the sitemap task")
    page = shown(member, HISTORY)
    for words in ("Make the sitemap task", connection.name, str(alice), "2 s", "Done"):
        assert words in page


def test_a_run_without_a_title_is_called_by_its_operation(member: Client, connection: Connection, organization: Organization) -> None:
    made(organization, connection)
    made(organization, connection, "gone_operation")
    page = shown(member, HISTORY)
    assert connection.declaration.operation("create_task").label in page
    assert "Gone operation" in page


def test_the_history_is_filtered_by_connection_state_and_origin(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        other = make_connection(source())
    made(organization, connection, title="First")
    made(organization, other, title="Second", state=Run.State.FAILED, origin="sync")
    for query in ({"connection": str(other.pk)}, {"state": "failed"}, {"origin": "sync"}):
        runs = member.get(HISTORY, query).context["page"].rows
        assert [run.title for run in runs] == ["Second"]


@pytest.mark.parametrize("query", [{"connection": "x"}, {"connection": "\0"}, {"state": "\0"}, {"origin": "x"}, {"after": "x"}])
def test_odd_filters_are_passed_over(member: Client, connection: Connection, organization: Organization, query: dict[str, str]) -> None:
    made(organization, connection, title="First")
    assert "First" in shown(member, HISTORY, query)


def test_the_history_is_paged_newest_first(member: Client, connection: Connection, organization: Organization) -> None:
    for number in range(60):
        made(organization, connection, title=f"Run {number}")
    first = member.get(HISTORY).context["page"]
    second = member.get(HISTORY, {"after": first.after}).context["page"]
    assert [run.title for run in [*first.rows, *second.rows]] == [f"Run {number}" for number in reversed(range(60))]
    assert second.after is None


def test_the_history_takes_a_bounded_number_of_queries(
    member: Client, connection: Connection, organization: Organization, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        made(organization, connection, asked_by=alice)
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        shown(member, HISTORY)


def test_a_run_shows_input_attempts_and_answer(
    member: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    run = made(organization, connection, output={"id": 99, "summary": "Sitemap", "created_at": "2026-11-02T09:00:00Z"})
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        page = shown(member, address(run))
    for words in ("Website relaunch", "Sitemap", "Created at", "1. Done", "Answer (JSON)", "&quot;id&quot;: 99"):
        assert words in page
    assert "every 2s" not in page


@pytest.mark.parametrize("output", [None, {}, [], 0, False, "", "text", [1, 2], [[1], None]])
def test_any_answer_can_be_shown(member: Client, connection: Connection, organization: Organization, output: Any) -> None:
    assert "Facts" in shown(member, address(made(organization, connection, output=output)))


@pytest.mark.parametrize("inputs", [{}, {"project_id": None}, {"assignee_ids": [5, "6"]}, {"odd": {"a": [1]}}, {"project_id": "\\u0000"}])
def test_any_input_can_be_shown(member: Client, connection: Connection, organization: Organization, inputs: dict[str, Any]) -> None:
    assert "Facts" in shown(member, address(made(organization, connection, inputs=inputs)))


def test_a_run_whose_provider_is_gone_can_still_be_read(member: Client, connection: Connection, organization: Organization) -> None:
    run = made(organization, connection, state=Run.State.FAILED)
    with scope(organization.id):
        Connection.objects.update(provider="gone")
    assert "create_task" in shown(member, address(run))
    assert "Try again" not in shown(member, address(run))


@pytest.mark.parametrize("state", [Run.State.WAITING, Run.State.RUNNING])
def test_a_run_that_has_not_ended_looks_again_by_itself(
    member: Client, connection: Connection, organization: Organization, state: Run.State
) -> None:
    run = made(organization, connection, state=state, ended_at=None)
    page = shown(member, address(run), headers=HTMX)
    assert "every 2s" in page
    assert "<html" not in page


def test_a_run_that_is_tried_again_by_itself_says_when(member: Client, connection: Connection, organization: Organization) -> None:
    soon = timezone.now() + timedelta(minutes=10)
    run = made(organization, connection, state=Run.State.FAILED, message="The provider does not answer.", due_at=soon)
    page = shown(member, address(run))
    assert "It is tried again" in page
    assert "every 2s" in page
    assert "again/" not in page


@pytest.mark.parametrize("state", [Run.State.FAILED, Run.State.REFUSED])
def test_a_run_that_ended_badly_is_tried_again(
    member: Client, connection: Connection, organization: Organization, state: Run.State
) -> None:
    run = made(organization, connection, state=state, message="No.")
    assert "Try again" in shown(member, address(run))
    answer = member.post(address(run, "try_again"))
    assert (answer.status_code, answer["Location"]) == (303, address(run))
    after = now(organization, run)
    assert (after.state, after.message, after.ended_at) == (Run.State.WAITING, "", None)
    assert after.due_at is not None
    with scope(organization.id):
        assert AuditEntry.objects.filter(action="run.tried_again").count() == 1


def test_a_run_is_repeated_once_however_often_its_button_is_pressed(
    member: Client, connection: Connection, organization: Organization
) -> None:
    run = made(organization, connection)
    page = Page(shown(member, address(run)), form="again")
    first, second = (member.post(address(run, "repeat"), page.filled()) for _ in range(2))
    assert first.status_code == second.status_code == 303 and first["Location"] == second["Location"] != address(run)
    afresh = Page(shown(member, address(run)), form="again")
    assert member.post(address(run, "repeat"), afresh.filled())["Location"] not in (first["Location"], address(run))


def test_rows_that_were_asked_for_are_called_by_what_stands_in_them(
    member: Client, connection: Connection, organization: Organization
) -> None:
    members = [{"user_id": "5", "role": "user"}, {"pay_rate": 3}]
    page = shown(member, address(made(organization, connection, "create_project", inputs={"members": members})))
    assert re.findall(r"<summary>(Mei Tanaka|Row 2|)</summary>", page) == ["Mei Tanaka", "Row 2"]


def test_a_doubtful_write_asks_to_look_at_the_other_side_first(member: Client, connection: Connection, organization: Organization) -> None:
    run = made(organization, connection, state=Run.State.UNKNOWN, message="The answer was lost.")
    assert "I looked over there" in shown(member, address(run))
    refused = member.post(address(run, "try_again"))
    assert refused.status_code == 422
    assert "may do it twice" in refused.content.decode()
    assert now(organization, run).state == Run.State.UNKNOWN
    assert member.post(address(run, "try_again"), {"looked": "on"}).status_code == 303
    assert now(organization, run).state == Run.State.WAITING


@pytest.mark.parametrize("fields", [{"state": Run.State.DONE}, {"state": Run.State.RUNNING}, {"state": Run.State.FAILED, "key": "sync/1"}])
def test_a_run_that_needs_no_other_try_gets_none(
    member: Client, connection: Connection, organization: Organization, fields: dict[str, Any]
) -> None:
    run = made(organization, connection, **fields)
    assert "again/" not in shown(member, address(run))
    assert member.post(address(run, "try_again")).status_code == 303
    after = now(organization, run)
    assert (after.state, after.due_at) == (fields["state"], None)


def test_a_failed_part_of_a_sync_says_that_the_next_sync_does_it(
    member: Client, connection: Connection, organization: Organization
) -> None:
    run = made(organization, connection, state=Run.State.FAILED, key="sync/1", origin="sync")
    assert "The next sync looks at both sides" in shown(member, address(run))


def test_a_viewer_may_read_and_not_try_again(viewer: Client, connection: Connection, organization: Organization) -> None:
    run = made(organization, connection, state=Run.State.FAILED)
    assert "Try again" not in shown(viewer, address(run))
    assert viewer.post(address(run, "try_again")).status_code == 403


def test_another_organizations_run_is_not_found(member: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        run = make_run(make_connection(destination()), state=Run.State.FAILED)
    assert member.get(address(run)).status_code == 404
    assert member.post(address(run, "try_again")).status_code == 404
