"""How often a run is tried again whose call went wrong."""

from __future__ import annotations

from uuid import UUID

from integrations.operations.running import wait
from integrations.transport.errors import OverBudget, ProviderError, Throttled

MOST_ATTEMPTS = 5
MOST_WAITS = 30  # a call that was turned away was certainly not done; one that our own budget holds back waits as often as it must


def may_pass(run_id: UUID, failures: int, error: ProviderError) -> bool:
    """Whether the run is tried again after so many failures in a row. One that was held back or turned away was certainly not done, and
    waits.
    """
    if not isinstance(error, Throttled):
        return error.passes and failures < MOST_ATTEMPTS
    may_wait = isinstance(error, OverBudget) or failures < MOST_WAITS
    if may_wait:
        wait(run_id, error)
    return may_wait
