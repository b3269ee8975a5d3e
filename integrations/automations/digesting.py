"""The mail of a day: everything that waits for it, at the destination's hour in the organization's zone. No events, no mail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.automations.faring import again_at, note_failure, note_success
from integrations.automations.mailing import MOST_LINES, UNKNOWN, Mail, daily_mail
from integrations.automations.messages import Outcome
from integrations.automations.models import Delivery, DeliveryAttempt, Destination
from integrations.automations.ordering import held, waits_for_daily_mail
from integrations.triggers.models import Event
from portal.organizations.scope import scope
from portal.work.claims import Hold

IN_ONE_GO = 500


def next_daily_mail(destination: Destination, now: datetime) -> datetime:
    """When the next one is due. An hour that the clocks skip counts as the one after it; of one that comes twice the first counts."""
    zone = ZoneInfo(destination.organization.time_zone)
    today = now.astimezone(zone).date()
    moments = (datetime.combine(today + timedelta(days=days), time(destination.hour), zone).astimezone(UTC) for days in (0, 1, 2))
    return next(moment for moment in moments if moment > now)


def send_daily_mail(hold: Hold[Destination]) -> None:
    """Sends what waits, if anything does."""
    begun = _begin(hold)
    if begun is None:
        return
    mail, ids = begun
    started = monotonic()
    outcome = mail.send()
    _end(hold, ids, outcome, monotonic() - started)


def _begin(hold: Hold[Destination]) -> tuple[Mail, list[UUID]] | None:
    """The mail with the ids of its deliveries, noted as on their way; None where there is nothing to send."""
    with scope():
        destination, now = held(hold.id), timezone.now()
        hold.was_due_at = destination.due_at
        if not (destination.is_open and waits_for_daily_mail(destination)):
            hold.finish()
            return None
        _give_up(_waiting(destination).filter(sending_at__isnull=False), UNKNOWN, now)
        ids = list(_waiting(destination).values_list("pk", flat=True))
        if not ids:
            hold.finish(next_daily_mail(destination, now))
            return None
        return _noted(hold, destination, ids), ids


def _noted(hold: Hold[Destination], destination: Destination, ids: list[UUID]) -> Mail:
    of_these = Event.objects.filter(deliveries__in=ids).select_related("trigger__connection").order_by("happened_at", "id")
    mail = daily_mail(destination, list(of_these[:MOST_LINES]), len(ids))
    rows = Delivery.objects.filter(pk__in=ids)
    numbered = rows.annotate(last=Coalesce(Max("attempts__number"), 0)).values_list("pk", "resent_at", "last")
    attempts = [
        DeliveryAttempt(delivery_id=pk, number=last + 1, is_resent=resent_at is not None, request_headers=mail.headers)
        for pk, resent_at, last in numbered
    ]
    DeliveryAttempt.objects.bulk_create(attempts, batch_size=IN_ONE_GO)
    rows.update(sending_at=timezone.now(), tries=F("tries") + 1)
    hold.renew()
    return mail


def _end(hold: Hold[Destination], ids: list[UUID], outcome: Outcome, seconds: float) -> None:
    with scope():
        destination, now = held(hold.id), timezone.now()
        rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.WAITING)
        DeliveryAttempt.objects.filter(delivery__in=ids, ended_at=None).update(**outcome.fields(seconds))
        if outcome.arrived:
            note_success(destination, now)
            rows.update(state=Delivery.State.DELIVERED, ended_at=now, problem="", sending_at=None)
            hold.finish(next_daily_mail(destination, now))
        else:
            note_failure(destination, outcome, now)
            _after_failure(hold, destination, rows, outcome)


def _after_failure(hold: Hold[Destination], destination: Destination, rows: QuerySet[Delivery], outcome: Outcome) -> None:
    now = timezone.now()
    again = again_at(destination.failures + 1, now) if outcome.may_pass else None
    if again is None:
        _give_up(rows, outcome.problem, now)
        hold.finish(next_daily_mail(destination, now))
    else:
        rows.update(problem=outcome.problem, sending_at=None)
        hold.postpone(again)


def _give_up(rows: QuerySet[Delivery], problem: str, now: datetime) -> None:
    DeliveryAttempt.objects.filter(delivery__in=rows.values("pk"), ended_at=None).update(ended_at=now, problem=problem)
    rows.update(state=Delivery.State.FAILED, ended_at=now, problem=problem, sending_at=None)


def _waiting(destination: Destination) -> QuerySet[Delivery]:
    return Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING)
