"""Runs in words: `{% load runs %}`."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import template
from django.utils.safestring import SafeString, mark_safe

from integrations.operations.models import Run
from integrations.operations.queries import BADGES, ORIGINS, name_of
from integrations.operations.registry import Cause
from portal.ui.templatetags.ui import badge, duration

UNDER_A_SECOND = mark_safe('<span class="number">under 1 s</span>')

register = template.Library()


@register.filter
def run_name(run: Run) -> str:
    """What the run is called."""
    return name_of(run)


@register.filter
def asked_by(run: Run) -> str:
    """Who or what asked for it."""
    return str(run.asked_by) if run.asked_by else ORIGINS.get(run.origin, run.origin.capitalize())


@register.filter
def cause_of(run: Run, causes: Mapping[UUID, Cause]) -> Cause | None:
    """What had it made, where that has a page of its own."""
    return causes.get(run.pk)


@register.simple_tag
def run_state(state: str) -> SafeString:
    """Its state as a badge."""
    return badge(BADGES[Run.State(state)], Run.State(state).label)


@register.simple_tag
def run_duration(run: Run) -> SafeString:
    """How long it took, from the first call to its end."""
    took = (run.ended_at - run.began_at).total_seconds() if run.ended_at and run.began_at else None
    return UNDER_A_SECOND if took is not None and took < 1 else duration(took)
