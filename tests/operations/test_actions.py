"""What can be run is listed by what it is about, found by its words, and linked from the pages of records; deleting asks first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.connections.models import Connection, State
from integrations.operations.models import Run
from integrations.operations.offers import links_for, links_on
from integrations.records.models import Record
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.operations.filling import Page, fill
from tests.records.samples import destination, make_connection, mirror_destination, mirror_source, sign_in, source

pytestmark = pytest.mark.django_db
ALL = "/o/northwind/actions/"


@pytest.fixture
def left(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with scope(organization.id):
        made = make_connection(source())
        mirror_source(made)
    return made


@pytest.fixture
def right(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made)
    return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(connection: Connection, operation: str) -> str:
    return reverse("operations:action", kwargs={"organization": "northwind", "connection": connection.pk, "operation": operation})


def shown(client: Client, path: str, query: dict[str, str] | None = None, **more: Any) -> str:
    answer = client.get(path, query or {}, **more)
    assert answer.status_code == 200
    return answer.content.decode()


# --- The list ----------------------------------------------------------------------------------------------------------


def test_everything_that_is_declared_is_listed_on_every_connection(
    member: Client, left: Connection, right: Connection, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(9):
        page = shown(member, ALL)
    for connection in (left, right):
        assert all(address(connection, operation.name) in page for operation in connection.declaration.operations)


def test_one_connection_has_a_page_of_its_own(member: Client, left: Connection, right: Connection) -> None:
    page = shown(member, reverse("operations:actions", kwargs={"organization": "northwind", "connection": right.pk}))
    assert address(right, "create_task") in page and str(left.pk) not in page.split("<main")[1]


def test_actions_are_found_by_their_words(member: Client, left: Connection, right: Connection) -> None:
    page = shown(member, ALL, {"q": "task CREATE"}, headers={"HX-Request": "true"})
    assert address(right, "create_task") in page and "<html" not in page
    assert address(right, "create_project") not in page
    assert "Nothing matches" in shown(member, ALL, {"q": "xyzzy"})


def test_without_a_connection_there_is_nothing_to_run(member: Client, organization: Organization) -> None:
    assert "Nothing is connected yet" in shown(member, ALL)


def test_a_connection_that_needs_attention_says_so(member: Client, right: Connection) -> None:
    with scope(right.organization_id):
        Connection.objects.update(state=State.ATTENTION)
    assert "Needs attention" in shown(member, ALL)


def test_a_provider_that_is_gone_offers_nothing(member: Client, right: Connection) -> None:
    with scope(right.organization_id):
        Connection.objects.update(provider="gone")
    assert "not part of the portal any more" in shown(member, ALL)


# --- Links from records ------------------------------------------------------------------------------------------------


def test_a_record_leads_to_what_can_be_done_with_it(right: Connection) -> None:
    with scope(right.organization_id):
        record = Record.objects.select_related("connection").get(entity="task", remote_id="1")
        links = {link.label: link for link in links_for("northwind", record)}
    assert links["Update a Task"].url == f"{address(right, 'update_task')}?task_id=1"
    assert links["Delete a Task"].is_dangerous and not links["Get a Task"].is_dangerous
    assert "Update a Project" not in links


def test_a_record_leads_to_a_deletion_by_type(left: Connection) -> None:
    with scope(left.organization_id):
        record = Record.objects.select_related("connection").get(entity="client", remote_id="c1")
        (link,) = [link for link in links_for("northwind", record) if link.is_dangerous]
    assert link.url == f"{address(left, 'delete_item')}?type=clients&client=c1"


def test_a_list_leads_to_creating_one(right: Connection) -> None:
    assert "Create a Task" in [link.label for link in links_on("northwind", right, "task")]


def test_every_link_opens_a_form_with_the_record_chosen(member: Client, left: Connection, right: Connection) -> None:
    with scope(right.organization_id):
        records = list(Record.objects.select_related("connection"))
        links = [(record, link) for record in records for link in links_for("northwind", record)]
    assert len(links) > 10
    for record, link in links:
        values = Page(shown(member, link.url)).values
        assert [record.remote_id] in values.values(), link.url


# --- Deleting ----------------------------------------------------------------------------------------------------------


def runs(organization: Organization) -> list[Run]:
    with scope(organization.id):
        return list(Run.objects.all())


def test_deleting_asks_first_and_says_by_its_title_what_it_deletes(member: Client, organization: Organization, right: Connection) -> None:
    asked = fill(member, address(right, "delete_task"), task_id="1")
    assert asked.status_code == 200 and runs(organization) == []
    page = asked.content.decode()
    assert "the task “Task 0001”" in page and "Keep it" in page
    answer = fill(member, address(right, "delete_task"), "sure=yes", Page(page, form="measure"))
    (run,) = runs(organization)
    assert answer.status_code == 303
    assert (run.operation, run.inputs["task_id"], run.title) == ("delete_task", "1", "Delete a Task: Task 0001")


def test_what_nobody_has_seen_is_deleted_by_its_id(member: Client, right: Connection) -> None:
    page = fill(member, address(right, "delete_task"), task_id="123").content.decode()
    assert "the task with the id 123" in page and "has not seen it yet" in page


def test_a_deletion_by_type_asks_for_that_type_alone(member: Client, organization: Organization, left: Connection) -> None:
    form = Page(fill(member, address(left, "delete_item"), "change=update", type="clients").content.decode())
    page = fill(member, address(left, "delete_item"), "", form, client="c1").content.decode()
    assert "the client “Northern Rail”" in page
    fill(member, address(left, "delete_item"), "sure=yes", Page(page, form="measure"))
    assert runs(organization)[0].inputs | {"workspace": ""} == {"workspace": "", "type": "clients", "client": "c1"}


def test_a_deletion_without_a_record_is_told_at_its_field(member: Client, organization: Organization, right: Connection) -> None:
    answer = fill(member, address(right, "delete_task"), "sure=yes")
    assert answer.status_code == 422 and "This is needed." in answer.content.decode()
    assert runs(organization) == []


def test_a_raw_deletion_asks_first_too(member: Client, organization: Organization, right: Connection) -> None:
    page = fill(member, address(right, "make_api_call"), method="DELETE", path="/v2/tasks/5").content.decode()
    assert "DELETE /v2/tasks/5" in page and runs(organization) == []
    fill(member, address(right, "make_api_call"), "sure=yes", Page(page, form="measure"))
    assert runs(organization)[0].inputs == {"method": "DELETE", "path": "/v2/tasks/5"}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("path", {"path": "https://elsewhere.example/v2"}),
        ("path", {"path": "//elsewhere.example"}),
        ("path", {"path": "/v2/../secret"}),
        ("headers.0.name", {"path": "/v2/x", "headers.0.name": "Authorization", "headers.0.value": "Bearer x"}),
        ("body", {"path": "/v2/x", "method": "POST", "body": "{"}),
    ],
)
def test_a_raw_call_that_leads_elsewhere_is_told_at_its_field(
    member: Client, organization: Organization, right: Connection, field: str, given: dict[str, str]
) -> None:
    place = address(right, "make_api_call")
    form = Page(fill(member, place, "change=add:headers").content.decode())
    answer = fill(member, place, "", form, **given)
    assert answer.status_code == 422 and f'id="field-{field}-error"' in answer.content.decode()
    assert runs(organization) == []
