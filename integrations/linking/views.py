"""Integrations: all of them, a new one, and one from above."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.linking import removing
from integrations.linking import settings as upkeep
from integrations.linking.abilities import abilities_of, can_be_right
from integrations.linking.asked import person_of
from integrations.linking.forms import JoinForm, candidates
from integrations.linking.health import (
    FAILING_SHOWN,
    Attention,
    CountedIntegration,
    attention_of,
    attention_of_connection,
    failing_links,
    health_of,
    is_active,
    people_counts,
    sides_of,
    worst_first,
)
from integrations.linking.models import LONGEST_LOOK_BACK, Integration
from integrations.linking.newcomers import attention_of_newcomers
from integrations.linking.queries import integration_of, integrations_with_counts, labels_of, record_count
from integrations.linking.registry import attention_from_above, expected_end_of, interval_of
from integrations.linking.removing import remains_of
from integrations.linking.rules import waiting_count
from integrations.linking.services import CannotLink, join, parts_of
from integrations.linking.settings_form import SettingsForm
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page, redirect_see_other
from portal.ui.words import duration_words


@needs(Role.VIEWER)
@require_safe
def integrations(request: OrganizationRequest) -> HttpResponse:
    """Every integration with its health."""
    rows = [(integration, health_of(integration)) for integration in integrations_with_counts().order_by("created_at")]
    return page(request, "linking/list.html", {"rows": rows, "may_join": len(candidates()) > 1})


@needs(Role.MANAGER)
def join_two(request: OrganizationRequest) -> HttpResponse:
    """Joins two connections, and says first what each can do and what it cannot."""
    offered = candidates()
    form = JoinForm(offered, request.POST or None)
    if form.is_valid() and (integration := _join(form, request)):
        messages.success(request, "Joined. Next, link the projects and people that belong together.")
        return redirect_see_other("linking:overview", request.organization.slug, integration.pk)
    sides = [(each, abilities_of(each, "left"), abilities_of(each, "right") if can_be_right(each) else None) for each in offered]
    return page(request, "linking/join.html", {"form": form, "sides": sides}, status=422 if form.is_bound else 200)


def _join(form: JoinForm, request: OrganizationRequest) -> Integration | None:
    try:
        return join(form.cleaned_data["left"], form.cleaned_data["right"], person_of(request))
    except CannotLink as cannot:
        form.add_error(None, str(cannot))
        return None


@needs(Role.VIEWER)
@require_safe
def overview(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """One integration: how it is, what is linked, what needs attention, what the services cannot do."""
    shown = integration_of(integration)
    failing, waiting = failing_links(shown), waiting_count(shown)
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "health": health_of(shown),
        "is_active": is_active(shown),
        "interval": interval_of(shown),
        "ends_at": expected_end_of(shown),
        "days_back": LONGEST_LOOK_BACK.days,
        "attention": _attention(shown, waiting, request.organization.slug),
        "failing": failing[:FAILING_SHOWN],
        "is_failing_cut": len(failing) > FAILING_SHOWN,
        "projects_there": record_count(shown.left, parts_of(shown.left).project.entity),
        "people_there": record_count(shown.left, parts_of(shown.left).person.entity),
        "people": people_counts(shown),
        "waiting": waiting,
        "sides": sides_of(shown),
        "abilities": [abilities_of(shown.left, "left"), abilities_of(shown.right, "right")],
    }
    return page(request, "linking/overview.html", context, "state")


def _attention(shown: CountedIntegration, waiting: int, organization: str) -> list[Attention]:
    """What a person should look at, the worst first; the failing projects are told one by one beside it."""
    of_sides = (each for side in sides_of(shown) for each in attention_of_connection(side, organization))
    new = attention_of_newcomers([(shown, waiting)], organization)
    return worst_first([*of_sides, *attention_of(shown, organization), *new, *attention_from_above([shown], organization)])


@needs(Role.MANAGER)
def settings(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """How often it syncs, how it writes time back, and what waits for a person."""
    shown = integration_of(integration)
    form = SettingsForm(request.POST or None, instance=shown)
    if form.is_valid():
        upkeep.change_settings(shown, form.changed_data, person_of(request))
        messages.success(request, "The settings are saved.")
        return redirect_see_other("linking:settings", request.organization.slug, shown.pk)
    # A refused form has set its values on the integration already; the page around it shows what is so.
    standing = integration_of(integration)
    context = {
        "integration": standing,
        "form": form,
        "interval": interval_of(standing),
        "lacking": abilities_of(standing.left, "left").lacking,
        "labels": labels_of(standing),
    }
    return page(request, "linking/settings.html", context, status=422 if form.is_bound else 200)


@needs(Role.MANAGER)
@require_POST
def pause(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Lets nothing travel until somebody resumes it."""
    shown = integration_of(integration)
    upkeep.pause(shown, person_of(request))
    messages.success(request, "Paused. Nothing travels until you resume it.")
    return _to_overview(request, shown)


@needs(Role.MANAGER)
@require_POST
def resume(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Syncs again, beginning now."""
    shown = integration_of(integration)
    upkeep.resume(shown, person_of(request))
    messages.success(request, "Resumed. A sync begins in a moment.")
    return _to_overview(request, shown)


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Says what goes with an integration and what stays, then forgets it."""
    shown = integration_of(integration)
    refusal = _removed(request, shown) if request.method == "POST" else ""
    if request.method == "POST" and not refusal:
        messages.success(request, f"{shown} is removed. Nothing changed on either side.")
        return redirect_see_other("linking:list", request.organization.slug)
    remains = remains_of(shown)
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "remains": remains,
        "written_back": duration_words(remains.seconds),
        "refusal": refusal,
    }
    return page(request, "linking/remove.html", context, status=422 if refusal else 200)


def _removed(request: OrganizationRequest, integration: Integration) -> str:
    """Removes it, or says why that cannot be."""
    try:
        removing.remove(integration, person_of(request))
    except removing.CannotRemove as cannot:
        return str(cannot)
    return ""


def _to_overview(request: OrganizationRequest, integration: Integration) -> HttpResponse:
    return redirect_see_other("linking:overview", request.organization.slug, integration.pk)
