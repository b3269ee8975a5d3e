"""The reader's time zone: the one that they chose, else that of the organization whose page they read, else UTC."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from portal.accounts.models import User
from portal.organizations.models import Organization


class ReadersZoneMiddleware:
    """Shows every moment of a page in the zone of whoever reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.user.time_zone if isinstance(request.user, User) and request.user.is_authenticated else ""
        with timezone.override(_zone(chosen)):
            return self.get_response(request)


def read_in_zone_of(organization: Organization, reader: User) -> None:
    """For the rest of the request: the organization's zone, unless the reader chose one."""
    if not _zone(reader.time_zone):
        timezone.activate(_zone(organization.time_zone) or timezone.get_default_timezone())


def _zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None where none is named, or there is none of that name any more."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
