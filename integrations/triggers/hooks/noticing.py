"""What deliveries have said, for the look that follows them, and what they should have said and did not. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from integrations.triggers.models import Notice, Subscription, Trigger
from portal.work.claims import make_due

FEW = 5  # so many of a minute may be asked for one by one; of more than that the list is looked at
BETWEEN_WALKS = timedelta(seconds=60)
MOST_NOTICES = 1000  # of a trigger that may wait; whatever comes beyond them is covered by the look that follows
MISSES = 3  # events in a row that a look found and no delivery told of
GRACE = timedelta(minutes=15)  # for deliveries that were only slower than the look
REGISTERED_ANEW_AFTER = timedelta(hours=6)  # at the earliest: a few times a day


def open_notices(trigger: Trigger) -> list[Notice]:
    """What deliveries told of and nobody has looked for yet, the oldest first. Ask before the look, and mark them handled after it."""
    waiting = Notice.objects.filter(subscription__trigger=trigger, handled_at=None)
    return list(waiting.order_by("received_at", "id")[:MOST_NOTICES])


def are_few(trigger: Trigger) -> bool:
    """Whether so few deliveries wait, or came within the last minute, that their records may be asked for one by one. Those that were
    handled at once count as well: else a storm would cost a call for each, if only the worker is quick.
    """
    counting = Q(handled_at=None) | Q(received_at__gt=timezone.now() - BETWEEN_WALKS)
    return Notice.objects.filter(counting, subscription__trigger=trigger)[: FEW + 1].count() <= FEW


def mark_handled(notices: Sequence[Notice]) -> None:
    if notices:
        Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(handled_at=timezone.now())


def is_room_for_notices(subscription: Subscription) -> bool:
    """Whether another delivery may wait: a trigger that rests or fails for days would collect them without end."""
    return Notice.objects.filter(subscription=subscription, handled_at=None)[:MOST_NOTICES].count() < MOST_NOTICES


def keep_newest(subscription: Subscription, parent_id: str) -> None:
    """Of the deliveries that wait and ask for the same look, keeps the newest: a look that began before it serves it not. Those that
    somebody marks at this moment are left alone.
    """
    waiting = Notice.objects.filter(subscription=subscription, parent_id=parent_id, handled_at=None).order_by("-received_at", "-id")
    older = waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[1:MOST_NOTICES]
    Notice.objects.filter(pk__in=list(older)).delete()


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
