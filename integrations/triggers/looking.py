"""What a look has to ask over there: which records, which lists, and what may wait. Everything here needs a scope, and calls nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from integrations.catalogue import Entity
from integrations.connections.budget import BudgetFacts, Urgency, budget_facts
from integrations.records.collecting import list_of, make_missing_lists
from integrations.records.models import RecordList
from integrations.triggers.hooks.noticing import BETWEEN_WALKS, are_few
from integrations.triggers.models import Notice, Trigger
from integrations.triggers.reading import entity_of, lists_of

FRESH = 0.9  # of the interval: a list that somebody walked since is not walked again, unless a delivery says that it changed
CLOCKS_DIFFER = timedelta(minutes=5)  # what lies further ahead was put down before the clock was set back, nobody knows when
PART_FOR_TURNS = 0.25  # of an organization's share for polling that lists take which are walked in turns
MOST_IN_TURN = 200  # lists in one look
IN_TURN_UNKNOWN = 20  # where nobody keeps count of the calls


@dataclass
class Aim:
    """`records` are got one by one, `lists` walked. `is_regular`: it is no look for the sake of a delivery alone. Lists that
    `take_turns` are chosen when those are walked, which tell what they are asked for. What a delivery has changed, but was walked a moment
    ago, waits until `later`.
    """

    records: list[str] = field(default_factory=list)
    lists: list[RecordList] = field(default_factory=list)
    take_turns: bool = False
    is_regular: bool = False
    later: datetime | None = None

    @property
    def asks(self) -> bool:
        return bool(self.records or self.lists or self.take_turns)


def aim_of(trigger: Trigger, notices: Sequence[Notice]) -> Aim:
    """What to ask now."""
    now = timezone.now()
    aim = Aim(records=_told_records(trigger, notices), is_regular=not notices or _is_interval_over(trigger, now))
    if aim.is_regular:
        aim.lists, aim.take_turns = _stale_lists(trigger, now), _takes_turns(trigger)
    if notices and not aim.records:
        _hurry(aim, trigger, notices, now)
    return aim


def next_look(trigger: Trigger) -> datetime:
    """When the interval is over."""
    return (trigger.polled_at or timezone.now()) + timedelta(minutes=trigger.minutes)


def lists_in_a_look(facts: BudgetFacts | None, minutes: int) -> int:
    """How many of the lists that are asked one by one a look walks: those whose turn it is, as the budget allows in so many minutes."""
    if facts is None:
        return IN_TURN_UNKNOWN
    share = facts.share * Urgency.POLL.value.own_part * PART_FOR_TURNS
    return max(1, min(MOST_IN_TURN, int(share * minutes * 60 / facts.bucket.limit.seconds)))


def _is_interval_over(trigger: Trigger, now: datetime) -> bool:
    return not _is_within(trigger.polled_at, _interval(trigger), now)


def _is_within(at: datetime | None, past: timedelta, now: datetime) -> bool:
    """Whether a moment lies so little back."""
    return at is not None and now - past < at <= now + CLOCKS_DIFFER


def _told_records(trigger: Trigger, notices: Sequence[Notice]) -> list[str]:
    """The records that deliveries name, where they are believed and few."""
    hook, hooks = trigger.declaration.hook, trigger.connection.declaration.hooks
    if not (notices and hook and hook.one and hooks and hooks.deliveries.is_believed) or not are_few(trigger):
        return []
    named = list(dict.fromkeys(notice.record_id for notice in notices))
    return named if all(named) else []


def _stale_lists(trigger: Trigger, now: datetime) -> list[RecordList]:
    """The list that nobody walked since the last look; for lists that are asked one by one the list of what they are asked for."""
    how = entity_of(trigger).collect
    if how is None:
        return []
    return _older([list_of(trigger.connection, how.each or trigger.declaration.entity)], _interval(trigger), now)


def _takes_turns(trigger: Trigger) -> bool:
    how = entity_of(trigger).collect
    return bool(how and how.each)


def lists_in_turn(trigger: Trigger) -> list[RecordList]:
    """Of the lists that are asked one by one those whose turn it is, unless somebody walked them since the last look."""
    return _older(_in_turn(trigger, entity_of(trigger)), _interval(trigger), timezone.now())


def _interval(trigger: Trigger) -> timedelta:
    return trigger.minutes * FRESH * timedelta(minutes=1)


def _in_turn(trigger: Trigger, entity: Entity) -> list[RecordList]:
    """Those never walked first, then those walked longest ago."""
    make_missing_lists(trigger.connection, [entity])
    most = lists_in_a_look(budget_facts(trigger.connection), trigger.minutes)
    return _with_connection(trigger, lists_of(trigger).order_by(F("whole_at").asc(nulls_first=True), "id")[:most])


def _hurry(aim: Aim, trigger: Trigger, notices: Sequence[Notice], now: datetime) -> None:
    """Adds the lists that deliveries have changed, but none more often than once a minute."""
    newest = max(notice.received_at for notice in notices)
    planned = {record_list.pk for record_list in aim.lists}
    for record_list in _named_lists(trigger, notices):
        if record_list.pk in planned:
            continue
        if not _is_within(record_list.whole_at, BETWEEN_WALKS, now):
            aim.lists.append(record_list)
        elif record_list.whole_at and record_list.whole_at < newest:
            aim.later = min(filter(None, (aim.later, record_list.whole_at + BETWEEN_WALKS)))


def _named_lists(trigger: Trigger, notices: Sequence[Notice]) -> list[RecordList]:
    """What a delivery names is a hint: only lists that we know are walked. Where it helps nothing, the turns go on."""
    entity = entity_of(trigger)
    if entity.collect is None or not entity.collect.each:
        return [list_of(trigger.connection, entity.name)] if entity.collect else []
    hints = {notice.parent_id for notice in notices if notice.parent_id}
    hinted = lists_of(trigger).filter(each__in=hints)
    return _with_connection(trigger, hinted) if hints and hinted else _in_turn(trigger, entity)[:1]


def _with_connection(trigger: Trigger, lists: QuerySet[RecordList]) -> list[RecordList]:
    found = list(lists)
    for record_list in found:
        record_list.connection = trigger.connection  # known already: spares a query each
    return found


def _older(lists: Iterable[RecordList], past: timedelta, now: datetime) -> list[RecordList]:
    return [record_list for record_list in lists if not _is_within(record_list.whole_at, past, now)]
