"""How syncs and their steps look."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from integrations.sync.models import StepRecord, Sync
from integrations.sync.queries import OUTCOMES, STATES
from portal.ui.templatetags.ui import badge

register = template.Library()


@register.simple_tag
def sync_badge(sync: Sync) -> SafeString:
    """The state of a sync as a pill."""
    return badge(STATES[Sync.State(sync.state)], sync.get_state_display())


@register.simple_tag
def outcome_badge(step: StepRecord) -> SafeString:
    """The outcome of a step as a pill."""
    return badge(OUTCOMES[StepRecord.Outcome(step.outcome)], step.get_outcome_display())


@register.filter
def took(sync: Sync) -> float | None:
    """How many seconds a sync that has ended took."""
    return (sync.ended_at - sync.created_at).total_seconds() if sync.ended_at else None


@register.filter
def how_far(sync: Sync) -> str:
    """How far a sync that writes is, in words. It carries its counts."""
    return f"Step {sync.step_count:,} of {sync.planned:,}"  # type: ignore[attr-defined]
