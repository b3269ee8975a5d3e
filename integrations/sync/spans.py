"""Which days of tracked time a sync is about: those that it plans, and those that it walks anew. Needs a scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db.models import Max, Min, Q
from django.utils import timezone

from integrations.catalogue import TimeEdits
from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.linking.services import parts_of
from integrations.records.days import A_DAY, Days, united
from integrations.records.models import Record
from integrations.sync.approvals import times_asked_about
from integrations.sync.models import Obstacle, Pair, Sync
from integrations.sync.situation import TimeKey
from integrations.sync.steps import StepKind
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id

DAYS_PLANNED = timedelta(days=7)
DAYS_WALKED_AGAIN = timedelta(days=2)  # with today the last three
WHOLE_LOOK_LASTS = timedelta(days=1)
LONGEST_WALK = timedelta(hours=1)  # what a walk finds is dated by its beginning, and may be merged as much later
TIME_STEPS = (StepKind.ADD_TIME, StepKind.UPDATE_TIME, StepKind.DELETE_TIME)


def all_days(integration: Integration) -> Days:
    """All days whose tracked time may be written back, tomorrow included where it has begun already."""
    today = timezone.now().astimezone(UTC).date()
    return Days(min(integration.counts_since, today + A_DAY), today + A_DAY)


def needs_whole_look(integration: Integration) -> bool:
    """Whether the next sync has to look at all tracked time: nobody did for a day, other things are linked, the clock was set back, or days
    are cut in another time zone since.
    """
    now, looked_at = timezone.now(), integration.whole_look_at
    if looked_at is None or not looked_at <= now < looked_at + WHOLE_LOOK_LASTS:
        return True
    return integration.whole_look_zone != zone_name() or seen_since(integration) is None


def zone_name() -> str:
    """The time zone in which days are cut."""
    return Organization.objects.values_list("time_zone", flat=True).get(pk=current_organization_id())


def seen_since(integration: Integration) -> datetime | None:
    """Since when changes may not have been planned: the beginning of the last sync that came to its end, less what a slow walk takes. None
    where there was none, or where the clock was set back since.
    """
    ended = Sync.objects.filter(integration=integration, state=Sync.State.DONE)
    began = ended.aggregate(newest=Max("created_at"))["newest"]
    return began - LONGEST_WALK if began and began <= timezone.now() else None


def days_to_plan(integration: Integration, is_whole: bool | None = None) -> Days:
    """The days whose tracked time a plan is about: all of them, or the last ones, from the earliest that was touched since the last sync or
    about which something is open.
    """
    days, since = all_days(integration), seen_since(integration)
    is_whole = needs_whole_look(integration) if is_whole is None else is_whole
    if is_whole or since is None or _waits_for_another_try(integration):
        return days
    earliest = (_earliest_touched(integration.right, since), _earliest_open(integration, days))
    first = min([days.last - A_DAY - DAYS_PLANNED, *filter(None, earliest)])
    return Days(max(days.first, min(first, days.last)), days.last)


def _waits_for_another_try(integration: Integration) -> bool:
    """Whether time was refused: it may lie on any day."""
    of_time = Q()
    for kind in TIME_STEPS:
        of_time |= Q(key__startswith=f"{kind}/")
    return Obstacle.objects.filter(of_time, integration=integration).exists()


def _earliest_touched(connection: Connection, since: datetime) -> date | None:
    """The earliest day, with one more for zones, of what is new, edited or gone in the mirror since then."""
    times = Record.objects.filter(connection=connection, entity=parts_of(connection).time.entity)
    earliest = times.filter(Q(changed_at__gte=since) | Q(removed_at__gte=since)).aggregate(earliest=Min("moment"))["earliest"]
    return earliest.astimezone(UTC).date() - A_DAY if earliest else None


def _earliest_open(integration: Integration, days: Days) -> date | None:
    """The earliest of these days with written-back time whose answer has not come, or that a person is asked about or has decided."""
    pairs = Pair.objects.filter(integration=integration, part=Pair.Part.TIME, right_id__gte=days.first.isoformat())
    is_open = Q(left_id="") | Q(values__is_unsure=True) | Q(left_id__in=times_asked_about(integration))
    earliest = pairs.filter(is_open).aggregate(earliest=Min("right_id"))["earliest"]
    return TimeKey.of(earliest).day if earliest else None


def days_to_walk(days: Days, known: Iterable[Days], touched: Iterable[Days], longest: int) -> Iterator[Days]:
    """Of these days, those that have to be walked anew: never walked, touched, or among the last three; in spans that one walk may have."""
    known, again = list(known), [*touched, Days(days.last - A_DAY - DAYS_WALKED_AGAIN, days.last)]
    each_day = (Days(day, day) for day in _each(days))
    for span in united(day for day in each_day if _is_in(again, day) or not _is_in(known, day)):
        yield from cut(span, longest)


def _is_in(spans: Iterable[Days], day: Days) -> bool:
    return any(span.holds(day) for span in spans)


def cut(span: Days, longest: int) -> Iterator[Days]:
    """A span in pieces of `longest` days at most."""
    first = span.first
    while first <= span.last:
        last = min(span.last, first + (longest - 1) * A_DAY)
        yield Days(first, last)
        first = last + A_DAY


def edited_days(connection: Connection, edits: TimeEdits, since: datetime) -> list[Days]:
    """The days that edits touch which were seen since then. An edit that cannot be read touches none: the daily whole look sees it."""
    found = []
    for data in Record.objects.filter(connection=connection, entity=edits.entity, changed_at__gte=since).values_list("data", flat=True):
        try:
            first, last = edits.days(data)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        found.append(Days(first, last))
    return found


def _each(span: Days) -> Iterator[date]:
    return (span.first + number * A_DAY for number in range(span.count))
