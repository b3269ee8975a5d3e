"""Collecting from the sandbox, over HTTP: what its providers list stands in the mirror, and what changes there is noted here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.catalogue import CursorPaging, Entity
from integrations.connections.models import Connection, State
from integrations.connections.services import Urgency, choose_workspace, connect_with_secret, open_client
from integrations.connections.tasks import verify
from integrations.providers import get_provider
from integrations.records.collecting import collect as collect_list
from integrations.records.collecting import collect_updates
from integrations.records.days import Days
from integrations.records.models import Change, Record, RecordList
from integrations.records.tasks import refresh
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from portal.work.models import DueModel
from tests.records.shelf import changes, mirror
from tests.sandbox.conftest import PATIENCE, exchange_token, hubstaff_client, running, walked

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("sandbox")) as address:
        yield address


@pytest.fixture
def sandbox(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """The sandbox as the address of both providers, and its back door."""
    for name, path in {
        "HUBSTAFF_API_URL": "hubstaff",
        "HUBSTAFF_ACCOUNT_URL": "hubstaff-account",
        "TIMEGHOST_API_URL": "timeghost/api",
    }.items():
        monkeypatch.setenv(name, f"{address}/{path}")
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.01)
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        client.post("/control/reset").raise_for_status()
        yield client


@pytest.fixture
def hubstaff(sandbox: httpx.Client, organization: Organization, alice: User) -> Iterator[Connection]:
    with bind(organization.id):
        yield _connect(alice, "hubstaff", "personal_token", "hubstaff-pat-1")


@pytest.fixture
def timeghost(sandbox: httpx.Client, organization: Organization, alice: User) -> Iterator[Connection]:
    with bind(organization.id):
        yield _connect(alice, "timeghost", "api_key", "timeghost-key-1")


@pytest.fixture
def over_there(sandbox: httpx.Client, address: str) -> Iterator[httpx.Client]:
    """Hubstaff as its people use it."""
    token = exchange_token(address, "hubstaff-pat-1").json()["access_token"]
    with hubstaff_client(address, token) as client:
        yield client


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks come in pages of 60."""
    operations = get_provider("hubstaff").callable_by_name
    declared = operations["list_tasks"]
    assert isinstance(declared.paging, CursorPaging)
    monkeypatch.setitem(operations, "list_tasks", replace(declared, paging=replace(declared.paging, size=60)))


def test_every_page_of_a_list_arrives(hubstaff: Connection, over_there: httpx.Client, small_pages: None) -> None:
    collect(hubstaff, "task")
    tasks = walked(over_there, f"/organizations/{hubstaff.workspace_id}/tasks", "tasks", status="active,completed")
    assert len(tasks) > 3 * 60
    assert mirror(hubstaff, "task") == {str(task["id"]): task for task in tasks}
    assert changes(hubstaff, "task") == []


def test_what_people_do_over_there_is_noted_by_the_next_walk(hubstaff: Connection, over_there: httpx.Client) -> None:
    collect(hubstaff, "project")
    known = mirror(hubstaff, "project")
    changed = next(iter(known))
    made = over_there.post(f"/organizations/{hubstaff.workspace_id}/projects", json={"name": "Relaunch 🙂"}).json()["project"]
    over_there.put(f"/projects/{changed}", json={"description": "More words"}).raise_for_status()
    collect(hubstaff, "project")
    assert sorted(changes(hubstaff, "project")) == sorted([(str(made["id"]), "created"), (changed, "changed")])
    assert mirror(hubstaff, "project")[str(made["id"])]["name"] == "Relaunch 🙂"


def test_people_come_with_their_names(hubstaff: Connection) -> None:
    collect(hubstaff, "member")
    with scope():
        titles = set(Record.objects.filter(entity="member").values_list("title", flat=True))
    assert titles
    assert not [title for title in titles if title.startswith("Member ")]


