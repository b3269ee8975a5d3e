"""Having a trigger told again from a moment on: the moment, then how much it would be, then the confirmation."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from integrations.triggers import services
from integrations.triggers.health import declared
from integrations.triggers.models import Trigger
from integrations.triggers.queries import live_trigger
from integrations.triggers.replay_form import ReplayForm
from integrations.triggers.ways_back import not_offered, to_trigger
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def replay(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """Asked with a moment, it shows what would be told; confirmed, it has that told."""
    found = live_trigger(trigger)
    if declared(found) is None:
        return not_offered(request, found)
    if request.method == "POST":
        return _confirmed(request, found)
    form = ReplayForm(request.GET if "since" in request.GET else None)
    if not form.is_valid():
        return _form_page(request, found, form)
    since = form.cleaned_data["since"]
    context = {"trigger": found, "form": form, "since": since, "count": services.count_replay(found, since)}
    return page(request, "triggers/replay.html", context)


def _confirmed(request: OrganizationRequest, trigger: Trigger) -> HttpResponse:
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _form_page(request, trigger, form)
    services.replay(trigger, form.cleaned_data["since"], request.user)
    messages.success(request, "What was not told yet is told now.")
    return to_trigger(request, trigger)


def _form_page(request: OrganizationRequest, trigger: Trigger, form: ReplayForm) -> HttpResponse:
    return page(request, "triggers/replay.html", {"trigger": trigger, "form": form}, status=422 if form.is_bound else 200)
