"""Pages of sync: what one would do, how it goes, what each one did."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.health import health_of, is_active
from integrations.linking.models import Integration
from integrations.linking.queries import integration_of, labels_of
from integrations.sync.models import Sync
from integrations.sync.queries import groups_of, looked_at, newest_sync, steps_of, sync_of, syncs_of
from integrations.sync.services import preview, sync_now
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

NEWEST_STEPS = 12
SYNCS_A_PAGE = 25
NEWEST_FIRST = Order("created_at", descending=True)


@needs(Role.VIEWER)
@require_safe
def syncs(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The syncs so far, newest first, and how the one that runs goes."""
    shown = integration_of(integration)
    newest = newest_sync(shown)
    running = newest if newest and not newest.has_ended else None
    context = {
        "integration": shown,
        "health": health_of(shown),
        "syncs": page_of(syncs_of(shown), NEWEST_FIRST, *_edges(request), size=SYNCS_A_PAGE),
        "running": running,
        "is_active": running is not None or is_active(shown),
    }
    return page(request, "sync/list.html", context, "syncs")


@needs(Role.VIEWER)
@require_safe
def sync_detail(request: OrganizationRequest, integration: UUID, sync: UUID) -> HttpResponse:
    """One sync: how far it is, and what each step came to."""
    shown = integration_of(integration)
    found = sync_of(shown, sync)
    context = {"integration": shown, "sync": found, **_steps(request, found)}
    return page(request, "sync/detail.html", context, "sync")


@needs(Role.VIEWER)
@require_safe
def show_plan(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """What a sync would do now, by what is known of both sides."""
    shown = integration_of(integration)
    plan, labels = preview(shown), labels_of(shown)
    context = {
        "integration": shown,
        "labels": labels,
        "groups": groups_of(plan, labels),
        "writes": plan.writes,
        "left_out": plan.left_out,
        "looked_at": looked_at(shown),
    }
    return page(request, "sync/plan.html", context)


@needs(Role.MEMBER)
@require_POST
def now(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Asks for a sync at once."""
    shown = integration_of(integration)
    if shown.is_paused:
        messages.warning(request, "This integration is paused. Resume it first.")
    else:
        _ask_for_sync(request, shown)
    return redirect_see_other("sync:list", request.organization.slug, shown.pk)


def _ask_for_sync(request: OrganizationRequest, integration: Integration) -> None:
    is_running = integration.is_being_worked_on
    sync_now(integration)
    messages.info(request, "A sync is running; another one follows it." if is_running else "The sync begins in a moment.")


def _steps(request: OrganizationRequest, sync: Sync) -> dict[str, Any]:
    """While it runs the newest steps, afterwards a page of all of them in order."""
    if not sync.has_ended:
        return {"newest": steps_of(sync, "").order_by("-number")[:NEWEST_STEPS]}
    show = request.GET.get("show", "")
    return {"show": show, "steps": page_of(steps_of(sync, show), Order("number"), *_edges(request))}


def _edges(request: OrganizationRequest) -> tuple[str, str]:
    return request.GET.get("before", ""), request.GET.get("after", "")
