"""What the pages of automations ask, and what other pages are told about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.urls import reverse

from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.connections.models import Connection
from integrations.operations.models import Run
from integrations.operations.queries import is_doubtful
from integrations.operations.registry import Cause
from integrations.triggers.models import Event, Trigger
from integrations.triggers.registry import Deed

BADGES = {
    AutomationRun.State.WAITING: "neutral",
    AutomationRun.State.RUNNING: "working",
    AutomationRun.State.DONE: "ok",
    AutomationRun.State.FAILED: "failed",
    AutomationRun.State.STOPPED: "attention",
}
NEWEST_EVENTS = 20
MOST_TRIGGERS = 500


def automations() -> QuerySet[Automation]:
    """Those that were not ended, with the state of their newest run."""
    newest = AutomationRun.objects.filter(automation=OuterRef("pk")).order_by("-created_at", "-id")
    last = {"last_state": Subquery(newest.values("state")[:1]), "last_at": Subquery(newest.values("created_at")[:1])}
    return Automation.objects.filter(ended_at=None).select_related("trigger__connection").annotate(**last)


def find(automation_id: UUID) -> Automation:
    return get_object_or_404(automations(), pk=automation_id)


def runs() -> QuerySet[AutomationRun]:
    return AutomationRun.objects.select_related("automation", "event", "asked_by").defer("event__before", "event__after")


def triggers() -> list[Trigger]:
    """Those that an automation can wait for."""
    return list(Trigger.live.select_related("connection").order_by("name")[:MOST_TRIGGERS])


def newest_events(trigger: Trigger) -> list[Event]:
    """Those that it can be tried with."""
    return list(Event.objects.filter(trigger=trigger).order_by("-happened_at", "-id").defer("before", "after")[:NEWEST_EVENTS])


def step_runs(run: AutomationRun) -> dict[int, StepRun]:
    """How its steps stand, by their numbers."""
    found = StepRun.objects.filter(automation_run=run).select_related("run__connection").defer("run__output", "run__seen")
    return {each.number: each for each in found}


def asks_to_look(steps: Iterable[StepRun]) -> bool:
    """Whether a step may have been done although nobody knows."""
    return any(step.run is not None and is_doubtful(step.run) for step in steps)


def is_in_a_circle(automation: Automation) -> bool:
    """Whether it was stopped since it was edited, because automations set one another off."""
    stopped = AutomationRun.objects.filter(automation=automation, state=AutomationRun.State.STOPPED, depth__gt=Automation.deepest)
    return stopped.filter(created_at__gte=automation.edited_at).exists()


# --- told to other pages -----------------------------------------------------------------------------------------------


def run_because_of(organization: str, events: Sequence[Event]) -> dict[UUID, list[Deed]]:
    """The runs of automations for these events, by the events' ids. One query. Needs a scope."""
    found = AutomationRun.objects.filter(event__in=[event.pk for event in events]).select_related("automation")
    deeds: dict[UUID, list[Deed]] = defaultdict(list)
    for run in found.order_by("created_at", "id"):
        deeds[run.event_id].append(_deed(organization, run))
    return deeds


def _deed(organization: str, run: AutomationRun) -> Deed:
    address = reverse("automations:automation_run", kwargs={"organization": organization, "automation_run": run.pk})
    state = AutomationRun.State(run.state)
    return Deed(BADGES[state], str(state.label), run.automation.name, address, run.ended_at or run.created_at, run.message)


def causes_of(organization: str, found: Sequence[Run]) -> dict[UUID, Cause]:
    """The runs of automations whose steps these runs of operations were, by the latters' ids. One query. Needs a scope."""
    keys = {run.pk: parts[1] for run in found if (parts := (run.key or "").split("/"))[0] == "automation" and len(parts) == 4}
    runs_by_id = AutomationRun.objects.select_related("automation").in_bulk(set(keys.values())) if keys else {}
    known = {str(key): run for key, run in runs_by_id.items()}
    return {run: _cause(organization, known[key]) for run, key in keys.items() if key in known}


def _cause(organization: str, run: AutomationRun) -> Cause:
    address = reverse("automations:automation_run", kwargs={"organization": organization, "automation_run": run.pk})
    return Cause(run.automation.name, address)


def dependent_on_trigger(trigger: Trigger) -> Iterator[str]:
    for automation in Automation.objects.filter(trigger=trigger, ended_at=None).order_by("name"):
        yield f"The automation “{automation}” runs when it fires."


def dependent_on_connection(connection: Connection) -> Iterator[str]:
    """Automations that write through it."""
    uses: Mapping[str, Any] = {"steps__contains": [{"connection": str(connection.pk)}]}
    for automation in Automation.objects.filter(Q(**uses), ended_at=None).order_by("name"):
        yield f"The automation “{automation}” runs actions on it."
