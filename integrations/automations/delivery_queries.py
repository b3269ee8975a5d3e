"""What the pages of destinations and deliveries ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from integrations.automations.models import Delivery, DeliveryAttempt, Destination, SampleMessage
from integrations.triggers.models import Trigger

NEWEST_SHOWN = 10


@dataclass(frozen=True)
class Counts:
    """How many deliveries of a destination have not arrived."""

    waiting: int = 0
    failed: int = 0


def live_destinations() -> QuerySet[Destination]:
    """Those that were not ended."""
    return Destination.objects.filter(ended_at=None)


def deliveries() -> QuerySet[Delivery]:
    """Deliveries as lists show them: without the records that the events are about."""
    related = Delivery.objects.select_related("destination", "event__trigger__connection")
    return related.defer("event__before", "event__after", "destination__sealed")


def deliveries_of(destination: Destination, most: int = NEWEST_SHOWN) -> list[Delivery]:
    """The newest deliveries of a destination."""
    return list(deliveries().filter(destination=destination).order_by("-created_at", "-pk")[:most])


def attempts_of(delivery: Delivery) -> QuerySet[DeliveryAttempt]:
    return DeliveryAttempt.objects.filter(delivery=delivery)


def counts_of(destinations: Iterable[Destination]) -> Mapping[UUID, Counts]:
    """How many deliveries of each destination wait and failed: two queries, however many destinations there are."""
    ids = [destination.pk for destination in destinations]
    waiting, failed = _count(ids, Delivery.State.WAITING), _count(ids, Delivery.State.FAILED)
    return {pk: Counts(waiting.get(pk, 0), failed.get(pk, 0)) for pk in ids}


def next_try_of(destination: Destination) -> datetime | None:
    """When something is next sent there by itself; None where nothing waits for a time."""
    if not destination.is_open:
        return None
    waiting = Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING, due_at__isnull=False)
    return waiting.order_by("due_at").values_list("due_at", flat=True).first() or destination.due_at


def triggers_of(destination: Destination) -> list[Trigger]:
    """The triggers whose events are routed to a destination, by name."""
    return list(Trigger.live.filter(routes__destination=destination).select_related("connection").order_by("name"))


def told_of(trigger: Trigger) -> Iterator[str]:
    """A sentence about each destination that takes the events of this trigger by name."""
    for destination in live_destinations().filter(routes__trigger=trigger).order_by("name"):
        yield f"“{destination}” is sent its events."


def sample_of(destination: Destination) -> SampleMessage | None:
    """The last test, with what came of it."""
    return SampleMessage.objects.filter(destination=destination).select_related("asked_by").first()


def may_be_sent(delivery: Delivery) -> bool:
    """Whether it can be sent again, or at once: not to a destination that was ended."""
    return delivery.destination.ended_at is None


def _count(ids: Sequence[UUID], state: str) -> dict[UUID, int]:
    """Each state has an index of its own, so each is asked for by itself."""
    found = Delivery.objects.filter(destination__in=ids, state=state).order_by().values("destination").annotate(count=Count("pk"))
    return dict(found.values_list("destination", "count"))
