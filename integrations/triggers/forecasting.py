"""What a trigger costs in calls an hour, and whether the budget can carry it. Everything here needs a scope.

One look at a list serves every trigger on it, so only whoever looks most often costs anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.catalogue import Collect, Entity, Watch
from integrations.connections.budget import BudgetFacts, Urgency, budget_facts
from integrations.connections.models import Connection, State
from integrations.connections.registry import standing_load_of
from integrations.records.collecting import days_of
from integrations.records.loading import calls_for
from integrations.records.queries import Freshness, freshness_of_all
from integrations.triggers.looking import lists_in_a_look
from integrations.triggers.models import Trigger
from integrations.triggers.registry import looks_of_others
from integrations.triggers.wanting import each_of
from portal.ui.words import duration_words

HOUR = 60  # minutes
LONGEST = 1440  # minutes between two looks
Looks = Mapping[str, int]  # the fewest minutes between two looks at the list of an entity


@dataclass(frozen=True)
class Forecast:
    """Calls an hour: what a trigger adds, what is taken already, and what there is; None where nobody keeps count.

    `problem` says why the budget cannot carry it, and `least_minutes` which interval would fit, if any does. `words` tell it all.
    """

    calls_an_hour: float
    taken_an_hour: float
    allowed_an_hour: float | None
    problem: str = ""
    least_minutes: int | None = None
    words: str = ""


@dataclass(frozen=True)
class Cost:
    """What a look takes: `calls` for all of `lists`; a list never walked counts as one call. Lists that take turns, each look walking some
    of them, cost as many calls `above` for the list of what they are asked for.
    """

    calls: int
    lists: int = 1
    take_turns: bool = False
    above: int = 0
    is_known: bool = True
    facts: BudgetFacts | None = None

    def in_turn(self, minutes: int) -> int:
        """How many lists one look walks."""
        return min(self.lists, lists_in_a_look(self.facts, minutes)) if self.take_turns else self.lists

    def an_hour(self, minutes: int, others: float = 0) -> float:
        """The calls of looks every so many minutes, beside those of whoever looks at the same lists every `others` minutes."""
        of_a_look = self.calls * self.in_turn(minutes) / max(1, self.lists) + self.above
        return max(0.0, of_a_look * (HOUR / minutes - (HOUR / others if others else 0)))


@dataclass(frozen=True)
class Ground:
    """What costs are counted from, read once: what there is to take, who else looks how often, and what the lists took lately."""

    connection: Connection
    facts: BudgetFacts | None
    others: Mapping[str, float]  # the fewest minutes between two looks of whoever is no trigger, by entity
    lists: Mapping[str, Freshness]  # by entity

    @classmethod
    def read(cls, connection: Connection) -> Ground:
        lists = {entity: fresh for (_, entity), fresh in freshness_of_all([connection]).items()}
        return cls(connection, budget_facts(connection), looks_of_others(connection), lists)

    def list_of(self, entity: str) -> Freshness:
        return self.lists.get(entity, Freshness())


def forecast(connection: Connection, watch: Watch, inputs: Mapping[str, Any], minutes: int, besides: Trigger | None = None) -> Forecast:
    """What a trigger would cost; `besides` is the one that is edited, which then costs nothing any more."""
    ground, looks = Ground.read(connection), _looks(connection, besides)
    facts, entity = ground.facts, connection.declaration.entity(watch.entity)
    cost = cost_of(ground, entity, each_of(watch, inputs, entity))
    others = min(filter(None, (looks.get(entity.name), ground.others.get(entity.name))), default=0)
    added, allowed = cost.an_hour(minutes, others), allowed_an_hour(facts)
    taken = _taken(connection, facts) - (_load(ground, _looks(connection)) - _load(ground, looks) if besides else 0)
    words = _words(cost, entity, minutes, added)
    if facts is None or allowed is None or taken + added <= allowed or not added:
        return Forecast(added, taken, allowed, words=_with_budget(words, taken, allowed))
    least = next((each for each in range(minutes + 1, LONGEST + 1) if taken + cost.an_hour(each, others) <= allowed), None)
    return Forecast(added, taken, allowed, _too_much(connection, facts, added, taken, allowed, least), least, words)


def load_of(connection: Connection) -> float:
    """The calls an hour that the triggers of a connection take."""
    looks = _looks(connection)
    return _load(Ground.read(connection), looks) if looks else 0.0


def allowed_an_hour(facts: BudgetFacts | None) -> float | None:
    """The calls an hour that an organization may take to look in the background."""
    return facts.share * Urgency.POLL.value.own_part * 3600 / facts.bucket.limit.seconds if facts else None


def cost_of(ground: Ground, entity: Entity, each: str = "") -> Cost:
    """What a look at an entity's lists takes; with `each`, at the one list of that record."""
    how, known = entity.collect, ground.list_of(entity.name)
    is_known = known.is_cost_known and known.lists > 0
    if how is None:
        return Cost(0)
    if not how.each:
        return Cost(known.calls if is_known else _slices(how), is_known=is_known)
    above = ground.list_of(how.each).calls
    if each:
        return Cost(max(1, round(known.calls / max(1, known.lists))), above=above, is_known=is_known)
    return Cost(max(1, known.calls), max(1, known.lists), take_turns=True, above=above, is_known=is_known, facts=ground.facts)


