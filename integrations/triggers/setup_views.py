"""Setting up a trigger, and changing one: what to watch, then how."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from integrations.catalogue import InvalidInput
from integrations.connections.models import Connection
from integrations.operations.building.controls import controls_of, untold
from integrations.operations.building.declared import readers_zone
from integrations.triggers import services
from integrations.triggers.health import declared
from integrations.triggers.models import Trigger
from integrations.triggers.outlook import outlook_of
from integrations.triggers.queries import live_trigger, watch_on, watchable
from integrations.triggers.watch_form import WatchForm, Wish
from integrations.triggers.ways_back import not_offered, to_trigger
from portal.accounts.models import User
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Role
from portal.ui.pages import page, wants_part

STEPS = ("What to watch", "How")
SENT_TWICE = timedelta(seconds=10)  # between two sendings of one form by a person who pressed its button twice


@needs(Role.MANAGER)
@require_safe
def choose(request: OrganizationRequest) -> HttpResponse:
    """Everything that can be watched, by connection and kind of record."""
    return page(request, "triggers/create.html", {"offers": watchable(), "steps": STEPS})


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: OrganizationRequest, connection: UUID, watch: str) -> HttpResponse:
    """The form of a new trigger. Beside it stands what it would tell and what it would cost."""
    found = get_object_or_404(Connection, pk=connection)
    wanted = watch_on(found, watch)
    if wanted is None:
        raise Http404("This cannot be watched.")
    form = WatchForm(request.organization.slug, found, wanted, readers_zone())
    return _answer(request, form)


@needs(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: OrganizationRequest, trigger: UUID) -> HttpResponse:
    """The same form, of a trigger that is there."""
    found = live_trigger(trigger)
    watch = declared(found)
    if watch is None:
        return not_offered(request, found)
    return _answer(request, WatchForm(request.organization.slug, found.connection, watch, readers_zone(), found))


def _answer(request: OrganizationRequest, form: WatchForm) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, form.open())
    form.send(request.POST)
    if "change" in request.POST:
        if wants_part(request):
            form.words = {}  # a script searches in the open list; drawn anew, it begins from the start
        form.change()
        return _form_page(request, form, "outlook" if request.POST["change"] == "look" else "fields")
    wish = form.check()
    saved = _save(request, form, wish) if wish else None
    return to_trigger(request, saved) if saved else _form_page(request, form, status=422)


def _save(request: OrganizationRequest, form: WatchForm, wish: Wish) -> Trigger | None:
    """The trigger as it is now; None where it cannot be so, as where its calls would be too many: the form then says why."""
    given: dict[str, Any] = {"title": wish.title, "inputs": wish.own, "minutes": wish.minutes, "limit": wish.limit}
    given["holds_bursts"] = wish.holds_bursts
    try:
        if form.trigger:
            services.edit(form.trigger, request.user, **given)
            messages.success(request, "Your changes are kept. What was told already stays told.")
            return form.trigger
        if again := _just_made(request.user, form, wish):
            return again
        made = services.watch(form.connection, form.watch.name, request.user, start=wish.start, since=wish.since, **given)
    except InvalidInput as invalid:
        form.errors = invalid.errors
        return None
    messages.success(request, "The trigger watches now.")
    return made


def _just_made(person: User, form: WatchForm, wish: Wish) -> Trigger | None:
    """The same trigger, where this person has just made it: a form that was sent twice makes one. The second waits for the first."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    lately = Trigger.live.filter(connection=form.connection, made_by=person, created_at__gte=timezone.now() - SENT_TWICE)
    asked = {"inputs": wish.own, "minutes": wish.minutes, "limit": wish.limit, "holds_bursts": wish.holds_bursts}
    return lately.filter(watch=form.watch.name, name=wish.title, start=wish.start, since=wish.since, **asked).first()


def _form_page(request: OrganizationRequest, form: WatchForm, partial: str = "fields", status: int = 200) -> HttpResponse:
    controls = controls_of(form)
    context = {
        "form": form,
        "controls": controls,
        "untold": untold(form, controls),
        "connection": form.connection,
        "trigger": form.trigger,
        "outlook": outlook_of(form),
        "steps": STEPS,
    }
    return page(request, "triggers/set_up.html", context, partial=partial, status=status)
