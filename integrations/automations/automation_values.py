"""What the placeholders of an automation stand for: the event that it runs for, and what its earlier steps gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.triggers.models import Event

Values = dict[str, Any]


def values_of(event: Event, outputs: Mapping[int, Any]) -> Values:
    """`event` and `steps`, the latter by their numbers. The event's trigger and its connection are there already."""
    return {"event": facts_of(event), "steps": dict(outputs)}


def facts_of(event: Event) -> Values:
    """An event as placeholders and conditions name it."""
    return {
        "title": event.title,
        "kind": event.kind,
        "entity": event.entity,
        "remote_id": event.remote_id,
        "after": event.after,
        "before": event.before,
        "happened_at": event.happened_at.isoformat(),
        "moment": event.moment.isoformat() if event.moment else None,
        "id": str(event.pk),
        "trigger": event.trigger.name,
        "connection": event.trigger.connection.name,
    }
