"""The history of runs. Pages show what was asked and what came of it; a task does the work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from integrations.operations.forms import LookedForm
from integrations.operations.models import Run
from integrations.operations.queries import (
    ORIGINS,
    Filters,
    connections,
    declared,
    history,
    inputs_of,
    is_doubtful,
    is_live,
    may_be_tried_again,
)
from integrations.records.cards import card_of
from integrations.records.keyset import Order, page_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.audit import audit
from portal.organizations.models import Role
from portal.ui.pages import page, redirect_see_other, wants_part
from portal.work.claims import make_due

NEWEST_FIRST = Order("created_at", descending=True)
MOST_RECORDS = 20


@needs(Role.VIEWER)
@require_safe
def runs(request: OrganizationRequest) -> HttpResponse:
    """All runs, newest first."""
    filters = Filters.read(request.GET)
    found = page_of(history(filters), NEWEST_FIRST, request.GET.get("before", ""), request.GET.get("after", ""))
    context = {
        "page": found,
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


@needs(Role.MEMBER)
@require_POST
def try_again(request: OrganizationRequest, run: UUID) -> HttpResponse:
    """Sends a run once more. A write that may have been done already asks the person to look first."""
    found = get_object_or_404(Run.objects.select_for_update(of=("self",)).select_related("connection"), pk=run)
    if not may_be_tried_again(found):
        messages.warning(request, "This run is not waiting for another try.")
        return _to_run(request, found)
    form = LookedForm(request.POST)
    if is_doubtful(found) and not form.is_valid():
        return page(request, "operations/run.html", {**_facts(request, _find(run)), "form": form}, status=422)
    found.state, found.message, found.began_at, found.ended_at = Run.State.WAITING, "", None, None
    found.save(update_fields=["state", "message", "began_at", "ended_at"])
    make_due(found)
    audit(request.user, "run.tried_again", str(found), run=str(found.pk))
    messages.success(request, "It is sent once more.")
    return _to_run(request, found)


def _find(run_id: UUID) -> Run:
    runs: QuerySet[Run] = Run.objects.select_related("connection", "asked_by").prefetch_related("attempts")
    return get_object_or_404(runs, pk=run_id)


def _facts(request: OrganizationRequest, run: Run) -> dict[str, Any]:
    may_try_again = request.membership.role.allows(Role.MEMBER) and may_be_tried_again(run)
    return {
        "run": run,
        "operation": declared(run),
        "is_live": is_live(run),
        "inputs": inputs_of(run),
        "form": LookedForm() if may_try_again and is_doubtful(run) else None,
        "may_try_again": may_try_again,
        **_output(run.output),
    }


def _output(output: Any) -> dict[str, Any]:
    """A list as a card for each of its first records, anything else as one card."""
    if isinstance(output, list):
        return {"cards": [card_of(each) for each in output[:MOST_RECORDS]], "count": len(output)}
    return {"cards": [card_of(output)] if output not in (None, "", {}) else []}


def _to_run(request: OrganizationRequest, run: Run) -> HttpResponse:
    return redirect_see_other("operations:run", organization=request.organization.slug, run=run.pk)
