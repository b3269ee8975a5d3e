"""What upper parts want to be told about triggers. They fill these lists when they load, in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from integrations.connections.models import Connection
from integrations.triggers.models import Event, Trigger

when_told: list[Callable[[Sequence[Event]], None]] = []
"""Called with new events of one trigger, in the order in which they happened, in the transaction that writes them: what is to be done
about them is written together with them, or not at all. Each event's `trigger` is there already, with its connection.
"""

regular_looks: list[Callable[[Connection], Mapping[str, float]]] = []
"""Give the minutes between two looks at the list of each entity of a connection that others look at regularly."""

dependents: list[Callable[[Trigger], Iterable[str]]] = []
"""Give sentences about what depends on a trigger, shown before it is ended."""


@dataclass(frozen=True)
class Deed:
    """Something that was done about an event: a state of the design system with its word, what it was, and where more of it stands."""

    state: str
    word: str
    title: str
    url: str
    at: datetime | None = None
    text: str = ""


done_about: list[Callable[[str, Sequence[Event]], Mapping[UUID, list[Deed]]]] = []
"""Give what was done about some events, by their ids. Called with the slug of the organization; a constant number of queries each."""


def deeds_about(organization: str, events: Sequence[Event]) -> dict[UUID, list[Deed]]:
    """What was done about each of these events."""
    found: dict[UUID, list[Deed]] = {event.pk: [] for event in events}
    for asked in done_about:
        for event_id, deeds in asked(organization, events).items():
            found[event_id] += deeds
    return found


def looks_of_others(connection: Connection) -> dict[str, float]:
    """The fewest minutes between two looks of others, by entity. Needs a scope."""
    found: dict[str, float] = {}
    for asked in regular_looks:
        for entity, minutes in asked(connection).items():
            found[entity] = min(minutes, found.get(entity, minutes))
    return found


def tell_above(events: Sequence[Event]) -> None:
    for told in when_told:
        told(events)


def dependents_of(trigger: Trigger) -> list[str]:
    return [sentence for asked in dependents for sentence in asked(trigger)]
