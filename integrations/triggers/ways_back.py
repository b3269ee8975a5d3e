"""Where the pages of triggers lead back to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse

from integrations.triggers.models import Trigger
from portal.organizations.access import OrganizationRequest
from portal.ui.pages import redirect_see_other


def to_trigger(request: OrganizationRequest, trigger: Trigger) -> HttpResponse:
    return redirect_see_other("triggers:detail", organization=request.organization.slug, trigger=trigger.pk)


def not_offered(request: OrganizationRequest, trigger: Trigger) -> HttpResponse:
    """Nothing can be done any more about one that its provider does not offer, but to end it."""
    messages.warning(request, "This is not offered any more. End it, and set up another one.")
    return to_trigger(request, trigger)
