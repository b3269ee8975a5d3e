"""How often an integration can be synced with the calls that it may take, how long a walk waits for them, and when a long sync will be
through. Needs a scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Min
from django.utils import timezone

from integrations.connections.budget import BudgetFacts, Urgency, budget_facts
from integrations.connections.models import Connection, Credential, State
from integrations.linking.models import Integration
from integrations.sync.estimating import Allowance, Standing, estimated_end
from integrations.sync.models import StepRecord, Sync
from integrations.transport.errors import OverBudget
from integrations.triggers.services import load_of as load_of_triggers

PART_FOR_LOOKING = 0.5  # of an organization's share; the rest is for what is written, for pages and for people
PART_OF_ITS_OWN = 0.25  # that a sync may always look with, whatever triggers take


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
    others = _looks_of_others(integration) if any(cost.values()) else []
    looks = [Look(connection, cost[side]) for side, connection in sides.items()]
    minutes, why = max((_allowed(look, [*looks, *others]) for look in looks if look.calls), default=(0, ""))
    wished = integration.minutes
    return Pace(minutes, wished, cost, why) if minutes > wished else Pace(wished, wished, cost)


@dataclass(frozen=True)
class Look:
    """A look at a connection, and the calls that it takes."""

    connection: Connection
    calls: int


def _looks_of_others(integration: Integration) -> list[Look]:
    """Those of this organization's other integrations that sync."""
    others = Integration.objects.filter(is_paused=False).exclude(pk=integration.pk).select_related("left", "right")
    sides = [(other.cost, side, connection) for other in others for side, connection in (("left", other.left), ("right", other.right))]
    return [Look(connection, int(cost[side])) for cost, side, connection in sides if cost.get(side)]


def _allowed(look: Look, looks: list[Look]) -> tuple[int, str]:
    """Minutes between two looks that take so many calls each, together with those that take from the same bucket, and why."""
    facts = budget_facts(look.connection)
    if facts is None:
        return 0, ""
    cost = sum(each.calls for each in looks if each is look or _bucket_name(each.connection) == facts.bucket.name)
    taken = _taken_by_triggers(facts)
    calls = max(1, int(max(facts.share * PART_FOR_LOOKING - taken, facts.share * PART_OF_ITS_OWN)))
    minutes = ceil(cost / calls * facts.bucket.limit.seconds / 60)
    return minutes, _words(look, facts, cost, taken)


def _taken_by_triggers(facts: BudgetFacts) -> float:
    """The calls of a window that the organization's triggers take from a bucket."""
    sharing = [each for each in Connection.objects.filter(state=State.CONNECTED) if _bucket_name(each) == facts.bucket.name]
    return sum(load_of_triggers(each) for each in sharing) * facts.bucket.limit.seconds / 3600


def load_of(connection: Connection) -> float:
    """The calls an hour that looks of the integrations of a connection take."""
    return sum(pace.cost[side] * 60 / pace.minutes for side, pace in _paces(connection))


def looks_at(connection: Connection) -> dict[str, float]:
    """The minutes between two looks of its integrations at the lists of a connection that they walk whole, by entity."""
    found: dict[str, float] = {}
    for entity, minutes in _walked(connection):
        found[entity] = min(minutes, found.get(entity, minutes))
    return found


def _walked(connection: Connection) -> Iterator[tuple[str, float]]:
    """Lists that are asked one by one are walked for linked projects only, and tracked time on some days only: they are left out."""
    provider = connection.declaration
    for _, integration in _integrations_of(connection):
        for part in (provider.parts.project, provider.parts.person, provider.parts.client, provider.parts.task) if provider.parts else ():
            how = provider.entity(part.entity).collect if part else None
            if part and how and not how.each and how.window is None:
                yield part.entity, float(integration.minutes)


def _paces(connection: Connection) -> Iterator[tuple[str, Pace]]:
    return ((side, pace_of(integration)) for side, integration in _integrations_of(connection) if integration.cost.get(side))


def _integrations_of(connection: Connection) -> Iterator[tuple[str, Integration]]:
    """Those that sync, each with the side that the connection is on."""
    for side in ("left", "right"):
        for integration in Integration.objects.filter(is_paused=False, **{side: connection}).select_related("left", "right"):
            yield side, integration


def _bucket_name(connection: Connection) -> str:
    """Of the bucket that it takes from; empty where it is not signed in."""
    facts = budget_facts(connection)
    return facts.bucket.name if facts else ""


def _words(look: Look, facts: BudgetFacts, cost: int, by_triggers: float) -> str:
    taken = f"A look takes {look.calls:,} calls of {look.connection.provider_label}"
    together = f", with what else is synced there {cost:,}" if cost > look.calls else ""
    triggers = f" Triggers take {by_triggers:,.0f} of them." if by_triggers >= 1 else ""
    return f"{taken}{together}. It allows {facts.bucket.words}{_shared(facts)}.{triggers}"


def _shared(facts: BudgetFacts) -> str:
    return f", which {facts.others + 1} organizations share" if facts.others else ""


def held_back(connection: Connection, error: OverBudget, calls: int) -> OverBudget:
    """What a walk says that ran out of its budget after so many calls, and begins anew: it waits until twice as many are likely to be free,
    since those that are free first would not do either. One that takes half of what there ever is may never fit: it says what helps.
    """
    facts = budget_facts(connection)
    if facts is None or not calls:
        return error
    part = max(1, int(facts.share * Urgency.POLL.value.own_part))
    pause = max(error.retry_after or 0, facts.bucket.limit.seconds * min(1, 2 * calls / part))
    return OverBudget(_too_large(connection, facts, calls) if 2 * calls >= part else error.message, retry_after=pause)


def _too_large(connection: Connection, facts: BudgetFacts, calls: int) -> str:
    """Says what a walk needs, what it has, and the way out."""
    share = f"{connection.provider_label} allows {facts.bucket.words}{_shared(facts)}"
    return f"One list alone took {calls:,} calls and was not through: {share}. It is walked anew. {_way_out(connection)}"


def _way_out(connection: Connection) -> str:
    """An application of one's own has a budget of its own."""
    label, credential = connection.provider_label, Credential.objects.filter(connection=connection).first()
    if connection.declaration.limit.per == "application" and credential and credential.application_id is None:
        return f"If this stays, bring an application of your own at {label} (Connections): it has this budget for itself."
    return f"If this stays, only more calls help: ask {label} for a higher limit."


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
