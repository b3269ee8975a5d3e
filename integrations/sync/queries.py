"""What the pages of sync read. Everything here needs a scope, and asks a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from integrations.connections.models import Call, Connection
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import parts_of
from integrations.records.models import RecordList, freshness
from integrations.records.search import clean
from integrations.sync.models import Obstacle, StepRecord, Sync
from integrations.sync.obstacles import concerned
from integrations.sync.presenting import WORDS, Change, changes
from integrations.sync.steps import StepKind

OUTCOMES = {
    StepRecord.Outcome.DONE: "ok",
    StepRecord.Outcome.REFUSED: "failed",
    StepRecord.Outcome.UNKNOWN: "attention",
    StepRecord.Outcome.SKIPPED: "neutral",
}
STATES = {
    Sync.State.COLLECTING: "working",
    Sync.State.APPLYING: "working",
    Sync.State.WAITING: "working",
    Sync.State.DONE: "ok",
    Sync.State.FAILED: "failed",
    Sync.State.INTERRUPTED: "attention",
}
OBSTACLES_SHOWN = 25


@dataclass(frozen=True)
class StepFilters:
    """What a person asked to see of the steps of a sync."""

    show: str = ""
    kind: str = ""
    outcome: str = ""
    link: str = ""
    find: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> StepFilters:
        """What is no filter is let go of."""
        return cls(
            show=_known(query.get("show", ""), ("writes", "problems")),
            kind=_known(query.get("kind", ""), list(StepKind)),
            outcome=_known(query.get("outcome", ""), StepRecord.Outcome.values),
            link=_uuid(query.get("link", "")),
            find=clean(query.get("find", "")),
        )

    def narrow(self, steps: QuerySet[StepRecord]) -> QuerySet[StepRecord]:
        chosen = {"kind": self.kind, "outcome": self.outcome, "link_id": self.link, "title__icontains": self.find}
        steps = steps.filter(**{name: value for name, value in chosen.items() if value})
        if self.show == "writes":
            return steps.filter(is_write=True)
        return steps.exclude(outcome=StepRecord.Outcome.DONE) if self.show == "problems" else steps

    def __bool__(self) -> bool:
        return any((self.show, self.kind, self.outcome, self.link, self.find))


@dataclass(frozen=True)
class ShownStep:
    """A step as it was carried out, with the calls that it took."""

    record: StepRecord
    project: str
    calls: list[Call]

    @property
    def changes(self) -> list[Change]:
        return changes(self.record.before, self.record.after)


def shown_steps(records: Iterable[StepRecord]) -> list[ShownStep]:
    """Steps with their projects and calls, in two queries."""
    rows = list(records)
    calls = calls_of({row.run_id for row in rows if row.run_id})
    names = dict(ProjectLink.objects.filter(pk__in={row.link_id for row in rows if row.link_id}).values_list("pk", "name"))
    return [
        ShownStep(row, names.get(row.link_id, "") if row.link_id else "", calls.get(row.run_id, []) if row.run_id else []) for row in rows
    ]


def calls_of(runs: Collection[UUID]) -> dict[UUID, list[Call]]:
    """The calls behind some runs, in their order."""
    found: dict[UUID, list[Call]] = {}
    for call in Call.objects.filter(run_id__in=runs).order_by("pk") if runs else ():
        if call.run_id:
            found.setdefault(call.run_id, []).append(call)
    return found


def kinds_of(sync: Sync) -> list[tuple[str, str]]:
    """The kinds of steps that a sync had, with their words, for a filter."""
    kinds = StepRecord.objects.filter(sync=sync).order_by().values_list("kind", flat=True).distinct()
    return sorted(((kind, WORDS[StepKind(kind)][0]) for kind in kinds if kind in set(StepKind)), key=lambda each: each[1])


def projects_of(sync: Sync) -> list[ProjectLink]:
    """The linked projects that a sync had steps of, for a filter."""
    links = StepRecord.objects.filter(sync=sync).exclude(link_id=None).order_by().values("link_id").distinct()
    return list(ProjectLink.objects.filter(pk__in=links).order_by("name", "pk"))


def obstacles_of(integration: Integration) -> list[Obstacle]:
    """Steps that were refused and are tried again later, each with whether its project can be tried now; one more than is shown says that
    there are more.
    """
    of_live_link = Exists(ProjectLink.live.filter(integration=integration, pk=OuterRef("link_id")))
    refused = Obstacle.objects.filter(integration=integration).annotate(can_be_tried=of_live_link)
    return list(refused.order_by("next_try_at", "pk")[: OBSTACLES_SHOWN + 1])


def refused_of(integration: Integration, ids: Collection[str]) -> list[Obstacle]:
    """What was refused about records with these ids, and is tried again."""
    return [each for each in Obstacle.objects.filter(integration=integration).order_by("last_at", "pk") if concerned(each) & set(ids)]


def link_of(integration: Integration, key: UUID) -> ProjectLink:
    """A live linked project of an integration, or the page that says that there is none."""
    return get_object_or_404(ProjectLink.live.filter(integration=integration), pk=key)


def looked_at(integration: Integration) -> list[tuple[str, datetime | None]]:
    """As of when everything that a plan reads of each side is known; None while something of it was never read whole."""
    linked = list(ProjectLink.live.filter(integration=integration).values_list("left_id", flat=True))
    return [
        (integration.left.provider_label, freshness(_lists(integration.left, linked))),
        (integration.right.provider_label, freshness(_lists(integration.right, []))),
    ]


def _lists(connection: Connection, projects: Iterable[str]) -> QuerySet[RecordList]:
    parts = parts_of(connection)
    entities = {part.entity for part in (parts.project, parts.person, parts.task, parts.time)}
    return RecordList.objects.filter(Q(each="") | Q(each__in=projects), connection=connection, entity__in=entities)


def syncs_of(integration: Integration) -> QuerySet[Sync]:
    """The syncs of an integration, each with the number of its steps, of its writes, and of what went wrong."""
    steps = StepRecord.objects.filter(sync=OuterRef("pk"))
    return Sync.objects.filter(integration=integration).annotate(
        step_count=_counted(steps),
        write_count=_counted(steps.filter(is_write=True, outcome=StepRecord.Outcome.DONE)),
        problem_count=_counted(steps.exclude(outcome=StepRecord.Outcome.DONE)),
    )


def sync_of(integration: Integration, key: UUID) -> Sync:
    """One sync with its counts, or the page that says that there is none."""
    return get_object_or_404(syncs_of(integration), pk=key)


def newest_sync(integration: Integration) -> Sync | None:
    return syncs_of(integration).order_by("-created_at", "-pk").first()


def steps_of(sync: Sync, filters: StepFilters) -> QuerySet[StepRecord]:
    return filters.narrow(StepRecord.objects.filter(sync=sync))


def _known(value: str, values: Collection[str]) -> str:
    return value if value in values else ""


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _counted(steps: QuerySet[StepRecord]) -> Coalesce:
    return Coalesce(Subquery(steps.order_by().values("sync").annotate(count=Count("pk")).values("count")), 0)
