"""Looking at both sides: which lists a sync walks, in which order, and how it gets on with few calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from integrations.catalogue import Collect, NativePart, Parts, TimeEdits, Window
from integrations.connections.models import Connection
from integrations.linking.models import Integration, ProjectLink
from integrations.linking.services import parts_of
from integrations.operations.models import Run
from integrations.records.collecting import collect, collect_updates, list_of
from integrations.records.days import A_DAY, Days
from integrations.records.models import Record, RecordList
from integrations.records.queries import parents_of
from integrations.sync.applying import Sides
from integrations.sync.pace import held_back
from integrations.sync.spans import all_days, cut, days_to_plan, days_to_walk, edited_days, seen_since
from integrations.sync.walks import Walks
from integrations.transport.errors import Forbidden, NotFound, OverBudget
from portal.organizations.scope import scope

Progress = Callable[[], None]
LISTS_LAST = timedelta(hours=1)  # a sync that writes for longer than this looks at its lists again
LONGEST_EDITS = timedelta(days=30)
PIECE = 7  # days of a whole look that are walked at once: what fits into the budget need not be walked again


@dataclass(frozen=True)
class How:
    """How a sync looks: at all tracked time or at what was touched, and what it has walked before it had to wait for calls."""

    is_whole: bool
    walks: Walks


def look(integration: Integration, sides: Sides, how: How, progress: Progress) -> None:
    """Collects every list that the plan reads, the right side first: its tracked time says which days count.

    Raises `ProviderError` where one of them did not arrive whole; `how.walks` then tells how far it came.
    """
    for side in ("right", "left"):
        _Look(integration, side, sides, how, progress).take()


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
        for name in sorted(_entities(self.parts), key=self._is_asked_one_by_one):
            self._look_at(name)
        if self.parts.native and self.how.is_whole:
            self._look_at_native(self.parts.native)

    def _look_at(self, entity: str) -> None:
        if self._is_asked_one_by_one(entity):
            self._walk_one_by_one(entity)
        elif self._collect(entity):
            self._walk_list(self._list(entity))

    def _look_at_native(self, native: NativePart) -> None:
        """Links of the provider's own are shown and not synced: where this account may not see them, their lists say so."""
        parents = [how.each for name in (native.projects, native.people) if (how := self._collect(name)) and how.each]
        for name in dict.fromkeys([*parents, native.projects, native.people]):
            with suppress(Forbidden, NotFound):
                self._look_at(name)

    # --- Whole lists ------------------------------------------------------------------------------------------------------

    def _walk_list(self, record_list: RecordList) -> None:
        window = record_list.window
        if window is None or record_list.entity != self.parts.time.entity:
            self._walk_whole(record_list)
        else:
            self._walk_days(record_list, window)

    def _walk_whole(self, record_list: RecordList) -> None:
        """Walks a list, unless this very sync has done so. Where it writes for long, it looks again, as far as the budget allows."""
        walked_at = self.how.walks.last(str(record_list.pk), self.doubtful_since)
        if walked_at is None:
            self._walk(record_list)
        elif self.how.walks.look_has_ended and walked_at < timezone.now() - LISTS_LAST:
            with suppress(OverBudget):
                self._walk(record_list)

    def _walk(self, record_list: RecordList, days: Days | None = None) -> None:
        self._note(str(record_list.pk), days, lambda: collect(record_list, self.opened, days, self.progress))

    def _note(self, what: str, days: Days | None, walk: Callable[[], object]) -> None:
        """Does a walk and remembers it. One that ran out of calls waits for as many as it needs."""
        begun, calls = timezone.now(), self.opened.calls
        try:
            walk()
        except OverBudget as error:
            with scope():
                raise held_back(self.connection, error, self.opened.calls - calls) from error
        self.how.walks.add(what, days, begun)

    def _was_seen(self, record_list: RecordList) -> bool:
        """Whether it was ever walked, and after the last write whose answer was lost."""
        seen_at = record_list.whole_at
        if seen_at is None or seen_at > timezone.now():  # the clock was set back: nobody knows how long ago that was
            return False
        return self.doubtful_since is None or self.doubtful_since < seen_at

    def _list(self, entity: str, each: str = "") -> RecordList:
        with scope():
            return list_of(self.connection, entity, each)

    def _collect(self, entity: str) -> Collect | None:
        return self.connection.declaration.entity(entity).collect

    def _is_asked_one_by_one(self, entity: str) -> bool:
        declared = self._collect(entity)
        return bool(declared and declared.each)

    # --- Lists that are asked once for each linked project ----------------------------------------------------------------

    def _walk_one_by_one(self, entity: str) -> None:
        """Those never seen first, then the oldest. Where the budget ends, so does the look at this list, but not before each was seen."""
        for record_list in self._in_turn(entity):
            try:
                self._walk_list(record_list)
            except OverBudget:
                if not self._was_seen(record_list):
                    raise
                return

    def _in_turn(self, entity: str) -> list[RecordList]:
        with scope():
            lists = [list_of(self.connection, entity, each) for each in self._parents(entity)]
        return sorted(lists, key=lambda each: (self._was_seen(each), each.whole_at or datetime.min.replace(tzinfo=UTC)))

    def _parents(self, entity: str) -> list[str]:
        """What a list is asked for: linked projects, or else whatever stands there. Needs a scope."""
        declared = self._collect(entity)
        assert declared is not None
        if declared.each == self.parts.project.entity:
            return self._standing_projects()
        return list(parents_of(self.connection, declared))

    def _standing_projects(self) -> list[str]:
        """Linked projects of this side that are not gone, the first linked first."""
        links = ProjectLink.live.filter(integration=self.integration).order_by("linked_at", "id")
        linked = [id_ for id_ in links.values_list(f"{self.side}_id", flat=True) if id_]
        records = Record.objects.filter(connection=self.connection, entity=self.parts.project.entity, removed_at=None)
        standing = set(records.filter(remote_id__in=linked).values_list("remote_id", flat=True))
        return [id_ for id_ in linked if id_ in standing]

    # --- Tracked time -----------------------------------------------------------------------------------------------------

    def _walk_days(self, record_list: RecordList, window: Window) -> None:
        """Walks those days that this very sync has not walked yet, in pieces."""
        longest = min(PIECE, window.longest) if self.how.is_whole else window.longest
        for wanted in self._days(record_list, window.longest):
            for days in self.how.walks.remaining(str(record_list.pk), wanted, self.doubtful_since):
                for piece in cut(days, longest):
                    self._walk(record_list, piece)
        self._look_at_updates(record_list)

    def _days(self, record_list: RecordList, longest: int) -> list[Days]:
        """On the left the days of the plan. On the right all of them, or those never walked, those that were edited, and the last three."""
        edited = self._edited_days() if self.side == "right" else []
        with scope():
            if self.side == "left" or self._has_no_updates(record_list):
                return [_in_any_zone(days_to_plan(self.integration, self.how.is_whole))]
            days = _in_any_zone(all_days(self.integration))
            return [days] if self.how.is_whole else list(days_to_walk(days, record_list.days, edited, longest))

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
        first, what = since - collected.updates.late, f"{record_list.pk}/updates"
        if self.how.walks.last(what, None) is None:
            self._note(what, None, lambda: collect_updates(record_list, self.opened, first, timezone.now(), self.progress))

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
        record_list = self._list(edits.entity)
        for days in self.how.walks.remaining(str(record_list.pk), Days(first, today), None):
            self._walk(record_list, days)
        with scope():
            return edited_days(self.connection, edits, since)


def _in_any_zone(days: Days) -> Days:
    """What a zone ahead of UTC calls the first day begins a day earlier; the last day is tomorrow, wherever that is."""
    return Days(days.first - A_DAY, days.last)


def _entities(parts: Parts) -> list[str]:
    """What the plan reads, tracked time first: it says which days count."""
    clients = [parts.client.entity] if parts.client else []
    return list(dict.fromkeys([parts.time.entity, *clients, parts.project.entity, parts.person.entity, parts.task.entity]))


def _last_unknown(connection: Connection) -> datetime | None:
    """When the answer to a write of ours was last lost: only a list that was walked since tells whether it was done. Needs a scope."""
    lost = Run.objects.filter(connection=connection, origin="sync", state=Run.State.UNKNOWN, created_at__gte=timezone.now() - 7 * A_DAY)
    last: datetime | None = lost.aggregate(last=Max("ended_at"))["last"]
    return last
