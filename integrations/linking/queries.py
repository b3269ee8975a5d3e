"""What the pages of linking read. Everything here needs a scope, and asks a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone

from integrations.catalogue import PersonFacts, ProjectFacts
from integrations.catalogue.reading import Data
from integrations.connections.models import Connection
from integrations.linking.health import CountedIntegration
from integrations.linking.models import Integration, Link, PersonLink, ProjectLink
from integrations.linking.services import parts_of, people
from integrations.records.models import Record, RecordList, freshness

Facts = TypeVar("Facts", ProjectFacts, PersonFacts)


class Labels(NamedTuple):
    """What the two sides are called."""

    left: str
    right: str


@dataclass(frozen=True)
class LinkRow:
    """A link as a table shows it, both sides by what the mirror knows of them."""

    link: Link
    left: str
    left_note: str
    right: str
    right_note: str
    state: str
    word: str


@dataclass(frozen=True)
class Unmatched:
    """Somebody on the left without a partner, and why."""

    person: PersonFacts
    reason: str


@dataclass(frozen=True)
class ListState:
    """How well a list of one side is known."""

    label: str
    seen_at: datetime | None
    problem: str
    is_refreshing: bool


def integrations_with_counts() -> QuerySet[CountedIntegration]:
    """All integrations with both sides, and how many projects and people are linked in each and how many links have a problem."""
    stuck = ProjectLink.live.exclude(problem="")
    return Integration.objects.select_related("left", "right").annotate(
        project_count=_counted(ProjectLink.live.all()), person_count=_counted(PersonLink.live.all()), problem_count=_counted(stuck)
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


def project_rows(integration: Integration, links: Collection[Link]) -> list[LinkRow]:
    """Links of projects with the names that both sides have now."""
    left = _facts(integration.left, parts_of(integration.left).project, [link.left_id for link in links])
    right = _facts(integration.right, parts_of(integration.right).project, [link.right_id for link in links])
    labels = labels_of(integration)
    return [_project_row(link, left.get(link.left_id), right.get(link.right_id), labels) for link in links]


def person_rows(integration: Integration, links: Collection[Link]) -> list[LinkRow]:
    """Links of people with the names that both sides have now."""
    left = _facts(integration.left, parts_of(integration.left).person, [link.left_id for link in links])
    right = _facts(integration.right, parts_of(integration.right).person, [link.right_id for link in links])
    labels = labels_of(integration)
    return [_person_row(link, left.get(link.left_id), right.get(link.right_id), labels) for link in links]


def unmatched_people(integration: Integration) -> list[Unmatched]:
    """Active people on the left without a partner, each with the reason."""
    labels = labels_of(integration)
    by_address = {facts.email.casefold(): facts for facts in people(integration.right).values() if facts.email}
    links = list(PersonLink.objects.filter(integration=integration))
    live = {link.left_id for link in links if link.disconnected_at is None}
    taken = {link.right_id for link in links if link.disconnected_at is None}
    parted = {link.left_id for link in links} - live
    alone = [facts for facts in people(integration.left).values() if facts.is_active and facts.id not in live]
    return [Unmatched(facts, _reason(facts, by_address.get(facts.email.casefold()), taken, parted, labels)) for facts in alone]


def list_states(integration: Integration, part: str) -> list[ListState]:
    """How fresh the lists of a part (`project` or `person`) are on both sides."""
    return [_list_state(each, getattr(parts_of(each), part).entity) for each in (integration.left, integration.right)]


def _list_state(connection: Connection, entity: str) -> ListState:
    lists = RecordList.objects.filter(connection=connection, entity=entity)
    found = list(lists)
    waiting = any(each.is_being_worked_on or (each.due_at and each.due_at <= timezone.now()) for each in found)
    problem = next((each.problem for each in found if each.problem), "")
    return ListState(connection.provider_label, freshness(lists), problem, waiting)


def _counted(links: QuerySet[Any]) -> Coalesce:
    counted = links.filter(integration=OuterRef("pk")).order_by().values("integration").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def _facts(connection: Connection, part: Any, ids: Collection[str]) -> dict[str, Any]:
    found = Record.objects.filter(connection=connection, entity=part.entity, remote_id__in=ids, removed_at=None)
    read: Callable[[Data], Any] = part.read
    return {remote_id: read(data) for remote_id, data in found.values_list("remote_id", "data")}


def _project_row(link: Link, left: ProjectFacts | None, right: ProjectFacts | None, labels: Labels) -> LinkRow:
    state, word = _project_state(link, left, right, labels)
    return LinkRow(
        link,
        left.name if left else link.name,
        left.client if left else "",
        right.name if right else "",
        right.client if right else "",
        state,
        word,
    )


def _project_state(link: Link, left: ProjectFacts | None, right: ProjectFacts | None, labels: Labels) -> tuple[str, str]:
    if link.problem:
        return "failed", "Has a problem"
    if not link.right_id:
        return "working", "Made with the next sync"
    return _state_of_sides(left, right, labels, "archived")


def _person_row(link: Link, left: PersonFacts | None, right: PersonFacts | None, labels: Labels) -> LinkRow:
    state, word = ("failed", "Has a problem") if link.problem else _state_of_sides(left, right, labels, "not active")
    return LinkRow(
        link,
        left.name if left else link.name,
        left.email if left else "",
        right.name if right else "",
        right.email if right else "",
        state,
        word,
    )


def _state_of_sides(left: Facts | None, right: Facts | None, labels: Labels, resting: str) -> tuple[str, str]:
    for facts, label in ((left, labels.left), (right, labels.right)):
        if facts is None:
            return "attention", f"Gone in {label}"
        if not facts.is_active:
            return "attention", f"{resting.capitalize()} in {label}"
    return "ok", "Linked"


def _reason(person: PersonFacts, partner: PersonFacts | None, taken: Collection[str], parted: Collection[str], labels: Labels) -> str:
    if person.id in parted:
        return "Was disconnected by hand."
    if not person.email:
        return f"Has no e-mail address in {labels.left}."
    if partner is None:
        return f"Nobody in {labels.right} has this e-mail address."
    if partner.id in taken:
        return f"Whoever has this address in {labels.right} is linked with somebody else."
    if not partner.is_active:
        return f"Is not active in {labels.right}."
    return f"Has the same address in {labels.right}: match by e-mail."
