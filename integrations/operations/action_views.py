"""Running things by hand: what there is to run, and a form for each, built from its declaration."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from integrations.catalogue import Operation, Request
from integrations.connections.models import Connection
from integrations.operations.asking import ask_for, asked_with
from integrations.operations.building.controls import controls_of, untold
from integrations.operations.building.declared import readers_zone
from integrations.operations.building.form import ActionForm
from integrations.operations.models import Run
from integrations.operations.offers import offers_of
from integrations.operations.queries import asks_first
from integrations.operations.views import to_run
from integrations.providers import UnknownProvider
from integrations.records.browsing import cells_of
from integrations.records.places import Place
from integrations.records.queries import names_of, titles_of
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page, wants_part

NOT_CARRIED = frozenset({"csrfmiddlewaretoken", "sure", "change"})


@needs(Role.MEMBER)
@require_safe
def all_actions(request: OrganizationRequest) -> HttpResponse:
    """Everything that can be run, on every connection."""
    return _actions(request, list(Connection.objects.order_by("name")))


@needs(Role.MEMBER)
@require_safe
def actions(request: OrganizationRequest, connection: UUID) -> HttpResponse:
    """Everything that can be run on one connection."""
    found = get_object_or_404(Connection, pk=connection)
    return _actions(request, [found], found)


@needs(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def action(request: OrganizationRequest, connection: UUID, operation: str) -> HttpResponse:
    """The form of one operation. Sent, it makes a run; what deletes something asks first."""
    form = _form(request, connection, operation)
    if request.method != "POST":
        return _form_page(request, form.open(**_known(request.GET, form)))
    form.send(request.POST)
    return _redrawn(request, form) if "change" in request.POST else _sent(request, form)


def _redrawn(request: OrganizationRequest, form: ActionForm) -> HttpResponse:
    """The form after a change that decides what else is asked, or offered."""
    if wants_part(request):
        form.words = {}  # a script searches in the open list; drawn anew, it begins from the start
    form.change(request.POST["change"])
    return _form_page(request, form)


def _sent(request: OrganizationRequest, form: ActionForm) -> HttpResponse:
    """The run that the form asks for, or the form with what is wrong."""
    if form.turned_to_another() or (checked := form.check()) is None:
        return _form_page(request, form, status=422)
    inputs, call = checked
    if standing := asked_with(form.form_id):
        return _sent_before(request, form, standing, inputs)
    if not form.connection.is_connected:
        form.notice = f"{form.connection} is not connected, so nothing can be sent. What you filled in is still here."
        return _form_page(request, form, status=422)
    if asks_first(form.operation, inputs) and "sure" not in request.POST:
        return _confirm_page(request, form, call)
    return to_run(request, ask_for(form.run(inputs), request.user))


def _sent_before(request: OrganizationRequest, form: ActionForm, standing: Run, inputs: dict[str, Any]) -> HttpResponse:
    """The run that stands; or the form, where something else was filled in after it had been sent."""
    if form.is_of(standing, inputs):
        return to_run(request, standing)
    form.renew()
    return _form_page(request, form, status=422)


def _actions(request: OrganizationRequest, connections: list[Connection], only: Connection | None = None) -> HttpResponse:
    words = request.GET.get("q", "")
    offers = [(connection, offers_of(connection, words)) for connection in connections]
    context = {"offers": [offer for offer in offers if offer[1]], "only": only, "words": words, "connections": connections}
    return page(request, "operations/actions.html", context, partial="offers")


def _form(request: OrganizationRequest, connection_id: UUID, operation_name: str) -> ActionForm:
    connection = get_object_or_404(Connection, pk=connection_id)
    return ActionForm(request.organization.slug, connection, _declared(connection, operation_name), readers_zone())


def _declared(connection: Connection, name: str) -> Operation:
    try:
        return connection.declaration.operation_by_name[name]
    except (UnknownProvider, KeyError):
        raise Http404("There is no such action.") from None


def _known(query: QueryDict, form: ActionForm) -> dict[str, Any]:
    """What is known beforehand: the inputs of an earlier run and what was said of them, and whatever the address gives by its name."""
    given = {each.name: query.getlist(each.name) if each.many else query[each.name] for each in form.fields if each.name in query}
    run = _earlier(query.get("run", ""), form)
    return {"inputs": {**run.inputs, **given}, "errors": run.errors, "refusal": _refusal(run)} if run else {"inputs": given}


def _refusal(run: Run) -> str:
    """What the provider said of it. A run that was refused here never left, and has no fault."""
    return run.message if run.state == Run.State.REFUSED and run.fault else ""


def _earlier(run_id: str, form: ActionForm) -> Run | None:
    try:
        return Run.objects.filter(pk=run_id, connection=form.connection, operation=form.operation.name).first() if run_id else None
    except (ValidationError, ValueError):
        return None


def _form_page(request: OrganizationRequest, form: ActionForm, status: int = 200) -> HttpResponse:
    controls = controls_of(form)
    context = {**_facts(form), "controls": controls, "untold": untold(form, controls)}
    return page(request, "operations/action.html", context, partial="fields", status=status)


def _confirm_page(request: OrganizationRequest, form: ActionForm, call: Request) -> HttpResponse:
    carried = [(name, value) for name, values in request.POST.lists() if name not in NOT_CARRIED for value in values]
    return page(request, "operations/confirm.html", {**_facts(form), "call": call, "carried": carried, **_of_record(form)})


def _of_record(form: ActionForm) -> dict[str, Any]:
    """What its columns say of the record that is to be deleted."""
    if form.record is None:
        return {}
    place = Place(form.connection, form.connection.declaration.entity(form.record.entity))
    titles = titles_of(form.connection, names_of(place.entity, form.record).values())
    return {"place": place, "cells": cells_of(place, form.record, titles)}


def _facts(form: ActionForm) -> dict[str, Any]:
    return {"form": form, "operation": form.operation, "connection": form.connection}
