"""Destinations and deliveries in words: `{% load deliveries %}`."""

from __future__ import annotations

from django import template
from django.utils import timezone

from integrations.automations import delivery_words
from integrations.automations.delivery_words import Condition
from integrations.automations.models import Delivery, DeliveryAttempt, Destination, SampleMessage
from integrations.automations.ordering import waits_for_daily_mail
from portal.ui.words import duration_words

register = template.Library()


@register.filter
def destination_condition(destination: Destination) -> Condition:
    """`{% with condition=destination|destination_condition %}`: its state, its word, and what is said beside it."""
    return delivery_words.condition_of_destination(destination)


@register.filter
def delivery_condition(delivery: Delivery) -> Condition:
    """`{% with condition=delivery|delivery_condition %}`: its state, its word, and what it waits for."""
    return delivery_words.condition_of_delivery(delivery)


@register.filter
def where_to(destination: Destination, may_change: bool) -> str:
    """`{{ destination|where_to:may_change }}`: the address, whole only for those who may change it."""
    return delivery_words.where_to(destination, whole=may_change)


@register.filter
def hour_of(destination: Destination) -> str:
    """`08:00`: when the daily mail goes."""
    return delivery_words.hour_words(destination.hour)


@register.filter
def is_daily(destination: Destination) -> bool:
    return waits_for_daily_mail(destination)


@register.filter
def overlaps(destination: Destination) -> bool:
    """Whether the secret before the one that counts still signs as well."""
    return destination.overlap_ends_at is not None and destination.overlap_ends_at > timezone.now()


@register.filter
def attempt_state(attempt: DeliveryAttempt | SampleMessage) -> str:
    """The state of the design system that its dot shows."""
    if attempt.ended_at is None:
        return "working"
    return "failed" if attempt.problem else "ok"


@register.filter
def took(attempt: DeliveryAttempt | SampleMessage) -> str:
    """How long the receiver took: `85 ms`, `12 s`."""
    if attempt.milliseconds is None:
        return ""
    return f"{attempt.milliseconds} ms" if attempt.milliseconds < 1000 else duration_words(attempt.milliseconds / 1000)
