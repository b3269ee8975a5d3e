"""Trying an automation, and what its runs did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.automations import automation_services as services
from integrations.automations.automation_forms import LookedForm
from integrations.automations.automation_queries import asks_to_look, find, newest_events, runs, step_runs
from integrations.automations.automation_values import facts_of
from integrations.automations.automation_views import rights
from integrations.automations.conditions import checked
from integrations.automations.models import Automation, AutomationRun, StepRun
from integrations.automations.resolving import Resolved, Step, steps_of
from integrations.catalogue import Kind
from integrations.operations.results import pretty
from integrations.operations.words import inputs_of
from integrations.records.cards import Line
from integrations.triggers.models import Event
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import SeeOther, page, redirect_see_other


@dataclass(frozen=True)
class Tried:
    """A step of a dry run as the page shows it."""

    resolved: Resolved
    inputs: list[Line]
    problems: list[tuple[str, str]]  # label of the field, and what is wrong with it

    @property
    def body(self) -> str:
        request = self.resolved.request
        return "" if request is None or request.body is None else pretty(request.body)

    @property
    def changes_nothing(self) -> bool:
        """Whether the record that is to be changed stands so already."""
        operation, request = self.resolved.step.operation, self.resolved.request
        return operation is not None and operation.kind is Kind.UPDATE and request is not None and request.body == {}


@dataclass(frozen=True)
class Done:
    """A step of a run as the page shows it."""

    step: Step
    step_run: StepRun | None


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def try_out(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """A dry run for a past event that is chosen in the address. Sent, the event is gone through, dry or for real."""
    found = find(automation)
    if request.method == "POST":
        return _try_out(request, found)
    event = _event(found, request.GET.get("event", ""))
    context: dict[str, Any] = {"automation": found, "events": newest_events(found.trigger), "event": event}
    return page(request, "automations/automation_try.html", {**context, **(_dry_run(found, event) if event else {})}, partial="dry-run")


@needs(Role.VIEWER)
@require_safe
def automation_run(request: OrganizationRequest, automation_run: UUID) -> HttpResponse:
    """One run with its steps; it shows by itself what becomes of it."""
    return _run_page(request, _find_run(automation_run))


@needs(Role.MANAGER)
@require_POST
def resume(request: OrganizationRequest, automation_run: UUID) -> HttpResponse:
    """Goes on from the step that went wrong. One that may have been done asks the person to look first."""
    found = _find_run(automation_run)
    form = LookedForm(request.POST)
    if asks_to_look(step_runs(found).values()) and not form.is_valid():
        return _run_page(request, found, form, status=422)
    try:
        services.resume(
            AutomationRun.objects.select_for_update(of=("self",)).select_related("automation", "event").get(pk=found.pk), request.user
        )
    except services.NotYet as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, "It goes on from the step that went wrong.")
    return _to_run(request, found)


def _try_out(request: OrganizationRequest, automation: Automation) -> HttpResponse:
    event = _event(automation, request.POST.get("event", ""))
    if event is None:
        messages.warning(request, "Choose an event first.")
        return redirect_see_other("automations:try", organization=request.organization.slug, automation=automation.pk)
    if request.POST.get("do") != "run":
        services.note_dry_run(automation, services.dry_run(automation, event))
        return SeeOther(f"{request.path}?{urlencode({'event': event.pk})}")
    try:
        run = services.try_with(automation, event, request.user)
    except services.NotYet as why:
        messages.warning(request, str(why))
        return redirect_see_other("automations:automation", organization=request.organization.slug, automation=automation.pk)
    return _to_run(request, run)


def _event(automation: Automation, event_id: str) -> Event | None:
    """The event in an address, if it is one of the automation's trigger."""
    events = Event.objects.select_related("trigger__connection").filter(trigger=automation.trigger_id)
    try:
        return events.filter(pk=event_id).first() if event_id else None
    except (ValidationError, ValueError):
        return None


def _dry_run(automation: Automation, event: Event) -> dict[str, Any]:
    resolved = services.dry_run(automation, event)
    return {
        "checked": checked(automation.conditions, facts_of(event)),
        "holds": services.holds_for(automation, event),
        "tried": [_tried(each) for each in resolved],
        "went_well": services.went_well(resolved),
        "is_enough": services.is_enough(resolved),
    }


def _tried(resolved: Resolved) -> Tried:
    operation = resolved.step.operation
    labels = {field.name: field.label for field in operation.asked} if operation else {}
    problems = [(_label(name, labels), said) for name, said in resolved.errors.items()]
    return Tried(resolved, inputs_of(resolved.run, operation) if resolved.run else [], problems)


def _label(name: str, labels: dict[str, str]) -> str:
    """The words of a field; of one in a group or row those of what it stands in, and its own name."""
    first, _, rest = name.partition(".")
    return f"{labels.get(first, first)} {rest.replace('.', ' ')}".strip()


def _run_page(request: OrganizationRequest, run: AutomationRun, form: LookedForm | None = None, status: int = 200) -> HttpResponse:
    done = step_runs(run)
    may_resume = rights(request)["may_change"] and run.state == AutomationRun.State.FAILED
    looks = may_resume and asks_to_look(done.values())
    context = {
        "run": run,
        "steps": [Done(step, done.get(step.number)) for step in steps_of(run.steps)],
        "may_resume": may_resume,
        "form": (form or LookedForm()) if looks else None,
    }
    return page(request, "automations/automation_run.html", context, partial="automation-run", status=status)


def _find_run(run_id: UUID) -> AutomationRun:
    return get_object_or_404(runs(), pk=run_id)


def _to_run(request: OrganizationRequest, run: AutomationRun) -> HttpResponse:
    return redirect_see_other("automations:automation_run", organization=request.organization.slug, automation_run=run.pk)
