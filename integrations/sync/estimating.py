"""When a sync that runs is likely to be through. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True)
class Allowance:
    """What the budget of calls leaves: so many now, and `share` in each window of `seconds`."""

    left: int
    share: int
    seconds: int


@dataclass(frozen=True)
class Standing:
    """How far a sync is: since when it writes, steps done and planned, and until when it waits for calls, if it does."""

    began: datetime
    done: int
    planned: int
    resumes_at: datetime | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.planned - self.done)


def estimated_end(standing: Standing, allowance: Allowance | None, now: datetime) -> datetime | None:
    """None while nothing tells: before the first step, or when all are done. A step takes about one call."""
    if not standing.remaining:
        return None
    if standing.resumes_at or (allowance and standing.remaining > allowance.left):
        return _by_budget(standing, allowance, now)
    if not standing.done:
        return None
    return now + (now - standing.began) / standing.done * standing.remaining


def _by_budget(standing: Standing, allowance: Allowance | None, now: datetime) -> datetime | None:
    """In slices: what is left now, then a share with each window."""
    if allowance is None or not allowance.share:
        return None
    first = 0 if standing.resumes_at else allowance.left
    windows = ceil((standing.remaining - first) / allowance.share)
    begins = max(now, standing.resumes_at) if standing.resumes_at else now + timedelta(seconds=allowance.seconds)
    return begins + timedelta(seconds=allowance.seconds * (windows - 1))
