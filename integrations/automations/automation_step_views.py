"""The steps of an automation: choosing an action, filling in its form, putting steps in order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.automations import automation_services as services
from integrations.automations.automation_queries import find
from integrations.automations.automation_views import to_automation
from integrations.automations.models import Automation
from integrations.automations.resolving import Step, organizations_zone, steps_of
from integrations.automations.step_form import StepForm
from integrations.automations.trees import trees_for
from integrations.catalogue import Operation
from integrations.connections.models import Connection
from integrations.operations.building.controls import untold
from integrations.operations.offers import offers_of
from integrations.providers import UnknownProvider
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page, redirect_see_other, wants_part

MOVES = {"up": -1, "down": 1}


@needs(Role.MANAGER)
@require_safe
def choose_step(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """Everything that a step can do, on every connection."""
    found, words = find(automation), request.GET.get("q", "")
    connections = list(Connection.objects.order_by("name"))
    offers = [(each, groups) for each in connections if (groups := offers_of(each, words))]
    context = {"automation": found, "offers": offers, "connections": connections, "words": words}
    return page(request, "automations/automation_step_choice.html", context, partial="offers")


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_step(request: OrganizationRequest, automation: UUID, connection: UUID, operation: str) -> HttpResponse:
    """The form of a new step, behind all others."""
    found, over_there = find(automation), get_object_or_404(Connection, pk=connection)
    steps = steps_of(found.steps)
    form = StepForm(
        request.organization.slug, over_there, _declared(over_there, operation), organizations_zone(), len(steps) + 1
    ).open({})  # fmt: skip
    return _answer(request, found, form, steps)


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_step(request: OrganizationRequest, automation: UUID, step: str) -> HttpResponse:
    """The form of a step as it was kept."""
    found = find(automation)
    steps, chosen = _with_step(found, step)
    if chosen.connection is None or chosen.operation is None:
        messages.warning(request, f"{chosen.problem} Remove the step, or undo what made it go.")
        return to_automation(request, found)
    form = StepForm(request.organization.slug, chosen.connection, chosen.operation, organizations_zone(), chosen.number)
    return _answer(request, found, form.open(chosen.given), steps[: chosen.number - 1], step)


@needs(Role.MANAGER)
@require_POST
def move_step(request: OrganizationRequest, automation: UUID, step: str) -> HttpResponse:
    """One place up or down."""
    found = find(automation)
    _with_step(found, step)
    services.move_step(found, request.user, step, MOVES.get(request.POST.get("to", ""), 0))
    return to_automation(request, found)


@needs(Role.MANAGER)
@require_POST
def remove_step(request: OrganizationRequest, automation: UUID, step: str) -> HttpResponse:
    found = find(automation)
    _with_step(found, step)
    services.remove_step(found, request.user, step)
    messages.success(request, "The step is removed.")
    return redirect_see_other("automations:automation", organization=request.organization.slug, automation=found.pk)


def _answer(request: OrganizationRequest, automation: Automation, form: StepForm, before: list[Step], step: str = "") -> HttpResponse:
    """The form as it stands, drawn anew, with what is wrong; or the way back, once it is kept."""
    if request.method != "POST":
        return _step_page(request, automation, form, before, step)
    form.send(request.POST)
    if "change" in request.POST:
        form.words = {} if wants_part(request) else form.words
        form.change(request.POST["change"])
        return _step_page(request, automation, form, before, step)
    if not form.check():
        return _step_page(request, automation, form, before, step, status=422)
    try:
        services.keep_step(automation, request.user, form.connection, form.operation, form.given, step)
    except services.NotYet as why:
        form.errors[""] = str(why)
        return _step_page(request, automation, form, before, step, status=422)
    messages.success(request, "The step is saved. Try the automation before you switch it on.")
    return to_automation(request, automation)


def _step_page(
    request: OrganizationRequest, automation: Automation, form: StepForm, before: list[Step], step: str, status: int = 200
) -> HttpResponse:
    controls = form.controls()
    context: dict[str, Any] = {
        "automation": automation,
        "form": form,
        "step": step,
        "controls": controls,
        "untold": untold(form, controls),
        "trees": [] if wants_part(request) else trees_for(automation, before),
    }
    return page(request, "automations/automation_step.html", context, partial="fields", status=status)


def _with_step(automation: Automation, step: str) -> tuple[list[Step], Step]:
    steps = steps_of(automation.steps)
    chosen = next((each for each in steps if each.id == step), None)
    if chosen is None:
        raise Http404("There is no such step.")
    return steps, chosen


def _declared(connection: Connection, name: str) -> Operation:
    try:
        return connection.declaration.operation_by_name[name]
    except (UnknownProvider, KeyError):
        raise Http404("There is no such action.") from None
