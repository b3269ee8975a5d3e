"""Deliveries: what was sent where, each try of it, and sending again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.automations import services
from integrations.automations.delivery_filters import MOST_RESENT, DeliveryFilters, resending
from integrations.automations.delivery_queries import attempts_of, deliveries, may_be_sent
from integrations.automations.delivery_words import waits_for
from integrations.automations.models import Delivery, Destination
from integrations.triggers.models import Trigger
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import SeeOther, page, redirect_see_other, wants_part

NEWEST_FIRST = Order("created_at", descending=True)
LATEST_FIRST = Order("number", descending=True)
ATTEMPTS_SHOWN = 10


@needs(Role.VIEWER)
@require_safe
def all_deliveries(request: OrganizationRequest) -> HttpResponse:
    """Every delivery, newest first. The first page shows by itself what comes."""
    filters, before, after = DeliveryFilters(request.GET), request.GET.get("before", ""), request.GET.get("after", "")
    context = {
        "page": page_of(filters.narrow(deliveries()), NEWEST_FIRST, before, after),
        "filters": filters,
        "query": filters.query() if filters.is_valid() else "",
        "is_live": filters.is_valid() and not (before or after),
        **_choices(request),
        **_rights(request),
    }
    return page(request, "automations/deliveries.html", context, partial="deliveries", status=200 if filters.is_valid() else 422)


@needs(Role.VIEWER)
@require_safe
def delivery(request: OrganizationRequest, delivery: UUID) -> HttpResponse:
    """One delivery with every try; it shows by itself what becomes of it."""
    found = _find(delivery)
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    context = {
        "delivery": found,
        "attempts": page_of(attempts_of(found), LATEST_FIRST, before, after, ATTEMPTS_SHOWN),
        "is_live": found.state == Delivery.State.WAITING and not (before or after),
        "may_resend": _rights(request)["may_change"] and may_be_sent(found),
        **_rights(request),
    }
    return page(request, "automations/delivery.html", context, partial="delivery")


@needs(Role.MANAGER)
@require_POST
def resend(request: OrganizationRequest, delivery: UUID) -> HttpResponse:
    """Sends one again, or tries one that waits at once."""
    found = _find(delivery)
    if may_be_sent(found):
        services.resend(Delivery.objects.filter(pk=found.pk), request.user)
        asked = _find(found.pk)
        messages.success(request, "It is sent now." if asked.due_at else f"It is asked for. {waits_for(asked)}")
    else:
        messages.warning(request, f"{found.destination} was ended, so nothing is sent there any more.")
    return redirect_see_other("automations:delivery", organization=request.organization.slug, delivery=found.pk)


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def resend_many(request: OrganizationRequest) -> HttpResponse:
    """What would be resent, and with the seal of exactly that set doing it."""
    is_sent = request.method == "POST"
    filters = DeliveryFilters(request.POST if is_sent else request.GET)
    if not filters.is_valid():
        return page(request, "automations/deliveries_resend.html", {"filters": filters}, status=422)
    asked = resending(filters)
    if is_sent and asked.accepts(request.POST.get("seal", "")):
        count = services.resend(asked.deliveries(), request.user)
        messages.success(request, "1 delivery is sent again." if count == 1 else f"{count:,} deliveries are sent again.")
        return SeeOther(f"{_list_url(request)}?{filters.query(without=('state', 'until'))}")  # they stand there in another state now
    context = {
        "filters": filters,
        "asked": asked,
        "hidden": filters.as_hidden(asked.until).items(),
        "most": MOST_RESENT,
        "is_outdated": "seal" in request.POST,
    }
    return page(request, "automations/deliveries_resend.html", context, status=422 if is_sent else 200)


def _find(key: UUID) -> Delivery:
    return get_object_or_404(deliveries(), pk=key)


def _choices(request: OrganizationRequest) -> dict[str, Any]:
    """What can be filtered for; nothing where only the list is asked for."""
    if wants_part(request):
        return {}
    return {
        "states": Delivery.State.choices,
        "destinations": Destination.objects.order_by("name").only("name", "ended_at"),
        "triggers": Trigger.objects.order_by("name").only("name"),
    }


def _list_url(request: OrganizationRequest) -> str:
    return reverse("automations:deliveries", kwargs={"organization": request.organization.slug})


def _rights(request: OrganizationRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role.allows(Role.MANAGER)}
