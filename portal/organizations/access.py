"""Who may open a page. Every view below `/o/<organization>/` says which role it needs; a test holds them to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.accounts.models import User
from portal.organizations.doors import KnownMembership
from portal.organizations.models import Organization, Role

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class OrganizationRequest(HttpRequest):
    """A request to a page of an organization, as the middleware hands it to the view."""

    user: User  # nobody else gets past the middleware
    organization: Organization
    membership: KnownMembership
    htmx: Any


def needs(role: Role) -> Callable[[View], View]:
    """Opens the view to members who have at least this role."""

    def mark(view: View) -> View:
        view.needed_role = role  # type: ignore[attr-defined]
        return view

    return mark
