"""Where deliveries arrive: whatever comes here is a stranger's word until it is proved, and even then it only brings a look forward.

No session, no cookie, no call to a provider; a body is read only as far as it may be long, and never logged. Whatever is refused is
counted on the subscription.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import Case, F, TextField, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.catalogue import Hooks, SignedDeliveries, Told
from integrations.catalogue.hooks import Headers
from integrations.triggers.doors import subscription_behind
from integrations.triggers.hooks.addressing import secrets_of
from integrations.triggers.hooks.bodies import Malformed, read_body, read_told
from integrations.triggers.hooks.hurrying import bring_forward
from integrations.triggers.hooks.noticing import is_room_for_notices, keep_newest
from integrations.triggers.hooks.subscribing import declared
from integrations.triggers.models import Notice, Subscription
from portal.organizations.models import hash_secret
from portal.organizations.scope import scope
from portal.work.claims import make_due

MOST_A_MINUTE = 120
LONGEST_SECRET = 500
OLD = timedelta(days=1)
CLOSED = {Subscription.State.OFF, Subscription.State.ENDING, Subscription.State.ORPHAN, Subscription.State.ENDED}
DOUBTED_AND_ACTIVATED = {Subscription.State.SILENT}
DOUBTED = {Subscription.State.SILENT, Subscription.State.HANDSHAKE, Subscription.State.FAILED}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrived:
    """What somebody sent to the address of a subscription. `body` is None where it is too large."""

    subscription: Subscription
    hooks: Hooks
    headers: Headers
    body: bytes | None


class Turned(Exception):
    """A request that is turned away, or accepted without effect: with which status, and under what it is counted."""

    def __init__(self, status: int, counted: str, headers: dict[str, str] | None = None) -> None:
        self.status, self.counted, self.headers = status, counted, headers or {}
        super().__init__(counted)


@csrf_exempt
@require_POST
def receive(request: HttpRequest, secret: str) -> HttpResponse:
    """Takes a delivery, or the handshake before the first one."""
    try:
        body = read_body(request)
    except OSError:  # whoever sent it went away before the end
        return HttpResponse(status=400)
    found = subscription_behind(secret)
    if found is None:
        return HttpResponse(status=404)
    organization_id, subscription_id = found
    arrived = _arrived(request, organization_id, subscription_id, hash_secret(secret), body)
    if arrived is None:
        return HttpResponse(status=404)
    with structlog.contextvars.bound_contextvars(subscription=str(subscription_id)):
        return _answer(arrived)


def _answer(arrived: Arrived) -> HttpResponse:
    try:
        return _take(arrived)
    except Turned as turned:
        log.info("delivery turned away", reason=turned.counted)
        _count(arrived.subscription, turned.counted)
        return HttpResponse(status=turned.status, headers=turned.headers)


def _arrived(request: HttpRequest, organization_id: UUID, subscription_id: UUID, address_hash: str, body: bytes | None) -> Arrived | None:
    """Counts the request and reads whose it is; None where nothing is awaited at this address any more."""
    with scope(organization_id):
        _count_request(subscription_id)
        subscription = (
            Subscription.objects.select_related("trigger__connection").filter(pk=subscription_id, address_hash=address_hash).first()
        )
    known = declared(subscription.trigger) if subscription else None
    if subscription is None or known is None or subscription.state in CLOSED:
        return None
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Arrived(subscription, known[0], headers, body)


def _take(arrived: Arrived) -> HttpResponse:
    _refuse_too_many(arrived.subscription)
    if arrived.body is None:
        raise Turned(413, "oversized")
    if given := arrived.hooks.deliveries.handshake(arrived.headers):
        return _shake_hands(arrived, given)
    if not arrived.hooks.deliveries.accepts(arrived.headers, arrived.body, secrets_of(arrived.subscription)):
        raise Turned(401, "forged")
    _accept(arrived, _told(arrived.hooks, arrived.body))
    return HttpResponse(status=200)


def _told(hooks: Hooks, body: bytes) -> Told:
    """What it says, where that is of use: what is old or came before does nothing, and whoever sent it is content."""
    try:
        told = read_told(hooks, body)
    except Malformed as error:
        raise Turned(400, "malformed") from error
    if told.at and told.at < timezone.now() - OLD:
        raise Turned(200, "replayed")
    return told


def _accept(arrived: Arrived, told: Told) -> None:
    """Notes it and has the trigger look, together or not at all. The trigger's row is always locked before the subscription's."""
    subscription = arrived.subscription
    with scope(subscription.organization_id):
        if is_room_for_notices(subscription) and not _note(subscription, told):
            raise Turned(200, "replayed")
        bring_forward(subscription.trigger, arrived.hooks, told)
        if not arrived.hooks.deliveries.is_believed:  # it only says where to look, as those before it did
            keep_newest(subscription, told.parent_id)
        _note_delivery(arrived)


def _note(subscription: Subscription, told: Told) -> bool:
    """Whether it is new."""
    notice = Notice(
        subscription=subscription,
        delivery_id=told.id,
        event=told.event,
        record_id=told.record_id,
        parent_id=told.parent_id,
        said_at=told.at,
        received_at=timezone.now(),
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    return not told.id or Notice.objects.filter(pk=notice.pk).exists()


def _note_delivery(arrived: Arrived) -> None:
    """A delivery proves the webhook alive; where one has to be activated, only one that was."""
    doubted = DOUBTED if arrived.hooks.activation is None else DOUBTED_AND_ACTIVATED
    Subscription.objects.filter(pk=arrived.subscription.pk).update(
        accepted=F("accepted") + 1,
        delivered_at=timezone.now(),
        missed=0,
        registrations=0,
        state=Case(When(state__in=doubted, then=Value(Subscription.State.ACTIVE)), default=F("state")),
        problem=Case(When(state__in=doubted, then=Value("", TextField())), default=F("problem")),
    )


def _shake_hands(arrived: Arrived, given: str) -> HttpResponse:
    """Keeps the secret that the provider brings before its first delivery and echoes it; only while one is awaited, and only the first."""
    signed = arrived.hooks.deliveries
    if not isinstance(signed, SignedDeliveries) or not (len(given) <= LONGEST_SECRET and given.isascii() and given.isprintable()):
        raise Turned(400, "malformed")
    with scope(arrived.subscription.organization_id):
        here = Subscription.objects.filter(pk=arrived.subscription.pk, address_hash=arrived.subscription.address_hash)
        subscription = here.select_for_update().first()
        if subscription is None:  # it was given another address meanwhile
            raise Turned(404, "")
        kept = secrets_of(subscription)
        if subscription.state != Subscription.State.HANDSHAKE or signed.SECRET in kept:
            raise Turned(401, "forged")
        subscription.keep({**kept, signed.SECRET: given})
        subscription.save(update_fields=["sealed"])
        if subscription.remote_id:  # else the call that registers is still under way, and whoever made it looks for the secret
            make_due(subscription)
    return HttpResponse(status=200, headers={signed.secret_header: given})


def _refuse_too_many(subscription: Subscription) -> None:
    """Those that were too many are counted already."""
    if subscription.requests > MOST_A_MINUTE:
        raise Turned(429, "", {"Retry-After": str(60 - timezone.now().second)})


def _count(subscription: Subscription, what: str) -> None:
    if what:
        with scope(subscription.organization_id):
            Subscription.objects.filter(pk=subscription.pk).update(**{what: F(what) + 1})


def _count_request(subscription_id: UUID) -> None:
    """One statement for whatever comes, so that a flood costs little: requests of this minute, and those that were too many."""
    now = timezone.now().replace(second=0, microsecond=0)
    Subscription.objects.filter(pk=subscription_id).update(
        requests=Case(When(minute=now, then=F("requests") + 1), default=Value(1)),
        throttled=F("throttled") + Case(When(minute=now, requests__gte=MOST_A_MINUTE, then=Value(1)), default=Value(0)),
        minute=now,
    )