@pytest.mark.parametrize("fault", ["502", "truncated", "html", "broken_json", "empty"])
def test_a_page_that_does_not_arrive_leaves_the_mirror_and_is_tried_again(
    hubstaff: Connection, sandbox: httpx.Client, over_there: httpx.Client, small_pages: None, fault: str
) -> None:
    collect(hubstaff, "task")
    before = mirror(hubstaff, "task")
    project = before[min(before)]["project_id"]  # the first one takes new tasks; some belong to a native integration
    over_there.post(f"/projects/{project}/tasks", json={"summary": "New"}).raise_for_status()
    broken = {"match": "GET */organizations/*/tasks*", "fault": fault, "times": 50, "skip": 2}
    sandbox.post("/control/faults", json=broken).raise_for_status()
    record_list = collect(hubstaff, "task")
    assert mirror(hubstaff, "task") == before
    assert changes(hubstaff, "task") == []
    assert record_list.problem
    assert record_list.due_at is not None
    assert record_list.due_at > timezone.now()
    sandbox.delete("/control/faults").raise_for_status()
    assert collect(hubstaff, "task").problem == ""
    assert len(mirror(hubstaff, "task")) == len(before) + 1


def test_tasks_that_are_listed_by_project_follow_the_projects(timeghost: Connection) -> None:
    collect(timeghost, "project")
    with scope():
        lists = list(RecordList.objects.filter(connection=timeghost, entity="task"))
    assert {each.each for each in lists} == set(mirror(timeghost, "project"))
    for each in lists[:3]:
        work(refresh, each)
    with scope():
        found = set(Record.objects.filter(entity="task").values_list("parent", "list__each"))
    assert found
    assert all(parent == each for parent, each in found)


def test_times_of_the_last_week_arrive_with_their_length(timeghost: Connection) -> None:
    collect(timeghost, "time")
    with scope():
        recent = Record.objects.filter(entity="time", moment__gte=timezone.now() - timedelta(days=5))
        assert recent.exists()
        assert all(record.amount and record.person for record in recent)


# --- What a service may show by mistake, and what it shows late ----------------------------------------------------------


@pytest.mark.parametrize("fault", ["empty_list", "short_page"])
@pytest.mark.parametrize(
    ("provider", "entity"), [("hubstaff", "task"), ("hubstaff", "member"), ("timeghost", "project"), ("timeghost", "time")]
)
def test_a_valid_answer_without_all_of_its_records_loses_nothing(
    request: pytest.FixtureRequest, sandbox: httpx.Client, provider: str, entity: str, fault: str
) -> None:
    connection: Connection = request.getfixturevalue(provider)
    collect(connection, entity)
    before = mirror(connection, entity)
    sandbox.post("/control/faults", json={"match": f"GET /{provider}/*", "fault": fault}).raise_for_status()
    collect(connection, entity)
    assert sandbox.get("/control/faults").json() == {"faults": []}, "it happened"
    assert before
    assert mirror(connection, entity) == before
    assert changes(connection, entity) == []


def test_updates_bring_what_was_uploaded_late_and_whole_days_take_what_was_deleted(
    hubstaff: Connection, sandbox: httpx.Client, over_there: httpx.Client
) -> None:
    me = over_there.get("/users/me").json()["user"]["id"]
    project = sandbox.post("/control/hubstaff/projects", json={"organization": 1, "name": "By hand", "members": [me]}).json()["id"]
    began, long_ago = timezone.now(), timezone.now() - timedelta(days=20)
    body = {"user": me, "project": project, "start": long_ago.isoformat(), "seconds": 1800}
    time = sandbox.post("/control/hubstaff/times", json=body).json()["id"]
    with scope():
        record_list = RecordList.objects.select_related("connection").get(connection=hubstaff, entity="activity")

    def tracked() -> float:
        with scope():
            blocks = Record.objects.filter(entity="activity", parent=project, removed_at=None)
            return sum(block.amount or 0 for block in blocks)

    def read_updates() -> None:
        with open_client(hubstaff.pk, "test", Urgency.POLL) as opened:
            collect_updates(record_list, opened, began - timedelta(minutes=20), timezone.now() + timedelta(seconds=2))

    def read_days() -> None:
        with open_client(hubstaff.pk, "test", Urgency.POLL) as opened:
            collect_list(record_list, opened, Days(long_ago.date(), long_ago.date() + timedelta(days=1)))

    read_updates()
    assert tracked() == 1800
    sandbox.post(f"/control/hubstaff/times/{time}/change", json={"seconds": 900}).raise_for_status()
    read_updates()
    assert tracked() > 900, "what an edit took away is not among the updates"
    read_days()
    assert tracked() == 900
    sandbox.post(f"/control/hubstaff/times/{time}/delete").raise_for_status()
    read_updates()
    assert tracked() == 900
    read_days()
    assert tracked() == 0


