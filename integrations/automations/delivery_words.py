"""How destinations and deliveries are, in words: the states of the design system with what is said beside them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from integrations.automations.models import Delivery, Destination
from integrations.automations.ordering import waits_for_daily_mail
from portal.ui.words import ago_words


@dataclass(frozen=True)
class Condition:
    """A state of the design system with its word, and what is to be said beside it."""

    state: str
    word: str
    text: str = ""


DELIVERED = Condition("ok", "Delivered")
FAILED = Condition("failed", "Failed")
SENDING = Condition("working", "Being sent")


def condition_of_destination(destination: Destination) -> Condition:
    """How a destination is, the worst first."""
    if destination.ended_at:
        return Condition("neutral", "Ended")
    if destination.state == Destination.State.DISABLED:
        return Condition("failed", "Disabled", destination.problem)
    if destination.is_paused:
        return Condition("neutral", "Paused", "What is told meanwhile waits here, and is sent when it goes on.")
    if destination.state == Destination.State.FAILING:
        return Condition("attention", "Failing", destination.problem)
    return Condition("ok", "Delivers" if destination.delivered_at else "Ready")


def condition_of_delivery(delivery: Delivery) -> Condition:
    """How a delivery is, and what it waits for."""
    if delivery.state == Delivery.State.DELIVERED:
        return DELIVERED
    if delivery.state == Delivery.State.FAILED:
        return FAILED
    if delivery.is_being_worked_on:
        return SENDING
    return Condition("attention" if delivery.tries else "working" if delivery.due_at else "neutral", "Waiting", waits_for(delivery))


def waits_for(delivery: Delivery) -> str:
    """What a delivery that has not arrived waits for."""
    destination = delivery.destination
    if not destination.is_open:
        return f"{_why_closed(destination)}: nothing is sent there."
    if delivery.due_at:
        return f"Next try {ago_words(delivery.due_at)}."
    if waits_for_daily_mail(destination):
        return f"Goes with the mail at {hour_words(destination.hour)}."
    return "An earlier delivery of the same record goes first."


def hour_words(hour: int) -> str:
    """`08:00`."""
    return f"{hour:02d}:00"


def where_to(destination: Destination, *, whole: bool) -> str:
    """Where a destination delivers. The path of a webhook's address may be what lets one in, so only those who may change it see it
    `whole`.
    """
    if destination.kind == Destination.Kind.EMAIL:
        return ", ".join(destination.addresses)
    if whole:
        return destination.url
    parts = urlsplit(destination.url)
    hidden = parts.path.strip("/") or parts.query
    return f"{parts.scheme}://{parts.netloc}/" + ("…" if hidden else "")


def _why_closed(destination: Destination) -> str:
    if destination.ended_at:
        return "The destination was ended"
    return "The destination is paused" if destination.is_paused else "The destination is disabled"
