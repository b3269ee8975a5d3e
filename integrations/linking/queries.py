"""What the pages of linking read. Everything here needs a scope, and asks a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone

from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.linking.health import CountedIntegration
from integrations.linking.models import Integration, Link, PersonLink, ProjectLink
from integrations.linking.registry import waits_for_calls
from integrations.linking.services import parts_of
from integrations.records.models import Record, RecordList

MOST_NAMES = 3
LINKS: dict[str, type[Link]] = {"project": ProjectLink, "person": PersonLink}


class Labels(NamedTuple):
    """What the two sides are called."""

    left: str
    right: str


@dataclass(frozen=True)
class ListState:
    """How well a list of one side is known, and what is new in it: how many records, and the names of the first."""

    label: str
    seen_at: datetime | None
    problem: str
    is_refreshing: bool
    new: int = 0
    new_names: tuple[str, ...] = ()


def integrations_with_counts() -> QuerySet[CountedIntegration]:
    """All integrations with both sides, and how many projects and people are linked in each, people connected, links with
    a problem, and whether a sync waits for calls.
    """
    stuck = ProjectLink.live.exclude(problem="")
    return Integration.objects.select_related("left", "right").annotate(
        project_count=_counted(ProjectLink.live.all()),
        person_count=_counted(PersonLink.live.all()),
        connected_count=_counted(PersonLink.connected.all()),
        problem_count=_counted(stuck),
        waits_for_calls=waits_for_calls(),
    )


def integration_of(key: UUID) -> CountedIntegration:
    """One integration with its counts, or the page that says that there is none."""
    return get_object_or_404(integrations_with_counts(), pk=key)


def labels_of(integration: Integration) -> Labels:
    """The providers' names; where both sides are of one provider, the connections' own."""
    left, right = integration.left, integration.right
    if left.provider == right.provider:
        return Labels(left.name, right.name)
    return Labels(left.provider_label, right.provider_label)


def record_count(connection: Connection, entity: str) -> int:
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None).count()


def links_found(links: type[Link], integration: Integration, find: str, only_problems: bool = False) -> QuerySet[Link]:
    """Live links whose name holds what is looked for."""
    found = links.live.filter(integration=integration)
    if find:
        found = found.filter(name__icontains=find)
    return found.exclude(problem="") if only_problems else found


def list_states(integration: Integration, part: str, since: datetime | None = None) -> list[ListState]:
    """How fresh the lists of a part (`project` or `person`) are on both sides, and what has appeared in them since a moment."""
    return [_list_state(integration, side, part, since) for side in ("left", "right")]


def _list_state(integration: Integration, side: str, part: str, since: datetime | None) -> ListState:
    connection: Connection = getattr(integration, side)
    entity = getattr(parts_of(connection), part).entity
    found = list(RecordList.objects.filter(connection=connection, entity=entity))
    waiting = any(each.is_being_worked_on or (each.due_at and each.due_at <= timezone.now()) for each in found)
    problem = next((each.problem for each in found if each.problem), "")
    walked = [each.whole_at for each in found]
    seen_at = min(at for at in walked if at) if walked and all(walked) else None
    known = Record.objects.filter(connection=connection, entity=entity, removed_at=None)
    linked = LINKS[part].objects.filter(integration=integration).values(f"{side}_id")
    new = _appeared(known, since, linked) if since else []
    return ListState(connection.provider_label, seen_at, problem, waiting, len(new), tuple(new[:MOST_NAMES]))


def _appeared(known: QuerySet[Record], since: datetime, linked: QuerySet[Any, Any]) -> list[str]:
    """The names of the records that the mirror knows since a moment. What the very first look brought is not new, nor what is linked, which
    may have been made by a sync.
    """
    first_look = known.order_by("first_seen_at").values("first_seen_at")[:1]
    rows = known.filter(first_seen_at__gte=since, first_seen_at__gt=Subquery(first_look)).exclude(remote_id__in=linked)
    return list(rows.order_by("title", "id").values_list("title", flat=True))


def _counted(links: QuerySet[Any]) -> Coalesce:
    counted = links.filter(integration=OuterRef("pk")).order_by().values("integration").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def facts_of(connection: Connection, part: Any, ids: Collection[str]) -> dict[str, Any]:
    """What a part (of `Parts`) reads from the records with these ids that stand over there."""
    found = Record.objects.filter(connection=connection, entity=part.entity, remote_id__in=ids, removed_at=None)
    read: Callable[[Data], Any] = part.read
    return {remote_id: read(data) for remote_id, data in found.values_list("remote_id", "data")}
