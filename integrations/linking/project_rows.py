"""Linked projects as their page shows them. A number of queries that does not grow with the rows. Needs a scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from integrations.catalogue import NativeLinkFacts, ProjectFacts
from integrations.connections.models import Connection
from integrations.linking.models import Integration, Link
from integrations.linking.queries import Labels, facts_of, labels_of
from integrations.linking.services import parts_of
from integrations.records.models import Record

RESTS = "It rests until it is there again: nothing travels, and nothing is lost."

NativeLink = tuple[str, NativeLinkFacts]


@dataclass(frozen=True)
class ProjectRow:
    """A link, both sides by what the mirror knows of them, and how it is. `native` is what links of the services' own there are beside
    ours, each with the service that made it.
    """

    link: Link
    left: str
    left_note: str
    right: str
    right_note: str
    state: str
    word: str
    text: str = ""
    native: list[NativeLink] = field(default_factory=list)


def project_rows(integration: Integration, links: Collection[Link]) -> list[ProjectRow]:
    """Links of projects with the names and the state that both sides have now."""
    left = facts_of(integration.left, parts_of(integration.left).project, [link.left_id for link in links])
    right = facts_of(integration.right, parts_of(integration.right).project, [link.right_id for link in links])
    labels = labels_of(integration)
    native = _native(integration, links, labels)
    return [_row(link, left.get(link.left_id), right.get(link.right_id), native.get(link, []), labels) for link in links]


def _row(link: Link, left: ProjectFacts | None, right: ProjectFacts | None, native: list[NativeLink], labels: Labels) -> ProjectRow:
    state, word, text = _state(link, left, right, labels)
    return ProjectRow(
        link=link,
        left=left.name if left else link.name,
        left_note=left.client if left else "",
        right=right.name if right else "",
        right_note=right.client if right else "",
        state=state,
        word=word,
        text=text,
        native=native,
    )


def _state(link: Link, left: ProjectFacts | None, right: ProjectFacts | None, labels: Labels) -> tuple[str, str, str]:
    """The state, its word, and what is said of it."""
    if link.problem:
        rests = link.next_try_at is not None and link.next_try_at > timezone.now()
        return ("attention", "Rests", link.problem) if rests else ("failed", "Has a problem", link.problem)
    if not link.right_id:
        return "working", "Made with the next sync", ""
    for facts, label in ((left, labels.left), (right, labels.right)):
        if facts is None:
            return "attention", f"Gone in {label}", RESTS
        if not facts.is_active:
            return "attention", f"Archived in {label}", RESTS
    return "ok", "Linked", ""


def _native(integration: Integration, links: Collection[Link], labels: Labels) -> dict[Link, list[NativeLink]]:
    """What the services' own integrations have linked with the same projects."""
    left = _native_links(integration.left, [link.left_id for link in links])
    right = _native_links(integration.right, [link.right_id for link in links])
    return {
        link: [(labels.left, each) for each in left.get(link.left_id, [])] + [(labels.right, each) for each in right.get(link.right_id, [])]
        for link in links
    }


def _native_links(connection: Connection, project_ids: Collection[str]) -> Mapping[str, list[NativeLinkFacts]]:
    """By the project that they link; nothing where the service has no integrations of its own."""
    part = parts_of(connection).native
    found: defaultdict[str, list[NativeLinkFacts]] = defaultdict(list)
    if part is None:
        return found
    column = connection.declaration.entity(part.projects).column_of(parts_of(connection).project.entity)
    records = Record.objects.filter(connection=connection, entity=part.projects, removed_at=None)
    if column:
        records = records.filter(**{f"{column}__in": list(project_ids)})
    for data in records.order_by("id").values_list("data", flat=True):
        facts = part.read_project(data)
        found[facts.subject_id].append(facts)
    return found
