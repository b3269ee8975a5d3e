"""Linking projects: by hand, all at once, and unlinking them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.asked import counted, disconnect_asked, person_of
from integrations.linking.forms import ConnectProjectForm
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.picking import asked_picker, pickers
from integrations.linking.queries import integration_of, labels_of, links_found, list_states, project_rows
from integrations.linking.services import CannotLink, Proposal, connect_all, link_project, parts_of, propose_all
from integrations.records.collecting import refresh_now
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other

ORDER_OF_ACTIONS = ("ambiguous", "adopt", "create", "linked")


@needs(Role.VIEWER)
@require_safe
def projects(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The linked projects, each with its state."""
    shown = integration_of(integration)
    find, only_problems = request.GET.get("find", "").strip(), request.GET.get("show") == "problems"
    links = page_of(
        links_found(ProjectLink, shown, find, only_problems), Order("name"), request.GET.get("before", ""), request.GET.get("after", "")
    )
    lists = list_states(shown, "project")
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "rows": project_rows(shown, links.rows),
        "links": links,
        "find": find,
        "only_problems": only_problems,
        "lists": lists,
        "is_refreshing": any(each.is_refreshing for each in lists),
    }
    return page(request, "linking/projects.html", context, "lists" if request.htmx.target == "lists" else "links")


@needs(Role.MANAGER)
def connect(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links two projects that a person chose; with the right side blank, the next sync makes a matching one."""
    shown = integration_of(integration)
    form = ConnectProjectForm(shown, request.POST or None)
    if form.is_valid() and _link(request, form, shown):
        return redirect_see_other("linking:projects", request.organization.slug, shown.pk)
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "form": form,
        "can_create": parts_of(shown.right).project.create is not None,
        **pickers(request, shown, ProjectLink, "project"),
    }
    return page(request, "linking/connect_project.html", context, asked_picker(request), 422 if form.is_bound else 200)


@needs(Role.MANAGER)
def connect_everything(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Shows row by row what connecting everything would do, then does it. A preview that is not true any more is shown anew."""
    shown = integration_of(integration)
    proposals = propose_all(shown)
    seal = seal_of(proposals)
    if request.method == "POST" and request.POST.get("seal") == seal:
        links = connect_all(shown, person_of(request))
        messages.success(request, f"{counted(ProjectLink, len(links))} linked. The first sync begins in a moment.")
        return redirect_see_other("linking:projects", request.organization.slug, shown.pk)
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "proposals": sorted(proposals, key=lambda proposal: ORDER_OF_ACTIONS.index(proposal.action)),
        "counts": Counter(proposal.action for proposal in proposals),
        "to_link": sum(proposal.action in {"create", "adopt"} for proposal in proposals),
        "lists": list_states(shown, "project"),
        "seal": seal,
        "is_outdated": request.method == "POST",
    }
    return page(request, "linking/connect_all.html", context, status=422 if request.method == "POST" else 200)


@needs(Role.MANAGER)
@require_POST
def disconnect_ticked(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Disconnects the ticked projects; nothing is deleted on either side."""
    return disconnect_asked(request, integration_of(integration), ProjectLink)


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Asks both sides for their projects anew."""
    shown = integration_of(integration)
    for side in (shown.left, shown.right):
        refresh_now(side, side.declaration.entity(parts_of(side).project.entity), by_person=True)
    messages.info(request, "Both lists are being refreshed.")
    return redirect_see_other("linking:projects", request.organization.slug, shown.pk)


def seal_of(proposals: Sequence[Proposal]) -> str:
    """Says whether a preview is still true: the same proposals give the same seal."""
    text = "\n".join(f"{each.left.id} {each.action} {each.right.id if each.right else ''}" for each in proposals)
    return hashlib.sha256(text.encode()).hexdigest()


def _link(request: OrganizationRequest, form: ConnectProjectForm, integration: Integration) -> bool:
    try:
        link = link_project(integration, form.cleaned_data["left"], form.cleaned_data["right"], person_of(request))
    except CannotLink as cannot:
        form.add_error(None, str(cannot))
        return False
    messages.success(request, f"“{link.name}” is linked. The first sync begins in a moment.")
    return True
