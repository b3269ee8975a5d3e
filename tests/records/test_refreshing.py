"""Fresh looks: what they cost, how far they are, which days they are asked for, and lists that were declared later."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Connection, Credential, State
from integrations.connections.services import Urgency
from integrations.records import tasks
from integrations.records.collecting import list_of, refresh_now
from integrations.records.days import Days
from integrations.records.models import RecordList
from integrations.records.queries import freshness_of, freshness_of_all
from integrations.transport.errors import OverBudget, ProviderDown
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import bind, scope
from tests.records.samples import destination, make_connection, make_list, mirror, sign_in, source
from tests.records.shelf import Shelf, project, walk

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def bound(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with bind(organization.id):
        yield


@pytest.fixture
def connection() -> Connection:
    with scope():
        return make_connection(destination())


@pytest.fixture
def one_by_one() -> Connection:
    """Its tasks are listed for each project."""
    with scope():
        made = make_connection(source())
        mirror(made, "project", [{"id": name, "name": name} for name in ("p1", "p2", "p3")])
        return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    return sign_in(client, bob)


def address(name: str, connection: Connection, entity: str) -> str:
    return reverse(f"records:{name}", kwargs={"organization": "northwind", "connection": connection.pk, "entity": entity})


def shown(client: Client, connection: Connection, entity: str, **query: str) -> str:
    answer = client.get(address("list", connection, entity), query)
    assert answer.status_code == 200
    return answer.content.decode()


def today(offset: int = 0) -> date:
    return timezone.now().date() + timedelta(days=offset)


def refresh_by_task(record_list: RecordList, shelf: Any, monkeypatch: pytest.MonkeyPatch, opened: Any = None) -> None:
    """Runs the task for a list that the sweep has claimed."""

    @contextmanager
    def opened_as_ever(*_: Any, **__: Any) -> Iterator[Any]:
        yield shelf

    monkeypatch.setattr(tasks, "open_client", opened or opened_as_ever)
    claim = uuid.uuid4()
    with scope():
        RecordList.objects.filter(pk=record_list.pk).update(claim=claim, due_at=timezone.now())
        organization_id = record_list.organization_id
    tasks.refresh(str(organization_id), str(record_list.pk), str(claim))


# --- what it costs -------------------------------------------------------------------------------------------------------


def test_a_list_remembers_how_many_calls_a_whole_look_took(connection: Connection) -> None:
    with scope():
        record_list = list_of(connection, "project")
    walk(record_list, Shelf(*(project(number) for number in range(5)), size=2))
    with scope():
        known = freshness_of(connection, connection.declaration.entity("project"))
    assert (known.calls, known.is_cost_known) == (3, True)


def test_the_cost_stands_on_the_button(member: Client, connection: Connection) -> None:
    with scope():
        make_list(connection, "project", calls=12)
        make_list(connection, "client")
    assert "about 12 calls" in shown(member, connection, "project")
    assert "at least 1 call<" in shown(member, connection, "client")


def test_lists_that_are_asked_one_by_one_cost_a_call_each_at_least(member: Client, one_by_one: Connection) -> None:
    with scope():
        for each, calls in (("p1", 4), ("p2", None), ("p3", 1)):
            RecordList.objects.create(connection=one_by_one, entity="task", each=each, calls=calls, whole_at=timezone.now())
    assert "at least 6 calls" in shown(member, one_by_one, "task")


def test_lists_of_parents_that_are_gone_neither_cost_nor_age(one_by_one: Connection) -> None:
    entity, long_ago = one_by_one.declaration.entity("task"), timezone.now() - timedelta(days=90)
    with scope():
        for each, whole_at in (("p1", timezone.now()), ("gone", long_ago)):
            RecordList.objects.create(connection=one_by_one, entity="task", each=each, calls=1, whole_at=whole_at)
        for known in (freshness_of(one_by_one, entity), freshness_of_all([one_by_one])[one_by_one.pk, "task"]):
            assert (known.lists, known.calls) == (1, 1)
            assert known.whole_at and known.whole_at > long_ago


# --- how far it is -------------------------------------------------------------------------------------------------------


def test_the_page_counts_the_pages_that_have_arrived(member: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope():
        record_list = list_of(connection, "project")
    seen: list[str] = []

    def look() -> None:
        seen.append(member.get(address("list", connection, "project"), headers={**HTMX, "HX-Target": "freshness"}).content.decode())

    shelf = Shelf(*(project(number) for number in range(6)), size=2)
    shelf.meanwhile = {1: look, 2: look}
    refresh_by_task(record_list, shelf, monkeypatch)
    assert ["1 page so far" in seen[0], "2 pages so far" in seen[1]] == [True, True]
    assert "so far" not in shown(member, connection, "project")
    assert "As of" in shown(member, connection, "project")


def test_the_page_counts_the_lists_that_were_walked(member: Client, one_by_one: Connection) -> None:
    with scope():
        for each, due_at in (("p1", None), ("p2", timezone.now()), ("p3", timezone.now())):
            RecordList.objects.create(connection=one_by_one, entity="task", each=each, due_at=due_at, pages=1 if due_at else 0)
    assert "1 of 3 lists, 2 pages so far" in shown(member, one_by_one, "task")


# --- days that somebody asks for -----------------------------------------------------------------------------------------


def ask(client: Client, connection: Connection, first: str, last: str, entity: str = "daily_activity") -> Any:
    return client.post(address("refresh", connection, entity), {"first": first, "last": last}, follow=True)


def test_days_that_are_not_here_can_be_read(member: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope():
        record_list = make_list(connection, "daily_activity", days_known=[[str(today(-7)), str(today())]])
    page = shown(member, connection, "daily_activity", **{"from": str(today(-40)), "until": str(today(-20))})
    assert "Not all of these days are here." in page
    assert "at least 1 call<" in page
    answer = ask(member, connection, str(today(-40)), str(today(-20)))
    assert answer.redirect_chain == [
        (f"{address('list', connection, 'daily_activity')}?from={today(-40)}&until={today(-20)}", 303),
    ]
    shelf = Shelf()
    refresh_by_task(record_list, shelf, monkeypatch)
    assert shelf.asked[0][1] == {"date_start": str(today(-40)), "date_stop": str(today(-20))}
    page = shown(member, connection, "daily_activity", **{"from": str(today(-40)), "until": str(today(-20))})
    assert "Not all of these days are here." not in page
    with scope():
        assert RecordList.objects.get(pk=record_list.pk).asked_days is None


def test_days_that_are_here_are_not_offered_to_be_read(member: Client, connection: Connection) -> None:
    with scope():
        make_list(connection, "daily_activity", days_known=[[str(today(-7)), str(today())]])
    for query in ({}, {"from": str(today(-3))}, {"from": str(today(-7)), "until": str(today())}, {"until": str(today(-90))}):
        assert "Not all of these days" not in shown(member, connection, "daily_activity", **query)


def test_more_days_than_can_be_read_at_once_are_not_read(member: Client, connection: Connection) -> None:
    with scope():
        make_list(connection, "daily_activity")
    page = shown(member, connection, "daily_activity", **{"from": str(today(-90)), "until": str(today())})
    assert "At most 31 days can be read at once." in page
    assert 'name="first"' not in page


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-11-20", "2026-11-10", "The last day lies before the first one."),
        ("2026-01-01", "2026-11-10", "At most 31 days can be read at once."),
        ("tomorrow", "2026-11-10", "Enter days as year-month-day"),
        ("0001-01-01", "0001-01-02", "Enter days between 1900 and 2999."),
        ("2026-11-10", "", "Choose a first and a last day."),
    ],
)
def test_days_that_cannot_be_read_are_refused_with_a_reason(
    member: Client, connection: Connection, first: str, last: str, said: str
) -> None:
    with scope():
        record_list = make_list(connection, "daily_activity")
    assert said in ask(member, connection, first, last).content.decode()
    with scope():
        assert RecordList.objects.get(pk=record_list.pk).due_at is None


def test_a_list_that_is_not_by_days_takes_none(member: Client, connection: Connection) -> None:
    with scope():
        make_list(connection, "project")
    assert "Choose a first and a last day." in ask(member, connection, "2026-11-01", "2026-11-02", "project").content.decode()


def test_days_wait_for_the_next_try_when_the_provider_is_down(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Days(today(-20), today(-10))
    with scope():
        record_list = make_list(connection, "daily_activity")
        refresh_now(connection, record_list.declaration, asked)
    shelf = Shelf()
    shelf.breaks_at, shelf.error = 0, ProviderDown()
    refresh_by_task(record_list, shelf, monkeypatch)
    with scope():
        assert RecordList.objects.get(pk=record_list.pk).asked_days == asked


def test_days_that_somebody_asks_for_during_a_walk_are_read_next(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    first, then = Days(today(-20), today(-10)), Days(today(-40), today(-30))
    with scope():
        record_list = make_list(connection, "daily_activity")
        refresh_now(connection, record_list.declaration, first)

    def ask_meanwhile() -> None:
        with scope():
            refresh_now(connection, record_list.declaration, then)

    shelf = Shelf()
    shelf.meanwhile = {0: ask_meanwhile}
    refresh_by_task(record_list, shelf, monkeypatch)
    with scope():
        now = RecordList.objects.get(pk=record_list.pk)
    assert now.asked_days == then
    assert now.due_at is not None and now.due_at <= timezone.now()


# --- who asked -----------------------------------------------------------------------------------------------------------


def opened_for(record_list: RecordList, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Urgency]:
    """Runs the task. Gives for whom, and how urgently, it opened the connection."""
    seen: list[tuple[str, Urgency]] = []

    @contextmanager
    def opened(_: uuid.UUID, asked_by: str, urgency: Urgency) -> Iterator[Shelf]:
        seen.append((asked_by, urgency))
        yield shelf

    refresh_by_task(record_list, shelf, monkeypatch, opened)
    [told] = seen
    return told


def test_a_refresh_that_a_person_pressed_is_urgent_until_its_walk_has_ended(
    member: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope():
        record_list = make_list(connection, "project")
    member.post(address("refresh", connection, "project"))
    burning = Shelf()
    burning.breaks_at = 0
    by_person = ("refresh of projects, asked for by a person", Urgency.INTERACTIVE)
    assert opened_for(record_list, burning, monkeypatch) == by_person
    assert opened_for(record_list, Shelf(), monkeypatch) == by_person, "the first walk did not arrive"
    assert opened_for(record_list, Shelf(), monkeypatch) == ("refresh of projects", Urgency.POLL)


def test_a_refresh_that_nobody_pressed_is_not_urgent(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope():
        record_list = make_list(connection, "project")
        refresh_now(connection, record_list.declaration)
    assert opened_for(record_list, Shelf(), monkeypatch) == ("refresh of projects", Urgency.POLL)


def test_a_person_who_presses_during_a_walk_is_waited_for_next(
    member: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope():
        record_list = make_list(connection, "project")
    shelf = Shelf()
    shelf.meanwhile[0] = lambda: member.post(address("refresh", connection, "project"))
    assert opened_for(record_list, shelf, monkeypatch)[1] == Urgency.POLL
    assert opened_for(record_list, Shelf(), monkeypatch)[1] == Urgency.INTERACTIVE


def test_a_list_of_a_parent_is_named_in_words(one_by_one: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope():
        record_list = list_of(one_by_one, "task", "p1")
    assert opened_for(record_list, Shelf(), monkeypatch)[0] == "refresh of tasks"


# --- held back by our own budget -----------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(connection: Connection) -> Connection:
    """Through the operator's application, which organizations share."""
    with scope():
        credential = Credential(connection=connection)
        credential.keep({})
        credential.save()
    return connection


