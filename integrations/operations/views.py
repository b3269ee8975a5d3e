"""The history of runs. Pages show what was asked and what came of it; a task does the work."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from integrations.operations.asking import again, ask_for, asked_with
from integrations.operations.building.form import id_in
from integrations.operations.forms import LookedForm
from integrations.operations.models import Run, RunFile
from integrations.operations.queries import (
    ORIGINS,
    Filters,
    connections,
    declared,
    history,
    is_doubtful,
    is_live,
    may_be_changed,
    may_be_repeated,
    may_be_tried_again,
)
from integrations.operations.registry import causes_of
from integrations.operations.results import pretty, result_of
from integrations.operations.words import inputs_of, meanwhile
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.audit import audit
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other, wants_part
from portal.work.claims import make_due

NEWEST_FIRST = Order("created_at", descending=True)


@needs(Role.VIEWER)
@require_safe
def runs(request: OrganizationRequest) -> HttpResponse:
    """All runs, newest first."""
    filters = Filters.read(request.GET)
    found = page_of(history(filters), NEWEST_FIRST, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        "page": found,
        "causes": causes_of(request.organization.slug, found.rows),
        "filters": filters,
        "states": Run.State.choices,
        "origins": ORIGINS.items(),
        "connections": [] if wants_part(request) else connections(),
    }
    return page(request, "operations/runs.html", context, partial="history")


@needs(Role.VIEWER)
@require_safe
def run(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """One run; it shows by itself what becomes of it."""
    return page(request, "operations/run.html", _facts(request, _find(run)), partial="run")


@needs(Role.VIEWER)
@require_safe
def answer(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """The whole output of a run as JSON, to be read by people."""
    found = get_object_or_404(Run, pk=run)
    return HttpResponse(pretty(found.output), content_type="application/json; charset=utf-8")


@needs(Role.VIEWER)
@require_safe
def file(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """The file that a run was answered with, to be kept. Never shown within a page of ours: whatever it holds is the provider's."""
    found = get_object_or_404(RunFile, run=run)
    disposition = content_disposition_header(as_attachment=True, filename=found.name)
    return HttpResponse(bytes(found.content), content_type=found.media_type, headers={"Content-Disposition": disposition})


@needs(Role.MEMBER)
@require_POST
def try_again(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """Sends a run once more. A write that may have been done already asks the person to look first."""
    found = get_object_or_404(Run.objects.select_for_update(of=("self",)).select_related("connection"), pk=run)
    if not may_be_tried_again(found):
        messages.warning(request, "This run is not waiting for another try.")
        return to_run(request, found)
    form = LookedForm(request.POST)
    if is_doubtful(found) and not form.is_valid():
        return page(request, "operations/run.html", {**_facts(request, _find(run)), "form": form}, status=422)
    found.state, found.message, found.began_at, found.ended_at = Run.State.WAITING, "", None, None
    found.save(update_fields=["state", "message", "began_at", "ended_at"])
    make_due(found)
    audit(request.user, "run.tried_again", str(found), run=str(found.pk))
    messages.success(request, "It is sent once more.")
    return to_run(request, found)


@needs(Role.MEMBER)
@require_POST
def repeat(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """Asks for the same once more, as a run of its own."""
    found, form_id = get_object_or_404(Run.objects.select_related("connection"), pk=run), id_in(request.POST)
    if standing := asked_with(form_id):
        return to_run(request, standing)
    if not may_be_repeated(found):
        messages.warning(request, "This run cannot simply be repeated.")
        return to_run(request, found)
    once_more = again(found)
    once_more.form_id = form_id
    return to_run(request, ask_for(once_more, request.user))


def to_run(request: OrganizationRequest, run: Run) -> HttpResponse:
    return redirect_see_other("operations:run", organization=request.organization.slug, run=run.pk)


def _find(run_id: UUID) -> Run:
    runs: QuerySet[Run] = Run.objects.select_related("connection", "asked_by", "file").defer("file__content").prefetch_related("attempts")
    return get_object_or_404(runs, pk=run_id)


def _facts(request: OrganizationRequest, run: Run) -> dict[str, Any]:
    may_run, operation = request.membership.role.allows(Role.MEMBER), declared(run)
    may_try_again = may_run and may_be_tried_again(run)
    return {
        "run": run,
        "operation": operation,
        "is_live": is_live(run),
        "inputs": inputs_of(run, operation),
        "input_text": pretty(run.inputs),
        "form": LookedForm() if may_try_again and is_doubtful(run) else None,
        "may_try_again": may_try_again,
        "may_repeat": may_run and may_be_repeated(run),
        "may_change": may_run and may_be_changed(run),
        "meanwhile": meanwhile(run, operation),
        "result": result_of(run, operation),
        "form_id": uuid4(),
        "cause": causes_of(request.organization.slug, [run]).get(run.pk),
    }
