"""What happened to the links of an integration."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from integrations.linking.history import THE_PORTAL, Asked, actors_of, events_of, link_with_history
from integrations.linking.models import LinkEvent
from integrations.linking.queries import integration_of, labels_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page

NEWEST_FIRST = Order("created_at", descending=True)
STATES = {
    LinkEvent.What.LINKED: "ok",
    LinkEvent.What.CREATED: "ok",
    LinkEvent.What.ADOPTED: "ok",
    LinkEvent.What.CONNECTED: "ok",
    LinkEvent.What.RESTORED: "ok",
    LinkEvent.What.RESUMED: "ok",
    LinkEvent.What.FAILED: "failed",
    LinkEvent.What.PAUSED: "attention",
    LinkEvent.What.DISCONNECTED: "attention",
    LinkEvent.What.REVOKED: "attention",
}


@needs(Role.VIEWER)
@require_safe
def history(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """All that happened to links, newest first; with `link` in the address what happened to that one."""
    shown, asked = integration_of(integration), Asked.read(request.GET)
    found = page_of(events_of(shown, asked), NEWEST_FIRST, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "asked": asked,
        "link": link_with_history(shown, asked.link) if asked.link else None,
        "events": found,
        "rows": [(event, STATES.get(LinkEvent.What(event.what), "neutral")) for event in found.rows],
        "kinds": LinkEvent.What.choices,
        "people": [(str(each.pk), str(each)) for each in actors_of(shown)],
        "the_portal": THE_PORTAL,
    }
    return page(request, "linking/history.html", context, "events")