def _slices(how: Collect) -> int:
    """How many calls a list takes at least: one by days may take several."""
    days = days_of(how)
    return calls_for(how.window, days) if how.window and days else 1


def _words(cost: Cost, entity: Entity, minutes: int, added: float) -> str:
    if not added:
        return f"It takes no more calls: something else looks at {entity.plural} as often."
    return " ".join(filter(None, (f"It takes about {added:,.0f} calls an hour.", _unknown(cost, entity.plural), _turns(cost, minutes))))


def _unknown(cost: Cost, plural: str) -> str:
    if cost.is_known:
        return ""
    lists = "its list as one call" if cost.lists == 1 else f"one call for each of {cost.lists:,} lists"
    return f"{plural} were not read whole yet, so this counts {lists}."


def _turns(cost: Cost, minutes: int) -> str:
    """How long it takes until each list had its turn."""
    in_turn = cost.in_turn(minutes)
    if in_turn >= cost.lists:
        return ""
    looks = -(-cost.lists // in_turn)
    return f"A look walks {in_turn:,} of {cost.lists:,} lists in turn; a round takes {duration_words(looks * minutes * 60)}."


def _with_budget(words: str, taken: float, allowed: float | None) -> str:
    if allowed is None:
        return words
    return f"{words} Looks in the background take {taken:,.0f} of {allowed:,.0f} calls an hour so far."


def _too_much(connection: Connection, facts: BudgetFacts, added: float, taken: float, allowed: float, least: int | None) -> str:
    shared = f", which {facts.others + 1} organizations share" if facts.others else ""
    way_out = f"Every {least:,} minutes would fit." if least else "No interval fits: pause or end what is not needed."
    return (
        f"This takes about {added:,.0f} calls an hour, and {taken:,.0f} are taken already; looks in the background may take "
        f"{allowed:,.0f}. {connection.provider_label} allows {facts.bucket.words}{shared}. {way_out}"
    )


def _looks(connection: Connection, besides: Trigger | None = None) -> dict[str, int]:
    """How often the triggers of a connection look at each entity."""
    triggers = Trigger.live.filter(connection=connection, is_paused=False)
    others = triggers.exclude(pk=besides.pk) if besides else triggers
    found: dict[str, int] = {}
    for watch, minutes in others.values_list("watch", "minutes"):
        if declared := connection.declaration.watch_by_name.get(watch):
            found[declared.entity] = min(minutes, found.get(declared.entity, minutes))
    return found


def _load(ground: Ground, looks: Looks) -> float:
    """What these looks take, as far as nothing else looks as often."""
    entity = ground.connection.declaration.entity
    return sum(cost_of(ground, entity(name)).an_hour(minutes, ground.others.get(name, 0)) for name, minutes in looks.items())


def _taken(connection: Connection, facts: BudgetFacts | None) -> float:
    """What is taken regularly from the same bucket."""
    return sum(standing_load_of(each) for each in _sharing(connection, facts))


def _sharing(connection: Connection, facts: BudgetFacts | None) -> Iterator[Connection]:
    """The organization's connections that take from a bucket, this one among them."""
    yield connection
    if facts is None:
        return
    for other in Connection.objects.filter(provider=connection.provider, state=State.CONNECTED).exclude(pk=connection.pk):
        theirs = budget_facts(other)
        if theirs and theirs.bucket.name == facts.bucket.name:
            yield other
