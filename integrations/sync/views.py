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
from integrations.linking.registry import interval_of
from integrations.records.search import clean
from integrations.sync.models import StepRecord, Sync
from integrations.sync.pace import expected_end
from integrations.sync.presenting import groups_of, steps_found, waiting_of
from integrations.sync.queries import (
    OBSTACLES_SHOWN,
    StepFilters,
    kinds_of,
    looked_at,
    newest_sync,
    obstacles_of,
    projects_of,
    shown_steps,
    steps_of,
    sync_of,
    syncs_of,
)
from integrations.sync.services import preview, sync_now
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other
from portal.ui.slices import slice_of

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
        "syncs": page_of(syncs_of(shown), NEWEST_FIRST, *edges(request), size=SYNCS_A_PAGE),
        "running": running,
        "ends_at": running and expected_end(running),
        "is_active": running is not None or is_active(shown),
        "interval": interval_of(shown),
    }
    return page(request, "sync/list.html", context, "syncs")


@needs(Role.VIEWER)
@require_safe
def sync_detail(request: OrganizationRequest, integration: UUID, sync: UUID) -> HttpResponse:
    """One sync: how far it is, and what each step came to."""
    shown = integration_of(integration)
    found = sync_of(shown, sync)
    context = {"integration": shown, "labels": labels_of(shown), "sync": found, **_steps(request, found)}
    return page(request, "sync/detail.html", context | {"ends_at": expected_end(found)}, "sync")


@needs(Role.VIEWER)
@require_safe
def show_plan(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """What a sync would do now, by what is known of both sides."""
    shown = integration_of(integration)
    plan, labels = preview(shown), labels_of(shown)
    find, link = clean(request.GET.get("find", "")), request.GET.get("link", "")
    groups = groups_of(steps_found(plan, find, link), labels)
    alone = next((group for group in groups if group.key == request.GET.get("group")), None)
    obstacles = obstacles_of(shown)
    context = {
        "integration": shown,
        "labels": labels,
        "find": find,
        "groups": groups,
        "alone": alone,
        "steps": slice_of(alone.steps, *edges(request)) if alone else None,
        "writes": plan.writes,
        "waiting": waiting_of(plan.held),
        "left_out": plan.left_out,
        "obstacles": obstacles[:OBSTACLES_SHOWN],
        "are_obstacles_cut": len(obstacles) > OBSTACLES_SHOWN,
        "looked_at": looked_at(shown),
    }
    return page(request, "sync/plan.html", context, "plan")


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
    """While it runs the newest steps, afterwards a page of those asked for, in order."""
    if not sync.has_ended:
        return {"newest": shown_steps(steps_of(sync, StepFilters()).order_by("-number")[:NEWEST_STEPS])}
    filters = StepFilters.read(request.GET)
    found = page_of(steps_of(sync, filters).select_related("run"), Order("number"), *edges(request))
    return {
        "filters": filters,
        "steps": found,
        "rows": shown_steps(found.rows),
        "kinds": kinds_of(sync),
        "outcomes": StepRecord.Outcome.choices,
        "projects": projects_of(sync),
    }


def edges(request: OrganizationRequest) -> tuple[str, str]:
    """The cursors of a page in the address."""
    return request.GET.get("before", ""), request.GET.get("after", "")
