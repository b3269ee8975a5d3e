"""What deliveries have said, for the look that follows them, and what they should have said and did not. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from integrations.triggers.models import Notice, Subscription, Trigger
from portal.work.claims import make_due

FEW = 5  # so many may be asked for one by one; of more than that the list is looked at
MOST_NOTICES = 1000  # far more than a subscription may bring between two looks
MISSES = 3  # events in a row that a look found and no delivery told of
GRACE = timedelta(minutes=15)  # for deliveries that were only slower than the look
REGISTERED_ANEW_AFTER = timedelta(hours=6)  # at the earliest: a few times a day


def open_notices(trigger: Trigger) -> list[Notice]:
    """What deliveries told of and nobody has looked for yet, the oldest first. Ask before the look, and mark them handled after it."""
    waiting = Notice.objects.filter(subscription__trigger=trigger, handled_at=None)
    return list(waiting.order_by("received_at", "id")[:MOST_NOTICES])


def mark_handled(notices: Sequence[Notice]) -> None:
    if notices:
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(handled_at=timezone.now())


def note_missed(trigger: Trigger, count: int) -> None:
    """Notes that a look found new events that the webhook should have told of and did not. After some in a row it counts as silent, and
    is set up anew; a delivery that comes proves it alive. Call it in the transaction that holds the trigger's row.
    """
    active = Subscription.objects.filter(trigger=trigger, state=Subscription.State.ACTIVE)
    if not count or not active.update(missed=F("missed") + count):
        return
    silent = active.filter(missed__gte=MISSES).first()
    if silent:
        _silence(silent)


def _silence(subscription: Subscription) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(state=Subscription.State.SILENT)
    now = timezone.now()
    make_due(subscription, max(now + GRACE, (subscription.registered_at or now) + REGISTERED_ANEW_AFTER))


def forget_notices(subscription: Subscription, received_before: datetime | None = None) -> None:
    """Deletes what was received before a moment, else what has been kept for long enough."""
    before = received_before or timezone.now() - Notice.kept_for
    Notice.objects.filter(subscription=subscription, received_at__lt=before).delete()
