"""Who asks, for which rows, and what is answered the same for projects and people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from integrations.linking.models import Integration, Link, PersonLink, ProjectLink
from integrations.linking.services import disconnect
from portal.organizations.access import OrganizationRequest
from portal.organizations.views import person_of
from portal.ui.pages import redirect_see_other

__all__ = ["counted", "disconnect_asked", "person_of", "ticked"]

NAMES: dict[type[Link], tuple[str, str]] = {ProjectLink: ("project", "projects"), PersonLink: ("person", "people")}
CONSEQUENCES: dict[type[Link], str] = {
    ProjectLink: "Nothing was deleted on either side.",
    PersonLink: "Their time is not written back any more.",
}


def ticked(request: HttpRequest) -> list[UUID]:
    """The ids of the ticked rows; what is no id is left out."""
    return [UUID(text) for text in request.POST.getlist("link") if _is_id(text)]


def counted(links: type[Link], count: int) -> str:
    """The beginning of a sentence: “1 person is”, “3 projects are”."""
    one, many = NAMES[links]
    return f"1 {one} is" if count == 1 else f"{count} {many} are"


def disconnect_asked(request: OrganizationRequest, integration: Integration, links: type[Link]) -> HttpResponse:
    """Disconnects the ticked rows, says so, and leads back to their list; nothing is deleted on either side."""
    many = NAMES[links][1]
    count = disconnect(links, integration, ticked(request), person_of(request))
    if count:
        messages.success(request, f"{counted(links, count)} disconnected. {CONSEQUENCES[links]}")
    else:
        messages.warning(request, f"Tick the {many} first.")
    return redirect_see_other(f"linking:{many}", request.organization.slug, integration.pk)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
