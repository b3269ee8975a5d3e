"""Planning time: tracked on the right, written back to the left by person, task and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from integrations.catalogue import TimeFacts
from integrations.sync.situation import Situation, TimeKey, TimePair
from integrations.sync.steps import LeftOutCases, Reason, Step, StepKind

START_OF_WORK = time(9)
NOT_CONNECTED = Reason("person with tracked time who is not connected", "people with tracked time who are not connected")
NO_TASK = Reason("project with time that is on no linked task", "projects with time that is on no linked task")


Footprint = tuple[str, str, datetime | None, int]
"""Person, task, start and seconds."""


class TimePlanner:
    """One piece of time for each person, task and day: added, taken up where its answer was lost, or made as long as it has become."""

    def __init__(self, situation: Situation, left_out: LeftOutCases) -> None:
        self.situation, self.left, self.right, self.left_out = situation, situation.left, situation.right, left_out
        there = f"deleted in {situation.left.label}"
        self.deleted = Reason(f"piece of written-back time that was {there}", f"pieces of written-back time that were {there}")
        gone = f"deleted or moved in {situation.right.label} and now stand only in {situation.left.label}"
        self.vanished = Reason(f"piece of time that was {gone}", f"pieces of time that were {gone}")
        self.left_person = {right: left for left, right in situation.people.items()}
        self.link_of_project = {link.right_id: link.id for link in situation.links if link.right_id}
        self.left_task = {pair.right_id: pair.left_id for pair in situation.task_pairs if self._is_linked(pair.right_id)}
        self.pairs = {pair.key: pair for pair in situation.time_pairs}
        self.ends = self._ends_of_written_time()

    def _is_linked(self, task_id: str) -> bool:
        task = self.right.tasks.get(task_id)
        return task is not None and task.facts.project_id in self.link_of_project

    def steps(self) -> Iterator[Step]:
        if self.left.parts.time.create is None:
            seconds = sum(each.facts.seconds for each in self.right.times.values())
            untaken = f"stretch of tracked time, which {self.left.label} does not take"
            self.left_out.add(Reason(untaken, untaken), "all", seconds)
            return
        tracked = self._tracked()
        for key, seconds in sorted(tracked.items()):
            yield from self._write_back(self.pairs.get(key) or TimePair(key, "", self._place(key, seconds), 0), seconds)
        self._leave_out_vanished(tracked)

    def _leave_out_vanished(self, tracked: dict[TimeKey, int]) -> None:
        """Written-back time whose tracked time is no longer there: deleted, or moved to another task."""
        for key, pair in self.pairs.items():
            is_looked_at = self.situation.first_day <= key.day <= self.situation.last_day and key.task_id in self.left_task
            if is_looked_at and pair.left_id in self.left.times and key not in tracked and key.person_id in self.left_person:
                self.left_out.add(self.vanished, str(key), pair.seconds)

    def _tracked(self) -> dict[TimeKey, int]:
        """Seconds by person, task and day of all that can be written back; what cannot is counted."""
        sums: dict[TimeKey, int] = defaultdict(int)
        for each in self.right.times.values():
            if self._counts(each.facts):
                sums[TimeKey(each.facts.day, each.facts.person_id, each.facts.task_id)] += each.facts.seconds
        return sums

    def _counts(self, facts: TimeFacts) -> bool:
        is_ours = facts.project_id in self.link_of_project and self.situation.first_day <= facts.day <= self.situation.last_day
        if not is_ours or not facts.seconds:
            return False
        if facts.person_id not in self.left_person:
            self.left_out.add(NOT_CONNECTED, facts.person_id, facts.seconds)
            return False
        if facts.task_id not in self.left_task:
            self.left_out.add(NO_TASK, facts.project_id, facts.seconds)
            return False
        return True

    def _write_back(self, pair: TimePair, seconds: int) -> Iterator[Step]:
        if pair.left_id and pair.left_id not in self.left.times:
            self.left_out.add(self.deleted, str(pair.key), seconds)
            return
        if not pair.left_id:
            lost = self._lost.get(self._footprint(pair)) if pair.key in self.pairs else None
            if lost is None:
                yield self._step(StepKind.ADD_TIME, "Write back", pair, seconds)
                return
            pair = TimePair(pair.key, lost.id, pair.start, lost.seconds)
            yield self._step(StepKind.ADOPT_TIME, "Take up", pair, lost.seconds)
        if seconds != pair.seconds and self.left.parts.time.update:
            yield self._step(StepKind.UPDATE_TIME, "Correct to", pair, seconds)

    @cached_property
    def _lost(self) -> dict[Footprint, TimeFacts]:
        """Times on the left that no pair knows. One that is just like a piece whose answer never came is that piece."""
        known = {pair.left_id for pair in self.situation.time_pairs}
        times = (each.facts for each in self.left.times.values())
        return {(facts.person_id, facts.task_id, facts.start, facts.seconds): facts for facts in times if facts.id not in known}

    def _footprint(self, pair: TimePair) -> Footprint:
        return self.left_person[pair.key.person_id], self.left_task[pair.key.task_id], pair.start, pair.seconds

    def _ends_of_written_time(self) -> dict[tuple[str, date], datetime]:
        """When the last piece of written-back time of each person and day ends: the next one begins there, so that none overlap."""
        ends: dict[tuple[str, date], datetime] = {}
        for pair in self.situation.time_pairs:
            slot = (pair.key.person_id, pair.key.day)
            ends[slot] = max(ends.get(slot, pair.start), pair.start + timedelta(seconds=pair.seconds))
        return ends

    def _place(self, key: TimeKey, seconds: int) -> datetime:
        """Where a new piece of time begins: days hold only sums, so they are laid out one after another from nine o'clock in the
        organization's zone.
        """
        slot = (key.person_id, key.day)
        morning = datetime.combine(key.day, START_OF_WORK, tzinfo=self.situation.zone).astimezone(UTC)
        start = self.ends.get(slot, morning)
        self.ends[slot] = start + timedelta(seconds=seconds)
        return start

    def _step(self, kind: StepKind, verb: str, pair: TimePair, seconds: int) -> Step:
        task_id = self.left_task[pair.key.task_id]
        name = self.right.tasks[pair.key.task_id].facts.name
        person = self.right.people.get(pair.key.person_id)
        return Step(
            kind=kind,
            side="left",
            title=f"{verb} {_words(seconds)} of {person.facts.name if person else 'somebody'} on “{name}”, {pair.key.day:%-d %B %Y}",
            link=self.link_of_project[self.right.tasks[pair.key.task_id].facts.project_id],
            left_id=pair.left_id,
            right_id=str(pair.key),
            name=name,
            person_id=self.left_person[pair.key.person_id],
            task_id=task_id,
            start=pair.start,
            seconds=seconds,
            values={"start": pair.start.isoformat(), "seconds": seconds},
        )


def _words(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
