"""What the pages of triggers and events ask. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from integrations.catalogue import Entity, Watch
from integrations.connections.models import Connection, State
from integrations.operations.models import Run
from integrations.providers import UnknownProvider
from integrations.triggers.models import Event, ListedWebhooks, Subscription, Trigger
from integrations.triggers.registry import Deed, deeds_about

MOST_TRIGGERS = 500
SHOWN_LATELY = 10

Row = tuple[Event, list[Deed]]


@dataclass(frozen=True)
class Offered:
    """What can be watched of one kind of record."""

    entity: Entity
    watches: list[Watch]


def triggers() -> QuerySet[Trigger]:
    """All of them, those that were ended too, with what their pages say of them."""
    return Trigger.objects.select_related("connection", "subscription")


def live_trigger(trigger_id: UUID) -> Trigger:
    """One that was not ended. Raises `Http404`."""
    return get_object_or_404(triggers().filter(ended_at=None), pk=trigger_id)


def subscription_of(trigger: Trigger) -> Subscription | None:
    return getattr(trigger, "subscription", None)


def events() -> QuerySet[Event]:
    """Events as the feed shows them: without the records themselves."""
    return Event.objects.select_related("trigger__connection").defer("before", "after")


def rows_of(organization: str, found: Sequence[Event]) -> list[Row]:
    """The events with what was done about each."""
    deeds = deeds_about(organization, found)
    return [(event, deeds[event.pk]) for event in found]


def lately_told(organization: str, trigger: Trigger) -> list[Row]:
    return rows_of(organization, list(events().filter(trigger=trigger).order_by("-happened_at", "-id")[:SHOWN_LATELY]))


def entity_of(event: Event) -> Entity | None:
    """What kind of record an event is about; None where the provider does not have it any more."""
    try:
        return event.trigger.connection.declaration.entity_by_name.get(event.entity)
    except UnknownProvider:
        return None


def causing_run(event: Event) -> Run | None:
    """The run of ours that caused it, where it is still kept."""
    return Run.objects.select_related("connection").filter(pk=event.run_id).first() if event.run_id else None


def subscriptions_on(connection: Connection) -> QuerySet[Subscription]:
    """The webhooks of a connection's triggers that are not over."""
    living = Subscription.objects.filter(connection=connection).exclude(state=Subscription.State.ENDED)
    return living.select_related("trigger").order_by("trigger__name", "created_at")


def listed_at(connection: Connection) -> datetime | None:
    """When the provider last listed its webhooks."""
    return ListedWebhooks.objects.filter(connection=connection).values_list("listed_at", flat=True).first()


def watchable() -> list[tuple[Connection, list[Offered]]]:
    """The connected ones with what each offers to watch, by the kind of record."""
    connections = Connection.objects.filter(state=State.CONNECTED).order_by("name")
    offers = [(connection, _offered(connection)) for connection in connections]
    return [offer for offer in offers if offer[1]]


def watch_on(connection: Connection, name: str) -> Watch | None:
    """A watch that a connection offers: of records that can be listed."""
    watches = (watch for offered in _offered(connection) for watch in offered.watches)
    return next((watch for watch in watches if watch.name == name), None)


def _offered(connection: Connection) -> list[Offered]:
    try:
        provider = connection.declaration
    except UnknownProvider:
        return []
    listed = [entity for entity in provider.entities if entity.collect]
    found = [Offered(entity, [each for each in provider.watches if each.entity == entity.name]) for entity in listed]
    return [offered for offered in found if offered.watches]
