"""Where an organization begins: is everything well, and what happened."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from integrations.alarms.queries import open_alarms
from integrations.dashboard.attention import attention_of_parts, what_needs_attention
from integrations.dashboard.queries import all_connections, newest_events, newest_runs, written_back
from integrations.dashboard.standing import standing_of
from integrations.linking.health import health_of
from integrations.linking.queries import integrations_with_counts
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page
from portal.work.heartbeats import dead_parts


@needs(Role.VIEWER)
@require_safe
def home(request: OrganizationRequest) -> HttpResponse:
    """The dashboard; where nothing is connected yet, the way there."""
    connections, dead = all_connections(), dead_parts()
    if not connections:
        return page(request, "dashboard/begin.html", {"attention": attention_of_parts(dead, request.organization.slug)})
    integrations = list(integrations_with_counts().order_by("created_at"))
    alarms = open_alarms()
    context = {
        "connections": connections,
        "integrations": [(integration, health_of(integration)) for integration in integrations],
        "attention": what_needs_attention(connections, integrations, alarms, dead, request.organization.slug),
        "standing": standing_of(alarms, dead),
        "written_back": written_back(request.organization),
        "project_count": sum(integration.project_count for integration in integrations),
        "connected_count": sum(integration.connected_count for integration in integrations),
        "events": newest_events(),
        "runs": newest_runs(),
    }
    return page(request, "dashboard/home.html", context)
