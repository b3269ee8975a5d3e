"""Which deliveries are due: of each record the earliest open one, and no other.

Whoever makes a delivery, settles one or opens and closes a destination holds the destination's row meanwhile: so two who do it at once
neither leave a delivery behind nor make two of one record due.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.triggers.models import Event

IN_ORDER = ("position", "created_at", "id")


def record_key(event: Event) -> str:
    """Names the record that an event is about; deliveries with the same one keep their order. Needs the event's trigger."""
    return f"{event.trigger.connection_id}/{event.entity}/{event.remote_id}"


def held(destination_id: UUID) -> Destination:
    """A destination, held until the transaction ends. Rows that point to it can still be made by others."""
    return Destination.objects.select_for_update(no_key=True).get(pk=destination_id)


def waits_for_daily_mail(destination: Destination) -> bool:
    return destination.kind == Destination.Kind.EMAIL and destination.rhythm == Destination.Rhythm.DAILY


def line_up(destinations: Collection[Destination], record_keys: Collection[str] | None = None) -> None:
    """Makes due what has to be, of some records or of all. Two queries, which take as long as there is waiting of these records: name them
    wherever they are known. Needs the destinations held.
    """
    open_ones = [each.pk for each in destinations if each.is_open and not waits_for_daily_mail(each)]
    is_first = Q(destination__in=open_ones, pk=_first_of_record())
    waiting = _waiting(destinations, record_keys)
    waiting.filter(is_first, due_at=None).update(due_at=timezone.now())
    waiting.filter(~is_first, due_at__isnull=False).update(due_at=None)


def is_first(delivery: Delivery) -> bool:
    """Whether no other delivery of the same record has to arrive before this one."""
    mine = Delivery.objects.filter(destination=delivery.destination_id, record_key=delivery.record_key, state=Delivery.State.WAITING)
    return mine.order_by(*IN_ORDER).values_list("pk", flat=True).first() == delivery.pk


def _waiting(destinations: Collection[Destination], record_keys: Collection[str] | None) -> QuerySet[Delivery]:
    named = Q() if record_keys is None else Q(record_key__in=set(record_keys))
    return Delivery.objects.filter(named, destination__in=[each.pk for each in destinations], state=Delivery.State.WAITING)


def _first_of_record() -> Subquery:
    """The earliest open one of a row's record, which the database looks up for each row by itself: see the index `delivery_open`."""
    same = Delivery.objects.filter(destination=OuterRef("destination"), record_key=OuterRef("record_key"), state=Delivery.State.WAITING)
    return Subquery(same.order_by(*IN_ORDER).values("pk")[:1])
