"""How timeghost says no. Its throttling has several faces, seen in production; the documents name none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import Fault, FaultKind

BY_STATUS = {
    400: FaultKind.REFUSED,
    401: FaultKind.SIGNED_OUT,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    422: FaultKind.REFUSED,
    429: FaultKind.THROTTLED,
}
PAUSE = 60.0  # the limit is counted by the minute


def read_fault(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    message = _words(answer) or f"timeghost answered {status}."
    if status == 429 or (status == 500 and "request rate is" in message.lower()):
        return Fault(FaultKind.THROTTLED, message, _seconds(headers) or PAUSE)
    if status in (408, 503) or (status == 404 and _is_page(headers)):
        return Fault(FaultKind.DOWN, message, _seconds(headers))
    return Fault(BY_STATUS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED), message)


def _words(answer: Any) -> str:
    if isinstance(answer, str):
        return answer.strip()[:300]
    if isinstance(answer, Mapping):
        found = answer.get("message") or answer.get("error") or answer.get("title") or ""
        return str(found.get("message", "") if isinstance(found, Mapping) else found)
    return ""


def _is_page(headers: Mapping[str, str]) -> bool:
    """A 404 in HTML comes from the load balancer, not from timeghost; it passes."""
    return "html" in headers.get("content-type", "")


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
