"""The wizard: name, connect both, link, done. Each step has an address of its own and works without a script."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.linking.services import CannotLink, join
from integrations.onboarding import progress
from integrations.onboarding.forms import NameForm, SidesForm
from integrations.onboarding.linking import Linked, link_as_shown, proposals_for
from integrations.onboarding.sides import offers, sides_of
from integrations.records.collecting import refresh_now
from portal.accounts.models import User
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.organizations.services import change_settings
from portal.ui.pages import page, redirect_see_other

steps_take = require_http_methods(["GET", "HEAD", "POST"])


@needs(Role.VIEWER)
@require_safe
def start(request: OrganizationRequest) -> HttpResponse:
    """Goes on where the organization stopped."""
    may_set_up = request.membership.role.allows(Role.MANAGER)
    return _to(request, progress.current_step() if may_set_up else progress.DONE)


@needs(Role.MANAGER)
@steps_take
def name(request: OrganizationRequest) -> HttpResponse:
    """First: what the organization is called, and its time zone."""
    form = NameForm(_sent(request), instance=copy(request.organization))
    if not form.is_valid():
        return _step(request, progress.NAME, {"form": form}, partial=None, refused=form.is_bound)
    if changed := form.changed_values():
        change_settings(form.instance, changed, request.user)
    return _to(request, progress.CONNECT)


@needs(Role.MANAGER)
@steps_take
def connect(request: OrganizationRequest) -> HttpResponse:
    """Second: both sides. Joins them at once where there is nothing to choose."""
    connections = list(Connection.objects.all())
    sides = sides_of(connections)
    context = {"offers": offers(connections), "is_ready": sides.are_possible}
    if request.method != "POST":
        return _step(request, progress.CONNECT, context)
    if not sides.are_possible:
        messages.error(request, "Connect a tracker for each side first.")
        return _step(request, progress.CONNECT, context, refused=True)
    try:
        if sides.only_pair:
            join(*sides.only_pair, request.user)
    except CannotLink as cannot:
        messages.error(request, str(cannot))
        return _step(request, progress.CONNECT, context, refused=True)
    return _to(request, progress.LINK)


@needs(Role.MANAGER)
@steps_take
def link(request: OrganizationRequest) -> HttpResponse:
    """Third: which two are joined, and what is linked between them."""
    integration = None if "choose" in request.GET else progress.integration_at(request.GET.get("integration", ""))
    if integration is None:
        return _choose_sides(request)
    if request.method == "POST":
        return _link(request, integration)
    return _link_page(request, integration)


@needs(Role.VIEWER)
@require_safe
def done(request: OrganizationRequest) -> HttpResponse:
    """Last: what happens now."""
    integration = progress.integration_at(request.GET.get("integration", ""))
    context = {
        "integration": integration,
        "happening": progress.happening(integration) if integration else None,
        "may_set_up": request.membership.role.allows(Role.MANAGER),
    }
    return _step(request, progress.DONE, context, partial="happening")


def _choose_sides(request: OrganizationRequest) -> HttpResponse:
    sides = sides_of(Connection.objects.all())
    if not sides.are_possible:
        return _to(request, progress.CONNECT)
    form = SidesForm(sides, _sent(request))
    if form.is_valid() and (integration := _join(form, request.user)):
        return _to(request, progress.LINK, integration)
    return _step(request, progress.LINK, {"form": form}, refused=form.is_bound)


def _join(form: SidesForm, person: User) -> Integration | None:
    try:
        return join(*form.chosen, person)
    except CannotLink as refusal:
        form.add_error(None, str(refusal))
        return None


def _link(request: OrganizationRequest, integration: Integration) -> HttpResponse:
    action, asks = request.POST.get("action"), request.POST.get("people") != "connect"
    if action == "read":
        _read_again(integration)
        return _to(request, progress.LINK, integration)
    chosen = None if action == "all" else request.POST.getlist("project")
    if chosen == []:
        messages.error(request, "Tick at least one project, or connect all.")
        return _link_page(request, integration, refused=True)
    try:
        linked = link_as_shown(integration, request.POST.get("seal", ""), chosen, asks, request.user)
    except CannotLink as cannot:
        messages.error(request, str(cannot))
        return _link_page(request, integration, refused=True)
    return _linked(request, integration, linked)


def _linked(request: OrganizationRequest, integration: Integration, linked: Linked) -> HttpResponse:
    people = f"{linked.notified} asked by e-mail" if linked.notified else f"{linked.connected} connected"
    messages.success(request, f"{linked.projects} project{'' if linked.projects == 1 else 's'} linked, {people}.")
    return _to(request, progress.DONE, integration)


def _link_page(request: OrganizationRequest, integration: Integration, refused: bool = False) -> HttpResponse:
    readings = progress.readings(integration)
    is_read = all(reading.is_done for reading in readings)
    context = {
        "integration": integration,
        "readings": readings,
        "problems": [reading for reading in readings if reading.problem],
        "proposals": proposals_for(integration) if is_read else None,
        "ticked": request.POST.getlist("project"),
        "asks_people": request.POST["people"] != "connect" if "people" in request.POST else integration.asks_people,
        "may_choose": sides_of(Connection.objects.all()).only_pair is None,
    }
    return _step(request, progress.LINK, context, refused=refused)


def _read_again(integration: Integration) -> None:
    """Asks both sides for what linking needs."""
    for reading in progress.readings(integration):
        parts = reading.connection.declaration.parts
        assert parts is not None
        for entity in (parts.project.entity, parts.person.entity):
            refresh_now(reading.connection, reading.connection.declaration.entity(entity), by_person=True)


def _step(
    request: OrganizationRequest, step: str, context: dict[str, Any], partial: str | None = "step", refused: bool = False
) -> HttpResponse:
    number = [progress.NAME, progress.CONNECT, progress.LINK, progress.DONE].index(step) + 1
    facts = {"labels": progress.LABELS, "number": number, **context}
    return page(request, f"onboarding/{step}.html", facts, partial=partial, status=422 if refused else 200)


def _to(request: OrganizationRequest, step: str, integration: Integration | None = None) -> HttpResponse:
    address = reverse(f"onboarding:{step}", kwargs={"organization": request.organization.slug})
    return redirect_see_other(f"{address}?integration={integration.pk}" if integration else address)


def _sent(request: OrganizationRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
