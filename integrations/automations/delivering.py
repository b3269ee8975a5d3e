"""One try of a delivery: noted before anything leaves, then what came of it.

A worker that is killed in between leaves the delivery claimed and open, and before all later ones of its record. When the lease has run out
another one sends it again, so a webhook is told at least once and in order. A mail is not sent again unasked.
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from django.db.models import F, Max
from django.utils import timezone

from integrations.automations.faring import MOST_TRIES, again_at, may_be_asked, note_failure, note_success
from integrations.automations.mailing import UNKNOWN, mail_of
from integrations.automations.messages import Outcome, Outgoing, post_of
from integrations.automations.models import Delivery, DeliveryAttempt, Destination
from integrations.automations.ordering import held, is_first, line_up, waits_for_daily_mail
from portal.organizations.scope import scope
from portal.work.claims import Hold, wake_soon

BROKE_OFF = "We do not know what came of it: the work broke off."


def try_once(hold: Hold[Delivery]) -> None:
    """Sends it if it may leave now, and settles what comes after it."""
    begun = _begin(hold)
    if begun is None:
        return
    attempt, outgoing = begun
    started = monotonic()
    outcome = outgoing.send()
    _end(hold, attempt, outcome, monotonic() - started)


def _begin(hold: Hold[Delivery]) -> tuple[DeliveryAttempt, Outgoing] | None:
    """Notes the try; None where nothing may leave."""
    with scope():
        destination = held(hold.read().destination_id)
        delivery = Delivery.objects.select_related("event__trigger__connection").get(pk=hold.id)
        hold.was_due_at = delivery.due_at
        delivery.attempts.filter(ended_at=None).update(ended_at=timezone.now(), problem=BROKE_OFF)
        if not _may_leave(delivery, destination):
            _let_go(hold, delivery, destination)
            return None
        if not may_be_asked(destination, timezone.now()):
            hold.rest(destination.rests_until)
            return None
        return _note(hold, delivery, destination)


def _may_leave(delivery: Delivery, destination: Destination) -> bool:
    """Looked at here once more: somebody may have paused, resent or put another one before it since it was made due."""
    goes_alone = destination.is_open and not waits_for_daily_mail(destination)
    return goes_alone and is_first(delivery) and not _problem_of(delivery)


def _problem_of(delivery: Delivery) -> str:
    """Why it is given up, although it has not arrived."""
    if delivery.sending_at is not None:
        return UNKNOWN
    return BROKE_OFF if delivery.tries >= MOST_TRIES else ""


def _let_go(hold: Hold[Delivery], delivery: Delivery, destination: Destination) -> None:
    problem = _problem_of(delivery)
    if problem and delivery.state == Delivery.State.WAITING:
        _give_up(hold, problem, timezone.now())
    else:
        hold.finish()
    _next(delivery, destination)


def _note(hold: Hold[Delivery], delivery: Delivery, destination: Destination) -> tuple[DeliveryAttempt, Outgoing]:
    is_mail = destination.kind == Destination.Kind.EMAIL
    outgoing: Outgoing = mail_of(delivery, destination) if is_mail else post_of(delivery, destination)
    attempt = DeliveryAttempt.objects.create(
        delivery=delivery,
        number=(delivery.attempts.aggregate(last=Max("number"))["last"] or 0) + 1,
        is_resent=delivery.resent_at is not None,
        request_headers=outgoing.headers,
        request_body=outgoing.body,
    )
    hold.renew(tries=F("tries") + 1, sending_at=timezone.now() if is_mail else None)
    return attempt, outgoing


def _end(hold: Hold[Delivery], attempt: DeliveryAttempt, outcome: Outcome, seconds: float) -> None:
    with scope():
        destination, now = held(attempt.delivery.destination_id), timezone.now()
        delivery = Delivery.objects.get(pk=hold.id)
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(**outcome.fields(seconds))
        if outcome.arrived:
            note_success(destination, seconds, now)
            hold.finish(state=Delivery.State.DELIVERED, ended_at=now, problem="", sending_at=None)
        else:
            note_failure(destination, outcome, seconds, now)
            _after_failure(hold, delivery, destination, outcome)
        _next(delivery, destination)


def _after_failure(hold: Hold[Delivery], delivery: Delivery, destination: Destination, outcome: Outcome) -> None:
    """Another try later, or none any more. What a destination that was disabled did not take waits until it is enabled."""
    now = timezone.now()
    again = again_at(delivery.tries, now) if outcome.may_pass else None
    if destination.state == Destination.State.DISABLED:
        again = now
    if again is None:
        _give_up(hold, outcome.problem, now)
    else:
        hold.postpone(again, problem=outcome.problem, sending_at=None)


def _give_up(hold: Hold[Delivery], problem: str, now: datetime) -> None:
    hold.finish(state=Delivery.State.FAILED, ended_at=now, problem=problem, sending_at=None)


def _next(delivery: Delivery, destination: Destination) -> None:
    """The next of this record becomes due, if it may."""
    line_up([destination], [delivery.record_key])
    wake_soon()
