"""Sending deliveries again because a person asks for it: one, a filtered set, or all of a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.automations.ordering import line_up
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import wake_soon


@dataclass(frozen=True)
class ResendCount:
    """What would be sent again, before it is: `still_open` have not arrived yet and are tried at once; `held_back` wait until their
    destination is enabled or goes on.
    """

    deliveries: int
    records: int
    still_open: int
    held_back: int


def count_resend(deliveries: QuerySet[Delivery]) -> ResendCount:
    """Needs a scope."""
    closed = Q(destination__is_paused=True) | Q(destination__state=Destination.State.DISABLED)
    counted = _sendable(deliveries).aggregate(
        deliveries=Count("pk"),
        records=Count("record_key", distinct=True),
        still_open=Count("pk", filter=Q(state=Delivery.State.WAITING)),
        held_back=Count("pk", filter=closed),
    )
    return ResendCount(**counted)


def resend(deliveries: QuerySet[Delivery], person: User) -> int:
    """Sends them once more, with all their tries, in the order of each record; gives how many. Those of destinations that are gone are left
    out. Needs a scope.
    """
    rows = _sendable(deliveries)
    record_keys = set(rows.values_list("record_key", flat=True))
    destinations = list(Destination.objects.filter(pk__in=rows.values("destination")).order_by("pk").select_for_update(no_key=True))
    sent = Delivery.objects.filter(pk__in=rows.values("pk")).update(
        state=Delivery.State.WAITING, tries=0, resent_at=timezone.now(), ended_at=None, sending_at=None, problem="", due_at=None
    )
    if sent:
        line_up(destinations, record_keys)
        audit(person, "deliveries.resent", ", ".join(each.name for each in destinations), deliveries=sent)
        wake_soon()
    return sent


def _sendable(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk__in=deliveries.order_by().values("pk"), destination__ended_at=None)
