"""Events in words: `{% load events %}`."""

from __future__ import annotations

from datetime import datetime

from django import template

from integrations.triggers.health import declared
from integrations.triggers.models import Event
from integrations.triggers.queries import entity_of

STATES = {"created": "ok", "changed": "working", "removed": "attention"}

register = template.Library()


@register.filter
def event_state(event: Event) -> str:
    """The state of the design system that its dot shows."""
    return STATES.get(event.kind, "neutral")


@register.filter
def event_verb(event: Event) -> str:
    """What happened to the record, in the words of what is watched, as long as that is declared."""
    watch = declared(event.trigger)
    return watch.verb_of(event.kind) if watch else f"was {event.kind}"


@register.filter
def event_time(event: Event) -> datetime:
    """When it happened, as far as anybody knows."""
    return event.moment or event.happened_at


@register.filter
def event_entity(event: Event) -> str:
    """What kind of record it is about."""
    entity = entity_of(event)
    return entity.label if entity else event.entity
