"""What the pages of one integration share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from integrations.linking.health import is_active
from integrations.linking.models import Integration
from portal.organizations.models import Role
from portal.ui.words import ago_words

TABS = (("Overview", "linking:overview"), ("Projects", "linking:projects"), ("People", "linking:people"), ("Sync", "sync:list"))

register = template.Library()
register.filter("is_active", is_active)


@register.filter
def may(request: HttpRequest, role: str) -> bool:
    """`{% if request|may:"manager" %}`: whether the reader has at least this role."""
    return request.membership.role.allows(Role(role))  # type: ignore[attr-defined, no-any-return]


@register.filter
def upcoming(moment: datetime) -> str:
    """When something that is still to come will be."""
    words = ago_words(moment)
    return words if words.startswith("in ") else "in a moment"


@register.filter
def breakable(text: str) -> SafeString:
    """An e-mail address that a narrow column may break behind its @."""
    return format_html_join(mark_safe("@<wbr>"), "{}", ((part,) for part in text.split("@")))


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def integration_tabs(context: Mapping[str, Any], integration: Integration) -> dict[str, object]:
    """The tabs of an integration; the pages below a tab mark it too."""
    request = context["request"]
    where = {"organization": request.organization.slug, "integration": integration.pk}
    tabs = [(label, reverse(name, kwargs=where)) for label, name in TABS]
    here = max((url for _, url in tabs if request.path.startswith(url)), key=len, default="")
    history = f"{reverse('operations:runs', kwargs={'organization': request.organization.slug})}?origin=sync"
    return {"tabs": [*((label, url, url == here) for label, url in tabs), ("History", history, False)]}
