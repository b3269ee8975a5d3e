"""Automations: what there are, setting one up, switching it on and off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.automations import automation_services as services
from integrations.automations.automation_forms import AutomationForm, NameForm, conditions_form, conditions_in
from integrations.automations.automation_queries import automations, find, is_in_a_circle, newest_events, runs, triggers
from integrations.automations.automation_values import facts_of
from integrations.automations.conditions import conditions_of
from integrations.automations.models import Automation
from integrations.automations.resolving import steps_of
from integrations.automations.trees import example_event, paths_in, tree_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

NEWEST_FIRST = Order("created_at", descending=True)
FEW_RUNS = 10


@needs(Role.VIEWER)
@require_safe
def automation_list(request: OrganizationRequest) -> HttpResponse:
    """Every automation and how it stands."""
    found = page_of(automations(), Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    return page(request, "automations/automations.html", {"page": found, **rights(request)}, partial="automations")


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: OrganizationRequest) -> HttpResponse:
    """A new automation: its trigger and its name. Conditions and steps are put together on its own page."""
    known = triggers()
    form = AutomationForm(known, request.POST if request.method == "POST" else None, initial={"trigger": request.GET.get("trigger", "")})
    if not form.is_valid():
        context = {"form": form, "triggers": known}
        return page(request, "automations/automation_new.html", context, status=422 if form.is_bound else 200)
    made = services.make_automation(form.chosen, form.cleaned_data["name"], request.user)
    return to_automation(request, made)


@needs(Role.VIEWER)
@require_safe
def detail(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """One automation: when it runs, what it does, and what it did lately."""
    found = find(automation)
    context = {
        "automation": found,
        "conditions": conditions_of(found.conditions),
        "steps": steps_of(found.steps),
        "runs": runs().filter(automation=found).order_by("-created_at", "-id")[:FEW_RUNS],
        "is_in_a_circle": is_in_a_circle(found),
        "has_events": bool(newest_events(found.trigger)[:1]),
        **rights(request),
    }
    return page(request, "automations/automation.html", context, partial="automation")


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """Its name and its conditions."""
    found, data = find(automation), request.POST if request.method == "POST" else None
    form, formset = NameForm(data, initial={"name": found.name}), conditions_form(found, data)
    if data is None or not (form.is_valid() and formset.is_valid()):
        return _edit_page(request, found, form, formset, 200 if data is None else 422)
    services.edit(found, request.user, name=form.cleaned_data["name"], conditions=conditions_in(formset))
    messages.success(request, "The automation is saved.")
    return to_automation(request, found)


@needs(Role.MANAGER)
@require_POST
def switch(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """On or off, as the button says."""
    found, wants_on = find(automation), request.POST.get("to") == "on"
    try:
        if wants_on:
            services.switch_on(found, request.user)
        else:
            services.switch_off(found, request.user)
    except services.NotYet as why:
        messages.warning(request, str(why))
    else:
        messages.success(request, f"{found} is on: it runs by itself now." if wants_on else f"{found} is off.")
    return to_automation(request, found)


@needs(Role.MANAGER)
@require_POST
def end(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """Ends it; its runs stay in the history."""
    found = find(automation)
    services.end(found, request.user)
    messages.success(request, f"{found} is deleted. What it did stays in the history.")
    return redirect_see_other("automations:automations", organization=request.organization.slug)


@needs(Role.VIEWER)
@require_safe
def automation_runs(request: OrganizationRequest, automation: UUID) -> HttpResponse:
    """Everything that one automation did, newest first."""
    found = find(automation)
    rows = page_of(runs().filter(automation=found), NEWEST_FIRST, request.GET.get("before", ""), request.GET.get("after", ""))
    return page(request, "automations/automation_runs.html", {"automation": found, "page": rows}, partial="automation-runs")


def rights(request: OrganizationRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}


def to_automation(request: OrganizationRequest, automation: Automation) -> HttpResponse:
    return redirect_see_other("automations:automation", organization=request.organization.slug, automation=automation.pk)


def _edit_page(request: OrganizationRequest, automation: Automation, form: NameForm, formset: Any, status: int) -> HttpResponse:
    tree = tree_of("The event", facts_of(example_event(automation.trigger)), ("event",))
    context = {"automation": automation, "form": form, "formset": formset, "tree": tree, "paths": list(paths_in(tree))}
    return page(request, "automations/automation_edit.html", context, status=status)
