"""How often a sync can be afforded, and when a long one is likely to be through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections import buckets
from integrations.connections.budget import Urgency, budget_facts
from integrations.connections.models import Connection, Credential
from integrations.linking.models import Integration
from integrations.sync.models import StepRecord, Sync
from integrations.sync.pace import allowance_of, expected_end, held_back, pace_of
from integrations.sync.services import next_sync
from integrations.transport.errors import OverBudget
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id, scope
from tests.factories import make_connection, make_integration, make_sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(organization: Organization) -> object:
    with scope(organization.pk):
        made = make_integration(minutes=5)
        for connection in (made.left, made.right):
            _sign_in(connection)
        yield made


def _sign_in(connection: Connection) -> None:
    credential = Credential(connection=connection)
    credential.keep({"key": "secret"})
    credential.save()


def test_a_cheap_look_is_taken_as_often_as_is_wished_for(integration: Integration) -> None:
    integration.cost = {"left": 3, "right": 12}
    pace = pace_of(integration)
    assert (pace.minutes, pace.is_slower, pace.why) == (5, False, "")
    assert pace.cost == {"left": 3, "right": 12}


def test_a_dear_look_is_taken_as_often_as_its_budget_allows_and_says_why(integration: Integration) -> None:
    integration.cost = {"left": 3, "right": 200}
    facts = budget_facts(integration.right)
    assert facts is not None
    pace = pace_of(integration)
    assert pace.is_slower
    assert pace.minutes * 60 * facts.share * 0.5 >= 200 * facts.bucket.limit.seconds
    assert "200 calls of Hubstaff" in pace.why
    assert next_sync(integration) - timezone.now() > timedelta(minutes=pace.minutes - 1)


def test_organizations_that_share_a_budget_sync_less_often(integration: Integration, alice: object) -> None:
    from tests.conftest import make_organization

    integration.cost = {"left": 0, "right": 200}
    alone = pace_of(integration).minutes
    facts = budget_facts(integration.right)
    assert facts is not None
    other = make_organization("Southwind", owner=alice)
    buckets.take(facts.bucket.name, other.pk, facts.bucket.capacity, facts.bucket.limit.seconds, Urgency.POLL.value)
    shared = pace_of(integration)
    assert shared.minutes >= 2 * alone - 1
    assert "2 organizations share" in shared.why


def test_integrations_that_take_from_one_bucket_share_it(integration: Integration) -> None:
    integration.cost = {"left": 0, "right": 200}
    integration.save()
    alone = pace_of(integration).minutes
    elsewhere = make_connection("hubstaff", name="Another account")
    _sign_in(elsewhere)
    for right, is_paused in ((integration.right, True), (elsewhere, False)):
        make_integration(make_connection("timeghost", name="Not counted"), right, cost={"left": 0, "right": 900}, is_paused=is_paused)
    assert pace_of(integration).minutes == alone
    beside = make_integration(make_connection("timeghost", name="Beside"), integration.right, cost={"left": 0, "right": 400})
    together = pace_of(integration)
    assert together.minutes >= 3 * alone - 2
    assert together.minutes == pace_of(beside).minutes
    assert "200 calls of Hubstaff, with what else is synced there 600" in together.why


# --- Walks that ran out of calls --------------------------------------------------------------------------------------


def test_a_walk_that_ran_out_of_calls_waits_for_as_many_as_it_needs(integration: Integration) -> None:
    facts = budget_facts(integration.right)
    assert facts is not None
    pauses = [held_back(integration.right, OverBudget("None left.", retry_after=60), calls).retry_after for calls in (0, 1, 100, 10_000)]
    assert pauses[:2] == [60, 60]
    assert pauses[2] is not None
    assert 60 < pauses[2] < facts.bucket.limit.seconds
    assert pauses[3] == facts.bucket.limit.seconds


def test_a_list_that_may_never_fit_says_so_and_names_a_way_out(integration: Integration) -> None:
    few, many = (held_back(integration.right, OverBudget("None left."), calls) for calls in (100, 700))
    assert few.message == "None left."
    assert "700 calls" in many.message
    assert "an application of your own at Hubstaff" in many.message
    assert "ask timeghost for a higher limit" in held_back(integration.left, OverBudget("None left."), 90).message


def test_without_a_sign_in_nothing_is_known_and_the_wish_stands(integration: Integration) -> None:
    integration.cost = {"left": 3, "right": 2000}
    Credential.objects.all().delete()
    assert pace_of(integration).minutes == 5
    assert allowance_of(integration.right) is None


def test_a_sync_that_fits_into_the_budget_ends_by_the_time_that_its_steps_take(integration: Integration) -> None:
    sync = make_sync(integration, Sync.State.APPLYING, planned=30)
    _steps(sync, 10, timedelta(seconds=10))
    end = expected_end(sync)
    assert end is not None
    assert timedelta(seconds=15) < end - timezone.now() < timedelta(seconds=30)


def test_a_sync_that_is_larger_than_the_budget_ends_windows_later(integration: Integration) -> None:
    sync = make_sync(integration, Sync.State.APPLYING, planned=3000)
    _steps(sync, 10, timedelta(seconds=10))
    end = expected_end(sync)
    assert end is not None
    assert end - timezone.now() > timedelta(hours=2)
    resumes_at = timezone.now() + timedelta(minutes=40)
    later = expected_end(make_sync(integration, Sync.State.WAITING, planned=500, resumes_at=resumes_at))
    assert later is not None
    assert later >= resumes_at


def test_of_a_sync_that_has_ended_nothing_is_expected(integration: Integration) -> None:
    assert expected_end(make_sync(integration, planned=10)) is None


def test_calls_that_were_used_are_no_longer_allowed(integration: Integration) -> None:
    facts, before = budget_facts(integration.right), allowance_of(integration.right)
    assert facts is not None
    assert before is not None
    for _ in range(3):
        buckets.take(facts.bucket.name, current_organization_id(), facts.bucket.capacity, facts.bucket.limit.seconds, Urgency.WRITE.value)
    after = allowance_of(integration.right)
    assert after is not None
    assert before.left - after.left == 3


def _steps(sync: Sync, count: int, ago: timedelta) -> None:
    StepRecord.objects.bulk_create(
        StepRecord(sync=sync, number=number, kind="create_task", title="A task", outcome="done") for number in range(1, count + 1)
    )
    StepRecord.objects.filter(sync=sync).update(created_at=timezone.now() - ago)
