"""The alarms of an organization."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from integrations.alarms.queries import alarms
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page
from portal.work.heartbeats import dead_parts


@needs(Role.VIEWER)
@require_safe
def alarm_list(request: OrganizationRequest) -> HttpResponse:
    """What is wrong, and what was, the newest first."""
    found = alarms(request.GET.get("before", ""), request.GET.get("after", ""))
    return page(request, "alarms/list.html", {"page": found, "dead_parts": dead_parts()}, partial="alarms")