def hold_back(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> RecordList:
    """A walk that ends in the middle because the calls of this hour are used."""
    with scope():
        record_list = make_list(connection, "project")
    shelf = Shelf(project(1), project(2), size=1)
    shelf.breaks_at, shelf.error = 1, OverBudget("It is used up.", retry_after=1200)
    refresh_by_task(record_list, shelf, monkeypatch)
    return record_list


def test_a_list_that_outgrows_its_share_says_what_happens_and_what_helps(
    member: Client, signed_in: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_list = hold_back(signed_in, monkeypatch)
    page = " ".join(shown(member, signed_in, "project").split())
    assert "It needs more calls than your share of the shared application has at the moment. It begins anew at <time" in page
    assert "With an application of your own it has all 1,000 calls an hour." in page
    assert f'href="/o/northwind/connections/{signed_in.pk}/"' in page
    assert "could not be read" not in page
    assert "Waits for calls" in member.get("/o/northwind/browse/").content.decode()
    with scope():
        held = RecordList.objects.get(pk=record_list.pk)
    assert (held.problem, held.failures) == ("", 0)


def test_a_list_says_no_more_of_the_budget_when_its_walk_has_arrived(
    member: Client, signed_in: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_list = hold_back(signed_in, monkeypatch)
    refresh_by_task(record_list, Shelf(project(1)), monkeypatch)
    assert "waits for calls" not in shown(member, signed_in, "project")
    assert "Waits for calls" not in member.get("/o/northwind/browse/").content.decode()


def test_a_token_of_ones_own_is_told_of_no_shared_application(
    member: Client, signed_in: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope():
        Connection.objects.update(sign_in="personal_token", account_id="7", account_name="Mei Tanaka")
        signed_in.refresh_from_db()
    hold_back(signed_in, monkeypatch)
    page = shown(member, signed_in, "project")
    assert "are left for the account of Mei Tanaka at the moment" in page
    assert "application of your own" not in page


# --- lists that were declared after the connection was made --------------------------------------------------------------


def test_a_list_that_was_declared_later_is_read_when_somebody_opens_it(member: Client, connection: Connection) -> None:
    assert "Being read" in shown(member, connection, "client")
    with scope():
        [made] = RecordList.objects.filter(entity="client")
    assert made.due_at is not None and made.due_at <= timezone.now()


def test_lists_that_are_asked_one_by_one_appear_for_parents_that_are_known_already(member: Client, one_by_one: Connection) -> None:
    assert "0 of 3 lists" in shown(member, one_by_one, "task")
    with scope():
        assert set(RecordList.objects.filter(entity="task").values_list("each", flat=True)) == {"p1", "p2", "p3"}


def test_a_refresh_makes_what_is_missing(one_by_one: Connection) -> None:
    with scope():
        RecordList.objects.create(connection=one_by_one, entity="task", each="p1", whole_at=timezone.now())
        refresh_now(one_by_one, one_by_one.declaration.entity("task"))
        lists = RecordList.objects.filter(entity="task")
        assert {each.each for each in lists if each.due_at} == {"p1", "p2", "p3"}


def test_nothing_is_read_for_a_connection_that_is_not_connected(member: Client, connection: Connection) -> None:
    with scope():
        Connection.objects.update(state=State.ATTENTION)
    assert "Not read yet" in shown(member, connection, "client")
    with scope():
        assert not RecordList.objects.filter(entity="client").exists()


# --- what is only kept ---------------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """Its clients have no list over there."""
    entity = replace(connection.declaration.entity("client"), collect=None, kept=True)
    declared: Mapping[str, Any] = {**connection.declaration.entity_by_name, "client": entity}
    monkeypatch.setitem(connection.declaration.__dict__, "entity_by_name", declared)
    return connection


def test_what_is_kept_can_be_browsed_and_not_refreshed(member: Client, keeping: Connection) -> None:
    with scope():
        mirror(keeping, "client", [{"id": 1, "name": "Northern Rail", "status": "active"}])
    page = shown(member, keeping, "client")
    assert "Northern Rail" in page
    assert "Kept from what was run here." in page
    assert "Refresh" not in page
    assert "kept from what was run here" in member.get("/o/northwind/browse/").content.decode()


def test_a_kept_list_that_is_empty_says_where_its_records_come_from(member: Client, keeping: Connection) -> None:
    assert "Nothing was kept yet" in shown(member, keeping, "client")


def test_a_refresh_of_what_is_kept_is_refused(member: Client, keeping: Connection) -> None:
    answer = member.post(address("refresh", keeping, "client"), follow=True)
    assert "have no list over there" in answer.content.decode()
    with scope():
        assert not RecordList.objects.filter(entity="client").exists()


def test_a_viewer_sees_days_and_cannot_read_them(client: Client, charlie: User, connection: Connection) -> None:
    with scope():
        Membership.objects.create(user=charlie, role=Role.VIEWER)
        make_list(connection, "daily_activity")
    page = shown(sign_in(client, charlie), connection, "daily_activity", **{"from": str(today(-20)), "until": str(today(-10))})
    assert "Not all of these days are here." in page
    assert 'name="first"' not in page
    assert ask(client, connection, str(today(-20)), str(today(-10))).status_code == 403
