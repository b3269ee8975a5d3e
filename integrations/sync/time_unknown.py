"""Times on the left that no pair knows: which of them we wrote, where answers were lost or our rows are gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from integrations.catalogue import TimeFacts
from integrations.sync.placing import Piece, bounds_of
from integrations.sync.situation import WHOLE_PROJECT, Situation, TimePair

Footprint = tuple[str, str, datetime | None, int]
"""Person, task (or project), start and seconds on the left."""


def place_of(time: TimeFacts | TimePair | Piece) -> str:
    """Its task on the left, else its project."""
    return time.task_id or WHOLE_PROJECT + time.project_id


class UnknownTimes:
    """Each is found once. What is exactly like a piece whose answer was lost is kept for that piece."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.left_person = {right: left for left, right in situation.people.items()}
        known = {pair.left_id for pair in situation.time_pairs}
        self.by_footprint: dict[Footprint, list[TimeFacts]] = defaultdict(list)
        self.by_day: dict[tuple[str, date], list[TimeFacts]] = defaultdict(list)
        self.ends: dict[str, set[datetime]] = defaultdict(set)  # of all times of a person, known or not
        kept = self._kept(situation.time_pairs)
        for facts in (record.facts for record in situation.left.times.values()):
            if facts.start is not None:
                self.ends[facts.person_id].add(facts.start + timedelta(seconds=facts.seconds))
            if facts.id not in known:
                self.by_footprint[_footprint(facts)].append(facts)
                if facts.start is not None and _footprint(facts) not in kept:
                    self.by_day[self._day(facts)].append(facts)

    def _kept(self, pairs: Iterable[TimePair]) -> frozenset[Footprint]:
        lost = (pair for pair in pairs if not pair.left_id)
        return frozenset((self.left_person.get(pair.key.person_id, ""), place_of(pair), pair.start, pair.seconds) for pair in lost)

    def exactly(self, footprint: Footprint) -> TimeFacts | None:
        return self._first(self.by_footprint.get(footprint, ()))

    def of_day(self, person: str, day: date) -> list[TimeFacts]:
        """Those of a person's day in the organization's zone that no lost answer tells of."""
        return self.by_day.get((person, day), [])

    # --- Ways to find one, the surest first ---------------------------------------------------------------------------

    def with_start(self, person: str, piece: Piece, wanted: list[Piece]) -> TimeFacts | None:
        """Of the same start and length."""
        return self._first(facts for facts in self._there(person, piece) if (facts.start, facts.seconds) == (piece.start, piece.seconds))

    def of_length(self, person: str, piece: Piece, wanted: list[Piece]) -> TimeFacts | None:
        """Of the same length: where pieces of sums stand depends on what came before, and their tracked seconds tell them well enough."""
        return self._first(facts for facts in self._there(person, piece) if facts.seconds == piece.seconds)

    def written_by_us(self, person: str, piece: Piece, wanted: list[Piece]) -> TimeFacts | None:
        """Of another length, where nobody else can have written it: the only one there for the only piece there, it stands where we put
        pieces, and is not of whole minutes as what people enter.
        """
        there, place = self._there(person, piece), place_of(piece)
        rivals = [each for each in wanted if each.pair is None and place_of(each) == place]
        if len(there) != 1 or len(rivals) != 1 or not self._is_ours(there[0], piece):
            return None
        return self._first(there)

    def _is_ours(self, facts: TimeFacts, piece: Piece) -> bool:
        assert facts.start is not None
        nine = bounds_of(piece.key.day, self.situation.zone).work
        is_of_whole_minutes = facts.start.second == 0 and facts.seconds % 60 == 0
        return not is_of_whole_minutes and (facts.start in {nine, piece.start} or facts.start in self.ends[facts.person_id])

    def _there(self, person: str, piece: Piece) -> list[TimeFacts]:
        place = place_of(piece)
        return [facts for facts in self.of_day(person, piece.key.day) if place_of(facts) == place]

    def _first(self, found: Iterable[TimeFacts]) -> TimeFacts | None:
        facts = next(iter(found), None)
        if facts is not None:
            self.by_footprint[_footprint(facts)].remove(facts)
            of_day = self.by_day.get(self._day(facts), [])
            of_day.remove(facts) if facts in of_day else None
        return facts

    def _day(self, facts: TimeFacts) -> tuple[str, date]:
        return facts.person_id, facts.start.astimezone(self.situation.zone).date() if facts.start else facts.day


def _footprint(facts: TimeFacts) -> Footprint:
    return facts.person_id, place_of(facts), facts.start, facts.seconds
