"""Looking at both sides: which lists a sync walks, in which order, and how it gets on with few calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from integrations.catalogue import Parts, TimeEdits
from integrations.connections.models import Connection
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import parts_of
from integrations.operations.models import Run
from integrations.records.collecting import collect, collect_updates, list_of
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record, RecordList
from integrations.sync.applying import Sides
from integrations.sync.spans import all_days, cut, days_to_plan, days_to_walk, edited_days, seen_since
from integrations.transport.errors import OverBudget
from portal.organizations.scope import scope

Progress = Callable[[], None]
LOOK_LASTS = timedelta(hours=1)  # what a sync has seen so lately it does not walk again when it goes on after waiting for calls
LONGEST_EDITS = timedelta(days=30)


@dataclass(frozen=True)
class How:
    """How a sync looks: at all tracked time or at what was touched, and, where it goes on after a pause, what it need not walk again."""

    is_whole: bool
    goes_on: bool = False


def look(integration: Integration, sides: Sides, how: How, progress: Progress) -> dict[str, int]:
    """Collects every list that the plan reads, the right side first: its tracked time says which days count. Gives the calls by side.

    Raises `ProviderError` where one of them did not arrive whole.
    """
    for side in ("right", "left"):
        _Look(integration, side, sides, how, progress).take()
    return {"left": sides.left.calls, "right": sides.right.calls}


class _Look:
    """A look at one side."""

    def __init__(self, integration: Integration, side: str, sides: Sides, how: How, progress: Progress) -> None:
        self.integration, self.side, self.how, self.progress = integration, side, how, progress
        self.opened = sides[side]
        self.connection: Connection = integration.left if side == "left" else integration.right
        self.parts = parts_of(self.connection)
        with scope():
            self.doubtful_since = _last_unknown(self.connection)

    def take(self) -> None:
        """Lists that are asked one by one come last: there the budget may end."""
        self._look_at_time()
        for name in sorted(_entities(self.parts), key=self._is_asked_one_by_one):
            if self._is_asked_one_by_one(name):
                self._walk_one_by_one(name)
            else:
                self._walk(self._list(name))

    # --- Whole lists ------------------------------------------------------------------------------------------------------

    def _walk(self, record_list: RecordList, days: Days | None = None) -> None:
        """Walks a list, unless this very sync has done so before it had to wait."""
        if not self._is_known(record_list):
            collect(record_list, self.opened, days, self.progress)

    def _is_known(self, record_list: RecordList) -> bool:
        return self.how.goes_on and self._was_seen(record_list, timezone.now() - LOOK_LASTS)

    def _was_seen(self, record_list: RecordList, since: datetime | None) -> bool:
        """Whether it was walked since then, and after the last write whose answer was lost."""
        seen_at = record_list.whole_at
        if seen_at is None or seen_at > timezone.now():  # the clock was set back: nobody knows how long ago that was
            return False
        return all(moment is None or moment < seen_at for moment in (since, self.doubtful_since))

    def _list(self, entity: str, each: str = "") -> RecordList:
        with scope():
            return list_of(self.connection, entity, each)

    def _is_asked_one_by_one(self, entity: str) -> bool:
        declared = self.connection.declaration.entity(entity).collect
        return bool(declared and declared.each)

    # --- Lists that are asked once for each linked project ----------------------------------------------------------------

    def _walk_one_by_one(self, entity: str) -> None:
        """Those never seen first, then the oldest. Where the budget ends, so does the look at this list, but not before each was seen."""
        for record_list in self._in_turn(entity):
            try:
                self._walk(record_list)
            except OverBudget:
                if not self._was_seen(record_list, None):
                    raise
                return

    def _in_turn(self, entity: str) -> list[RecordList]:
        with scope():
            lists = [list_of(self.connection, entity, each) for each in self._standing_projects()]
        return sorted(lists, key=lambda each: (self._was_seen(each, None), each.whole_at or datetime.min.replace(tzinfo=UTC)))

    def _standing_projects(self) -> list[str]:
        """Linked projects of this side that are not gone, the first linked first."""
        links = ProjectLink.live.filter(integration=self.integration).order_by("linked_at", "id")
        linked = [id_ for id_ in links.values_list(f"{self.side}_id", flat=True) if id_]
        records = Record.objects.filter(connection=self.connection, entity=self.parts.project.entity, removed_at=None)
        standing = set(records.filter(remote_id__in=linked).values_list("remote_id", flat=True))
        return [id_ for id_ in linked if id_ in standing]

    # --- Tracked time -----------------------------------------------------------------------------------------------------

    def _look_at_time(self) -> None:
        entity = self.connection.declaration.entity(self.parts.time.entity)
        if entity.collect is None or entity.collect.each:
            return  # nothing to walk here: where it is asked for each project, it is walked with the other lists of that kind
        record_list = self._list(entity.name)
        window = entity.collect.window
        if window is None:
            self._walk(record_list)
        elif not self._is_known(record_list):
            for days in self._days(record_list, window.longest):
                collect(record_list, self.opened, days, self.progress)
            self._look_at_updates(record_list)

    def _days(self, record_list: RecordList, longest: int) -> list[Days]:
        """On the left the days of the plan. On the right all of them, or those never walked, those that were edited, and the last three."""
        edited = self._edited_days() if self.side == "right" else []
        with scope():
            if self.side == "left" or self._has_no_updates(record_list):
                return list(cut(_in_any_zone(days_to_plan(self.integration, self.how.is_whole)), longest))
            days = _in_any_zone(all_days(self.integration))
            return list(cut(days, longest) if self.how.is_whole else days_to_walk(days, record_list.days, edited, longest))

    def _has_no_updates(self, record_list: RecordList) -> bool:
        collected = record_list.declaration.collect
        return collected is None or collected.updates is None

    def _look_at_updates(self, record_list: RecordList) -> None:
        """What was changed since the last sync that came to its end, on whatever day it lies."""
        collected = record_list.declaration.collect
        with scope():
            since = seen_since(self.integration)
        if self.side == "left" or self.how.is_whole or collected is None or collected.updates is None or since is None:
            return
        collect_updates(record_list, self.opened, since - collected.updates.late, timezone.now(), self.progress)

    def _edited_days(self) -> list[Days]:
        """The days that the log of edits names, after a look at it. A whole look needs none of it."""
        edits = self.parts.time.edits
        with scope():
            since = seen_since(self.integration)
        if edits is None or self.how.is_whole or since is None:
            return []
        return self._read_edits(edits, since)

    def _read_edits(self, edits: TimeEdits, since: datetime) -> list[Days]:
        today = timezone.now().astimezone(UTC).date()
        first = max(since.astimezone(UTC).date() - A_DAY, today - LONGEST_EDITS)
        collect(self._list(edits.entity), self.opened, Days(first, today), self.progress)
        with scope():
            return edited_days(self.connection, edits, since)


def _in_any_zone(days: Days) -> Days:
    """What a zone ahead of UTC calls the first day begins a day earlier; the last day is tomorrow, wherever that is."""
    return Days(days.first - A_DAY, days.last)


def _entities(parts: Parts) -> list[str]:
    """What is walked as it is: all but tracked time, which is asked for by days."""
    clients = [parts.client.entity] if parts.client else []
    return list(dict.fromkeys([*clients, parts.project.entity, parts.person.entity, parts.task.entity]))


def _last_unknown(connection: Connection) -> datetime | None:
    """When the answer to a write of ours was last lost: only a list that was walked since tells whether it was done. Needs a scope."""
    lost = Run.objects.filter(connection=connection, origin="sync", state=Run.State.UNKNOWN, created_at__gte=timezone.now() - 7 * A_DAY)
    last: datetime | None = lost.aggregate(last=Max("ended_at"))["last"]
    return last
