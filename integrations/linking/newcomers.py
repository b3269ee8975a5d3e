"""What the overview and the dashboard say of new projects that wait for a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from integrations.linking.health import Attention
from integrations.linking.models import Integration


def attention_of_newcomers(counted: Iterable[tuple[Integration, int]], organization: str) -> list[Attention]:
    """One for each integration with so many projects in its review list, unless there is none."""
    return [_waiting(integration, count, organization) for integration, count in counted if count]


def _waiting(integration: Integration, count: int, organization: str) -> Attention:
    title = "1 new project waits for review" if count == 1 else f"{count:,} new projects wait for review"
    text = f"In {integration}. Link them, or say that you want to hear no more of them."
    address = reverse("linking:review", kwargs={"organization": organization, "integration": integration.pk})
    return Attention("neutral", title, text, address, "Review them")
