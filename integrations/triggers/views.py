"""Triggers and the events that they told of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.records.cards import compare
from integrations.triggers import services
from integrations.triggers.forms import TriggerForm
from integrations.triggers.models import Event, Trigger
from integrations.triggers.queries import (
    MOST_TRIGGERS,
    chosen_trigger,
    condition_of,
    declared,
    entity_of,
    events_of,
    triggers,
    watchable,
)
from integrations.triggers.queries import events as all_events
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.audit import audit
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other, wants_part

NEWEST_FIRST = Order("happened_at", descending=True)


@needs(Role.VIEWER)
@require_safe
def trigger_list(request: OrganizationRequest) -> HttpResponse:
    """Every trigger and how it is."""
    found = page_of(triggers(), Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    rows = [(trigger, condition_of(trigger)) for trigger in found.rows]
    return page(request, "triggers/list.html", {"page": found, "rows": rows, **_rights(request)}, partial="triggers")


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: OrganizationRequest) -> HttpResponse:
    """A new trigger: one of the watches that the connections' providers declare."""
    connections = watchable()
    form = TriggerForm(connections, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, "triggers/create.html", {"form": form, "connections": connections}, status=422 if form.is_bound else 200)
    connection, watch = form.chosen
    trigger = services.watch(connection, watch, request.user, form.cleaned_data["minutes"])
    messages.success(request, "The trigger watches from now on.")
    return _to_trigger(request, trigger)


@needs(Role.VIEWER)
@require_safe
def detail(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """One trigger, and what it told lately."""
    found = _find(trigger)
    context = {
        "trigger": found,
        "watch": declared(found),
        "condition": condition_of(found),
        "events": events_of(found),
        **_rights(request),
    }
    return page(request, "triggers/detail.html", context, partial="trigger")


@needs(Role.MANAGER)
@require_POST
def pause(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Stops looking. What happens meanwhile is told when it goes on."""
    found = _find(trigger)
    services.pause(found, request.user)
    messages.success(request, f"{found} is paused.")
    return _to_trigger(request, found)


@needs(Role.MANAGER)
@require_POST
def resume(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Goes on where the trigger stopped."""
    found = _find(trigger)
    services.resume(found, request.user)
    messages.success(request, f"{found} watches again.")
    return _to_trigger(request, found)


@needs(Role.MANAGER)
@require_POST
def delete(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Ends a trigger, its events with it."""
    found = _find(trigger)
    audit(request.user, "trigger.deleted", found.name)
    found.delete()
    messages.success(request, f"{found} is deleted.")
    return redirect_see_other("triggers:list", organization=request.organization.slug)


@needs(Role.VIEWER)
@require_safe
def events(request: OrganizationRequest) -> HttpResponse:
    """What happened, newest first. The first page shows by itself what comes."""
    chosen = chosen_trigger(request.GET.get("trigger", ""))
    found = all_events().filter(trigger=chosen) if chosen else all_events()
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    context = {
        "page": page_of(found, NEWEST_FIRST, before, after),
        "chosen": chosen,
        "is_live": not (before or after),
        "triggers": [] if wants_part(request) else triggers().order_by("name")[:MOST_TRIGGERS],
        **_rights(request),
    }
    return page(request, "triggers/events.html", context, partial="feed")


@needs(Role.VIEWER)
@require_safe
def event(request: OrganizationRequest, event: UUID) -> HttpResponse:
    """What was before and what is after, side by side."""
    found = get_object_or_404(Event.objects.select_related("trigger__connection"), pk=event)
    context = {"event": found, "entity": entity_of(found), "lines": compare(found.before, found.after)}
    return page(request, "triggers/event.html", context)


def _find(trigger_id: UUID) -> Trigger:
    return get_object_or_404(triggers(), pk=trigger_id)


def _rights(request: OrganizationRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}


def _to_trigger(request: OrganizationRequest, trigger: Trigger) -> HttpResponse:
    return redirect_see_other("triggers:detail", organization=request.organization.slug, trigger=trigger.pk)
