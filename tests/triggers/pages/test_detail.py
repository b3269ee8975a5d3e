"""The page of a trigger: how it is, what it costs, how far its start is, and its webhook. Changing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.triggers.models import Subscription, Trigger
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import scope
from tests.records.samples import make_events, make_task, make_trigger, mirror
from tests.triggers.pages.conftest import EVENTS, HTMX, SAVEPOINTS, TRIGGERS, address, shown

pytestmark = pytest.mark.django_db
TYPED: dict[str, str] = {"minutes": "7", "limit": "50", "holds_bursts": "true", "title": "Ours"}


def test_a_trigger_shows_what_it_told_lately(
    owner: Client, trigger: Trigger, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        make_events(trigger, 20)
    with django_assert_max_num_queries(25 + SAVEPOINTS):
        page = shown(owner, address(trigger))
    with django_assert_max_num_queries(10 + SAVEPOINTS):
        redrawn = shown(owner, address(trigger), headers=HTMX)
    assert "calls an hour" in page and "an hour" not in redrawn and 'id="costs" hx-preserve' in redrawn
    assert "Project 010" in page and "Project 010" in redrawn
    assert "Project 011" not in page


def test_a_trigger_says_as_of_when_everything_is_told_and_what_it_costs(
    owner: Client, trigger: Trigger, organization: Organization
) -> None:
    with scope(organization.id):
        Trigger.objects.update(watermark_at="2026-11-02T09:00:00Z", minutes=30, limit=70, holds_bursts=False)
    page = shown(owner, address(trigger))
    for words in ("2 Nov 2026", "30 minutes", "at most 70 events", "bursts are not held", "calls an hour"):
        assert words in page


def test_a_trigger_says_what_narrows_it_down(owner: Client, left: Connection, organization: Organization) -> None:
    with scope(organization.id):
        trigger = make_trigger(left, watch="task_changes", inputs={"name": "Hook", "run_on": ["created", "removed"], "project": "p1"})
    page = shown(owner, address(trigger))
    assert "Task created, Task deleted" in page
    assert "Hook" in page


def test_the_start_shows_how_far_it_is(owner: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        waiting = make_trigger(connection, start="everything")
        records = mirror(connection, "task", [make_task(number) for number in range(101, 105)])
        begun = make_trigger(connection, watch="tasks_created", start="everything", start_ends=records[3].pk, started_through=records[1].pk)
        over = make_trigger(connection, start="everything", start_ends=records[3].pk, started_through=records[3].pk)
    assert "Waits until the list was seen whole" in shown(owner, address(waiting))
    assert "Records gone through" in shown(owner, address(begun))
    start = owner.get(address(begun)).context["standing"].start
    assert start.there - start.read == 2
    assert "What was there at the start" not in shown(owner, address(over))


# --- its webhook ---------------------------------------------------------------------------------------------------------


def subscribed(trigger: Trigger, **fields: Any) -> Subscription:
    given = {"state": Subscription.State.ACTIVE, "name": "Ours · Timebridge 1234abcd", "address_hash": "f00d" * 16, "topic": "project"}
    subscription = Subscription(trigger=trigger, connection=trigger.connection, **given | fields)
    subscription.keep({"address": "the-secret-address", "secret": "the-secret"})
    subscription.save()
    return subscription


@pytest.mark.parametrize("state", Subscription.State.values)
def test_a_webhook_says_how_it_is_in_words_and_never_where_it_is(
    owner: Client, trigger: Trigger, organization: Organization, settings: Any, state: str
) -> None:
    settings.WEBHOOKS_REACH_US = True
    with scope(organization.id):
        subscription = subscribed(trigger, state=state, problem="It said no.", forged=3, registered_at=timezone.now() - timedelta(hours=5))
    page = shown(owner, address(trigger))
    assert subscription.get_state_display() in page and "It said no." in page
    assert "the-secret" not in page and subscription.address_hash not in page
    if state != Subscription.State.OFF:
        assert all(words in page for words in ("Forged", "5 h ago", "Too many", "Ours · Timebridge 1234abcd"))


def test_without_a_way_in_the_page_says_that_looks_alone_do_it(
    owner: Client, trigger: Trigger, organization: Organization, settings: Any
) -> None:
    settings.WEBHOOKS_REACH_US = False
    assert "cannot be reached from outside" in shown(owner, address(trigger))
    with scope(organization.id):
        subscribed(trigger, state=Subscription.State.OFF)
    page = shown(owner, address(trigger))
    assert "cannot be reached from outside" in page and address(trigger, "renew") not in page


def test_a_webhook_is_set_up_anew(owner: Client, trigger: Trigger, organization: Organization, settings: Any) -> None:
    settings.WEBHOOKS_REACH_US = True
    with scope(organization.id):
        subscribed(trigger, state=Subscription.State.FAILED, problem="It said no.", due_at=None)
    assert address(trigger, "renew") in shown(owner, address(trigger))
    assert owner.post(address(trigger, "renew")).status_code == 303
    with scope(organization.id):
        renewed = Subscription.objects.get()
        assert (renewed.state, renewed.problem) == (Subscription.State.WAITING, "")
        assert renewed.due_at is not None
        assert AuditEntry.objects.filter(action="trigger.webhook_renewed").exists()


@pytest.mark.parametrize("state", [None, Subscription.State.WAITING, Subscription.State.ENDING])
def test_what_is_not_there_or_already_under_way_is_not_set_up_anew(
    owner: Client, trigger: Trigger, organization: Organization, settings: Any, state: str | None
) -> None:
    settings.WEBHOOKS_REACH_US = True
    if state:
        with scope(organization.id):
            subscribed(trigger, state=state)
    answer = owner.post(address(trigger, "renew"), follow=True)
    assert "There is no webhook that can be set up anew." in answer.content.decode()
    with scope(organization.id):
        assert [each.state for each in Subscription.objects.all()] == ([state] if state else [])


# --- changing it ---------------------------------------------------------------------------------------------------------


def test_a_trigger_is_changed_and_keeps_where_it_stands(owner: Client, left: Connection, organization: Organization) -> None:
    with scope(organization.id):
        inputs = {"name": "Hook", "run_on": ["created"]}
        trigger = make_trigger(left, watch="project_changes", inputs=inputs, cursor=41, limit=20, start="everything", start_ends=0)
    page = shown(owner, address(trigger, "edit"))
    assert 'name="start"' not in page and 'value="20"' in page and 'value="Hook"' in page
    answer = owner.post(address(trigger, "edit"), {**TYPED, "name": "Hook", "run_on": ["", "removed"], "start": "now"})
    assert (answer.status_code, answer["Location"]) == (303, address(trigger))
    with scope(organization.id):
        changed = Trigger.objects.get()
    assert (changed.name, changed.minutes, changed.limit, changed.inputs["run_on"]) == ("Ours", 7, 50, ["removed"])
    assert (changed.cursor, changed.start) == (41, "everything")


def test_a_change_that_cannot_be_keeps_what_was_typed(owner: Client, trigger: Trigger, organization: Organization) -> None:
    answer = owner.post(address(trigger, "edit"), {**TYPED, "minutes": "0", "title": "Kept as typed"})
    assert answer.status_code == 422
    assert "Kept as typed" in answer.content.decode() and "Enter at least 1." in answer.content.decode()
    with scope(organization.id):
        assert Trigger.objects.get().name == trigger.name


def test_beside_a_change_stands_what_it_would_tell_and_nothing_of_a_start(owner: Client, trigger: Trigger) -> None:
    answer = owner.post(address(trigger, "edit"), {**TYPED, "change": "look"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "calls an hour" in page and "At the start" not in page


def test_what_is_not_offered_any_more_cannot_be_changed(owner: Client, connection: Connection, organization: Organization) -> None:
    with scope(organization.id):
        gone = make_trigger(connection, watch="gone", held_at=timezone.now(), held_count=120, inputs={"project_id": "1"})
    assert address(gone, "edit") not in shown(owner, address(gone))
    answer = owner.get(address(gone, "edit"), follow=True)
    assert "not offered any more" in answer.content.decode()


def test_the_pages_of_a_trigger_whose_provider_is_gone_still_open(owner: Client, trigger: Trigger, organization: Organization) -> None:
    with scope(organization.id):
        subscribed(trigger)
        (event,) = make_events(trigger)
        Connection.objects.update(provider="gone")
    webhooks = f"/o/northwind/connections/{trigger.connection_id}/webhooks/"
    for path in (TRIGGERS, address(trigger), EVENTS, f"{EVENTS}{event.pk}/", webhooks, f"{TRIGGERS}new/"):
        assert shown(owner, path)
    assert "Not offered any more" in shown(owner, address(trigger))
