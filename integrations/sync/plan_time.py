"""Planning time: tracked on the right, written back to the left by person, task and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from integrations.catalogue import TimeFacts
from integrations.sync import reasons
from integrations.sync.placing import Cut, Piece, Slot, blocks_of, bounds_of, lay_out
from integrations.sync.planning import Planning
from integrations.sync.situation import TimeKey, TimePair
from integrations.sync.steps import Reason, Step, StepKind
from integrations.sync.time_places import Place, TimePlaces, Unplaced
from integrations.sync.time_steps import TimeSteps

PersonDay = tuple[date, str]


class TimePlanner:
    """Pieces of time for each person, task and day: added, taken up where their answer was lost, corrected, and removed where the tracked
    time is gone for sure.
    """

    def __init__(self, planning: Planning) -> None:
        self.planning, self.situation = planning, planning.situation
        self.left, self.right = self.situation.left, self.situation.right
        self.places, self.made = TimePlaces(planning), TimeSteps(planning)
        self.is_by_blocks = self.situation.time_rules.shape == "blocks"
        self.has_unreadable = any(text.startswith(f"{self.right.parts.time.entity}/") for text in self.right.unreadable)
        self.connected = frozenset(self.situation.people.values())
        self.tracked: dict[Slot, list[TimeFacts]] = defaultdict(list)
        self.written: dict[Slot, list[TimePair]] = defaultdict(list)
        self.going: list[tuple[TimePair, str]] = []  # pieces of the day at hand that shall go, each with its link

    def steps(self) -> Iterator[Step]:
        self._sort_tracked()
        if self.left.parts.time.create is None:
            self._leave_all_out()
            return
        self._sort_written()
        days: dict[PersonDay, list[Slot]] = defaultdict(list)
        for slot in sorted(self.tracked.keys() | self.written.keys()):
            days[slot[0], slot[1]].append(slot)
        steps = [step for (day, _), slots in days.items() for step in self._day(day, slots)]
        yield from self.places.steps()
        yield from steps

    def _sort_tracked(self) -> None:
        """Blocks belong to the day in which they begin in the organization's zone, sums to the day that they are given for."""
        zone, first, last = self.situation.zone, self.situation.eve, self.situation.last_day
        linked, task_of = self.places.link_of_project, self.places.task_of
        for record in self.right.times.values():
            facts = record.facts
            day = facts.start.astimezone(zone).date() if facts.start else facts.day
            if first <= day <= last and facts.seconds and facts.project_id in linked:
                self.tracked[day, facts.person_id, task_of(facts)].append(facts)

    def _sort_written(self) -> None:
        first, last = self.situation.eve, self.situation.last_day
        for pair in sorted(self.situation.time_pairs, key=lambda pair: pair.key.number):
            if first <= pair.key.day <= last and (pair.key.day >= self.situation.first_day or pair.left_id in self.left.times):
                self.written[pair.key.day, pair.key.person_id, pair.key.task_id].append(pair)

    def _leave_all_out(self) -> None:
        reason = self.planning.reasons["left"].time_untaken
        for (day, _, _), facts in self.tracked.items():
            if day >= self.situation.first_day:
                self.planning.leave_out(reason, "all", seconds=_seconds(facts))

    def _day(self, day: date, slots: list[Slot]) -> Iterator[Step]:
        """A person's day: what goes, what gets shorter in its place, what else changes, then what is new. Of what changes the last comes
        first, so that nothing runs into the next.
        """
        self.going.clear()
        cuts = self._cut({slot: self.tracked[slot] for slot in slots if slot in self.tracked})
        if day >= self.situation.first_day:
            pieces = [piece for slot in slots for piece in self._pieces(slot, cuts.get(slot, []))]
            self.made.take_up(pieces, self._is_sure(day))
        else:
            pieces = [piece for slot in slots for piece in self._pieces_of_eve(slot, cuts.get(slot, []))]
        if not self.is_by_blocks or any(piece.start is None for piece in pieces):
            lay_out(pieces, bounds_of(day, self.situation.zone))
        for pair, link in self.going:
            yield from self.made.removals(pair, link)
        free = [piece for piece in pieces if not piece.is_fixed]
        shorter = [piece for piece in free if piece.is_within_its_place]
        others = [piece for piece in free if not piece.is_within_its_place]
        yield from self._changes(shorter)
        yield from self._changes(others)

    def _changes(self, pieces: list[Piece]) -> Iterator[Step]:
        steps = [step for piece in pieces for step in self.made.of(piece)]
        yield from (step for step in steps if step.kind is StepKind.ADOPT_TIME)
        yield from sorted((step for step in steps if step.kind is StepKind.UPDATE_TIME), key=_start, reverse=True)
        yield from (step for step in steps if step.kind is StepKind.ADD_TIME)

    def _is_sure(self, day: date) -> bool:
        """A record that makes no sense may be any time of any day."""
        return not self.has_unreadable and self.situation.is_sure(day)

    # --- One person, task and day -------------------------------------------------------------------------------------

    def _pieces(self, slot: Slot, cut: list[Cut]) -> list[Piece]:
        """The pieces that shall stand there; those that shall not are put down in `going`."""
        facts, pairs = self.tracked.get(slot), self.written.get(slot, [])
        if not facts:
            return self._vanished(slot, pairs)
        link = self.places.link_of_project[facts[0].project_id]
        place = self._place(slot, facts[0].project_id, pairs)
        if isinstance(place, Unplaced):
            return self._as_they_are(slot, facts, pairs, place.reason, place.subject, link.id)
        if reason := self._hindrance(slot, cut, pairs):
            return self._as_they_are(slot, facts, pairs, reason, str(TimeKey(*slot)), link.id)
        self.going += [(pair, link.id) for pair in pairs if pair.key.number >= len(cut)]
        known = {pair.key.number: pair for pair in pairs}
        wanted = (_piece(TimeKey(*slot, number), known.get(number), each, place, link.id) for number, each in enumerate(cut))
        return [piece for piece in wanted if self._may_stand(piece)]

    def _pieces_of_eve(self, slot: Slot, cut: list[Cut]) -> list[Piece]:
        """On the day before the first only what is written there counts, and only where less is tracked for sure: the zone changed, and
        its time belongs to the first day now.
        """
        pairs = self.written.get(slot, [])
        is_less = _seconds(self.tracked.get(slot, [])) < sum(pair.seconds for pair in pairs)
        if not is_less or not self._is_sure(slot[0]):
            return self._fixed(pairs)
        return [piece for piece in self._pieces(slot, cut) if piece.pair is not None]

    def _vanished(self, slot: Slot, pairs: list[TimePair]) -> list[Piece]:
        """Nothing is tracked there any more. It goes only if that is sure, and if its project and person are still linked."""
        link = self.places.link_of(slot[2])
        if link is not None and link.is_resting:
            self.planning.gate.block(slot[0], slot[1])
        if link is None or link.is_resting or slot[1] not in self.connected or not self._is_sure(slot[0]):
            return self._fixed(pairs)
        self.going += [(pair, link.id) for pair in pairs]
        return []

    def _place(self, slot: Slot, project: str, pairs: list[TimePair]) -> Place | Unplaced:
        """Where it shall stand. What was written before the settings changed, and has no place now, stays where it is."""
        if slot[1] not in self.connected:
            return Unplaced(reasons.TIME_OF_NOT_CONNECTED, slot[1])
        place = self.places.place(slot[2], project)
        if isinstance(place, Unplaced) and place.is_by_rule:
            return next(filter(None, map(self.places.present, pairs)), place)
        return place

    def _cut(self, tracked: dict[Slot, list[TimeFacts]]) -> dict[Slot, list[Cut]]:
        """The pieces of a person's day. Only blocks can be told apart; sums stay whole."""
        if self.is_by_blocks and all(each.start for facts in tracked.values() for each in facts):
            return blocks_of(tracked)
        return {slot: [(None, _seconds(facts))] for slot, facts in tracked.items()}

    def _hindrance(self, slot: Slot, cut: list[Cut], pairs: list[TimePair]) -> Reason | None:
        """Why nothing changes there: what would be less, or in fewer pieces, than what is written needs to be sure, and to be deletable."""
        is_fewer = any(pair.key.number >= len(cut) for pair in pairs)
        is_less = sum(seconds for _, seconds in cut) < sum(pair.seconds for pair in pairs)
        if (is_fewer or is_less) and not self._is_sure(slot[0]):
            return reasons.DAY_NOT_WHOLE
        if is_fewer and self.left.parts.time.delete is None:
            return reasons.cannot(self.left.label, "delete tracked time")
        return None

    def _may_stand(self, piece: Piece) -> bool:
        """What somebody deleted on the left does not come back; what was not seen there is not written again."""
        pair, why = piece.pair, self.planning.reasons["left"]
        if pair is None or not pair.left_id or pair.left_id in self.left.times:
            return True
        reason = why.time_deleted if pair.left_id in self.left.gone_times else why.time_unseen
        self.planning.leave_out(reason, str(piece.key), piece.link, piece.seconds)
        return False

    def _as_they_are(
        self, slot: Slot, facts: list[TimeFacts], pairs: list[TimePair], reason: Reason, subject: str, link: str
    ) -> list[Piece]:
        """Nothing changes: what is tracked beyond what is written is left out."""
        fixed = self._fixed(pairs)
        missing = _seconds(facts) - sum(piece.seconds for piece in fixed)
        if missing < 0 and reason is reasons.LINK_RESTS:
            self.planning.gate.block(slot[0], slot[1])
        if missing > 0 or reason is reasons.DAY_NOT_WHOLE:
            self.planning.leave_out(reason, subject, link, max(0, missing))
        return fixed

    def _fixed(self, pairs: list[TimePair]) -> list[Piece]:
        standing = (pair for pair in pairs if pair.left_id in self.left.times)
        return [Piece(pair.key, pair.seconds, pair.start, pair=pair, is_fixed=True) for pair in standing]


def _piece(key: TimeKey, pair: TimePair | None, cut: Cut, place: Place, link: str) -> Piece:
    """In days it keeps the start that it has; blocks begin when they began."""
    start, seconds = cut
    start = start or (pair.start if pair else None)
    return Piece(key, seconds, start, place.task_id, place.project_id, place.name, link, pair)


def _seconds(facts: list[TimeFacts]) -> int:
    return sum(each.seconds for each in facts)


def _start(step: Step) -> datetime:
    assert step.start is not None
    return step.start
