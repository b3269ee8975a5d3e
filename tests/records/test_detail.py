"""The page of one record: what it belongs to, what belongs to it, what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.records import registry
from integrations.records.lineage import lineage_of
from integrations.records.models import Record
from integrations.records.places import Place
from integrations.records.registry import ActionLink
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, make_task, mirror, mirror_destination, sign_in

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12 + 2  # begin and commit are counted within the transaction of a test


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made)
    return made


def opened(client: Client, connection: Connection, entity: str, record: str) -> str:
    kwargs = {"organization": "northwind", "connection": connection.pk, "entity": entity, "record": record}
    answer = client.get(reverse("records:detail", kwargs=kwargs))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_task_leads_to_its_project_and_on_to_the_client(client: Client, bob: User, connection: Connection) -> None:
    page = opened(sign_in(client, bob), connection, "task", "1")
    for words in ("Website relaunch", "Northern Rail", "Mei Tanaka"):
        assert words in page


def test_each_relation_is_followed_by_what_stands_above_it(connection: Connection) -> None:
    with scope(connection.organization_id):
        task = Record.objects.get(entity="task", remote_id="1")
        found = lineage_of(Place(connection, connection.declaration.entity("task")), task)
    assert [(kin.level, kin.label, kin.title) for kin in found] == [
        (0, "Project", "Website relaunch"),
        (1, "Client", "Northern Rail"),
        (0, "Assignee", "Mei Tanaka"),
    ]


def test_what_is_not_mirrored_stands_there_with_its_id(connection: Connection) -> None:
    with scope(connection.organization_id):
        [task] = mirror(connection, "task", [make_task(50, project_id=4711, assignee_ids=[])])
        [kin] = lineage_of(Place(connection, connection.declaration.entity("task")), task)
    assert (kin.title, kin.record) == ("4711", None)


def test_records_that_belong_to_each_other_end_somewhere(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """As folders in folders may, one of them in itself."""
    entity = replace(connection.declaration.entity("client"), parent="parent_id", parent_entity="client")
    declared = {**connection.declaration.entity_by_name, "client": entity}
    monkeypatch.setitem(connection.declaration.__dict__, "entity_by_name", declared)
    with scope(connection.organization_id):
        [inner, _] = mirror(connection, "client", [{"id": 1, "name": "In", "parent_id": 2}, {"id": 2, "name": "Out", "parent_id": 1}])
        found = lineage_of(Place(connection, entity), inner)
    assert [kin.title for kin in found] == ["Out", "In", "Out"]


def test_what_belongs_to_a_record_is_a_filtered_list(client: Client, bob: User, connection: Connection) -> None:
    page = opened(sign_in(client, bob), connection, "member", "5")
    path = reverse("records:list", kwargs={"organization": "northwind", "connection": connection.pk, "entity": "task"})
    assert f"{path}?person=5" in page


def test_a_page_takes_a_bounded_number_of_queries(
    client: Client, bob: User, connection: Connection, django_assert_max_num_queries: Any
) -> None:
    sign_in(client, bob)
    opened(client, connection, "task", "1")
    with django_assert_max_num_queries(MOST_QUERIES):
        opened(client, connection, "task", "1")


def test_moments_and_days_in_the_card_are_told_in_the_readers_zone(client: Client, bob: User, connection: Connection) -> None:
    User.objects.filter(pk=bob.pk).update(time_zone="America/New_York")
    with scope(connection.organization_id):
        mirror(connection, "task", [make_task(60, updated_at="2026-11-02T01:30:00Z", due_at="2026-11-09")])
    page = opened(sign_in(client, bob), connection, "task", "60")
    assert "1 Nov 2026, 20:30" in page
    assert "Sent as 2026-11-02T01:30:00Z" in page
    assert '<time datetime="2026-11-09">9 Nov 2026</time>' in page


# --- what can be done ----------------------------------------------------------------------------------------------------


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that an upper part offers for every record and every list."""
    monkeypatch.setattr(registry, "actions_for", [lambda slug, record: [ActionLink(f"Paint {record}", f"/o/{slug}/paint/")]])
    monkeypatch.setattr(registry, "actions_on", [lambda slug, connection, entity: [ActionLink(f"Plant a {entity}", "/plant/")]])


def test_what_upper_parts_offer_stands_on_the_page(client: Client, bob: User, connection: Connection, action: None) -> None:
    assert '<a class="menu__item" href="/o/northwind/paint/">' in opened(sign_in(client, bob), connection, "task", "1")
    path = reverse("records:list", kwargs={"organization": "northwind", "connection": connection.pk, "entity": "task"})
    assert "Plant a task" in client.get(path).content.decode()


def test_a_viewer_is_offered_nothing(client: Client, charlie: User, connection: Connection, action: None) -> None:
    with scope(connection.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
    assert "Paint" not in opened(sign_in(client, charlie), connection, "task", "1")


@pytest.mark.parametrize("what", ["disconnected", "gone"])
def test_nothing_is_offered_where_nothing_can_be_done(client: Client, bob: User, connection: Connection, action: None, what: str) -> None:
    with scope(connection.organization_id):
        if what == "gone":
            Record.objects.filter(remote_id="1").update(removed_at=timezone.now())
        else:
            Connection.objects.update(state=State.DISCONNECTED)
    assert "Paint" not in opened(sign_in(client, bob), connection, "task", "1")


# --- its page over there -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "is_led_to"),
    [("https://app.example/tasks/1", True), ("http://app.example/tasks/1", False), ("javascript:alert(1)", False), ("", False), (7, False)],
)
def test_the_page_over_there_is_led_to_where_the_record_tells_it(
    client: Client, bob: User, connection: Connection, monkeypatch: pytest.MonkeyPatch, url: Any, is_led_to: bool
) -> None:
    entity = replace(connection.declaration.entity("task"), address="page.url")
    declared = {**connection.declaration.entity_by_name, "task": entity}
    monkeypatch.setitem(connection.declaration.__dict__, "entity_by_name", declared)
    with scope(connection.organization_id):
        mirror(connection, "task", [make_task(70, page={"url": url})])
    page = opened(sign_in(client, bob), connection, "task", "70")
    assert ("Open in Hubstaff" in page) is is_led_to
