"""Where an organization begins: is everything well, and what happened."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from integrations.dashboard.attention import what_needs_attention
from integrations.dashboard.queries import all_connections, newest_events, newest_runs, written_back
from integrations.linking.health import health_of
from integrations.linking.queries import integrations_with_counts
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page


@needs(Role.VIEWER)
@require_safe
def home(request: OrganizationRequest) -> HttpResponse:
    """The dashboard; where nothing is connected yet, the way there."""
    connections = all_connections()
    if not connections:
        return page(request, "dashboard/begin.html")
    integrations = list(integrations_with_counts().order_by("created_at"))
    context = {
        "connections": connections,
        "integrations": [(integration, health_of(integration)) for integration in integrations],
        "attention": what_needs_attention(connections, integrations, request.organization.slug),
        "written_back": written_back(request.organization),
        "project_count": sum(integration.project_count for integration in integrations),
        "connected_count": sum(integration.connected_count for integration in integrations),
        "events": newest_events(),
        "runs": newest_runs(),
    }
    return page(request, "dashboard/home.html", context)
