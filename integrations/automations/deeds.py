"""What was delivered of an event, for the pages that show events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.urls import reverse

from integrations.automations.delivery_words import condition_of_delivery
from integrations.automations.models import Delivery
from integrations.triggers.models import Event
from integrations.triggers.registry import Deed


def deliveries_of(organization: str, events: Sequence[Event]) -> dict[UUID, list[Deed]]:
    """The deliveries of these events, by the events' ids. One query. Needs a scope."""
    found = Delivery.objects.filter(event__in=[event.pk for event in events]).select_related("destination")
    deeds: dict[UUID, list[Deed]] = defaultdict(list)
    for delivery in found.order_by("destination__name", "id"):
        deeds[delivery.event_id].append(_deed(organization, delivery))
    return deeds


def _deed(organization: str, delivery: Delivery) -> Deed:
    condition = condition_of_delivery(delivery)
    address = reverse("automations:delivery", kwargs={"organization": organization, "delivery": delivery.pk})
    text = delivery.problem or condition.text
    return Deed(condition.state, condition.word, delivery.destination.name, address, delivery.ended_at or delivery.created_at, text)
