"""From events to deliveries: written in the transaction that writes the events, so that neither is ever without the other."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from integrations.automations.models import Delivery, Destination, Route
from integrations.automations.ordering import line_up, record_key
from integrations.triggers.models import Event, Trigger
from portal.work.claims import wake_soon

IN_ONE_GO = 500


def route(events: Sequence[Event]) -> None:
    """Makes a delivery of each event to each destination that takes its trigger; one that is paused or disabled keeps them until it goes
    on. The events are new, of one trigger, and in order. The number of queries does not grow with them.
    """
    destinations = _taking(events[0].trigger) if events else []
    if not destinations:
        return
    deliveries = [
        Delivery(destination=destination, event=event, record_key=record_key(event), position=event.position)
        for event in events
        for destination in destinations
    ]
    Delivery.objects.bulk_create(deliveries, batch_size=IN_ONE_GO)
    line_up(destinations, {each.record_key for each in deliveries})
    wake_soon()


def _taking(trigger: Trigger) -> list[Destination]:
    """Held until the transaction ends, always in the same order, so that two who tell at once wait for each other and not crosswise."""
    routed = Exists(Route.objects.filter(destination=OuterRef("pk"), trigger=trigger))
    taking = Destination.objects.filter(Q(takes_everything=True) | routed, ended_at=None)
    return list(taking.order_by("pk").select_for_update(no_key=True))
