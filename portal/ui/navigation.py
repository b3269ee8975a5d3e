"""What stands in the sidebar. Upper apps register their pages when they load; the shell shows what the reader may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class NavigationItem:
    """A page of the organization. Its address takes the organization's slug as `organization`."""

    label: str
    url_name: str
    icon: str
    order: int
    role: str = "viewer"
    section: str = ""


@dataclass(frozen=True)
class NavigationEntry:
    """An item as the sidebar shows it to one reader."""

    label: str
    icon: str
    section: str
    url: str
    active: bool = False


_items: dict[str, NavigationItem] = {}


def register(item: NavigationItem) -> None:
    """Puts a page into the sidebar; registering it again replaces it."""
    _items[item.url_name] = item


def items_for(request: HttpRequest) -> list[NavigationEntry]:
    """The pages of the request's organization that the reader may open, in order, the current one marked."""
    organization = getattr(request, "organization", None)
    membership = getattr(request, "membership", None)
    if organization is None or membership is None:
        return []
    addresses = {item.url_name: _address(item, organization.slug) for item in _ordered() if _allowed(membership.role, item)}
    here = _nearest(request.path, addresses.values())
    return [
        NavigationEntry(item.label, item.icon, item.section, addresses[item.url_name], active=addresses[item.url_name] == here)
        for item in _ordered()
        if addresses.get(item.url_name)
    ]


def home_of(slug: str) -> str:
    """Where an organization begins: its first page."""
    return next((address for item in _ordered() if (address := _address(item, slug))), "/")


def _ordered() -> list[NavigationItem]:
    return sorted(_items.values(), key=lambda item: item.order)


def _allowed(role: Any, item: NavigationItem) -> bool:
    return bool(role.allows(type(role)(item.role)))


def _address(item: NavigationItem, slug: str) -> str:
    try:
        return reverse(item.url_name, kwargs={"organization": slug})
    except NoReverseMatch:
        return ""


def _nearest(path: str, addresses: Any) -> str:
    """The longest address that the path lies under."""
    return max((address for address in addresses if address and path.startswith(address)), key=len, default="")
