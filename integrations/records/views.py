"""Browsing the mirror. No page waits for a provider: "Refresh" makes the lists due and shows how far they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.connections.models import Connection
from integrations.records.browsing import Filters, Place, choices, clean, entities_of, place_or_404, rows_of, shown, titles_in
from integrations.records.cards import card_of, differences
from integrations.records.collecting import refresh_now
from integrations.records.keyset import Order, page_of
from integrations.records.models import Record
from integrations.records.queries import changes_of, freshness_of, freshness_of_all, names_of, relations_to, titles_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page, redirect_see_other, wants_part

FRESH = "fresh"


@needs(Role.VIEWER)
@require_safe
def entities(request: OrganizationRequest) -> HttpResponse:
    """Every connection with what it holds, and how fresh each list is."""
    known = freshness_of_all()
    shelves = [
        (connection, [(entity, known.get((connection.pk, entity.name))) for entity in entities_of(connection).values()])
        for connection in Connection.objects.all()
    ]
    is_waiting = any(freshness.is_waiting for freshness in known.values())
    return page(request, "records/entities.html", {"shelves": shelves, "is_waiting": is_waiting}, partial="shelves")


@needs(Role.VIEWER)
@require_safe
def records(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """The records of an entity, or for htmx only their table or how fresh it is."""
    place = place_or_404(connection, entity)
    if wants_part(request) and request.htmx.target == "freshness":
        return _freshness(request, place)
    filters = Filters.read(request.GET, place)
    order = Order.read(request.GET.get("sort", ""), place.sortable, place.order)
    found = page_of(rows_of(place, filters), order, request.GET.get("before", ""), request.GET.get("after", ""))
    offered = [] if wants_part(request) else choices(place, filters)
    context = {
        **_facts(request, place),
        "filters": filters,
        "choices": offered,
        "page": found,
        "rows": shown(place, found, titles_in(offered, place)),
    }
    return page(request, "records/list.html", context, partial="listing")


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """Asks for a fresh look at a list. The page then shows how far it is."""
    place = place_or_404(connection, entity)
    if not place.connection.is_connected:
        messages.error(request, f"{place.connection} is not connected, so nothing can be asked there.")
    else:
        refresh_now(place.connection, place.entity)
    if wants_part(request):
        return _freshness(request, place)
    return redirect_see_other("records:list", organization=request.organization.slug, connection=connection, entity=entity)


@needs(Role.VIEWER)
@require_safe
def record(request: OrganizationRequest, connection: UUID, entity: str, record: str) -> HttpResponse:
    """One record: all it says, what it belongs to, and how it changed."""
    place = place_or_404(connection, entity)
    if record != clean(record):
        raise Http404("There is no such record.")
    found = get_object_or_404(Record, connection=place.connection, entity=entity, remote_id=record)
    names = names_of(place.entity, found)
    titles = titles_of(place.connection, names.values())
    declared = place.connection.declaration
    context = {
        "place": place,
        "record": found,
        "card": card_of(found.data),
        "related": [(place.label_of(column), *name, titles.get(name)) for column, name in names.items()],
        "belonging": relations_to(declared.entities, place.entity),
        "changes": [(change, differences(change.before, change.after)) for change in changes_of(found)],
    }
    return page(request, "records/detail.html", context)


def _facts(request: OrganizationRequest, place: Place) -> dict[str, Any]:
    address = {"organization": request.organization.slug, "connection": place.connection.pk, "entity": place.entity.name}
    return {
        "place": place,
        "freshness": freshness_of(place.connection, place.entity),
        "list_url": reverse("records:list", kwargs=address),
        "can_refresh": request.membership.role.allows(Role.MEMBER),
    }


def _freshness(request: OrganizationRequest, place: Place) -> HttpResponse:
    """When the last list has arrived, the table is told to show it."""
    facts = _facts(request, place)
    response = page(request, "records/list.html", facts, partial="freshness")
    if not facts["freshness"].is_waiting:
        response["HX-Trigger"] = FRESH
    return response
