"""Steps of time: how one piece on the left comes to be as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from integrations.catalogue import TimeFacts
from integrations.sync import reasons
from integrations.sync.placing import Piece
from integrations.sync.planning import Planning
from integrations.sync.situation import TimePair
from integrations.sync.steps import Step, StepKind
from integrations.sync.time_unknown import UnknownTimes, place_of


class TimeSteps:
    """Turns pieces into steps."""

    def __init__(self, planning: Planning) -> None:
        self.planning, self.situation = planning, planning.situation
        self.left, self.right = self.situation.left, self.situation.right
        self.left_person = {right: left for left, right in self.situation.people.items()}

    @cached_property
    def unknown(self) -> UnknownTimes:
        return UnknownTimes(self.situation)

    def lost(self, pair: TimePair) -> TimePair:
        """The pair with its answer that was lost, where the piece stands on the left. No piece is found twice."""
        found = self.unknown.exactly((self.left_person[pair.key.person_id], place_of(pair), pair.start, pair.seconds))
        return replace(pair, left_id=found.id) if found else pair

    def take_up(self, pieces: list[Piece], is_sure: bool) -> None:
        """Finds what stands on the left for the pieces of a person's day that no pair knows, as it is where our rows are gone. What is
        longer than it should be gets shorter only where that is `is_sure`.
        """
        wanted = [piece for piece in pieces if piece.pair is None and not piece.is_fixed]
        if not wanted or not self.unknown.of_day(self.left_person[wanted[0].key.person_id], wanted[0].key.day):
            return
        for find in (self.unknown.with_start, self.unknown.of_length, self.unknown.written_by_us):
            for piece in wanted:
                person = self.left_person[piece.key.person_id]
                if piece.pair is None and (found := find(person, piece, wanted)):
                    _take(piece, found, is_sure)

    # --- What shall stand ---------------------------------------------------------------------------------------------

    def of(self, piece: Piece) -> Iterator[Step]:
        pair = piece.pair
        if pair is not None and pair.left_id and not piece.is_found:
            yield from self._change(piece, pair)
            return
        found = pair if pair is None or piece.is_found else self.lost(_with_place(pair, piece))
        if found is not None and found.left_id:
            yield self._step(StepKind.ADOPT_TIME, "Take up", _as(piece, found), found)
            yield from self._change(piece, found)
        else:
            yield self._step(StepKind.ADD_TIME, "Write back", piece, None)

    def _change(self, piece: Piece, pair: TimePair) -> Iterator[Step]:
        if _pair_of(piece, pair.left_id) == _with_place(pair, piece):
            return
        if self._is_so_already(piece, pair):
            yield self._step(StepKind.ADOPT_TIME, "Take up", piece, pair)
        elif self.left.parts.time.update is not None:
            yield self._step(StepKind.UPDATE_TIME, "Correct to", piece, pair)
        else:
            grown = max(0, piece.seconds - pair.seconds)
            self.planning.leave_out(reasons.cannot(self.left.label, "correct tracked time"), str(piece.key), piece.link, grown)

    def _is_so_already(self, piece: Piece, pair: TimePair) -> bool:
        """Whether the answer to a correction was lost."""
        facts = self.left.times[pair.left_id].facts
        there = (facts.task_id, facts.project_id, facts.start, facts.seconds)
        return there == (piece.task_id, piece.project_id, piece.start, piece.seconds)

    def _step(self, kind: StepKind, verb: str, piece: Piece, pair: TimePair | None) -> Step:
        assert piece.start is not None
        return Step(
            kind=kind,
            side="left",
            title=f"{verb} {duration(piece.seconds)} of {self._person(piece)} on “{piece.name}”, {piece.key.day:%-d %B %Y}",
            link=piece.link,
            left_id=pair.left_id if pair else "",
            right_id=str(piece.key),
            name=piece.name,
            person_id=self.left_person[piece.key.person_id],
            task_id=piece.task_id,
            project_id=piece.project_id,
            start=piece.start,
            seconds=piece.seconds,
            grown=_growth(kind, piece, pair),
            values={
                "start": piece.start.isoformat(),
                "seconds": piece.seconds,
                "task_id": piece.task_id,
                "project_id": piece.project_id,
                "is_unsure": False,
            },
            before=self._words(pair.start, pair.seconds) if pair and kind is StepKind.UPDATE_TIME else {},
            after=self._words(piece.start, piece.seconds) | {"task": piece.name},
        )

    # --- What shall not stand any more --------------------------------------------------------------------------------

    def removals(self, pair: TimePair, link: str) -> Iterator[Step]:
        """The tracked time of a piece is gone for sure: so goes the piece, and where it is gone as well, what we know of it."""
        if not pair.left_id:
            pair = self.lost(pair)
        if pair.left_id in self.left.times:
            yield from self._delete(pair, link)
        elif not pair.left_id or pair.left_id in self.left.gone_times:
            yield self._without(StepKind.FORGET_TIME, "Forget", pair, link)

    def _delete(self, pair: TimePair, link: str) -> Iterator[Step]:
        if self.left.parts.time.delete is None:
            self.planning.leave_out(reasons.cannot(self.left.label, "delete tracked time"), str(pair.key), link)
            return
        yield self._without(StepKind.DELETE_TIME, "Delete", pair, link)

    def _without(self, kind: StepKind, verb: str, pair: TimePair, link: str) -> Step:
        facts = self.right.people.get(pair.key.person_id)
        person = facts.facts.name if facts else "somebody"
        return Step(
            kind=kind,
            side="left",
            title=f"{verb} {duration(pair.seconds)} of {person} on “{self._name(pair)}”, {pair.key.day:%-d %B %Y}: it is gone",
            link=link,
            left_id=pair.left_id,
            right_id=str(pair.key),
            name=self._name(pair),
            seconds=pair.seconds,
            grown=-pair.seconds if kind is StepKind.DELETE_TIME else 0,
            before=self._words(pair.start, pair.seconds),
        )

    def _name(self, pair: TimePair) -> str:
        task = self.right.tasks.get(pair.key.task_id) or self.left.tasks.get(pair.task_id)
        return task.facts.name if task else "a task that is gone"

    def _person(self, piece: Piece) -> str:
        person = self.right.people.get(piece.key.person_id)
        return person.facts.name if person else "somebody"

    def _words(self, start: datetime, seconds: int) -> dict[str, str]:
        return {"time": duration(seconds), "from": f"{start.astimezone(self.situation.zone):%H:%M}"}


def _pair_of(piece: Piece, left_id: str) -> TimePair:
    assert piece.start is not None
    return TimePair(piece.key, left_id, piece.start, piece.seconds, piece.task_id, piece.project_id)


def _take(piece: Piece, found: TimeFacts, is_sure: bool) -> None:
    """The piece is what was found: it keeps its place in the day, and is corrected where it differs."""
    assert found.start is not None
    piece.pair = TimePair(piece.key, found.id, found.start, found.seconds, found.task_id, found.project_id)
    piece.is_found = True
    piece.start = piece.start or found.start
    piece.seconds = piece.seconds if is_sure else max(piece.seconds, found.seconds)


def _growth(kind: StepKind, piece: Piece, pair: TimePair | None) -> int:
    """What is only taken up stands there already."""
    return 0 if kind is StepKind.ADOPT_TIME else piece.seconds - (pair.seconds if pair else 0)


def _with_place(pair: TimePair, piece: Piece) -> TimePair:
    """Pairs written before places were kept stand where they should."""
    return pair if pair.project_id else replace(pair, task_id=piece.task_id, project_id=piece.project_id)


def _as(piece: Piece, pair: TimePair) -> Piece:
    """The piece as it was written when its answer was lost."""
    return replace(piece, start=pair.start, seconds=pair.seconds, task_id=pair.task_id, project_id=pair.project_id)


def duration(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
