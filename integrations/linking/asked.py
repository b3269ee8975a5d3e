"""Who asks, for which rows, and how many of what."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from integrations.linking.history import uuid_in
from integrations.linking.models import Link, PersonLink, ProjectLink
from portal.organizations.views import person_of

__all__ = ["NAMES", "counted", "person_of", "ticked"]

NAMES: dict[type[Link], tuple[str, str]] = {ProjectLink: ("project", "projects"), PersonLink: ("person", "people")}


def ticked(request: HttpRequest) -> list[UUID]:
    """The ids of the ticked rows, in the form or the address; what is no id is left out."""
    given = request.POST if request.method == "POST" else request.GET
    return [key for text in given.getlist("link") if (key := uuid_in(text))]


def counted(links: type[Link], count: int) -> str:
    """The beginning of a sentence: “1 person is”, “3 projects are”."""
    one, many = NAMES[links]
    return f"1 {one} is" if count == 1 else f"{count} {many} are"
