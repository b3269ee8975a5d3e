"""How a destination fares: failing, disabled, resting, well again; and when a try that failed is made again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from integrations.automations.messages import Outcome
from integrations.automations.models import Destination

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600))
MOST_TRIES = len(WAITS) + 1
JITTER = 0.1  # of the wait, so that what failed together does not come together again
SHORTEST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=10)
LONGEST_QUIET = max(WAITS) * (1 + JITTER) + timedelta(hours=1)  # between two failures of one stretch: the longest wait, and a queue
LONG = 5  # seconds: a try that takes longer keeps a worker from the others
LONGEST_TRY = timedelta(seconds=20)  # with what comes before and after the request
DISABLED = "It failed for {days} days and was disabled. Mend it, then enable it: what waits is delivered then."
UNWANTED = "It was disabled, because it wants no more deliveries (410). Enable it if it does again."


def again_at(tries: int, now: datetime) -> datetime | None:
    """When the next try is due after so many; None where there is none."""
    if tries >= MOST_TRIES:
        return None
    return now + WAITS[max(tries, 1) - 1] * random.uniform(1, 1 + JITTER)


def may_be_asked(destination: Destination, now: datetime) -> bool:
    """Whether a try may begin. After a rest one goes ahead, and the others wait for what comes of it. Needs it held."""
    if destination.rests_until is None:
        return True
    if destination.rests_until > now:
        return False
    destination.rests_until = now + LONGEST_TRY
    destination.save(update_fields=["rests_until"])
    return True


def note_success(destination: Destination, seconds: float, now: datetime) -> None:
    """It takes deliveries. One that was disabled meanwhile stays so. Needs it held."""
    destination.delivered_at = now
    destination.rests_until = now + SHORTEST_REST if seconds > LONG else None
    if destination.state == Destination.State.FAILING:
        destination.state, destination.problem = Destination.State.OK, ""
        destination.failing_since = destination.failed_at = None
    _save(destination)


def note_failure(destination: Destination, outcome: Outcome, seconds: float, now: datetime) -> None:
    """It did not take one. A webhook that wants no more, or failed for days, is disabled; a mail server is ours to mend, so mail goes on.
    Needs it held.
    """
    if destination.state == Destination.State.DISABLED:
        return
    destination.state, destination.problem = Destination.State.FAILING, outcome.problem
    destination.failing_since, destination.failed_at = _failing_since(destination, now), now
    failing_for = now - destination.failing_since
    destination.rests_until = now + _rest(failing_for) if outcome.status is None or seconds > LONG else None
    if outcome.is_unwanted:
        _disable(destination, UNWANTED, now)
    elif failing_for >= destination.fails_for and destination.kind == Destination.Kind.WEBHOOK:
        _disable(destination, DISABLED.format(days=destination.fails_for.days), now)
    _save(destination)


def _failing_since(destination: Destination, now: datetime) -> datetime:
    """Since when it has failed without a break. Time in which nothing was tried does not count: it may have been well then."""
    if destination.failing_since is None or destination.failed_at is None or now - destination.failed_at > LONGEST_QUIET:
        return now
    return destination.failing_since


def _rest(failing_for: timedelta) -> timedelta:
    """How long one that does not answer, or takes long, is left alone: waiting for it takes a worker's time, which is everybody's. Always
    less than the wait of the delivery that found it out.
    """
    return min(max(failing_for / 4, SHORTEST_REST), LONGEST_REST)


def _disable(destination: Destination, problem: str, now: datetime) -> None:
    destination.state, destination.problem, destination.disabled_at = Destination.State.DISABLED, problem, now


def _save(destination: Destination) -> None:
    destination.save(update_fields=["state", "problem", "failing_since", "failed_at", "disabled_at", "rests_until", "delivered_at"])
