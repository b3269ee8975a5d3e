"""What a person asked to see of the events: of a trigger, of a kind of record, of a kind of change, of some days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from integrations.records.days import A_DAY
from integrations.records.filters import days_in
from integrations.records.search import clean
from integrations.triggers.health import declared
from integrations.triggers.models import Event, Trigger

KINDS = {"created": "Created", "changed": "Changed", "removed": "Removed"}


@dataclass(frozen=True)
class EventFilters:
    """`first` and `last` are days in the reader's zone, both inclusive; where they cannot be used, `problem` says why and nothing is
    narrowed by them.
    """

    trigger: UUID | None = None
    entity: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None
    problem: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> EventFilters:
        kind = query.get("kind", "")
        return cls(_id_in(query.get("trigger", "")), clean(query.get("entity", "")), kind if kind in KINDS else "", *days_in(query))

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Those that were asked for. Needs the reader's zone to be the current one."""
        named = {"trigger": self.trigger, "entity": self.entity, "kind": self.kind}
        bounds = {} if self.problem else {"happened_at__gte": _begin(self.first), "happened_at__lt": _begin(self.last, behind=True)}
        return events.filter(**{name: value for name, value in {**named, **bounds}.items() if value})

    def __bool__(self) -> bool:
        return any((self.trigger, self.entity, self.kind, self.first, self.last))


def entities_of(triggers: Iterable[Trigger]) -> list[tuple[str, str]]:
    """The kinds of records that these triggers watch, in words."""
    watched = [(trigger.connection.declaration, watch.entity) for trigger in triggers if (watch := declared(trigger))]
    found = {entity: provider.entity(entity).plural for provider, entity in watched}
    return sorted(found.items(), key=lambda pair: pair[1])


def _begin(day: date | None, behind: bool = False) -> datetime | None:
    """The reader's midnight at which a day begins, or the one behind it."""
    return datetime.combine(day + A_DAY if behind else day, time(), tzinfo=timezone.get_current_timezone()) if day else None


def _id_in(text: str) -> UUID | None:
    """An id from an address, if it is one; one of another organization simply finds nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
