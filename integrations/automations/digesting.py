"""The mail of a day: everything that waits for it, at the destination's hour in the organization's zone. No events, no mail.

However much it is, its deliveries are noted and settled in slices, so that whoever tells of something meanwhile never waits long. Where the
work breaks off in between, those that were noted and not settled are given up as ones of which nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.automations.faring import MOST_TRIES, again_at, note_failure, note_success
from integrations.automations.mailing import MOST_LINES, UNKNOWN, Mail, daily_mail
from integrations.automations.messages import Outcome
from integrations.automations.models import Delivery, DeliveryAttempt, Destination
from integrations.automations.ordering import held, waits_for_daily_mail
from integrations.triggers.models import Event
from portal.organizations.scope import scope
from portal.work.claims import Hold

IN_ONE_GO = 500  # deliveries that are noted or settled in one transaction


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
    for some in _slices(ids):
        _note(hold, some, mail)
    started = monotonic()
    outcome = mail.send()
    seconds = monotonic() - started
    for some in _slices(ids):
        _settle(hold, some, outcome, seconds)
    _end(hold, outcome, seconds)


def _begin(hold: Hold[Destination]) -> tuple[Mail, list[UUID]] | None:
    """The mail with the ids of its deliveries; None where there is nothing to send."""
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
        return _mail(destination, len(ids)), ids


def _mail(destination: Destination, count: int) -> Mail:
    """Tells of the earliest of what waits."""
    waiting = Event.objects.filter(deliveries__in=_waiting(destination))
    events = waiting.select_related("trigger__connection").order_by("happened_at", "id")[:MOST_LINES]
    return daily_mail(destination, list(events), count)


def _note(hold: Hold[Destination], ids: Sequence[UUID], mail: Mail) -> None:
    """Notes some deliveries as on their way, before anything leaves."""
    with scope():
        held(hold.id)
        rows = Delivery.objects.filter(pk__in=ids)
        numbered = rows.annotate(last=Coalesce(Max("attempts__number"), 0)).values_list("pk", "resent_at", "last")
        DeliveryAttempt.objects.bulk_create(
            DeliveryAttempt(delivery_id=pk, number=last + 1, is_resent=resent_at is not None, request_headers=mail.headers)
            for pk, resent_at, last in numbered
        )
        rows.update(sending_at=timezone.now(), tries=F("tries") + 1)
        hold.renew()


def _settle(hold: Hold[Destination], ids: Sequence[UUID], outcome: Outcome, seconds: float) -> None:
    """What came of some deliveries. Only those that have had all their tries are given up: the others go with the next mail. One that was
    resent meanwhile waits for it as well.
    """
    with scope():
        held(hold.id)
        now, rows = timezone.now(), Delivery.objects.filter(pk__in=ids, state=Delivery.State.WAITING, sending_at__isnull=False)
        DeliveryAttempt.objects.filter(delivery__in=ids, ended_at=None).update(**outcome.fields(seconds))
        if outcome.arrived:
            rows.update(state=Delivery.State.DELIVERED, ended_at=now, problem="", sending_at=None)
        else:
            _give_up(rows.filter(tries__gte=MOST_TRIES) if outcome.may_pass else rows, outcome.problem, now)
            rows.update(problem=outcome.problem, sending_at=None)
        hold.renew()


def _end(hold: Hold[Destination], outcome: Outcome, seconds: float) -> None:
    """When the next mail goes: another try of this one, or that of the next day."""
    with scope():
        destination, now = held(hold.id), timezone.now()
        if outcome.arrived:
            note_success(destination, seconds, now)
        else:
            note_failure(destination, outcome, seconds, now)
        again = again_at(destination.failures + 1, now) if not outcome.arrived and outcome.may_pass else None
        if again is None:
            hold.finish(next_daily_mail(destination, now))
        else:
            hold.postpone(again)


def _slices(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + IN_ONE_GO] for start in range(0, len(ids), IN_ONE_GO))


def _give_up(rows: QuerySet[Delivery], problem: str, now: datetime) -> None:
    DeliveryAttempt.objects.filter(delivery__in=rows.values("pk"), ended_at=None).update(ended_at=now, problem=problem)
    rows.update(state=Delivery.State.FAILED, ended_at=now, problem=problem, sending_at=None)


def _waiting(destination: Destination) -> QuerySet[Delivery]:
    return Delivery.objects.filter(destination=destination, state=Delivery.State.WAITING)
