"""The start page, a new organization, its settings and its audit trail."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.conf import settings as portal_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.accounts.models import User
from portal.organizations import services
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.forms import OrganizationForm, SettingsForm
from portal.organizations.middleware import LAST_ORGANIZATION
from portal.organizations.models import Organization, Role
from portal.organizations.trail import read_trail
from portal.ui.pages import page, redirect_see_other


def home(request: HttpRequest) -> HttpResponse:
    """Strangers read what this is; everybody else goes where they were last."""
    if not request.user.is_authenticated:
        return page(request, "organizations/landing.html", _demonstration())
    slugs = [membership.organization_slug for membership in request.memberships]  # type: ignore[attr-defined]
    if not slugs:
        return redirect("organizations:create")
    last = request.COOKIES.get(LAST_ORGANIZATION)
    return redirect("dashboard:home", organization=last if last in slugs else slugs[0])


@login_required
def create(request: HttpRequest) -> HttpResponse:
    """A new organization, owned by whoever makes it."""
    person = person_of(request)
    form = OrganizationForm(_sent(request), initial={"time_zone": person.time_zone})
    if form.is_valid() and (organization := _founded(form, person)):
        return redirect_see_other("onboarding:start", organization=organization.slug)
    return page(request, "organizations/create.html", {"form": form}, status=_status(form))


@needs(Role.MANAGER)
def settings(request: OrganizationRequest) -> HttpResponse:
    form = SettingsForm(_sent(request), instance=copy(request.organization))
    if not form.is_valid():
        return page(request, "organizations/settings.html", {"form": form}, status=_status(form))
    if changed := form.changed_values():
        services.change_settings(form.instance, changed, person_of(request))
        messages.success(request, "The settings are saved.")
    return redirect_see_other("organizations:settings", organization=request.organization.slug)


@needs(Role.MANAGER)
def audit(request: OrganizationRequest) -> HttpResponse:
    """What was done by whom."""
    trail = read_trail(before=request.GET.get("before", ""), after=request.GET.get("after", ""))
    return page(request, "organizations/audit.html", {"trail": trail}, partial="trail")


def _demonstration() -> dict[str, str]:
    """The sign-in of the demonstration, for the landing page; nothing elsewhere."""
    email, password = (getattr(portal_settings, f"DEMONSTRATION_{name}", "") for name in ("EMAIL", "PASSWORD"))
    return {"demonstration_email": email, "demonstration_password": password} if portal_settings.DEMONSTRATION and email else {}


def _founded(form: OrganizationForm, person: User) -> Organization | None:
    try:
        return services.found(person, **form.cleaned_data)
    except services.AddressTaken as refusal:
        form.add_error("slug", str(refusal))
        return None


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _status(form: Any) -> int:
    return 422 if form.is_bound else 200


def person_of(request: HttpRequest) -> User:
    """Whoever is signed in, where somebody has to be."""
    assert isinstance(request.user, User)
    return request.user
