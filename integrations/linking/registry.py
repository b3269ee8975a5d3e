"""What other parts tell the pages of an integration: they enter it here when they load."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Exists, Value

from integrations.linking.health import Attention
from integrations.linking.models import Integration


@dataclass(frozen=True)
class Interval:
    """How often an integration is synced, how often was wished for, and why it is not so, where it is not."""

    minutes: int
    wished: int
    why: str = ""

    @property
    def is_longer(self) -> bool:
        return self.minutes > self.wished


attention: list[Callable[[Collection[Integration], str], list[Attention]]] = []
"""Each tells what a person should look at in some integrations of the organization with this slug."""

intervals: list[Callable[[Integration], Interval]] = []
"""The first tells what the budget of calls allows."""

waiting: list[Callable[[], Exists]] = []
"""The first tells, in a query of integrations, which of them have a sync that waits for calls and goes on by itself."""

ends: list[Callable[[Integration], datetime | None]] = []
"""The first tells when the sync that is under way is likely to be through."""


def attention_from_above(integrations: Collection[Integration], organization: str) -> list[Attention]:
    return [each for tell in attention for each in tell(integrations, organization)]


def interval_of(integration: Integration) -> Interval:
    """What the budget allows, or what was wished for where nobody keeps a budget."""
    return next((tell(integration) for tell in intervals), Interval(integration.minutes, integration.minutes))


def waits_for_calls() -> Exists | Value:
    """Whether the sync of an integration waits for calls, for a query of integrations."""
    return next((tell() for tell in waiting), Value(False, output_field=BooleanField()))


def expected_end_of(integration: Integration) -> datetime | None:
    """When the sync that is under way is likely to be through; None where none is, or nothing tells."""
    return next((tell(integration) for tell in ends), None)
