"""Looking for what happened: asking over there where nobody did lately, then telling what the mirror has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.connections.services import OpenConnection, Urgency, open_client
from integrations.records.collecting import collect, collect_one, list_of
from integrations.records.models import RecordList
from integrations.transport.errors import NotFound, ProviderError
from integrations.triggers.hooks.noticing import mark_handled, open_notices
from integrations.triggers.looking import Aim, aim_of, lists_in_turn, next_look
from integrations.triggers.models import Event, Notice, Trigger
from integrations.triggers.telling import Told, tell_some
from portal.organizations.scope import scope
from portal.work.claims import seize

Progress = Callable[[], None]
WAIT_FOR_OTHERS = timedelta(seconds=10)  # while somebody else walks the list


@dataclass(frozen=True)
class Looked:
    """How many events are new, and when to look again."""

    told: int
    due_at: datetime


def poll(trigger: Trigger, progress: Progress) -> int:
    """Looks, and tells what changed. Gives the number of new events. Outside of any transaction. Raises `ProviderError`."""
    return look(trigger, progress).told


def look(trigger: Trigger, progress: Progress) -> Looked:
    """Looks, and tells what changed. `progress` is called before each call to the provider.

    Raises `ProviderError` where it could not look to the end: what is known by then was told all the same.
    """
    with scope():
        notices = open_notices(trigger)
        aim = aim_of(trigger, notices)
    via = Event.Via.WEBHOOK if notices else Event.Via.POLL
    try:
        told_before, is_through = _ask(trigger, aim, via, progress)
    except ProviderError:
        tell_some(trigger, via)
        raise
    told = tell_some(trigger, via)
    later = aim.later if is_through else timezone.now() + WAIT_FOR_OTHERS
    with scope():
        _note(trigger, aim.is_regular and is_through, [] if later else notices)
    return Looked(told_before + len(told.events), _due_at(trigger, told, later))


def _ask(trigger: Trigger, aim: Aim, via: str, progress: Progress) -> tuple[int, bool]:
    """Asks what has to be asked: first the few records that a delivery names, which are told at once. Gives how many that were, and
    whether every list was walked.
    """
    if not aim.asks:
        return 0, True
    with open_client(trigger.connection_id, f"trigger “{trigger.name}”", Urgency.POLL) as opened:
        told = _ask_for_records(trigger, aim.records, opened, via, progress)
        walked = [_walk(record_list, opened, progress) for record_list in aim.lists]
        walked += [_walk(record_list, opened, progress) for record_list in _in_turn(trigger, aim)]
    return told, all(walked)


def _in_turn(trigger: Trigger, aim: Aim) -> list[RecordList]:
    """Chosen only now: the list of what they are asked for has just told what is new and what is gone."""
    if not aim.take_turns:
        return []
    with scope():
        known = {record_list.pk for record_list in aim.lists}
        return [record_list for record_list in lists_in_turn(trigger) if record_list.pk not in known]


def _ask_for_records(trigger: Trigger, records: Sequence[str], opened: OpenConnection, via: str, progress: Progress) -> int:
    """One that is not there any more was deleted since: the next walk of its list says so."""
    hook = trigger.declaration.hook
    if not records or hook is None:
        return 0
    with scope():
        record_list = list_of(trigger.connection, trigger.declaration.entity)
    for record_id in records:
        progress()
        with suppress(NotFound):
            collect_one(record_list, opened, hook.one, {hook.one_as: record_id})
    return len(tell_some(trigger, via).events)


def _walk(record_list: RecordList, opened: OpenConnection, progress: Progress) -> bool:
    """Walks a list, unless somebody else does at this moment."""
    progress()
    with seize(RecordList, record_list.pk) as hold:
        if hold is None:
            return False

        def go_on() -> None:
            progress()
            hold.renew()

        with nullcontext() if not record_list.each else suppress(NotFound):  # what it is asked for was deleted since: its own list says so
            collect(record_list, opened, progress=go_on)
    return True


def _note(trigger: Trigger, is_polled: bool, handled: Sequence[Notice]) -> None:
    mark_handled(handled)
    if is_polled:
        trigger.polled_at = timezone.now()
        Trigger.objects.filter(pk=trigger.pk).update(polled_at=trigger.polled_at)


def _due_at(trigger: Trigger, told: Told, later: datetime | None) -> datetime:
    regular = next_look(trigger)
    if told.reads_on:
        return timezone.now()
    return min(later, regular) if later and later > timezone.now() else later or regular
