"""How destinations are shown, and what is done with one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.automations.models import Delivery, Destination, Route, SampleMessage
from integrations.triggers.models import Trigger
from integrations.triggers.registry import dependents_of
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.automations.pages.asking import (
    HTMX,
    SAVEPOINTS,
    actions,
    address,
    again,
    delivered,
    failed,
    now,
    of,
    shown,
    waiting,
    words,
)
from tests.factories import make_connection, make_destination, make_event, make_trigger

pytestmark = pytest.mark.django_db
LIST = "/o/northwind/deliveries/destinations/"


def as_it_is(destination: Destination, **fields: Any) -> None:
    with scope(destination.organization_id):
        Destination.objects.filter(pk=destination.pk).update(**fields)


def test_a_destination_stands_in_the_list_with_how_it_is(client: Client, destination: Destination) -> None:
    delivered(destination), failed(destination), waiting(destination), waiting(destination)
    as_it_is(destination, delivered_at=timezone.now() - timedelta(minutes=4))
    said = words(shown(client, LIST))
    for each in ("Our receiver", "https://receiver.example/hook", "Delivers", "4 min ago"):
        assert each in said
    rows = client.get(LIST).context["rows"]
    assert [(counts.waiting, counts.failed) for _, counts in rows] == [(2, 1)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Ready"),
        ({"is_paused": True}, "Paused"),
        ({"state": "failing", "problem": "It answered 500."}, "Failing It answered 500."),
        ({"state": "disabled", "problem": "It answered 410.", "is_paused": True}, "Disabled It answered 410."),
    ],
)
def test_the_list_says_what_is_wrong(client: Client, destination: Destination, fields: dict[str, Any], said: str) -> None:
    as_it_is(destination, **fields)
    assert said in words(shown(client, LIST))


def test_an_ended_destination_stands_in_no_list_but_can_be_read(client: Client, destination: Destination) -> None:
    kept = delivered(destination)
    assert client.post(of(destination, "destination_end")).status_code == 303
    client.get(LIST)  # says that it is ended, once
    assert "Our receiver" not in shown(client, LIST)
    page = shown(client, of(destination))
    assert "Nothing is sent there any more" in page and str(kept.event) in page
    for name in ("pause", "rotate", "edit", "test", "end", "enable"):
        assert of(destination, f"destination_{name}") not in page
    assert actions(destination) == ["destination.ended"]


def test_the_path_of_an_address_is_for_those_who_may_change_it(client: Client, member: Client, destination: Destination) -> None:
    as_it_is(destination, url="https://receiver.example/services/T01/abcdef")
    for path in (LIST, of(destination)):
        assert "T01/abcdef" in shown(client, path)
        assert "https://receiver.example/…" in shown(member, path) and "abcdef" not in shown(member, path)


def test_a_destination_shows_its_triggers_and_its_last_deliveries(client: Client, destination: Destination, trigger: Trigger) -> None:
    as_it_is(destination, takes_everything=False)
    with scope(destination.organization_id):
        Route.objects.create(destination=destination, trigger=trigger)
        event = make_event(trigger, title="Sitemap")
    delivered(destination, event)
    said = words(shown(client, of(destination)))
    for each in ("Projects created", "Our hubstaff", "Sitemap", "Project", "was created", "Delivered"):
        assert each in said


def test_whoever_ends_a_trigger_is_told_who_takes_its_events(destination: Destination, trigger: Trigger) -> None:
    with scope(destination.organization_id):
        assert dependents_of(trigger) == []
        Route.objects.create(destination=destination, trigger=trigger)
        assert dependents_of(trigger) == ["“Our receiver” is sent its events."]
        Destination.objects.update(ended_at=timezone.now())
        assert dependents_of(trigger) == []


def test_a_failing_destination_says_since_when_and_what_comes_next(client: Client, destination: Destination) -> None:
    as_it_is(destination, state="failing", failing_since=timezone.now() - timedelta(hours=3), problem="It answered 500.")
    waiting(destination, due_at=timezone.now() + timedelta(minutes=30), tries=3)
    said = words(shown(client, of(destination)))
    for each in ("Failing since", "It answered 500.", "It is tried again in 30 min", "disabled", "Next try in 30 min"):
        assert each in said


def test_a_disabled_destination_is_enabled_again(client: Client, member: Client, destination: Destination) -> None:
    at = timezone.now() - timedelta(hours=1)
    as_it_is(destination, state="disabled", disabled_at=at, failing_since=at, problem="It answered 410.")
    kept = waiting(destination)
    assert "Enable again" in shown(client, of(destination)) and "It answered 410." in shown(client, of(destination))
    assert "Enable again" not in shown(member, of(destination))
    assert client.post(of(destination, "destination_enable")).status_code == 303
    after = now(destination)
    assert (after.state, after.problem, after.failing_since, after.disabled_at) == ("ok", "", None, None)
    assert again(kept).due_at is not None
    assert actions(destination) == ["destination.enabled"]


def test_a_destination_is_paused_and_goes_on(client: Client, destination: Destination) -> None:
    kept = waiting(destination, due_at=timezone.now())
    assert client.post(of(destination, "destination_pause")).status_code == 303
    assert now(destination).is_paused and again(kept).due_at is None
    assert "The destination is paused: nothing is sent there." in words(shown(client, of(destination)))
    assert client.post(of(destination, "destination_resume")).status_code == 303
    assert not now(destination).is_paused and again(kept).due_at is not None
    assert actions(destination) == ["destination.paused", "destination.resumed"]


def test_a_test_is_sent_and_shows_what_came_back(client: Client, destination: Destination) -> None:
    assert client.post(of(destination, "destination_test")).status_code == 303
    page = shown(client, of(destination))
    assert "Being sent" in page and "every 2s" in page
    with scope(destination.organization_id):
        assert SampleMessage.objects.get().due_at is not None
        SampleMessage.objects.update(
            ended_at=timezone.now(), status=503, milliseconds=1200, problem="It answered 503.", response_body="Down for <b>repair</b>."
        )
    page = shown(client, of(destination))
    for each in ("Failed", "Answered 503", "in 1 s", "It answered 503.", "Down for &lt;b&gt;repair"):
        assert each in page
    assert actions(destination) == ["destination.tested"]


def test_a_test_that_is_asked_for_twice_is_sent_once_and_the_page_says_so(client: Client, destination: Destination) -> None:
    first, again = (client.post(of(destination, "destination_test"), follow=True).content.decode() for _ in range(2))
    assert "A test is on its way." in first and "No other test was sent" not in first
    assert "No other test was sent: the last one was asked for a moment ago." in again
    assert actions(destination) == ["destination.tested"]


def test_a_test_that_arrived_says_so(client: Client, destination: Destination) -> None:
    client.post(of(destination, "destination_test"))
    with scope(destination.organization_id):
        SampleMessage.objects.update(ended_at=timezone.now(), status=204, milliseconds=85)
    said = words(shown(client, of(destination)))
    assert "Arrived" in said and "Answered 204 in 85 ms" in said


def test_the_list_and_the_page_renew_themselves(client: Client, destination: Destination) -> None:
    for path, part in ((LIST, "destinations"), (of(destination), "destination")):
        whole, partial = shown(client, path), shown(client, path, headers=HTMX)
        assert f'id="{part}"' in partial and f'hx-target="#{part}"' in partial
        assert "<html" in whole and "<html" not in partial


def test_an_email_destination_says_where_and_when(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        made = make_destination(kind="email", url="", addresses=["ops@example.org", "bob@example.com"], rhythm="daily", hour=7)
    kept = waiting(made)
    said = words(shown(client, of(made)))
    for each in ("ops@example.org, bob@example.com", "One mail a day, at 07:00", "Goes with the mail at 07:00."):
        assert each in said
    assert "Signed" not in said and "New secret" not in said
    assert client.get(of(made, "destination_secret")).status_code == client.post(of(made, "destination_rotate")).status_code == 404
    assert again(kept).state == Delivery.State.WAITING


@pytest.mark.parametrize("name", ["pause", "resume", "enable", "test", "end", "rotate"])
def test_what_changes_something_is_posted_by_a_manager(client: Client, member: Client, destination: Destination, name: str) -> None:
    path = of(destination, f"destination_{name}")
    assert member.post(path).status_code == 403
    assert client.get(path).status_code == 405
    assert actions(destination) == []


def test_lists_and_pages_take_a_bounded_number_of_queries(
    client: Client, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        trigger = make_trigger(make_connection())
        made = [make_destination(name=f"Receiver {number}", takes_everything=False) for number in range(15)]
        for each in made:
            Route.objects.create(destination=each, trigger=trigger)
    for each in made:
        waiting(each), failed(each)
    for _ in range(12):
        delivered(made[0])
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        shown(client, LIST)
    with django_assert_max_num_queries(13 + SAVEPOINTS):
        shown(client, of(made[0]))


def test_many_destinations_are_paged(client: Client, organization: Organization) -> None:
    with scope(organization.id):
        for number in range(60):
            make_destination(name=f"Receiver {number:02d}")
    first = client.get(LIST).context["page"]
    second = client.get(LIST, {"after": first.after}).context["page"]
    assert [each.name for each in [*first.rows, *second.rows]] == [f"Receiver {number:02d}" for number in range(60)]
    assert address("destinations") == LIST
