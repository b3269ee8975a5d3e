"""The feed of events, and one of them with what was before and what is after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.triggers import registry
from integrations.triggers.models import Event, Trigger
from integrations.triggers.registry import Deed
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.records.samples import destination, make_connection, make_events, make_run, make_trigger
from tests.triggers.pages.conftest import EVENTS, HTMX, SAVEPOINTS, shown

pytestmark = pytest.mark.django_db
DEED = Deed("ok", "Delivered", "Delivery to “Our CRM”", "/o/northwind/somewhere/", text="Answered 204 in 35 ms.")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Something above that did something about every event; gives how many events it was asked about, by call."""
    asked: list[int] = []

    def told(organization: str, events: Sequence[Event]) -> dict[UUID, list[Deed]]:
        asked.append(len(events))
        return {event.pk: [DEED] for event in events}

    monkeypatch.setattr(registry, "done_about", [told])
    return asked


def kept(client: Client, **query: str) -> list[str]:
    return [event.title for event in client.get(EVENTS, query).context["page"].rows]


def test_the_feed_is_newest_first_and_paged(
    member: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        make_events(trigger, 60)
    with django_assert_max_num_queries(14 + SAVEPOINTS):
        first = member.get(EVENTS).context["page"]
    second = member.get(EVENTS, {"after": first.after}).context["page"]
    assert [event.title for event in [*first.rows, *second.rows]] == [f"Project {number:03}" for number in range(1, 61)]


def test_what_was_done_about_a_page_of_events_is_asked_once(
    member: Client, trigger: Trigger, organization: Organization, done: list[int]
) -> None:
    with scope(organization.id):
        make_events(trigger, 60)
    page = shown(member, EVENTS)
    assert page.count("Delivered") == 50
    assert done == [50]


def test_the_feed_is_filtered_by_trigger(member: Client, trigger: Trigger, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        other = make_trigger(connection, name="Another")
        make_events(trigger, 2)
        make_events(other, 1)
    assert {event.trigger_id for event in member.get(EVENTS, {"trigger": str(other.pk)}).context["page"].rows} == {other.pk}
    assert len(kept(member, trigger="nonsense")) == 3


def test_the_feed_is_filtered_by_kind_of_record_and_of_change(
    member: Client, trigger: Trigger, connection: Connection, organization: Organization
) -> None:
    with scope(organization.id):
        other = make_trigger(connection, watch="tasks_created")
        make_events(trigger, 2)
        make_events(other, 1, entity="task", kind="removed")
    page = shown(member, EVENTS)
    assert 'value="task"' in page and "Tasks" in page
    assert [len(kept(member, **query)) for query in ({"entity": "task"}, {"kind": "created"}, {"kind": "removed"})] == [1, 2, 1]
    assert len(kept(member, kind="nonsense")) == 3
    assert kept(member, entity="tasks\0") == []


def test_the_feed_is_filtered_by_days_of_the_readers_zone(member: Client, trigger: Trigger, organization: Organization, bob: User) -> None:
    bob.time_zone = "Pacific/Auckland"
    bob.save()
    with scope(organization.id):
        early, late = make_events(trigger, 2)
        # Both on 2 November in UTC; in Auckland one is on the third.
        Event.objects.filter(pk=early.pk).update(happened_at="2026-11-02T10:59:00Z")
        Event.objects.filter(pk=late.pk).update(happened_at="2026-11-02T11:00:00Z")
    assert kept(member, **{"from": "2026-11-03"}) == [late.title]
    assert kept(member, until="2026-11-02") == [early.title]
    assert kept(member, **{"from": "2026-11-02", "until": "2026-11-03"}) == [late.title, early.title]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "tomorrow"}, "Enter days as year-month-day"),
        ({"from": "2026-11-03", "until": "2026-11-01"}, "The last day lies before the first one."),
        ({"until": "9999-12-31"}, "Enter days between"),
    ],
)
def test_days_that_are_none_narrow_nothing_and_say_so(
    member: Client, trigger: Trigger, organization: Organization, query: dict[str, str], words: str
) -> None:
    with scope(organization.id):
        make_events(trigger, 2)
    page = shown(member, EVENTS, query)
    assert words in page
    assert "Project 002" in page


