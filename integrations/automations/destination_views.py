"""Destinations: where events are delivered, and what may be changed about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from integrations.automations import services
from integrations.automations.delivery_forms import FORMS, DestinationForm
from integrations.automations.delivery_queries import counts_of, deliveries_of, live_destinations, next_try_of, sample_of, triggers_of
from integrations.automations.models import Destination
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.audit import audit
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

TO_SHOW = "secrets_to_show"
"""In the session: the ids of the destinations whose new secret the reader has not seen yet."""


@needs(Role.VIEWER)
@require_safe
def destinations(request: OrganizationRequest) -> HttpResponse:
    """Every destination and how it is."""
    found = page_of(live_destinations(), Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    counts = counts_of(found.rows)
    rows = [(destination, counts[destination.pk]) for destination in found.rows]
    return page(request, "automations/destinations.html", {"page": found, "rows": rows, **_rights(request)}, partial="destinations")


@needs(Role.VIEWER)
@require_safe
def destination(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """One destination: how it is, whose events it takes, and what was sent there lately."""
    found = _find(destination)
    context = {
        "destination": found,
        "counts": counts_of([found])[found.pk],
        "next_try": next_try_of(found),
        "triggers": triggers_of(found),
        "deliveries": deliveries_of(found),
        "sample": sample_of(found),
        **_rights(request),
    }
    return page(request, "automations/destination.html", context, partial="destination")


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: OrganizationRequest, kind: str) -> HttpResponse:
    """A new destination of a kind. The secret of a webhook is shown next."""
    form = _form(request, Destination(kind=kind))
    if not form.is_valid():
        return _form_page(request, form)
    made, has_secret = form.instance, services.make_destination(form.instance, form.chosen_triggers, request.user)
    messages.success(request, f"{made} is ready.")
    return _to_secret(request, made) if has_secret else _to(request, made)


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Changes the name, the address or the triggers; what waits goes to the new address."""
    form = _form(request, _find_live(destination))
    if not form.is_valid():
        return _form_page(request, form)
    services.edit_destination(form.instance, form.chosen_triggers, request.user)
    messages.success(request, f"{form.instance} is saved.")
    return _to(request, form.instance)


@needs(Role.MANAGER)
@never_cache
@require_GET
def secret(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Shows a new secret to whoever made it, once; from then on only how to get another one."""
    found = _find_webhook(destination)
    context = {"destination": found, "secret": _take_secret(request, found)}
    return page(request, "automations/destination_secret.html", context)


@needs(Role.MANAGER)
@require_POST
def rotate(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """A new secret; the one before it signs as well until its overlap ends."""
    found = _find_webhook(destination)
    services.rotate_secret(found, request.user)
    return _to_secret(request, found)


@needs(Role.MANAGER)
@require_POST
def pause(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Sends nothing until it goes on."""
    return _change(request, destination, services.pause, "{} is paused. What is told meanwhile waits.")


@needs(Role.MANAGER)
@require_POST
def resume(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Goes on, with what waited first."""
    return _change(request, destination, services.resume, "{} delivers again.")


@needs(Role.MANAGER)
@require_POST
def enable(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Tries again after it was disabled, with what waited first."""
    return _change(request, destination, services.enable, "{} is enabled again. What waited is being sent.")


@needs(Role.MANAGER)
@require_POST
def test(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Sends a message that tells of no event."""
    found = _find_live(destination)
    if services.send_test(found, request.user):
        messages.success(request, "A test is on its way. What comes of it stands on this page.")
    else:
        messages.info(request, "No other test was sent: the last one was asked for a moment ago. What comes of it stands on this page.")
    return _to(request, found)


@needs(Role.MANAGER)
@require_POST
def end(request: OrganizationRequest, destination: UUID) -> HttpResponse:
    """Ends a destination; its deliveries can still be read."""
    found = _find_live(destination)
    services.end(found, request.user)
    messages.success(request, f"{found} is ended. Nothing is sent there any more.")
    return redirect_see_other("automations:destinations", organization=request.organization.slug)


# --- what the views share ----------------------------------------------------------------------------------------------


def _change(request: OrganizationRequest, key: UUID, change: Callable[[Destination, User], Any], said: str) -> HttpResponse:
    found = _find_live(key)
    change(found, request.user)
    messages.success(request, said.format(found))
    return _to(request, found)


def _form(request: OrganizationRequest, destination: Destination) -> DestinationForm:
    return FORMS[destination.kind](request.POST if request.method == "POST" else None, instance=destination)


def _form_page(request: HttpRequest, form: DestinationForm) -> HttpResponse:
    context = {
        "form": form,
        "destination": form.instance,
        "name": form.initial.get("name", ""),
        "is_new": form.instance._state.adding,
        "has_triggers": Trigger.live.exists(),
    }
    return page(request, "automations/destination_form.html", context, status=422 if form.is_bound else 200)


def _take_secret(request: OrganizationRequest, destination: Destination) -> str:
    """The secret, if the reader has just made it and not seen it yet; it is noted who saw it."""
    waiting = request.session.get(TO_SHOW, [])
    if str(destination.pk) not in waiting:
        return ""
    request.session[TO_SHOW] = [each for each in waiting if each != str(destination.pk)]
    audit(request.user, "destination.secret_shown", str(destination))
    return destination.open()["current"]


def _to_secret(request: OrganizationRequest, destination: Destination) -> HttpResponse:
    """The secret is kept nowhere but in its destination: the session only says who is to see it."""
    request.session[TO_SHOW] = [*request.session.get(TO_SHOW, []), str(destination.pk)]
    return redirect_see_other("automations:destination_secret", organization=request.organization.slug, destination=destination.pk)


def _to(request: OrganizationRequest, destination: Destination) -> HttpResponse:
    return redirect_see_other("automations:destination", organization=request.organization.slug, destination=destination.pk)


def _find(key: UUID) -> Destination:
    return get_object_or_404(Destination, pk=key)


def _find_live(key: UUID) -> Destination:
    """One that was not ended: an ended one can only be read."""
    return get_object_or_404(live_destinations(), pk=key)


def _find_webhook(key: UUID) -> Destination:
    return get_object_or_404(live_destinations(), pk=key, kind=Destination.Kind.WEBHOOK)


def _rights(request: OrganizationRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}
