"""What every page of the shell needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from portal.ui import navigation

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Place:
    """An organization of the reader, as the switcher shows it."""

    name: str
    role: str
    url: str
    current: bool


class Shell:
    """The frame around a page. Everything is looked up when a template asks for it, so a partial costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def organization(self) -> Any:
        return getattr(self._request, "organization", None)

    @property
    def membership(self) -> Any:
        return getattr(self._request, "membership", None)

    @property
    def role(self) -> str:
        return label_of(self.membership.role) if self.membership else ""

    @property
    def demonstration(self) -> bool:
        return bool(getattr(settings, "DEMONSTRATION", False))

    @property
    def theme(self) -> str:
        """The theme that the reader chose, or nothing: then the system decides."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def navigation(self) -> list[navigation.NavigationEntry]:
        return navigation.items_for(self._request)

    @cached_property
    def places(self) -> list[Place]:
        return [self._place(membership) for membership in getattr(self._request, "memberships", None) or ()]

    @cached_property
    def home(self) -> str:
        return navigation.home_of(self.organization.slug) if self.organization else "/"

    def _place(self, membership: Any) -> Place:
        slug = membership.organization_slug
        current = self.organization is not None and self.organization.slug == slug
        return Place(membership.organization_name, label_of(membership.role), navigation.home_of(slug), current)


def label_of(role: Any) -> str:
    """A role in words."""
    return str(getattr(role, "label", role))


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor: one name, `shell`."""
    return {"shell": Shell(request)}
