"""Resending a filtered set or a window of time: first a preview, then exactly what it showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.automations import delivery_filters
from integrations.automations.models import Delivery, Destination
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.automations.pages.asking import SAVEPOINTS, actions, again, delivered, failed, hidden, of, shown, waiting, words
from tests.automations.pages.test_deliveries import LIST, at
from tests.factories import make_destination, make_event

pytestmark = pytest.mark.django_db
RESEND = "/o/northwind/deliveries/resend/"


def preview(client: Client, query: dict[str, Any] | None = None) -> dict[str, str]:
    """What the form of a preview carries."""
    return hidden(shown(client, RESEND, query), RESEND)


def states(destination: Destination) -> list[str]:
    with scope(destination.organization_id):
        return sorted(Delivery.objects.filter(destination=destination).values_list("state", flat=True))


def test_the_list_leads_to_the_preview_of_what_it_shows(client: Client, destination: Destination) -> None:
    failed(destination)
    query = f"destination={destination.pk}&amp;state=failed"
    assert f'href="{RESEND}?{query}"' in shown(client, LIST, {"state": "failed", "destination": str(destination.pk)})
    assert f'href="{RESEND}"' in shown(client, LIST)


def test_a_preview_says_what_would_be_sent_and_sends_nothing(client: Client, destination: Destination) -> None:
    with scope(destination.organization_id):
        first, second = make_event(), make_event()
        third = make_event(first.trigger, remote_id=first.remote_id)
    failed(destination, event=first), failed(destination, event=second), waiting(destination, event=third)
    said = words(shown(client, RESEND, {"destination": str(destination.pk)}))
    for each in ("Destination Our receiver", "Deliveries 3", "Records 2", "Still open 1", "Resend 3 deliveries"):
        assert each in said
    assert states(destination) == ["failed", "failed", "waiting"]
    assert actions(destination) == []


def test_what_the_preview_showed_is_resent(client: Client, destination: Destination) -> None:
    kept, over = failed(destination), delivered(destination)
    answer = client.post(RESEND, preview(client, {"state": "failed", "destination": str(destination.pk)}))
    assert (answer.status_code, answer["Location"]) == (303, f"{LIST}?destination={destination.pk}")
    assert (again(kept).state, again(over).state) == ("waiting", "delivered")
    assert again(kept).due_at is not None
    assert actions(destination) == ["deliveries.resent"]


def test_a_window_of_time_is_resent(client: Client, destination: Destination) -> None:
    rows = [at(delivered(destination), datetime(2026, 11, 2, hour, tzinfo=UTC)) for hour in (8, 9, 10)]
    window = {"since": "2026-11-02T08:30", "until": "2026-11-02T10:00"}
    page = shown(client, RESEND, window)
    assert "Made from 2 Nov 2026, 08:30" in words(page)
    assert "since=2026-11-02T08%3A30&amp;until=2026-11-02T10%3A00" in page  # the way back to the list
    assert client.post(RESEND, preview(client, window)).status_code == 303
    assert [again(each).state for each in rows] == ["delivered", "waiting", "delivered"]


def test_what_is_made_while_the_person_reads_does_not_belong_to_it(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    given = preview(client)
    later = at(failed(destination), timezone.now() + timedelta(seconds=1))
    assert client.post(RESEND, given).status_code == 303
    assert (again(kept).state, again(later).state) == ("waiting", "failed")


def test_a_set_that_has_changed_meanwhile_is_shown_anew_and_not_sent(client: Client, destination: Destination) -> None:
    rows = [failed(destination), failed(destination)]
    given = preview(client, {"state": "failed"})
    with scope(destination.organization_id):
        Delivery.objects.filter(pk=rows[0].pk).update(state=Delivery.State.DELIVERED)
    refused = client.post(RESEND, given)
    assert refused.status_code == 422
    said = words(refused.content.decode())
    assert "Something has changed since you looked." in said and "Resend 1 delivery" in said
    assert states(destination) == ["delivered", "failed"] and actions(destination) == []
    assert client.post(RESEND, hidden(refused.content.decode(), RESEND)).status_code == 303
    assert states(destination) == ["delivered", "waiting"]


@pytest.mark.parametrize("given", [{}, {"seal": ""}, {"seal": "x"}, {"seal": "\0"}, {"state": "failed", "seal": "0" * 64}])
def test_without_the_seal_of_what_was_shown_nothing_is_sent(client: Client, destination: Destination, given: dict[str, str]) -> None:
    failed(destination)
    assert client.post(RESEND, given).status_code == 422
    assert states(destination) == ["failed"]


def test_a_seal_serves_no_other_filter(client: Client, destination: Destination) -> None:
    failed(destination), delivered(destination)
    given = {**preview(client, {"state": "failed"}), "state": ""}
    assert client.post(RESEND, given).status_code == 422
    assert states(destination) == ["delivered", "failed"]


def test_filters_that_cannot_be_read_send_nothing(client: Client, destination: Destination) -> None:
    failed(destination)
    answer = client.post(RESEND, {**preview(client), "since": "yesterday"})
    assert answer.status_code == 422
    assert "Write it as" in answer.content.decode() and RESEND not in answer.content.decode().partition("</header>")[2]
    assert states(destination) == ["failed"]


def test_deliveries_of_an_ended_destination_are_left_out(client: Client, destination: Destination) -> None:
    kept = failed(destination)
    client.post(of(destination, "destination_end"))
    assert "There is nothing to resend" in shown(client, RESEND)
    assert client.post(RESEND, {"seal": "x"}).status_code == 422
    assert again(kept).state == Delivery.State.FAILED


def test_what_is_held_back_by_its_destination_is_told(client: Client, destination: Destination) -> None:
    failed(destination)
    assert "Held back" not in shown(client, RESEND)
    client.post(of(destination, "destination_pause"))
    assert "Held back 1" in words(shown(client, RESEND))


def test_too_many_are_not_resent_at_once(client: Client, destination: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery_filters, "MOST_RESENT", 2)
    for _ in range(3):
        failed(destination)
    page = shown(client, RESEND)
    assert "These are 3 deliveries." in words(page) and 'name="seal"' not in page
    asked = client.get(RESEND).context["asked"]
    assert client.post(RESEND, {"until": asked.until.isoformat(), "seal": asked.seal}).status_code == 422
    assert states(destination) == ["failed"] * 3


def test_a_member_resends_nothing(member: Client, destination: Destination) -> None:
    failed(destination)
    assert member.get(RESEND).status_code == member.post(RESEND, {}).status_code == 403


def test_a_preview_takes_a_bounded_number_of_queries(
    client: Client, organization: Organization, django_assert_max_num_queries: Any
) -> None:
    with scope(organization.id):
        places = [make_destination(name=f"Receiver {number}") for number in range(5)]
    for place in places * 4:
        failed(place)
    with django_assert_max_num_queries(9 + SAVEPOINTS):
        shown(client, RESEND, {"state": "failed", "destination": str(places[0].pk)})
