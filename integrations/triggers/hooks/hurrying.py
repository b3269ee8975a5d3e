"""A delivery brings the next look forward, but never so far that a storm of them costs more than a look at each list a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from integrations.catalogue import Hooks, Told, Watch
from integrations.records.models import RecordList
from integrations.triggers.hooks.noticing import BETWEEN_WALKS, are_few
from integrations.triggers.models import Trigger
from portal.work.claims import wake_soon


def bring_forward(trigger: Trigger, hooks: Hooks, told: Told) -> None:
    """Makes a trigger due because of a delivery. Needs a scope.

    One that waits because its provider said no goes on waiting: the notice stays. One that somebody works on at the moment may have asked
    for the notices already: it is due once more.
    """
    if trigger.is_paused or trigger.ended_at or trigger.failures:
        return
    now = timezone.now()
    at = min(max(now, _soonest(trigger, hooks, told)), now + timedelta(minutes=trigger.minutes))  # never later than by itself
    later = Q(due_at=None) | Q(due_at__gt=at) | Q(claimed_until__gt=now)
    if Trigger.objects.filter(later, pk=trigger.pk).exclude(due_at=at).update(due_at=at) and at == now:
        wake_soon()


def _soonest(trigger: Trigger, hooks: Hooks, told: Told) -> datetime:
    watch = trigger.declaration
    asks_for_one = watch.hook is not None and watch.hook.one and hooks.deliveries.is_believed
    if asks_for_one and are_few(trigger):
        return timezone.now()
    return max((moment for moment in _walks(trigger, watch, told) if moment), default=timezone.now())


def _walks(trigger: Trigger, watch: Watch, told: Told) -> list[datetime | None]:
    """When its list may be walked again: a while after the last walk, and not while our own budget holds it back."""
    collect = trigger.connection.declaration.entity(watch.entity).collect
    each = told.parent_id if collect and collect.each else ""
    known = RecordList.objects.filter(connection=trigger.connection, entity=watch.entity, each=each).first()
    walked_at = known.whole_at if known else trigger.polled_at
    return [walked_at and walked_at + BETWEEN_WALKS, known.held_back_until if known else None]
