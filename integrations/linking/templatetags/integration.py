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

from integrations.linking.disconnecting import ends_at, newest_disconnections
from integrations.linking.health import is_active
from integrations.linking.models import Integration
from integrations.linking.queries import Labels
from portal.organizations.models import Role
from portal.ui.words import ago_words

TABS = (
    ("Overview", "linking:overview"),
    ("Projects", "linking:projects"),
    ("Users", "linking:people"),
    ("Sync", "sync:list"),
    ("History", "linking:history"),
)

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
    return {"tabs": [(label, url, url == here) for label, url in tabs]}


@register.filter
def whose_side(at_fault: str, labels: Labels) -> str:
    """Whose side a problem is, in a word."""
    return {"yours": "You", "left": labels.left, "right": labels.right, "ours": "Us"}.get(at_fault, "")


@register.inclusion_tag("linking/disconnections.html", takes_context=True)
def recent_disconnections(context: Mapping[str, Any], integration: Integration, part: str) -> dict[str, object]:
    """`{% recent_disconnections integration "projects" %}`: what was disconnected lately, with the way to undo it."""
    found = [(each, ends_at(each)) for each in newest_disconnections(integration, part)]
    return {"request": context["request"], "csrf_token": context.get("csrf_token"), "integration": integration, "disconnections": found}
