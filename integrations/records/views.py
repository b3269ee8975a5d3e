"""Browsing the mirror. No page waits for a provider: "Refresh" makes the lists due and shows how far they are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from integrations.catalogue.reading import read
from integrations.connections.models import Connection
from integrations.records.browsing import controls_for, rows_of, shown, titles_for, with_moment_sent
from integrations.records.cards import card_of, differences
from integrations.records.collecting import make_missing_lists, refresh_now
from integrations.records.days import Days
from integrations.records.filters import FIRST, LAST, Filters
from integrations.records.lineage import lineage_of
from integrations.records.loading import held_back, read_days_asked, unread
from integrations.records.models import Record
from integrations.records.picking import Asked, options_of
from integrations.records.places import Place, place_or_404
from integrations.records.queries import Freshness, changes_of, entities_of, freshness_of, freshness_of_all, relations_to
from integrations.records.registry import actions_of, actions_with
from integrations.records.search import clean
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other, wants_part

FRESH = "fresh"


@needs(Role.VIEWER)
@require_safe
def entities(request: OrganizationRequest) -> HttpResponse:
    """Every connection with what it holds, and how fresh each list is."""
    connections = list(Connection.objects.all())
    known = freshness_of_all(connections)
    shelves = [
        (connection, [(entity, known.get((connection.pk, entity.name))) for entity in entities_of(connection).values()])
        for connection in connections
    ]
    is_waiting = any(freshness.is_waiting for freshness in known.values())
    return page(request, "records/entities.html", {"shelves": shelves, "is_waiting": is_waiting}, partial="shelves")


@needs(Role.VIEWER)
@require_safe
def records(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """The records of an entity, or for htmx only their table or how fresh it is."""
    place = place_or_404(connection, entity)
    freshness = _freshness_of(place)
    if wants_part(request) and request.htmx.target == "freshness":
        return _freshness(request, place, freshness)
    return _listing(request, place, freshness)


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """Asks for a fresh look at a list, of a list by days at the days that are given. The page then shows how far it is."""
    place = place_or_404(connection, entity)
    days, problem = _days_asked(request, place)
    if problem:
        messages.error(request, problem)
    else:
        refresh_now(place.connection, place.entity, days, by_person=True)
    if wants_part(request):
        return _freshness(request, place, freshness_of(place.connection, place.entity))
    return redirect_see_other(_list_url(request, place, days))


def _days_asked(request: OrganizationRequest, place: Place) -> tuple[Days | None, str]:
    """The days that a refresh is asked for, and why nothing can be asked over there."""
    if not place.entity.collect:
        return None, f"{place.entity.plural} have no list over there. They are kept from the runs that write them."
    if not place.connection.is_connected:
        return None, f"{place.connection} is not connected, so nothing can be asked there."
    try:
        return read_days_asked(request.POST, place.window), ""
    except ValueError as mistake:
        return None, str(mistake)


@needs(Role.VIEWER)
@require_safe
def record(request: OrganizationRequest, connection: UUID, entity: str, record: str) -> HttpResponse:
    """One record: all it says, what it belongs to, what belongs to it, and how it changed."""
    place = place_or_404(connection, entity)
    if record != clean(record):
        raise Http404("There is no such record.")
    found = get_object_or_404(Record, connection=place.connection, entity=entity, remote_id=record)
    found.connection = place.connection  # known already: spares the query
    may_run = request.membership.role.allows(Role.MEMBER) and place.connection.is_connected and not found.removed_at
    context = {
        "place": place,
        "record": found,
        "card": card_of(found.data),
        "lineage": lineage_of(place, found),
        "belonging": relations_to(entities_of(place.connection).values(), place.entity),
        "changes": [(change, differences(change.before, change.after)) for change in changes_of(found)],
        "actions": actions_with(request.organization.slug, found) if may_run else [],
        "address_there": _address_there(place, found),
    }
    return page(request, "records/detail.html", context)


@needs(Role.VIEWER)
@require_safe
def choices(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """The options of a picker: records of an entity that hold the words looked for; see `picking` for what may be asked."""
    place = place_or_404(connection, entity)
    options = options_of(place.connection, entity, Asked.read(request.GET))
    return render(request, "ui/picker.html#options", {"options": options})


def _freshness_of(place: Place) -> Freshness:
    """How fresh a list is; one that was declared after the connection was made begins to be read now."""
    known = freshness_of(place.connection, place.entity)
    if not known.lists and make_missing_lists(place.connection, [place.entity]):
        return freshness_of(place.connection, place.entity)
    return known


def _listing(request: OrganizationRequest, place: Place, freshness: Freshness) -> HttpResponse:
    filters = Filters.read(request.GET, place)
    order = Order.read(request.GET.get("sort", ""), place.sortable, place.order)
    found = page_of(with_moment_sent(place, rows_of(place, filters)), order, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        **_facts(request, place, freshness),
        **_rows_and_controls(request, place, filters, found.rows),
        "filters": filters,
        "unread": unread(place, filters, freshness),
        "held_back": held_back(place, freshness),
        "order": str(order),
        "page": found,
    }
    return page(request, "records/list.html", context, partial="listing")


def _rows_and_controls(request: OrganizationRequest, place: Place, filters: Filters, rows: list[Record]) -> dict[str, Any]:
    """The rows, and for a whole page what narrows them."""
    if wants_part(request):
        return {"rows": shown(place, rows, titles_for(place, rows))}
    controls = controls_for(place, filters, rows, request.GET, request.organization.slug)
    may_run = request.membership.role.allows(Role.MEMBER) and place.connection.is_connected
    return {
        "rows": shown(place, rows, controls.titles),
        "pickers": controls.pickers,
        "statuses": controls.statuses,
        "status_label": place.label_of("status"),
        "actions": actions_of(request.organization.slug, place.connection, place.entity.name) if may_run else [],
    }


def _facts(request: OrganizationRequest, place: Place, freshness: Freshness) -> dict[str, Any]:
    return {
        "place": place,
        "freshness": freshness,
        "list_url": _list_url(request, place),
        "can_refresh": request.membership.role.allows(Role.MEMBER) and place.connection.is_connected and place.entity.collect is not None,
    }


def _freshness(request: OrganizationRequest, place: Place, freshness: Freshness) -> HttpResponse:
    """When the last list has arrived, the table is told to show it."""
    response = page(request, "records/list.html", _facts(request, place, freshness), partial="freshness")
    if not freshness.is_waiting:
        response["HX-Trigger"] = FRESH
    return response


def _list_url(request: OrganizationRequest, place: Place, days: Days | None = None) -> str:
    """The address of a list, of one by days perhaps narrowed to some."""
    path = reverse("records:list", kwargs={"organization": request.organization.slug, **place.address})
    return f"{path}?{urlencode({FIRST: days.first, LAST: days.last})}" if days else path


def _address_there(place: Place, record: Record) -> str:
    """Where the record's page over there stands, if the record says so. Nothing but the web is led to."""
    address = str(read(place.entity.address, record.data) or "") if place.entity.address else ""
    return address if address.startswith("https://") else ""
