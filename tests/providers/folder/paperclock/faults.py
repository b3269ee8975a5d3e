"""How Paperclock says no: `{"oops": "words"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import Fault, FaultKind

BY_STATUS = {401: FaultKind.SIGNED_OUT, 403: FaultKind.FORBIDDEN, 404: FaultKind.NOT_FOUND, 429: FaultKind.THROTTLED}


def read_fault(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    words = answer.get("oops") if isinstance(answer, Mapping) else None
    kind = BY_STATUS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED)
    seconds = headers.get("retry-after", "")
    return Fault(kind, str(words or f"Paperclock answered {status}."), float(seconds) if seconds.isdecimal() else None)
