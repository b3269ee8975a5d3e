"""How Hubstaff says no: `{code, error_code, error}`, with ranges of numbers. https://developer.hubstaff.com/docs/hubstaff_v2"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import Fault, FaultKind

BY_STATUS = {
    400: FaultKind.REFUSED,
    401: FaultKind.SIGNED_OUT,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    409: FaultKind.STALE,
    422: FaultKind.REFUSED,
    429: FaultKind.THROTTLED,
}


def read_fault(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    words = answer.get("error") if isinstance(answer, Mapping) else None
    message = str(words or f"Hubstaff answered {status}.")
    kind = BY_STATUS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED)
    # A stale lock version is refused as bad input; only its words tell it apart.
    if kind is FaultKind.REFUSED and "lock" in message.lower():
        kind = FaultKind.STALE
    retry_after = headers.get("retry-after", "")
    return Fault(kind, message, float(retry_after) if retry_after.isdecimal() else None)
