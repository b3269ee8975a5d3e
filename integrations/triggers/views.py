"""Triggers: all of them, and one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from integrations.triggers import services
from integrations.triggers.health import condition_of, declared
from integrations.triggers.models import Trigger
from integrations.triggers.presenting import narrowed_by, quickness_of, webhook_of
from integrations.triggers.queries import lately_told, live_trigger, subscription_of, triggers
from integrations.triggers.registry import dependents_of
from integrations.triggers.standing import standing_of
from integrations.triggers.ways_back import not_offered, to_trigger
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other, wants_part


@needs(Role.VIEWER)
@require_safe
def trigger_list(request: OrganizationRequest) -> HttpResponse:
    """Every trigger and how it is; those that were ended on a page of their own."""
    ended, now = "ended" in request.GET, timezone.now()
    wanted = triggers().filter(ended_at__isnull=not ended)
    found = page_of(wanted, Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    rows = [(trigger, condition_of(trigger, subscription_of(trigger), now)) for trigger in found.rows]
    context = {"page": found, "rows": rows, "shows_ended": ended, "has_ended": ended or _has_ended(), **_rights(request)}
    return page(request, "triggers/list.html", context, partial="triggers")


@needs(Role.VIEWER)
@require_safe
def detail(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """One trigger: how it is, what it told lately, and what makes it quick."""
    found = get_object_or_404(triggers(), pk=trigger)
    watch, subscription = declared(found), subscription_of(found)
    context = {
        "trigger": found,
        "watch": watch,
        "condition": condition_of(found, subscription, timezone.now()),
        "standing": standing_of(found) if watch else None,
        "webhook": webhook_of(subscription, found.connection),
        "quickness": quickness_of(watch, found.connection) if watch else None,
        "narrowed": narrowed_by(found),
        "rows": lately_told(request.organization.slug, found),
        **({} if wants_part(request) else _kept(found)),
        **_rights(request),
    }
    return page(request, "triggers/detail.html", context, partial="trigger")


@needs(Role.MANAGER)
@require_POST
def pause(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Stops looking. What happens meanwhile is told when it goes on."""
    found = live_trigger(trigger)
    services.pause(found, request.user)
    messages.success(request, f"{found} is paused.")
    return to_trigger(request, found)


@needs(Role.MANAGER)
@require_POST
def resume(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Goes on where the trigger stopped."""
    found = live_trigger(trigger)
    services.resume(found, request.user)
    messages.success(request, f"{found} watches again.")
    return to_trigger(request, found)


@needs(Role.MANAGER)
@require_POST
def end(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Ends a trigger for good. Its events stay."""
    found = live_trigger(trigger)
    services.end(found, request.user)
    messages.success(request, f"{found} has ended. Its events stay.")
    return redirect_see_other("triggers:list", organization=request.organization.slug)


@needs(Role.MANAGER)
@require_POST
def release(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Lets a burst pass."""
    found = live_trigger(trigger)
    if declared(found) is None:
        return not_offered(request, found)
    if found.held_at:
        services.release(found, request.user)
        messages.success(request, "What waited is told now.")
    return to_trigger(request, found)


@needs(Role.MANAGER)
@require_POST
def skip(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Leaves a burst out."""
    found = live_trigger(trigger)
    if declared(found) is None:
        return not_offered(request, found)
    if found.held_at:
        services.skip(found, request.user)
        messages.success(request, "What waited is left out. A replay can still bring it back.")
    return to_trigger(request, found)


def _kept(trigger: Trigger) -> dict[str, Any]:
    """What costs much to find out and changes seldom: it stays as it is while the page draws itself anew."""
    watch = None if trigger.ended_at else declared(trigger)
    forecast = services.forecast(trigger.connection, watch, trigger.inputs, trigger.minutes, besides=trigger) if watch else None
    return {"dependents": dependents_of(trigger), "forecast": forecast}


def _has_ended() -> bool:
    return Trigger.objects.exclude(ended_at=None).exists()


def _rights(request: OrganizationRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}
