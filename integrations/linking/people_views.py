"""Linking people: by e-mail, by hand, and unlinking them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from integrations.linking.asked import counted, disconnect_asked, person_of
from integrations.linking.forms import ConnectPersonForm
from integrations.linking.models import Integration, PersonLink
from integrations.linking.picking import asked_picker, pickers
from integrations.linking.queries import integration_of, labels_of, links_found, list_states, person_rows, unmatched_people
from integrations.linking.services import CannotLink, link_person, match_people, parts_of
from integrations.records.collecting import refresh_now
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.keyset import Order, page_of
from portal.ui.pages import page, redirect_see_other


@needs(Role.VIEWER)
@require_safe
def people(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """The linked people, and those on the left who have no partner, with the reason."""
    shown = integration_of(integration)
    find = request.GET.get("find", "").strip()
    links = page_of(links_found(PersonLink, shown, find), Order("name"), request.GET.get("before", ""), request.GET.get("after", ""))
    lists = list_states(shown, "person")
    context = {
        "integration": shown,
        "labels": labels_of(shown),
        "rows": person_rows(shown, links.rows),
        "links": links,
        "find": find,
        "unmatched": unmatched_people(shown),
        "lists": lists,
        "is_refreshing": any(each.is_refreshing for each in lists),
    }
    return page(request, "linking/people.html", context, "lists" if request.htmx.target == "lists" else "links")


@needs(Role.MANAGER)
@require_POST
def match(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links everybody who has the same e-mail address on both sides."""
    shown = integration_of(integration)
    count = len(match_people(shown, person_of(request)))
    if count:
        messages.success(request, f"{counted(PersonLink, count)} linked by e-mail.")
    else:
        messages.info(request, "Nobody new has the same e-mail address on both sides.")
    return _to_people(request, shown)


@needs(Role.MANAGER)
def connect(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Links two people whom a person chose."""
    shown = integration_of(integration)
    form = ConnectPersonForm(request.POST or None)
    if form.is_valid() and _link(request, form, shown):
        return _to_people(request, shown)
    context = {"integration": shown, "labels": labels_of(shown), "form": form, **pickers(request, shown, PersonLink, "person")}
    return page(request, "linking/connect_person.html", context, asked_picker(request), 422 if form.is_bound else 200)


@needs(Role.MANAGER)
@require_POST
def disconnect_ticked(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Disconnects the ticked people; nothing is deleted on either side."""
    return disconnect_asked(request, integration_of(integration), PersonLink)


@needs(Role.MEMBER)
@require_POST
def refresh(request: OrganizationRequest, integration: UUID) -> HttpResponse:
    """Asks both sides for their people anew."""
    shown = integration_of(integration)
    for side in (shown.left, shown.right):
        refresh_now(side, side.declaration.entity(parts_of(side).person.entity), by_person=True)
    messages.info(request, "Both lists are being refreshed.")
    return _to_people(request, shown)


def _link(request: OrganizationRequest, form: ConnectPersonForm, integration: Integration) -> bool:
    try:
        link = link_person(integration, form.cleaned_data["left"], form.cleaned_data["right"], person_of(request))
    except CannotLink as cannot:
        form.add_error(None, str(cannot))
        return False
    messages.success(request, f"{link.name} is linked.")
    return True


def _to_people(request: OrganizationRequest, integration: Integration) -> HttpResponse:
    return redirect_see_other("linking:people", request.organization.slug, integration.pk)
