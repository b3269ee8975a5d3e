"""Which bucket a connection takes from, what an empty one means for the work that meets it, and what the pages say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from integrations.catalogue import RateLimit
from integrations.connections import buckets
from integrations.connections.budget import Bucket, Budget, Urgency, bucket_of, limit_of
from integrations.connections.checks import rate_limits
from integrations.connections.models import BudgetBucket, Call, Connection, Credential, OwnApplication, State
from integrations.connections.services import open_client, try_later
from integrations.linking.models import Integration
from integrations.operations.models import Run
from integrations.operations.tasks import execute
from integrations.providers import get_provider
from integrations.records.collecting import list_of
from integrations.records.models import RecordList
from integrations.records.tasks import refresh
from integrations.sync.tasks import run_sync
from integrations.transport.errors import OverBudget, ProviderDown, Throttled
from integrations.triggers.tasks import poll_triggers
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id, operator_scope, scope
from portal.work.claims import Hold
from tests.conftest import make_organization
from tests.connections.conftest import Office, Sandbox
from tests.factories import make_connection, make_integration, make_run, make_trigger

pytestmark = pytest.mark.django_db
EVERYTHING = 1000


@pytest.fixture
def browser(office: Office) -> Client:
    client = Client()
    client.force_login(office.person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def tiny(settings: Any) -> None:
    """Five calls a minute, of which one is spared."""
    settings.RATE_LIMITS = ["hubstaff=5/60", "timeghost=5/60"]


def bucket_name(connection: Connection, application: OwnApplication | None = None) -> str:
    with scope():
        return bucket_of(connection, Credential(connection=connection, application=application)).name


def a_budget_of(connection: Connection) -> Budget:
    with scope():
        bucket = bucket_of(connection, Credential.objects.get(connection=connection))
        return Budget(bucket, current_organization_id(), Urgency.INTERACTIVE)


def use_up(connection: Connection) -> None:
    """Takes whatever is left in its bucket."""
    budget = a_budget_of(connection)
    with pytest.raises(OverBudget):
        for _ in range(EVERYTHING):
            budget.take()


# --- Buckets ------------------------------------------------------------------------------------------------------------


def test_connections_through_the_same_application_share_a_bucket(office: Office) -> None:
    with scope():
        ours, theirs = (make_connection("hubstaff", sign_in="oauth") for _ in range(2))
        own = OwnApplication(provider="hubstaff", sign_in="oauth", client_id="our-own")
    assert bucket_name(ours) == bucket_name(theirs) == "hubstaff/application/timebridge-sandbox"
    assert bucket_name(ours, own) == "hubstaff/application/our-own"


def test_personal_tokens_are_counted_for_their_account_over_there(office: Office) -> None:
    with scope():
        first, second = (make_connection("hubstaff", account_id="7") for _ in range(2))
        unknown = make_connection("hubstaff")
    assert bucket_name(first) == bucket_name(second) == "hubstaff/account/7"
    assert bucket_name(unknown) == f"hubstaff/connection/{unknown.pk}"


def test_where_the_provider_counts_by_connection_each_has_its_own(office: Office) -> None:
    with scope():
        key, microsoft = make_connection("timeghost"), make_connection("timeghost", sign_in="microsoft")
    assert bucket_name(key) == f"timeghost/connection/{key.pk}"
    assert bucket_name(microsoft) == f"timeghost/connection/{microsoft.pk}"


@pytest.mark.parametrize(("calls", "capacity"), [(1, 1), (2, 1), (5, 4), (50, 49), (51, 49), (100, 98), (1000, 980)])
def test_a_little_of_every_limit_is_spared(calls: int, capacity: int) -> None:
    assert Bucket("", RateLimit(calls, 60, "connection"), "Imaginary", "").capacity == capacity


def test_the_operator_may_have_been_granted_another_limit(settings: Any) -> None:
    hubstaff = get_provider("hubstaff")
    assert (limit_of(hubstaff).calls, limit_of(hubstaff).seconds) == (1000, 3600)
    settings.RATE_LIMITS = ["timeghost=50/60", " hubstaff=2000/1800 "]
    assert limit_of(hubstaff) == RateLimit(2000, 1800, "application")
    assert rate_limits() == []


@pytest.mark.parametrize("text", ["hubstaff", "hubstaff=1000", "hubstaff=0/60", "hubstaff=-1/60", "hubstaff=a/b", "=10/60", "paper=10/60"])
def test_a_limit_that_cannot_be_read_is_told_at_the_start(settings: Any, text: str) -> None:
    settings.RATE_LIMITS = [text]
    (error,) = rate_limits()
    assert error.is_serious() and "RATE_LIMITS" in error.msg


# --- The doors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [buckets.BUCKET, buckets.USE, buckets.WAIT])
def test_nobody_looks_past_the_doors_but_the_operator(organization: Organization, table: str) -> None:
    bucket = Bucket("imaginary", RateLimit(2, 60, "connection"), "Imaginary", "")
    budget = Budget(bucket, organization.id, Urgency.POLL)
    budget.take()
    with pytest.raises(OverBudget):
        budget.take()
    with scope(organization.id), database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)
        cursor.execute(f"DELETE FROM {table}")
        assert cursor.rowcount == 0
    with operator_scope("alice", "a test"), database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (1,)


def test_nobody_says_what_time_it_is() -> None:
    given = "'imaginary', gen_random_uuid(), 1, 60, 1, 1, 1, 1, 1, now()"
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), database.cursor() as cursor:
        cursor.execute(f"SELECT decide_budget({given})")


def test_buckets_that_nobody_asks_any_more_are_dropped(organization: Organization) -> None:
    bucket = Bucket("imaginary", RateLimit(5, 60, "connection"), "Imaginary", "")
    Budget(bucket, organization.id, Urgency.POLL).take()
    buckets.forget_unused()
    assert buckets.state_of(bucket.name, organization.id, 60).used == 1
    with database.cursor() as cursor:
        cursor.execute("SELECT forget_budgets(interval '-1 second')")
    assert buckets.state_of(bucket.name, organization.id, 60).used == 0
    with operator_scope("alice", "a test"):
        assert not BudgetBucket.objects.exists()


def test_an_organization_sees_of_the_others_only_how_many_and_how_much(organization: Organization) -> None:
    bucket = Bucket("imaginary", RateLimit(100, 60, "application"), "Imaginary", "")
    for organization_id in [organization.id] * 3 + [UUID(int=number) for number in range(4)]:
        Budget(bucket, organization_id, Urgency.POLL).take()
    state = buckets.state_of(bucket.name, organization.id, 60)
    assert (state.used, state.own, state.organizations, state.closed_until) == (7, 3, 5, None)
    assert state.opens_at and state.empty_at and timezone.now() < state.opens_at <= state.empty_at
    assert buckets.state_of(bucket.name, uuid4(), 60).organizations == 6, "whoever looks counts itself in"


# --- What the provider says itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "closed"), [(90, 90), (None, 60), (0, 0), (1e9, 3600), (float("inf"), 3600), (float("nan"), 3600)])
def test_when_the_provider_asks_to_wait_everybody_keeps_away(organization: Organization, told: float | None, closed: float) -> None:
    bucket = Bucket("imaginary", RateLimit(1000, 3600, "application"), "Imaginary", "")
    Budget(bucket, organization.id, Urgency.POLL).throttled(told)
    until = buckets.state_of(bucket.name, organization.id, 3600).closed_until
    assert (until is None) == (closed == 0)
    assert until is None or abs(until - timezone.now() - timedelta(seconds=closed)) < timedelta(seconds=10)
    for organization_id in (organization.id, make_organization("Southwind").id) if closed else ():
        with pytest.raises(OverBudget) as raised:
            Budget(bucket, organization_id, Urgency.INTERACTIVE).take()
        assert raised.value.retry_after and closed - 10 < raised.value.retry_after <= closed


def test_a_shorter_pause_does_not_end_a_longer_one(organization: Organization) -> None:
    bucket = Bucket("imaginary", RateLimit(1000, 3600, "application"), "Imaginary", "")
    budget = Budget(bucket, organization.id, Urgency.POLL)
    budget.throttled(600)
    budget.throttled(5)
    with pytest.raises(OverBudget) as raised:
        budget.take()
    assert (raised.value.retry_after or 0) > 500


def test_a_429_closes_the_bucket_for_every_connection_in_it(office: Office, sandbox: Sandbox) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    other = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    sandbox.control("switches", hubstaff_rate_limit=0)
    with pytest.raises(Throttled), open_client(connection.pk, "a test", Urgency.POLL) as opened:
        opened.call("get_current_user", {})
    sandbox.control("switches", hubstaff_rate_limit=None)
    asked = len(sandbox.requests("/users/me"))
    with pytest.raises(OverBudget, match="it goes on at"), open_client(other.pk, "a test", Urgency.INTERACTIVE) as opened:
        opened.call("get_current_user", {})
    assert len(sandbox.requests("/users/me")) == asked


# --- Work that meets an empty bucket ----------------------------------------------------------------------------------


def test_what_is_over_budget_says_so_in_words_and_in_the_organizations_time(organization: Organization) -> None:
    with scope(organization.id):
        Organization.objects.update(time_zone="Asia/Tokyo")
    bucket = Bucket("imaginary", RateLimit(2, 3600, "application"), "Imaginary", "")
    budget = Budget(bucket, organization.id, Urgency.POLL)
    budget.take()
    with pytest.raises(OverBudget) as raised:
        budget.take()
    assert "The call was not sent. The budget for Imaginary (2 calls an hour) is used up" in str(raised.value)
    assert "JST" in str(raised.value)


def test_a_connection_is_not_to_blame_for_our_own_budget(office: Office, tiny: None) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert connection.is_connected
    use_up(connection)
    office.work_on(connection)
    connection = office.again(connection)
    assert (connection.state, connection.problem, connection.failures) == (State.CONNECTED, "", 0)
    assert connection.due_at and timedelta() < connection.due_at - timezone.now() <= timedelta(seconds=63)


def test_whoever_connects_while_the_bucket_is_closed_is_told_what_is_awaited(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    a_budget_of(connection).throttled(1800)
    with scope():
        Connection.objects.update(state=State.CONNECTING)
    office.work_on(connection)
    connection = office.again(connection)
    assert connection.state == State.CONNECTING
    assert "The budget for Hubstaff" in connection.problem and "nothing for you to do" in connection.problem


@pytest.mark.parametrize(
    ("error", "seconds", "failures", "problem"),
    [
        (OverBudget(retry_after=2000), 2000, 3, ""),
        (OverBudget(retry_after=1), 1, 3, ""),
        (Throttled(retry_after=2000), 2000, 4, "Later."),
        (Throttled(retry_after=1), 120, 4, "Later."),
        (ProviderDown(), 120, 4, "Later."),
    ],
)
def test_work_goes_on_when_the_budget_or_the_provider_allows_it(
    office: Office, error: ProviderDown | Throttled, seconds: float, failures: int, problem: str
) -> None:
    claim = uuid4()
    with scope():
        connection = make_connection("hubstaff", claim=claim, failures=3)
    due_at = try_later(Hold(Connection, connection.pk, claim), error, problem="Later.")
    connection = office.again(connection)
    assert (connection.due_at, connection.failures, connection.problem, connection.claim) == (due_at, failures, problem, None)
    assert abs(due_at - timezone.now() - timedelta(seconds=seconds)) < timedelta(seconds=10)


def make_list(connection: Connection) -> RecordList:
    return list_of(connection, "project")


def make_sync(connection: Connection) -> Integration:
    return make_integration(left=Connection.objects.get(provider="timeghost"), right=connection)


def poll_trigger(organization_id: str, trigger_id: str, claim: str) -> None:
    poll_triggers(organization_id, [[trigger_id, claim]])


@pytest.mark.parametrize(("make", "task"), [(make_run, execute), (make_list, refresh), (make_trigger, poll_trigger), (make_sync, run_sync)])
def test_every_task_comes_back_when_the_budget_allows_it_and_has_not_failed(office: Office, sandbox: Sandbox, make: Any, task: Any) -> None:
    office.connect("timeghost", "api_key", "timeghost-key-1", "The other side")
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    a_budget_of(connection).throttled(1800)
    asked, claim = len(sandbox.requests("/v2/")), uuid4()
    with scope():
        row = make(connection)
        type(row).objects.filter(pk=row.pk).update(claim=claim, due_at=timezone.now())
    task(str(office.organization.id), str(row.pk), str(claim))
    with scope():
        row.refresh_from_db()
    assert abs(row.due_at - timezone.now() - timedelta(seconds=1800)) < timedelta(seconds=60)
    assert (row.failures, row.claim) == (0, None)
    assert len(sandbox.requests("/v2/")) == asked and office.again(connection).problem == ""


def test_a_run_that_waits_says_for_what(office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    a_budget_of(connection).throttled(1800)
    claim = uuid4()
    with scope():
        run = make_run(connection, claim=claim)
    execute(str(office.organization.id), str(run.pk), str(claim))
    with scope():
        run.refresh_from_db()
    assert run.state == Run.State.WAITING and "it goes on at" in run.message


# --- Pages --------------------------------------------------------------------------------------------------------------


def test_the_page_of_a_connection_shows_how_its_budget_stands(office: Office, browser: Client) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    office.work_on(connection)
    page = browser.get(f"/o/northwind/connections/{connection.pk}/").content.decode()
    for words in ("1,000 calls an hour", f"the account of {connection.account_name}", "nobody at the moment", "980 calls, 2 used"):
        assert words in page
    assert "2 of 980" in page and "Left 978" in page


def test_the_page_tells_of_others_and_of_a_pause(office: Office, browser: Client, known_issuers: None) -> None:
    with scope():
        connection = make_connection("hubstaff", sign_in="oauth")
        Credential(connection=connection).save()
        bucket = bucket_of(connection, connection.credential)
    stranger = make_organization("Southwind")
    for _ in range(40):
        Budget(bucket, stranger.id, Urgency.POLL).take()
    Budget(bucket, stranger.id, Urgency.POLL).throttled(600)
    page = browser.get(f"/o/northwind/connections/{connection.pk}/").content.decode()
    assert "the application of this portal" in page and "1 other organization at the moment" in page
    assert "490 calls, 0 used" in page and "Others 40" in page and "asked everybody to wait until" in page
    assert "Southwind" not in page


def test_a_connection_without_a_sign_in_or_provider_has_no_budget(office: Office, browser: Client) -> None:
    with scope():
        rows = [make_connection("hubstaff", state=State.DISCONNECTED), make_connection("paper")]
    for connection in rows:
        page = browser.get(f"/o/northwind/connections/{connection.pk}/")
        assert page.status_code == 200 and "Budget of calls" not in page.content.decode()


@pytest.fixture
def logged(office: Office) -> Connection:
    """A connection with 120 calls, every tenth a failure."""
    with scope():
        connection = make_connection("hubstaff")
        Call.objects.bulk_create(
            Call(
                connection=connection,
                method="GET",
                path=f"/v2/projects/{number}",
                status=(None if number % 20 else 500) if number % 10 == 0 else 200,
                milliseconds=12,
                attempt=1,
                asked_by="Alice",
                at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC) + timedelta(minutes=number),
            )
            for number in range(1, 121)
        )
    return connection


def test_all_calls_can_be_leafed_through(browser: Client, logged: Connection) -> None:
    assert "All calls" in browser.get(f"/o/northwind/connections/{logged.pk}/").content.decode()
    address, seen = f"/o/northwind/connections/{logged.pk}/calls/", 0
    following = ""
    for _ in range(3):
        answer = browser.get(address + following)
        page = answer.context["log"]
        seen += len(page.rows)
        following = f"?after={page.after}"
    assert seen == 120 and page.after is None
    assert "Alice" in answer.content.decode() and "/v2/projects/1<" in answer.content.decode()


def test_only_the_failures_are_shown_when_that_is_asked_for(browser: Client, logged: Connection) -> None:
    answer = browser.get(f"/o/northwind/connections/{logged.pk}/calls/?only=failures", headers={"HX-Request": "true"})
    assert [call.status for call in answer.context["log"].rows] == [500, None] * 6
    assert answer.content.decode().strip().startswith("<section")


def test_a_log_without_failures_says_so(browser: Client, office: Office) -> None:
    connection = office.connect("hubstaff", "personal_token", "hubstaff-pat-1")
    assert "No failures" in browser.get(f"/o/northwind/connections/{connection.pk}/calls/?only=failures").content.decode()
    assert "check of the sign-in" in browser.get(f"/o/northwind/connections/{connection.pk}/calls/").content.decode()
