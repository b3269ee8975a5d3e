"""Automations in words: `{% load automations %}`."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from integrations.automations.automation_queries import BADGES
from integrations.automations.models import Automation, AutomationRun
from portal.ui.templatetags.ui import badge, health

register = template.Library()


@register.simple_tag
def automation_state(automation: Automation) -> SafeString:
    """Whether it runs by itself."""
    if automation.is_on:
        return health("ok", "On")
    return health("neutral", "Off") if automation.was_tried else health("neutral", "Off, not tried yet")


@register.simple_tag
def automation_run_state(state: str) -> SafeString:
    """The state of a run as a badge."""
    known = AutomationRun.State(state)
    return badge(BADGES[known], str(known.label))
