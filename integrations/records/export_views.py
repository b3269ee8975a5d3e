"""Taking what a browse page shows as a file. A task writes it; this page shows how far it is, and hands it out for a day."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from integrations.records.exporting import TooManyExports, ask_for_export
from integrations.records.filters import Filters
from integrations.records.models import Export, ExportPart
from integrations.records.places import Place, place_or_404
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.scope import scope
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

NEWEST = Order("created_at", descending=True)
MEDIA_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@needs(Role.VIEWER)
@require_safe
def exports(request: OrganizationRequest) -> HttpResponse:
    """The exports of the last day, the newest first."""
    found = page_of(
        Export.objects.select_related("connection", "asked_by"), NEWEST, request.GET.get("before", ""), request.GET.get("after", "")
    )
    context = {
        "page": found,
        "is_waiting": any(not export.has_ended for export in found.rows),
        "browse_url": reverse("records:entities", kwargs={"organization": request.organization.slug}),
    }
    return page(request, "records/exports.html", context, partial="exports")


@needs(Role.VIEWER)
@require_POST
def ask(request: OrganizationRequest, connection: UUID, entity: str) -> HttpResponse:
    """Begins an export of what the filters in the form show."""
    place = place_or_404(connection, entity)
    filters = Filters.read(request.POST, place)
    if request.POST.get("format") not in Export.Format.values or filters.problem:
        messages.error(request, filters.problem or "Choose CSV or Excel.")
        return redirect_see_other("records:list", organization=request.organization.slug, connection=connection, entity=entity)
    order = Order.read(request.POST.get("sort", ""), place.sortable, place.order)
    try:
        ask_for_export(place, filters, order, Export.Format(request.POST["format"]), request.user)
    except TooManyExports as refusal:
        messages.error(request, str(refusal))
        return redirect_see_other(_list_url(request, place, filters, order))
    return redirect_see_other("records:exports", organization=request.organization.slug)


@needs(Role.VIEWER)
@require_safe
def download(request: OrganizationRequest, export: UUID) -> HttpResponseBase:
    """The file, piece by piece."""
    found = get_object_or_404(Export.objects.select_related("connection"), pk=export)
    if found.state != Export.State.DONE:
        raise Http404("There is no file yet.")
    response = StreamingHttpResponse(_pieces(request.organization.pk, found.pk), content_type=MEDIA_TYPES[Export.Format(found.format)])
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = content_disposition_header(True, _file_name(found))
    return response


def _pieces(organization_id: UUID, export_id: UUID) -> Iterator[bytes]:
    """Sent after the view has returned, so each piece is read in a scope of its own."""
    newest = 0
    while True:
        with scope(organization_id):
            piece = ExportPart.objects.filter(export=export_id, pk__gt=newest).order_by("pk").first()
        if piece is None:
            return
        newest = piece.pk
        yield bytes(piece.content)


def _list_url(request: OrganizationRequest, place: Place, filters: Filters, order: Order) -> str:
    """The page that the export was asked for on, as it was."""
    path = reverse("records:list", kwargs={"organization": request.organization.slug, **place.address})
    return f"{path}?{urlencode({**filters.as_query(), 'sort': str(order)})}"


def _file_name(export: Export) -> str:
    """Such as `hubstaff-of-ours-tasks-2026-11-21.csv`."""
    day = timezone.localtime(export.created_at).date()
    return f"{slugify(f'{export.connection} {export.entity}')}-{day}.{export.format}"
