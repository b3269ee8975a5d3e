"""What the pages of triggers and events ask."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from integrations.catalogue import Entity, Watch
from integrations.connections.models import Connection
from integrations.providers import UnknownProvider
from integrations.triggers.models import Event, Trigger

MOST_TRIGGERS = 500


@dataclass(frozen=True)
class Condition:
    """How a trigger is, as a state of the design system and a word."""

    state: str
    word: str


def triggers() -> QuerySet[Trigger]:
    return Trigger.objects.select_related("connection")


def events() -> QuerySet[Event]:
    """Events as the feed shows them: without the records themselves."""
    return Event.objects.select_related("trigger__connection").defer("before", "after")


def events_of(trigger: Trigger, most: int = 10) -> list[Event]:
    return list(events().filter(trigger=trigger).order_by("-happened_at", "-id")[:most])


def condition_of(trigger: Trigger) -> Condition:
    """One word for a trigger, the worst first."""
    if declared(trigger) is None:
        return Condition("failed", "Not offered any more")
    if trigger.is_paused:
        return Condition("neutral", "Paused")
    if not trigger.connection.is_connected:
        return Condition("failed", "Not connected")
    if trigger.problem:
        return Condition("attention", "Could not look")
    if trigger.is_being_worked_on:
        return Condition("working", "Looking")
    if trigger.polled_at is None:
        return Condition("working", "Begins in a moment")
    return Condition("attention", "Late") if is_late(trigger) else Condition("ok", "Watching")


def is_late(trigger: Trigger) -> bool:
    """Whether a look is overdue by two intervals: silence that is not for lack of news."""
    return trigger.due_at is not None and (timezone.now() - trigger.due_at).total_seconds() > 2 * 60 * trigger.minutes


def declared(trigger: Trigger) -> Watch | None:
    """The watch's declaration; None where the provider does not have it any more."""
    try:
        return trigger.connection.declaration.watch_by_name.get(trigger.watch)
    except UnknownProvider:
        return None


def entity_of(event: Event) -> Entity | None:
    """What kind of record an event is about; None where the provider does not have it any more."""
    try:
        return event.trigger.connection.declaration.entity_by_name.get(event.entity)
    except UnknownProvider:
        return None


def watchable() -> list[Connection]:
    """Connected ones whose provider declares something to watch."""
    connections = Connection.objects.filter(state="connected").order_by("name")
    return [connection for connection in connections if _watches(connection)]


def _watches(connection: Connection) -> tuple[Watch, ...]:
    try:
        return connection.declaration.watches
    except UnknownProvider:
        return ()


def chosen_trigger(text: str) -> UUID | None:
    """A trigger's id from an address, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
