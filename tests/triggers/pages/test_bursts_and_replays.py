"""A burst that waits for a person, and telling again from a moment on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.models import Change
from integrations.triggers import services
from integrations.triggers.models import Event, Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.records.samples import make_events, make_trigger
from tests.triggers.pages.conftest import SAVEPOINTS, address, shown

pytestmark = pytest.mark.django_db
MANY = 120


def happen(connection: Connection, count: int, first: int = 1) -> None:
    """So many projects come to light at once."""
    Change.objects.bulk_create(
        Change(
            connection=connection,
            entity="project",
            remote_id=str(number),
            kind=Change.Kind.CREATED,
            after={"id": number, "name": f"Project {number:03}", "status": "active"},
            at=timezone.now(),
        )
        for number in range(first, first + count)
    )


@pytest.fixture
def held(connection: Connection, organization: Organization) -> Trigger:
    """A trigger that holds a burst."""
    with scope(organization.id):
        trigger = make_trigger(connection, start_ends=0)
        happen(connection, MANY)
    assert tell(trigger) == 0
    return trigger


def tell(trigger: Trigger) -> int:
    """As a task does it."""
    assert trigger.organization_id
    with bind(trigger.organization_id):
        return services.tell(trigger)


def now(trigger: Trigger, organization: Organization) -> Trigger:
    with scope(organization.id):
        return Trigger.objects.select_related("connection").get(pk=trigger.pk)


def test_a_burst_shows_how_many_wait_and_the_first_of_them(owner: Client, held: Trigger, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(24 + SAVEPOINTS):
        page = shown(owner, address(held))
    assert f"{MANY} events came at once" in page
    assert "Project 001" in page and "Project 005" in page and "Project 006" not in page
    assert "Let them pass" in page and "Skip them" in page


def test_a_burst_that_is_let_pass_is_told(owner: Client, held: Trigger, organization: Organization) -> None:
    assert owner.post(address(held, "release")).status_code == 303
    stands = now(held, organization)
    assert stands.held_at is None and stands.due_at is not None
    assert tell(stands) == stands.limit
    assert "came at once" not in shown(owner, address(held))


def test_a_burst_that_is_skipped_is_not_told(owner: Client, held: Trigger, organization: Organization) -> None:
    assert owner.post(address(held, "skip")).status_code == 303
    assert tell(now(held, organization)) == 0
    with scope(organization.id):
        assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["release", "skip"])
def test_where_nothing_is_held_nothing_is_decided(owner: Client, trigger: Trigger, organization: Organization, name: str) -> None:
    before = now(trigger, organization)
    assert owner.post(address(trigger, name)).status_code == 303
    after = now(trigger, organization)
    assert (after.cursor, after.released_through, after.due_at) == (before.cursor, before.released_through, before.due_at)


def local(moment: Any) -> str:
    """As a browser sends it, in the reader's zone, which is UTC here."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def test_a_replay_shows_first_how_much_it_would_tell(owner: Client, held: Trigger, organization: Organization) -> None:
    owner.post(address(held, "skip"))
    since = local(timezone.now() - timedelta(hours=1))
    page = shown(owner, address(held, "replay"), {"since": since})
    assert f"Tell {MANY}" in page and f'value="{since}"' in page
    with scope(organization.id):
        assert not Event.objects.exists()


def test_a_confirmed_replay_tells_what_was_left_out_once(owner: Client, held: Trigger, organization: Organization) -> None:
    owner.post(address(held, "skip"))
    since = local(timezone.now() - timedelta(hours=1))
    answer = owner.post(address(held, "replay"), {"since": since})
    assert (answer.status_code, answer["Location"]) == (303, address(held))
    while tell(now(held, organization)):
        pass
    with scope(organization.id):
        assert Event.objects.count() == MANY
        assert set(Event.objects.values_list("via", flat=True)) == {"replay"}
    page = shown(owner, address(held, "replay"), {"since": since})
    assert "There is nothing to make up for." in page and f"{MANY} <span" in page


def test_what_was_told_at_the_start_counts_as_told(owner: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        trigger = make_trigger(connection, start="everything", start_ends=0)
        make_events(trigger, 3, via="start")
        Event.objects.filter(key="project/3").update(created_at=timezone.now() - timedelta(days=1))
    page = shown(owner, address(trigger, "replay"), {"since": local(timezone.now() - timedelta(hours=1))})
    assert "Told already</dt><dd>2 " in page


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("", "This field is required."),
        ("soon", "Enter a valid date/time."),
        ("2999-01-01T00:00", "Choose a moment that has passed."),
        ("0001-01-01T00:00", "Choose a moment after the year 2000."),
        ("2026-11-02\0", "Enter a valid date/time."),
    ],
)
def test_a_moment_that_is_none_is_refused_at_its_field(
    owner: Client, trigger: Trigger, organization: Organization, since: str, words: str
) -> None:
    before = now(trigger, organization)
    for asked in (owner.get, owner.post):
        answer = asked(address(trigger, "replay"), {"since": since})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert now(trigger, organization).cursor == before.cursor


def test_of_what_is_not_offered_any_more_nothing_is_told_and_it_can_be_ended(
    owner: Client, connection: Connection, organization: Organization
) -> None:
    with scope(organization.id):
        gone = make_trigger(connection, watch="gone", held_at=timezone.now(), held_count=120)
    since = {"since": local(timezone.now() - timedelta(hours=1))}
    for name in ("release", "skip", "replay"):
        assert "not offered any more" in owner.post(address(gone, name), since, follow=True).content.decode()
    assert "not offered any more" in owner.get(address(gone, "replay"), since, follow=True).content.decode()
    for name in ("pause", "resume", "end"):
        assert owner.post(address(gone, name)).status_code == 303
    assert now(gone, organization).ended_at is not None
