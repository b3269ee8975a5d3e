"""Linked projects: their list, linking one by hand, and reading both sides anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.asked import person_of
from integrations.linking.forms import ConnectProjectForm
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.picking import CHOOSE, SIDES, free_options, pickers
from integrations.linking.project_rows import project_rows
from integrations.linking.queries import LINKS, integration_of, labels_of, links_found, list_states
from integrations.linking.refreshing import refresh_lists
from integrations.linking.rules import waiting_count
from integrations.linking.services import CannotLink, link_project, parts_of, project, standing_of
from integrations.linking.suggestions import Suggester
from integrations.records.picking import Asked
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

A_DAY = timedelta(days=1)
BLANK = "A new one, made to match"


@needs(Role.VIEWER)
@require_safe
def projects(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The linked projects, each with its state."""
    shown = integration_of(integration)
    find, only_problems = request.GET.get("find", "").replace("\0", "").strip(), request.GET.get("show") == "problems"
    links = page_of(
        links_found(ProjectLink, shown, find, only_problems), Order("name"), request.GET.get("before", ""), request.GET.get("after", "")
    )
    lists = list_states(shown, "project", _since(request))
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "rows": project_rows(shown, links.rows),
        "links": links,
        "find": find,
        "only_problems": only_problems,
        "lists": lists,
        "is_refreshing": any(each.is_refreshing for each in lists),
        "waiting": waiting_count(shown),
    }
    return page(request, "linking/projects.html", context, "lists" if request.htmx.target == "lists" else "links")


@needs(Role.MANAGER)
def connect(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links two projects that a person chose; with the right side blank, the next sync makes a matching one. `look` only searches."""
    shown = integration_of(integration)
    form = ConnectProjectForm(shown, None if "look" in request.POST else request.POST or None)
    if form.is_valid() and _link(request, form, shown):
        return redirect_see_other("linking:projects", request.organization.slug, shown.pk)
    can_create = parts_of(shown.right).project.create is not None
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "form": form,
        "can_create": can_create,
        "pickers": pickers(request, shown, ProjectLink, "project", BLANK if can_create else CHOOSE),
        **_suggested(request, shown),
    }
    return page(request, "linking/connect_project.html", context, "suggestions", 422 if form.is_bound else 200)


@needs(Role.MANAGER)
@require_safe
def choices(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The options of a picker of this page or that of people: what is free on one side, and holds the words that are looked for."""
    shown, part, asked = integration_of(integration), request.GET.get("part", ""), Asked.read(request.GET)
    if part not in LINKS or asked.name not in SIDES:
        raise BadRequest("There is no such picker.")
    options = free_options(shown, LINKS[part], part, asked.name, asked)
    return render(request, "ui/picker.html#options", {"options": options})


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Asks both sides for their projects anew. The page then says what is new since."""
    shown = integration_of(integration)
    refresh_lists(shown, "project")
    messages.info(request, "Both lists are being refreshed.")
    address = reverse("linking:projects", kwargs={"organization": request.organization.slug, "integration": shown.pk})
    return redirect_see_other(f"{address}?{urlencode({'since': timezone.now().isoformat()})}")


def _since(request: OrganizationRequest) -> datetime:
    """Since when what has appeared counts as new: since somebody asked for fresh lists, else for a day."""
    try:
        asked = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        asked = None
    return asked if asked and timezone.is_aware(asked) else timezone.now() - A_DAY


def _suggested(request: OrganizationRequest, integration: Integration) -> dict[str, object]:
    """Partners for the project that is chosen on the left, by name."""
    chosen = (request.POST or request.GET).get("left", "")
    left = project(integration.left, chosen.replace("\0", "")) if chosen else None
    if left is None:
        return {"left": None, "suggestions": []}
    found = Suggester(standing_of(integration).free_names).like(left.name)
    return {"left": left, "suggestions": [(each, *_addresses(request, integration, left.id, each.id)) for each in found]}


def _addresses(request: OrganizationRequest, integration: Integration, left_id: str, right_id: str) -> tuple[str, str]:
    """Where a suggestion is chosen, and where one can look at it first."""
    entity = parts_of(integration.right).project.entity
    where = {"organization": request.organization.slug, "connection": integration.right_id, "entity": entity, "record": right_id}
    return f"{request.path}?{urlencode({'left': left_id, 'right': right_id})}", reverse("records:detail", kwargs=where)


def _link(request: OrganizationRequest, form: ConnectProjectForm, integration: Integration) -> bool:
    try:
        link = link_project(integration, form.cleaned_data["left"], form.cleaned_data["right"], person_of(request))
    except CannotLink as cannot:
        form.add_error(None, str(cannot))
        return False
    messages.success(request, f"“{link.name}” is linked. The first sync begins in a moment.")
    return True
