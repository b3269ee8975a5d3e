"""What pages ask about alarms. Everything here needs a scope."""

from __future__ import annotations

from integrations.alarms.models import Alarm
from portal.ui.keyset import Order, Page, page_of

NEWEST_FIRST = Order("raised_at", descending=True)
MOST_OPEN = 100


def alarms(before: str, after: str) -> Page[Alarm]:
    """A page of all alarms, those that are over among them."""
    return page_of(Alarm.objects.all(), NEWEST_FIRST, before, after)


def open_alarms() -> list[Alarm]:
    return list(Alarm.objects.filter(ended_at=None).order_by("-raised_at", "-id")[:MOST_OPEN])
