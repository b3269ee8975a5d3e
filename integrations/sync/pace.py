"""How often an integration can be synced with the calls that it may take, and when a long sync will be through. Needs a scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Min
from django.utils import timezone

from integrations.connections.budget import BudgetFacts, Urgency, budget_facts
from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.sync.estimating import Allowance, Standing, estimated_end
from integrations.sync.models import StepRecord, Sync

PART_FOR_LOOKING = 0.5  # of an organization's share; the rest is for what is written, for pages and for people


@dataclass(frozen=True)
class Pace:
    """Minutes between two syncs: as wished for, or as many as the budget allows and `why`. `cost` is the calls of a look, by side."""

    minutes: int
    wished: int
    cost: dict[str, int]
    why: str = ""

    @property
    def is_slower(self) -> bool:
        return self.minutes > self.wished

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=self.minutes)


def pace_of(integration: Integration) -> Pace:
    """The interval that is wished for, or the longer one that the slower side's budget allows."""
    sides = {"left": integration.left, "right": integration.right}
    cost = {side: int(integration.cost.get(side, 0)) for side in sides}
    allowed = [_allowed(connection, cost[side]) for side, connection in sides.items() if cost[side]]
    minutes, why = max(allowed, default=(0, ""))
    wished = integration.minutes
    return Pace(minutes, wished, cost, why) if minutes > wished else Pace(wished, wished, cost)


def _allowed(connection: Connection, cost: int) -> tuple[int, str]:
    """Minutes between two looks that take so many calls each, and why."""
    facts = budget_facts(connection)
    if facts is None:
        return 0, ""
    calls = max(1, int(facts.share * PART_FOR_LOOKING))
    minutes = ceil(cost / calls * facts.bucket.limit.seconds / 60)
    return minutes, _words(connection, facts, cost)


def _words(connection: Connection, facts: BudgetFacts, cost: int) -> str:
    shared = f", which {facts.others + 1} organizations share" if facts.others else ""
    return f"A look takes {cost:,} calls of {connection.provider_label}, which allows {facts.bucket.words}{shared}."


def expected_end(sync: Sync) -> datetime | None:
    """When a sync that writes is likely to be through, by the steps that are left and the calls that it may take for them. None where
    nothing tells.
    """
    steps = StepRecord.objects.filter(sync=sync)
    began = steps.aggregate(first=Min("created_at"))["first"] or sync.created_at
    standing = Standing(began, steps.count(), sync.planned, sync.resumes_at if sync.state == Sync.State.WAITING else None)
    return None if sync.has_ended else estimated_end(standing, allowance_of(sync.integration.right), timezone.now())


def allowance_of(connection: Connection) -> Allowance | None:
    """The calls that a sync may write with; None where nobody keeps count."""
    facts = budget_facts(connection)
    if facts is None:
        return None
    share = int(facts.share * Urgency.WRITE.value.own_part)
    return Allowance(left=max(0, share - facts.state.own), share=share, seconds=facts.bucket.limit.seconds)
