"""How syncs and their steps look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from integrations.linking.models import Integration
from integrations.linking.queries import Labels
from integrations.sync.comparing import Standing
from integrations.sync.models import Approval, StepRecord, Sync
from integrations.sync.presenting import Change, changes
from integrations.sync.queries import OUTCOMES, STATES
from integrations.sync.steps import Step
from portal.ui.templatetags.ui import badge

TABS = (("Plan", "sync:plan"), ("Runs", "sync:list"), ("Waiting for you", "sync:approvals"), ("Settings", "linking:settings"))

register = template.Library()


@register.inclusion_tag("sync/tabs.html", takes_context=True)
def sync_tabs(context: Mapping[str, Any], integration: Integration) -> dict[str, object]:
    """The pages of an integration's sync; what waits for a person is counted. Pages below the runs mark them."""
    request = context["request"]
    where = {"organization": request.organization.slug, "integration": integration.pk}
    tabs = [(label, reverse(name, kwargs=where), name == "sync:approvals") for label, name in TABS]
    here = max((url for _, url, _ in tabs if request.path.startswith(url)), key=len, default="")
    waiting = Approval.objects.filter(integration=integration, answer="").count()
    return {"tabs": [(label, url, url == here, waiting if counts else 0) for label, url, counts in tabs]}


@register.filter
def changed(step: Step) -> list[Change]:
    """What a planned step changes, field by field."""
    return changes(step.before, step.after)


@register.simple_tag
def standing_badge(standing: Standing, labels: Labels) -> SafeString:
    """How two sides stand to each other, as a pill."""
    words = {
        Standing.EQUAL: ("ok", "Equal"),
        Standing.DIFFERENT: ("attention", "Different"),
        Standing.ONLY_LEFT: ("neutral", f"Only in {labels.left}"),
        Standing.ONLY_RIGHT: ("neutral", f"Only in {labels.right}"),
    }
    return badge(*words[standing])


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
