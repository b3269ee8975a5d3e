"""Opens an organization's scope for every address that names one, and the operator's door for the admin site."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from portal.organizations.doors import KnownMembership, memberships_of
from portal.organizations.models import Organization
from portal.organizations.scope import operator_scope, scope
from portal.organizations.zone import read_in_zone_of

LAST_ORGANIZATION = "last_organization"
A_YEAR = 365 * 24 * 3600

Respond = Callable[[HttpRequest], HttpResponseBase]


class OrganizationMiddleware:
    """A stranger gets 404, a member without the right 403, everybody else runs inside the scope of the organization in the address."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.memberships = SimpleLazyObject(partial(_memberships, request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.resolver_match and request.resolver_match.app_name == "admin" and _is_staff(request):
            with operator_scope(str(request.user), request.path):
                return _rendered(view(request, *args, **kwargs))
        if "organization" not in kwargs:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        membership = _membership(request, kwargs.pop("organization"))
        if not membership.role.allows(view.needed_role):  # type: ignore[attr-defined]
            raise PermissionDenied
        with scope(membership.organization_id), structlog.contextvars.bound_contextvars(organization=membership.organization_slug):
            request.organization = Organization.objects.get(pk=membership.organization_id)  # type: ignore[attr-defined]
            request.membership = membership  # type: ignore[attr-defined]
            read_in_zone_of(request.organization, request.user)  # type: ignore[attr-defined]
            response = _rendered(view(request, *args, **kwargs))
        return _remembering(request, response, membership.organization_slug)


def _memberships(request: HttpRequest) -> list[KnownMembership]:
    return memberships_of(request.user.pk) if request.user.is_authenticated else []


def _membership(request: HttpRequest, slug: str) -> KnownMembership:
    for membership in request.memberships:  # type: ignore[attr-defined]
        if membership.organization_slug == slug:
            return membership  # type: ignore[no-any-return]
    raise Http404("No such organization.")


def _remembering(request: HttpRequest, response: HttpResponseBase, slug: str) -> HttpResponseBase:
    """The start page leads to the organization used last. A cookie costs no query, and is checked against the memberships."""
    if request.COOKIES.get(LAST_ORGANIZATION) != slug:
        response.set_cookie(LAST_ORGANIZATION, slug, max_age=A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active and request.user.is_staff


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Renders what would be rendered later, after the scope has closed."""
    render = getattr(response, "render", None)
    return render() if callable(render) else response
