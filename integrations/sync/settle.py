"""Which of two values counts, where both sides may have changed theirs since they were last in step."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TypeVar

Value = TypeVar("Value")


class Verdict(Enum):
    """`LEFT` and `RIGHT`: that side's value goes to the other. `CONFLICT`: nobody knows, a person has to say."""

    IN_STEP = "in step"
    LEFT = "left"
    RIGHT = "right"
    CONFLICT = "conflict"


def settle(base: Value | None, left: Value, right: Value, left_at: datetime | None = None, right_at: datetime | None = None) -> Verdict:
    """`base` is the value that both had last, None where they never were in step; the moments are when each record was changed.

    The side that changed wins; where both did, the later one; where nobody can tell the later one, it is a conflict.
    """
    if left == right:
        return Verdict.IN_STEP
    if base == right:
        return Verdict.LEFT
    if base == left:
        return Verdict.RIGHT
    return later(left_at, right_at)


def later(left_at: datetime | None, right_at: datetime | None) -> Verdict:
    """The side that was changed later."""
    if left_at is None or right_at is None or left_at == right_at:
        return Verdict.CONFLICT
    return Verdict.LEFT if left_at > right_at else Verdict.RIGHT


def found_base(left: Value, right: Value, verdict: Verdict) -> Value | None:
    """What counts as last in step for two values that were just found to belong together: the value that lost, so that the other one wins
    however often the plan is made anew; none where nobody can tell.
    """
    if left == right:
        return left
    return {Verdict.LEFT: right, Verdict.RIGHT: left}.get(verdict)
