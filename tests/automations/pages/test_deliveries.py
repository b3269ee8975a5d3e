"""The list of deliveries, and one of them with its tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.triggers.models import Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.automations.pages.asking import HTMX, SAVEPOINTS, actions, address, again, delivered, failed, of, shown, waiting, words
from tests.factories import make_delivery_attempt, make_destination, make_event, make_trigger

pytestmark = pytest.mark.django_db
LIST = "/o/northwind/deliveries/"


def at(delivery: Delivery, moment: datetime) -> Delivery:
    """The delivery as if it had been made then."""
    with scope(delivery.organization_id):
        Delivery.objects.filter(pk=delivery.pk).update(created_at=moment)
    return delivery


def one(delivery: Delivery, name: str = "delivery") -> str:
    return address(name, delivery=delivery.pk)


def listed(client: Client, query: dict[str, Any]) -> list[Any]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [delivery.pk for delivery in answer.context["page"].rows]


def test_without_a_delivery_the_list_says_so(client: Client, organization: Organization) -> None:
    page = shown(client, LIST)
    assert "Nothing was delivered yet" in page and "Resend" not in page


def test_a_delivery_stands_in_the_list_with_what_came_of_it(client: Client, destination: Destination, trigger: Trigger) -> None:
    with scope(destination.organization_id):
        event = make_event(trigger, title="Sitemap <b>")
    failed(destination, event=event, tries=8)
    said = words(shown(client, LIST))
    for each in ("Sitemap <b>", "Project was created", "Failed", "It answered 500.", "Our receiver", "Projects created", "8"):
        assert each in said
    assert "Sitemap &lt;b&gt;" in shown(client, LIST)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"due_at": timezone.now() + timedelta(hours=2), "tries": 4}, "Waiting Next try in 2 h."),
        ({}, "Waiting An earlier delivery of the same record goes first."),
        ({"claimed_until": timezone.now() + timedelta(hours=1), "due_at": timezone.now()}, "Being sent"),
    ],
)
def test_a_delivery_that_waits_says_for_what(client: Client, destination: Destination, fields: dict[str, Any], said: str) -> None:
    waiting(destination, **fields)
    assert said in words(shown(client, LIST))


@pytest.mark.parametrize("fields", [{"ended_at": timezone.now()}, {"state": "disabled"}, {"is_paused": True}])
def test_a_delivery_to_a_closed_destination_says_that_nothing_is_sent(
    client: Client, destination: Destination, fields: dict[str, Any]
) -> None:
    waiting(destination)
    with scope(destination.organization_id):
        Destination.objects.update(**fields)
    assert "nothing is sent there." in words(shown(client, LIST))


def test_deliveries_are_filtered_by_destination_trigger_and_state(client: Client, destination: Destination, trigger: Trigger) -> None:
    with scope(destination.organization_id):
        other_place = make_destination(name="Another")
        other_trigger = make_trigger(trigger.connection, name="Tasks completed")
        events = [make_event(each) for each in (trigger, other_trigger)]
    here, there = delivered(destination, events[0]), waiting(other_place, event=events[1])
    for query in ({"destination": other_place.pk}, {"trigger": other_trigger.pk}, {"state": "waiting"}):
        assert listed(client, query) == [there.pk], query
    assert set(listed(client, {})) == {here.pk, there.pk}
    assert listed(client, {"state": "waiting", "destination": destination.pk}) == []


def test_deliveries_are_filtered_by_time_in_the_zone_of_the_reader(client: Client, destination: Destination, alice: Any) -> None:
    alice.time_zone = "Europe/Berlin"
    alice.save()
    rows = [at(delivered(destination), datetime(2026, 11, 2, hour, 30, tzinfo=UTC)).pk for hour in (8, 9, 10)]
    assert listed(client, {"since": "2026-11-02T10:00"}) == [rows[2], rows[1]]
    assert listed(client, {"until": "2026-11-02T10:00"}) == [rows[0]]
    assert listed(client, {"since": "2026-11-02 10:00", "until": "2026-11-02 11:00"}) == [rows[1]]
    assert 'value="2026-11-02T10:00"' in shown(client, LIST, {"since": "2026-11-02T10:00"})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"since": "yesterday"}, "Write it as 2026-11-21 09:41"),
        ({"until": "2026-13-01T00:00"}, "Write it as 2026-11-21 09:41"),
        ({"since": "2026-11-03T00:00", "until": "2026-11-02T00:00"}, "before the beginning"),
        ({"state": "lost"}, "There is no such state"),
        ({"destination": "x"}, "not there"),
        ({"trigger": "\0"}, "not there"),
    ],
)
def test_a_filter_that_cannot_be_read_shows_nothing_and_says_why(
    client: Client, destination: Destination, query: dict[str, str], said: str
) -> None:
    kept = delivered(destination)
    for path in (LIST, address("deliveries_resend")):
        answer = client.get(path, query)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert said in page and str(kept.event_id) not in page
    assert "Correct the filters" in client.get(LIST, query).content.decode()


@pytest.mark.parametrize("name", ["destination", "trigger"])
def test_what_is_not_there_finds_nothing(client: Client, destination: Destination, name: str) -> None:
    delivered(destination)
    assert "Nothing matches" in shown(client, LIST, {name: "00000000-0000-0000-0000-000000000000"})


def test_deliveries_are_paged_newest_first_with_their_filters(client: Client, destination: Destination) -> None:
    made = [at(failed(destination), datetime(2026, 11, 2, 9, minute, tzinfo=UTC)).pk for minute in range(55)]
    first = client.get(LIST, {"state": "failed"}).context["page"]
    answer = client.get(LIST, {"state": "failed", "after": first.after})
    second = answer.context["page"]
    assert [each.pk for each in [*first.rows, *second.rows]] == made[::-1]
    assert "state=failed" in answer.content.decode()


def test_only_the_first_page_renews_itself(client: Client, destination: Destination) -> None:
    for _ in range(51):
        delivered(destination)
    first = client.get(LIST)
    assert "every 5s" in first.content.decode()
    later = shown(client, LIST, {"after": first.context["page"].after}, headers=HTMX)
    assert "every 5s" not in later and "<html" not in later and 'id="deliveries"' in later


def test_the_part_that_renews_itself_asks_no_choices(client: Client, destination: Destination) -> None:
    part = shown(client, LIST, {"state": "waiting"}, headers=HTMX)
    assert "<select" not in part and "state=waiting" in part


def test_the_list_takes_a_bounded_number_of_queries(client: Client, destination: Destination, django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        delivered(destination)
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        shown(client, LIST)


def test_a_delivery_shows_every_try_with_request_and_response(
    client: Client, destination: Destination, django_assert_max_num_queries: Any
) -> None:
    kept = failed(destination, tries=2)
    with scope(destination.organization_id):
        make_delivery_attempt(kept, 1, status=500, problem="It answered 500.", response_body="<script>no</script>", milliseconds=1500)
        make_delivery_attempt(kept, 2, status=None, problem="It did not answer within 15 seconds.", response_headers={}, is_resent=True)
    with django_assert_max_num_queries(8 + SAVEPOINTS):
        page = shown(client, one(kept))
    said = words(page)
    for each in ("1. Answered 500", "2. No answer", "It did not answer within 15 seconds.", "resent", "v1,c2lnbmF0dXJl", "Given up"):
        assert each in said
    assert "hubstaff.project.created" in said and "&lt;script&gt;no&lt;/script&gt;" in page
    assert page.index("2. No answer") < page.index("1. Answered 500")
    assert kept.message_id in page


def test_many_tries_are_paged(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    with scope(destination.organization_id):
        for number in range(1, 16):
            make_delivery_attempt(kept, number)
    first = client.get(one(kept)).context["attempts"]
    second = client.get(one(kept), {"after": first.after}).context["attempts"]
    assert [each.number for each in [*first.rows, *second.rows]] == list(range(15, 0, -1))


def test_only_a_delivery_that_waits_renews_itself(client: Client, destination: Destination) -> None:
    open_one, over = waiting(destination, due_at=timezone.now() + timedelta(minutes=5)), delivered(destination)
    assert "every 3s" in shown(client, one(open_one)) and "Next try" in shown(client, one(open_one))
    assert "every 3s" not in shown(client, one(over))
    assert "<html" not in shown(client, one(open_one), headers=HTMX)


def test_a_try_that_is_over_keeps_its_place_when_the_page_renews_itself(client: Client, destination: Destination) -> None:
    kept = waiting(destination, due_at=timezone.now())
    with scope(destination.organization_id):
        over, running = make_delivery_attempt(kept, 1), make_delivery_attempt(kept, 2, ended_at=None, status=None, milliseconds=None)
    page = shown(client, one(kept))
    assert f'id="attempt-{over.pk}' in page and f'id="attempt-{running.pk}' not in page
    assert "2. Being sent" in words(page)


def test_a_delivery_is_resent(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    assert "Resend" in shown(client, one(kept))
    answer = client.post(one(kept, "delivery_resend"))
    assert (answer.status_code, answer["Location"]) == (303, one(kept))
    after = again(kept)
    assert (after.state, after.problem, after.ended_at, after.tries) == ("waiting", "", None, 0)
    assert after.due_at is not None and after.resent_at is not None
    assert actions(destination) == ["deliveries.resent"]


def test_a_delivery_that_waits_is_tried_now(client: Client, destination: Destination) -> None:
    kept = waiting(destination, due_at=timezone.now() + timedelta(hours=5), tries=5)
    assert "Try now" in shown(client, one(kept))
    assert "It is sent now." in words(client.post(one(kept, "delivery_resend"), follow=True).content.decode())
    due_at = again(kept).due_at
    assert due_at is not None and due_at <= timezone.now()


def test_what_is_resent_to_a_paused_destination_waits_and_says_so(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    client.post(of(destination, "destination_pause"))
    answer = client.post(one(kept, "delivery_resend"), follow=True)
    assert "It is asked for. The destination is paused: nothing is sent there." in words(answer.content.decode())
    assert (again(kept).state, again(kept).due_at) == ("waiting", None)


def test_nothing_is_resent_to_an_ended_destination(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    client.post(of(destination, "destination_end"))
    page = shown(client, one(kept))
    assert "cannot be sent again" in page and one(kept, "delivery_resend") not in page
    answer = client.post(one(kept, "delivery_resend"), follow=True)
    assert "was ended" in words(answer.content.decode())
    assert again(kept).state == Delivery.State.FAILED


def test_a_member_reads_deliveries_and_sends_none(member: Client, destination: Destination) -> None:
    kept = failed(destination)
    assert "Resend" not in shown(member, LIST) and "Resend" not in shown(member, one(kept))
    assert member.post(one(kept, "delivery_resend")).status_code == 403
    assert again(kept).state == Delivery.State.FAILED
