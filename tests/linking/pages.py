"""What the tests of the pages of linking ask and look up."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client
from django.urls import reverse

from integrations.linking.models import Integration, LinkEvent, PersonLink, ProjectLink
from portal.organizations.scope import scope


def address(name: str, integration: Integration | None = None) -> str:
    where = {"integration": integration.pk} if integration else {}
    return reverse(f"linking:{name}", kwargs={"organization": "northwind", **where})


def shown(client: Client, name: str, integration: Integration | None = None, query: str = "", **headers: str) -> str:
    response = client.get(address(name, integration) + query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def links(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        return dict(ProjectLink.live.filter(integration=integration).values_list("left_id", "right_id"))


def people(integration: Integration) -> dict[str, str]:
    with scope(integration.organization_id):
        return dict(PersonLink.live.values_list("left_id", "right_id"))


def again(integration: Integration) -> Integration:
    with scope(integration.organization_id):
        return Integration.objects.get(pk=integration.pk)


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def events(integration: Integration) -> list[tuple[str, str, str]]:
    """What was noted of links, newest first: of which, what, and who did it."""
    with scope(integration.organization_id):
        found = LinkEvent.objects.select_related("actor").order_by("-created_at", "name")
        return [(each.name, each.what, str(each.actor or "")) for each in found]
