"""The feed of events, and one of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from integrations.records.cards import compare
from integrations.triggers.event_filters import KINDS, EventFilters, entities_of
from integrations.triggers.models import Event
from integrations.triggers.queries import MOST_TRIGGERS, causing_run, entity_of, events, rows_of, triggers
from integrations.triggers.registry import deeds_about
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, wants_part

UNSETTLED = frozenset({"working", "attention", "neutral"})
FRESH = timedelta(minutes=10)  # for so long something may still be done about an event of which nothing stands there yet
NEWEST_FIRST = Order("happened_at", descending=True)


@needs(Role.VIEWER)
@require_safe
def feed(request: OrganizationRequest) -> HttpResponse:
    """What happened, newest first, and what was done about it. The first page shows by itself what comes."""
    filters, before, after = EventFilters.read(request.GET), request.GET.get("before", ""), request.GET.get("after", "")
    found = page_of(filters.narrow(events()), NEWEST_FIRST, before, after)
    known = [] if wants_part(request) else list(triggers().order_by("name", "created_at")[:MOST_TRIGGERS])
    context = {
        "page": found,
        "rows": rows_of(request.organization.slug, found.rows),
        "filters": filters,
        "is_live": not (before or after),
        "triggers": known,
        "entities": entities_of(known),
        "kinds": KINDS.items(),
        "may_change": request.membership.role.allows(Role.MANAGER),
    }
    return page(request, "triggers/events.html", context, partial="feed")


@needs(Role.VIEWER)
@require_safe
def event(request: OrganizationRequest, event: UUID) -> HttpResponse:
    """What was before and what is after, side by side, and what was done about it. It shows by itself what becomes of that."""
    found = get_object_or_404(Event.objects.select_related("trigger__connection"), pk=event)
    deeds = deeds_about(request.organization.slug, [found])[found.pk]
    context = {
        "event": found,
        "entity": entity_of(found),
        "lines": compare(found.before, found.after),
        "deeds": deeds,
        "is_live": found.happened_at > timezone.now() - FRESH or any(deed.state in UNSETTLED for deed in deeds),
        "run": causing_run(found),
    }
    return page(request, "triggers/event.html", context, partial="deeds")
