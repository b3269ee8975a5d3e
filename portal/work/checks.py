"""What must be set so that work is never given away while somebody is still at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

LEAST = 5  # seconds: with less, work is given away while it is merely looked up
ENOUGH = 120  # seconds: the longest call to a provider, and what is done around it
HINT = f"A single call to a provider may take 75 seconds. Leave it at 300, or set at least {ENOUGH}."


def lease_seconds(**_: Any) -> list[CheckMessage]:
    """A lease that ends during a call would let two workers write the same. The sandbox answers at once, so there a short one is fine."""
    if settings.DEMONSTRATION or settings.TESTING:
        return []
    if settings.LEASE_SECONDS < LEAST:
        return [Error(f"LEASE_SECONDS is below {LEAST}.", hint=HINT, id="work.E001")]
    if settings.LEASE_SECONDS < ENOUGH:
        return [Warning(f"LEASE_SECONDS is below {ENOUGH}.", hint=HINT, id="work.W001")]
    return []
