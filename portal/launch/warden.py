"""Outlives a launcher that was killed with `kill -9`, and ends what it left behind.

The launcher writes `watch GROUP SIGNAL` and `release GROUP` to its input. When that input closes, the launcher is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

PATIENCE = 10.0


def end_groups(groups: Mapping[int, int], reap: Callable[[], object] = lambda: None) -> None:
    """Tell each group's leader to end, wait until all members are gone, and kill those that stay."""
    for group, ending in groups.items():
        _ask(group, ending)
    deadline = time.monotonic() + PATIENCE
    while _any_lives(groups, reap) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        _send(group, signal.SIGKILL)
    reap()


def watch(orders: Iterable[str]) -> dict[int, int]:
    """Follow the launcher's orders to their end; return the groups that it did not release."""
    groups: dict[int, int] = {}
    for order in orders:
        verb, group, *ending = order.split()
        if verb == "watch":
            groups[int(group)] = int(ending[0])
        else:
            groups.pop(int(group), None)
    return groups


def _any_lives(groups: Iterable[int], reap: Callable[[], object]) -> bool:
    reap()
    return any(_send(group, 0) for group in groups)


def _ask(group: int, ending: int) -> None:
    try:
        # A leader ends its own workers. Told all at once, Celery's would be replaced while they leave.
        os.kill(group, ending)
    except ProcessLookupError:
        _send(group, ending)


def _send(group: int, number: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    end_groups(watch(sys.stdin))
