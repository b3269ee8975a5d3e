"""What the pages of sync read. Everything here needs a scope, and asks a number of queries that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from integrations.connections.models import Connection
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.queries import Labels
from integrations.linking.services import parts_of
from integrations.records.models import RecordList, freshness
from integrations.sync.models import StepRecord, Sync
from integrations.sync.steps import Plan, Step, StepKind

STEPS_SHOWN = 25
WORDS = {
    StepKind.CREATE_PROJECT: ("Create projects", "folder"),
    StepKind.ADOPT_PROJECT: ("Take up projects that were made before", "link"),
    StepKind.ADD_MEMBERS: ("Add people to projects", "users"),
    StepKind.CREATE_TASK: ("Create tasks", "task"),
    StepKind.ADOPT_TASK: ("Take up tasks that were made before", "link"),
    StepKind.UPDATE_TASK: ("Bring names and people of tasks up to date", "edit"),
    StepKind.COMPLETE_TASK: ("Complete or reopen tasks", "check"),
    StepKind.NOTE_TASK: ("Note what is in step already", "list"),
    StepKind.ADD_TIME: ("Write tracked time back", "clock"),
    StepKind.ADOPT_TIME: ("Take up time that was written before", "link"),
    StepKind.UPDATE_TIME: ("Correct time that was written before", "clock"),
}
OUTCOMES = {
    StepRecord.Outcome.DONE: "ok",
    StepRecord.Outcome.REFUSED: "failed",
    StepRecord.Outcome.UNKNOWN: "attention",
    StepRecord.Outcome.SKIPPED: "neutral",
}
STATES = {
    Sync.State.COLLECTING: "working",
    Sync.State.APPLYING: "working",
    Sync.State.DONE: "ok",
    Sync.State.FAILED: "failed",
    Sync.State.INTERRUPTED: "attention",
}


@dataclass
class Group:
    """Steps of one kind on one side."""

    words: str
    icon: str
    label: str
    writes: bool
    count: int = 0
    seconds: int = 0
    shown: list[Step] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        return self.count - len(self.shown)

    def add(self, step: Step) -> None:
        self.count += 1
        self.seconds += step.seconds
        if len(self.shown) < STEPS_SHOWN:
            self.shown.append(step)


def groups_of(plan: Plan, labels: Labels) -> list[Group]:
    """The steps of a plan by kind and side, in the order in which they are done; of each kind the first few are shown."""
    groups: dict[tuple[StepKind, str], Group] = {}
    for step in plan.steps:
        words, icon = WORDS[step.kind]
        group = groups.setdefault((step.kind, step.side), Group(words, icon, getattr(labels, step.side), step.kind.writes))
        group.add(step)
    return list(groups.values())


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


def steps_of(sync: Sync, show: str) -> QuerySet[StepRecord]:
    """The steps of a sync: all, only `writes`, or only `problems`."""
    steps = StepRecord.objects.filter(sync=sync)
    if show == "writes":
        return steps.filter(is_write=True)
    return steps.exclude(outcome=StepRecord.Outcome.DONE) if show == "problems" else steps


def _counted(steps: QuerySet[StepRecord]) -> Coalesce:
    return Coalesce(Subquery(steps.order_by().values("sync").annotate(count=Count("pk")).values("count")), 0)