def test_a_filter_that_finds_nothing_offers_everything(member: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        make_events(trigger, 2)
    assert "Nothing matches" in shown(member, EVENTS, {"kind": "removed"})


def test_the_first_page_of_the_feed_looks_again_by_itself(member: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        make_events(trigger, 60)
    page = shown(member, EVENTS, headers=HTMX)
    assert "every 4s" in page and "data-quiet" in page
    assert "<html" not in page
    after = member.get(EVENTS).context["page"].after
    assert "every 4s" not in shown(member, EVENTS, {"after": after})


def test_an_event_shows_before_and_after_side_by_side(member: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        (event,) = make_events(trigger, 1, kind="changed", before={"name": "Old name"}, after={"name": "New name", "billable": True})
    page = shown(member, f"{EVENTS}{event.pk}/")
    for words in ("Old name", "New name", "Billable", "changed", f"browse/{trigger.connection_id}/project/1/"):
        assert words in page


def test_an_event_says_how_it_came_when_and_what_was_done_about_it(
    member: Client, trigger: Trigger, organization: Organization, done: list[int], django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        run = make_run(trigger.connection, title="Create project “Website relaunch”")
        (event,) = make_events(trigger, 1, via="webhook", run_id=run.pk, moment=timezone.now() - timedelta(days=400))
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        page = shown(member, f"{EVENTS}{event.pk}/")
    for words in ("A webhook", DEED.title, DEED.text, DEED.url, "Create project “Website relaunch”", f"/runs/{run.pk}/", "Happened"):
        assert words in page


@pytest.mark.parametrize(("hours", "state", "is_live"), [(0, "ok", True), (1, "ok", False), (1, "working", True), (1, "failed", False)])
def test_an_event_looks_again_by_itself_as_long_as_something_may_still_be_done(
    member: Client, trigger: Trigger, organization: Organization, monkeypatch: pytest.MonkeyPatch, hours: int, state: str, is_live: bool
) -> None:
    deed = Deed(state, "A word", "A title", "/")
    monkeypatch.setattr(registry, "done_about", [lambda organization, events: {event.pk: [deed] for event in events}])
    with scope(organization.id):
        (event,) = make_events(trigger)
        Event.objects.update(happened_at=timezone.now() - timedelta(hours=hours))
    part = shown(member, f"{EVENTS}{event.pk}/", headers=HTMX)
    assert ("every 5s" in part) is is_live
    assert "A title" in part and "<html" not in part


@pytest.mark.parametrize(
    "fields",
    [
        {"before": None, "after": None},
        {"entity": "gone"},
        {"kind": "removed", "before": {"id": 1}, "after": None},
        {"run_id": uuid4()},
    ],
)
def test_any_event_can_be_shown(member: Client, trigger: Trigger, organization: Organization, fields: dict[str, Any]) -> None:
    with scope(organization.id):
        (event,) = make_events(trigger, 1, **fields)
    assert "Project 001" in shown(member, f"{EVENTS}{event.pk}/")
    assert "Project 001" in shown(member, EVENTS)


def test_another_organizations_events_are_not_found(owner: Client, organization: Organization, charlie: User) -> None:
    other = make_organization("Contoso", owner=charlie)
    with scope(other.id):
        (event,) = make_events(make_trigger(make_connection(destination())))
    assert owner.get(f"{EVENTS}{event.pk}/").status_code == 404


def test_an_event_says_what_happened_in_its_triggers_words(member: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        done = make_trigger(connection, watch="tasks_completed")
        (event,) = make_events(done, entity="task")
        make_events(make_trigger(connection, watch="gone"), kind="removed")
    feed = shown(member, EVENTS)
    assert "was completed" in feed and "was removed" in feed and "was created" not in feed
    assert "was completed" in shown(member, f"{EVENTS}{event.pk}/")
