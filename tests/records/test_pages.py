"""Browsing the mirror."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.records.collecting import list_of
from integrations.records.models import Record, RecordList
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.ui.keyset import Order, page_of
from tests.conftest import make_organization
from tests.records.samples import destination, make_change, make_connection, make_run, make_task, mirror, mirror_destination, sign_in

pytestmark = pytest.mark.django_db
SAVEPOINTS = 2  # within the transaction of a test, begin and commit are counted
MOST_QUERIES = 12 + SAVEPOINTS
HTMX = {"HX-Request": "true"}


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=120)
    return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(name: str, connection: Connection, entity: str = "task", record: str = "") -> str:
    extra = {"record": record} if record else {}
    return reverse(f"records:{name}", kwargs={"organization": "northwind", "connection": connection.pk, "entity": entity, **extra})


def shown(client: Client, path: str, query: dict[str, str] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(client: Client, path: str, **query: str) -> list[str]:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return [row.record.title for row in answer.context["rows"]]


def test_every_list_of_every_connection_is_offered(member: Client, connection: Connection) -> None:
    page = shown(member, "/o/northwind/browse/")
    for entity in connection.declaration.entities:
        assert entity.plural in page
        assert address("list", connection, entity.name) in page


def test_an_organization_without_connections_is_told_to_connect_one(member: Client, organization: Organization) -> None:
    assert "Nothing is connected yet" in shown(member, "/o/northwind/browse/")


def test_the_shelves_look_again_by_themselves_while_a_list_is_read(
    member: Client, connection: Connection, organization: Organization
) -> None:
    assert "every 3s" not in shown(member, "/o/northwind/browse/")
    with scope(organization.id):
        RecordList.objects.filter(entity="task").update(due_at=timezone.now())
    page = shown(member, "/o/northwind/browse/", headers=HTMX)
    assert "every 3s" in page
    assert "<html" not in page


def test_a_list_shows_titles_instead_of_ids(member: Client, connection: Connection) -> None:
    page = shown(member, address("list", connection))
    assert "Task 0001" in page
    assert "Website relaunch" in page
    assert "Mei Tanaka" in page
    assert address("detail", connection, "project", "1") in page


def test_a_day_is_shown_without_a_time_and_an_amount_as_a_duration(member: Client, connection: Connection) -> None:
    page = shown(member, address("list", connection, "daily_activity"))
    assert "2 Nov 2026</time>" in page
    assert "1 h 30 min" in page


def test_searching_narrows_the_list_to_titles_that_hold_the_letters(member: Client, connection: Connection) -> None:
    assert titles(member, address("list", connection), q="SK 0007") == ["Task 0007"]
    assert titles(member, address("list", connection), q="100%") == []


def test_a_list_is_filtered_by_status_parent_and_person(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        mirror(connection, "task", [make_task(900, project_id=2, assignee_ids=[6], status="archived", summary="Elsewhere")])
    for name, value in (("status", "archived"), ("parent", "2"), ("person", "6")):
        assert titles(member, address("list", connection), **{name: value}) == ["Elsewhere"]


def test_the_filters_offer_what_there_is(member: Client, connection: Connection) -> None:
    answer = member.get(address("list", connection), {"parent": "77"})
    offered = {picker.options.name: [(option.id, option.title) for option in picker.options.found] for picker in answer.context["pickers"]}
    assert answer.context["statuses"] == [("active", "Active"), ("completed", "Completed")]
    assert offered == {"parent": [("77", "77"), ("1", "Website relaunch")], "person": [("5", "Mei Tanaka")]}


def test_a_list_is_sorted_by_a_promoted_column_either_way(member: Client, connection: Connection) -> None:
    path = address("list", connection)
    assert titles(member, path, sort="title")[0] == "Task 0001"
    assert titles(member, path, sort="-title")[0] == "Task 0120"
    assert titles(member, path, sort="-moment")[0] == "Task 0120"
    assert titles(member, path, sort="data")[0] == "Task 0001"


def test_paging_walks_the_whole_list_and_keeps_filter_and_order(member: Client, connection: Connection) -> None:
    path, query, seen = address("list", connection), {"status": "active", "sort": "-title"}, []
    while True:
        answer = member.get(path, query)
        seen += [row.record.title for row in answer.context["rows"]]
        if answer.context["page"].after is None:
            break
        query["after"] = answer.context["page"].after
    assert seen == [f"Task {number:04}" for number in range(119, 0, -2)]
    assert titles(member, path, **{**query, "after": "", "before": answer.context["page"].before}) == seen[:50]


@pytest.mark.parametrize("query", [{"q": "\0"}, {"status": "\0"}, {"after": "\0"}, {"parent": "x" * 5000}, {"sort": "\0"}, {"q": "😀"}])
def test_odd_input_in_an_address_opens_a_page(member: Client, connection: Connection, query: dict[str, str]) -> None:
    assert member.get(address("list", connection), query).status_code == 200


def test_a_list_takes_a_bounded_number_of_queries(
    member: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        projects = [{"id": number, "name": f"Project {number}", "status": "active", "client_id": 7} for number in range(100, 160)]
        mirror(connection, "project", projects)
        mirror(connection, "task", [make_task(1000 + number, project_id=number) for number in range(100, 160)])
    shown(member, address("list", connection))
    with django_assert_max_num_queries(MOST_QUERIES):
        shown(member, address("list", connection), {"sort": "-moment"})
    with django_assert_max_num_queries(MOST_QUERIES):
        shown(member, address("list", connection), {"sort": "-moment"}, headers={**HTMX, "HX-Target": "listing"})


def test_the_shelves_take_a_bounded_number_of_queries(
    member: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for _ in range(5):
            mirror_destination(make_connection(destination()))
    with django_assert_max_num_queries(MOST_QUERIES):
        shown(member, "/o/northwind/browse/")


def test_htmx_gets_the_table_alone(member: Client, connection: Connection) -> None:
    page = shown(member, address("list", connection), headers={**HTMX, "HX-Target": "listing"})
    assert 'id="listing"' in page
    assert "<html" not in page
    assert 'id="filters"' not in page


def test_refresh_makes_the_lists_due_and_the_page_shows_that_they_are_read(
    member: Client, connection: Connection, organization: Organization
) -> None:
    answer = member.post(address("refresh", connection))
    assert (answer.status_code, answer["Location"]) == (303, address("list", connection))
    with scope(organization.id):
        assert list_of(connection, "task").due_at is not None
        assert list_of(connection, "project").due_at is None
    page = shown(member, address("list", connection))
    assert "Being read" in page
    assert "every 2s" in page


def test_the_table_is_told_when_the_last_list_has_arrived(member: Client, connection: Connection, organization: Organization) -> None:
    headers = {**HTMX, "HX-Target": "freshness"}
    with scope(organization.id):
        RecordList.objects.filter(entity="task").update(due_at=timezone.now())
    assert "HX-Trigger" not in member.get(address("list", connection), headers=headers)
    with scope(organization.id):
        RecordList.objects.filter(entity="task").update(due_at=None)
    answer = member.get(address("list", connection), headers=headers)
    assert answer["HX-Trigger"] == "fresh"
    assert b"every 2s" not in answer.content


def test_a_viewer_may_look_and_not_refresh(client: Client, charlie: User, connection: Connection, organization: Organization) -> None:
    from portal.organizations.models import Membership, Role

    with scope(organization.id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    client.force_login(charlie)
    assert "Refresh" not in shown(client, address("list", connection))
    assert client.post(address("refresh", connection)).status_code == 403


def test_nothing_is_asked_of_a_connection_that_is_not_connected(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        Connection.objects.update(state=State.ATTENTION)
    page = member.post(address("refresh", connection), follow=True).content.decode()
    assert "is not connected" in page
    with scope(organization.id):
        assert list_of(connection, "task").due_at is None


def test_the_problem_of_a_list_is_shown(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        RecordList.objects.filter(entity="task").update(problem="The provider does not answer.")
    assert "The provider does not answer." in shown(member, address("list", connection))
    assert "Could not be read" in shown(member, "/o/northwind/browse/")


def test_a_record_is_shown_whole_with_what_it_belongs_to(member: Client, connection: Connection) -> None:
    page = shown(member, address("detail", connection, "task", "1"))
    for words in ("Task 0001", "Lock version", "Website relaunch", "Mei Tanaka", "&quot;lock_version&quot;: 0", "First seen"):
        assert words in page
    assert address("detail", connection, "project", "1") in page


def test_a_record_leads_to_what_belongs_to_it(member: Client, connection: Connection) -> None:
    page = shown(member, address("detail", connection, "project", "1"))
    assert f"{address('list', connection)}?parent=1" in page


def test_a_record_tells_how_it_changed(
    member: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        for number in range(12):
            make_change(connection, "task", "1", {"summary": f"Name {number}"}, {"summary": f"Name {number + 1}"})
    with django_assert_max_num_queries(MOST_QUERIES):
        page = shown(member, address("detail", connection, "task", "1"))
    assert "Name 12" in page
    assert "Name 1<" not in page, "only the newest changes are shown"


def test_a_removed_record_can_still_be_read(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        Record.objects.filter(entity="task", remote_id="1").update(removed_at=timezone.now() - timedelta(days=1))
    assert "not there any more" in shown(member, address("detail", connection, "task", "1"))
    assert "Task 0001" not in titles(member, address("list", connection))


def test_an_id_with_odd_characters_has_an_address(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        mirror(connection, "client", [{"id": "a/b c?d#e", "name": "Odd", "status": "active"}])
    assert address("detail", connection, "client", "a/b c?d#e") in shown(member, address("list", connection, "client"))
    assert "Odd" in shown(member, address("detail", connection, "client", "a/b c?d#e"))


@pytest.mark.parametrize("record", ["4711", "x\0y"])
def test_a_record_that_is_not_there_is_not_found(member: Client, connection: Connection, record: str) -> None:
    assert member.get(address("detail", connection, "task", record)).status_code == 404


def test_an_entity_that_is_not_declared_is_not_found(member: Client, connection: Connection) -> None:
    assert member.get(address("list", connection, "spaceship")).status_code == 404
    assert member.post(address("refresh", connection, "spaceship")).status_code == 404


def test_another_organizations_connection_is_not_found(member: Client, connection: Connection, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        theirs = make_connection(destination())
        mirror_destination(theirs)
    for path in (address("list", theirs), address("detail", theirs, "task", "1")):
        assert member.get(path).status_code == 404
    assert member.post(address("refresh", theirs)).status_code == 404


def test_a_connection_whose_provider_is_gone_is_shown_without_lists(
    member: Client, connection: Connection, organization: Organization
) -> None:
    with scope(organization.id):
        Connection.objects.update(provider="gone")
    assert "not part of the portal any more" in shown(member, "/o/northwind/browse/")
    assert member.get(address("list", connection)).status_code == 404


@pytest.mark.parametrize("order", [Order("title"), Order("moment", descending=True), Order("status")])
def test_a_later_page_is_found_by_index(connection: Connection, organization: Organization, order: Order) -> None:
    with scope(organization.id), database.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):  # what is faster as long as the table is as small as in a test
            cursor.execute(f"SET LOCAL enable_{way} = off")
        rows = Record.objects.filter(connection=connection, entity="task", removed_at=None)
        first = page_of(rows, order)
        with CaptureQueriesContext(database) as queries:
            page_of(rows, order, after=first.after or "")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert f"using record_{order.column}" in plan
    assert "Index Cond" in plan and "ROW(" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("model", ["records/recordlist", "records/record", "records/change", "operations/run", "operations/attempt"])
def test_the_admin_site_shows_the_mirror_and_the_runs(
    client: Client, connection: Connection, organization: Organization, django_assert_max_num_queries: Any, model: str
) -> None:
    with scope(organization.id):
        for _ in range(20):
            make_run(connection)
            make_change(connection, "task", "1", {"id": 1}, {"id": 2})
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    with django_assert_max_num_queries(12 + SAVEPOINTS):
        assert client.get(f"/admin/{model}/").status_code == 200
    assert client.get(f"/admin/{model}/", {"q": "1"}).status_code == 200
