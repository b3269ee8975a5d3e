"""What the pages of one integration share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse

from integrations.linking.models import Integration
from portal.organizations.models import Role

TABS = (("Overview", "linking:overview"), ("Projects", "linking:projects"), ("People", "linking:people"), ("Sync", "sync:list"))

register = template.Library()


@register.filter
def may(request: HttpRequest, role: str) -> bool:
    """`{% if request|may:"manager" %}`: whether the reader has at least this role."""
    return request.membership.role.allows(Role(role))  # type: ignore[attr-defined, no-any-return]


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def integration_tabs(context: Mapping[str, Any], integration: Integration) -> dict[str, object]:
    """The tabs of an integration; the pages below a tab mark it too."""
    request = context["request"]
    where = {"organization": request.organization.slug, "integration": integration.pk}
    tabs = [(label, reverse(name, kwargs=where)) for label, name in TABS]
    here = max((url for _, url in tabs if request.path.startswith(url)), key=len, default="")
    history = f"{reverse('operations:runs', kwargs={'organization': request.organization.slug})}?origin=sync"
    return {"tabs": [*((label, url, url == here) for label, url in tabs), ("History", history, False)]}