# --- Every entity of both -----------------------------------------------------------------------------------------------

FEW = 3  # lists of an entity that is asked one by one


@pytest.mark.parametrize("provider", ["hubstaff", "timeghost"])
def test_every_entity_is_collected_and_can_be_browsed(
    provider: str, request: pytest.FixtureRequest, client: Client, alice: User, organization: Organization
) -> None:
    connection: Connection = request.getfixturevalue(provider)
    found = {entity.name: walk_some(connection, entity) for entity in in_order(connection)}
    assert {name: lists for name, lists in found.items() if not lists} == {}, "each has a list"
    assert [each.problem for lists in found.values() for each in lists if each.problem] == []
    assert all(each.whole_at and each.calls for lists in found.values() for each in lists)
    client.force_login(alice)
    for entity in found:
        read_pages(client, organization, connection, entity)


@pytest.mark.parametrize("provider", ["hubstaff", "timeghost"])
def test_a_second_look_at_an_entity_that_nobody_changed_finds_nothing_new(provider: str, request: pytest.FixtureRequest) -> None:
    connection: Connection = request.getfixturevalue(provider)
    for entity in in_order(connection):
        for record_list in walk_some(connection, entity):
            work(refresh, record_list)
    with scope():
        assert list(Change.objects.values_list("entity", "remote_id", "kind")) == []


def in_order(connection: Connection) -> list[Entity]:
    """The entities with a list, those that are asked one by one behind their parents."""
    listed = [entity for entity in connection.declaration.entities if entity.collect]
    return sorted(listed, key=lambda entity: bool(entity.collect and entity.collect.each))


def walk_some(connection: Connection, entity: Entity) -> list[RecordList]:
    with scope():
        lists = list(RecordList.objects.filter(connection=connection, entity=entity.name).order_by("each")[:FEW])
    for each in lists:
        work(refresh, each)
    with scope():
        return list(RecordList.objects.filter(pk__in=[each.pk for each in lists]))


def read_pages(client: Client, organization: Organization, connection: Connection, entity: str) -> None:
    """The browse page, each of its orders, and the first record."""
    kwargs = {"organization": organization.slug, "connection": connection.pk, "entity": entity}
    path = reverse("records:list", kwargs=kwargs)
    answer: Any = client.get(path)
    assert answer.status_code == 200
    assert all(row.record.title for row in answer.context["rows"]), f"{entity}: every record has a name"
    for order in answer.context["place"].sortable:
        assert client.get(path, {"sort": f"-{order}"}).status_code == 200
    for row in answer.context["rows"][:1]:
        assert client.get(reverse("records:detail", kwargs={**kwargs, "record": row.record.remote_id})).status_code == 200


# --- What the tests above stand on -------------------------------------------------------------------------------------


def _connect(person: User, provider_name: str, sign_in: str, secret: str) -> Connection:
    provider = get_provider(provider_name)
    with scope():
        connection = connect_with_secret(provider, provider.sign_in(sign_in), provider.label, secret, person)
    work(verify, connection)
    with scope():
        connection = Connection.objects.get(pk=connection.pk)
        if connection.state == State.CHOOSING:
            choose_workspace(connection, connection.workspaces[0]["id"], person)
        connection = Connection.objects.get(pk=connection.pk)
    assert connection.is_connected, connection.problem
    return connection


def collect(connection: Connection, entity: str) -> RecordList:
    """Has a list walked as the worker does, and gives it as it is then."""
    with scope():
        record_list = RecordList.objects.get(connection=connection, entity=entity, each="")
    work(refresh, record_list)
    with scope():
        return RecordList.objects.get(pk=record_list.pk)


def work(task: object, row: DueModel) -> None:
    claim = uuid.uuid4()
    with scope():
        type(row).objects.filter(pk=row.pk).update(claim=claim, claimed_until=timezone.now() + timedelta(minutes=1))
    assert callable(task)
    task(str(row.organization_id), str(row.pk), str(claim))
