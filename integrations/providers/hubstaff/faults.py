"""How Hubstaff says no: `{code, error_code, error}`, with ranges of numbers. https://developer.hubstaff.com/docs/hubstaff_v2

What is wrong with an input is told in the words of Grape, the framework that Hubstaff is built with: `name is missing`,
`budget[rate] does not have a valid value`, several of them joined by commas. https://github.com/ruby-grape/grape#validation-errors
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
# A stale lock version is refused as bad input is. Neither its code nor its words are documented; as we always send a whole number,
# nothing else can be wrong with a lock version.
STALE = re.compile(r"\bstale|\block[ _]?version", re.IGNORECASE)
COMPLAINT = r"[a-z_]\w*(?:\[\w+\])* (?:is|are|does|do|must|has|have|can|cannot)\b"
BETWEEN = re.compile(rf", (?={COMPLAINT})")
BEGINNING = re.compile(COMPLAINT)


def read_fault(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    said = answer if isinstance(answer, Mapping) else {}
    message = str(said.get("error") or f"Hubstaff answered {status}.")
    kind = BY_STATUS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED)
    if kind is FaultKind.REFUSED and STALE.search(f"{said.get('code')} {message}"):
        kind = FaultKind.STALE
    retry_after = headers.get("retry-after", "")
    return Fault(
        kind,
        message,
        float(retry_after) if retry_after.isdecimal() else None,
        dict(complaints(message)) if kind is FaultKind.REFUSED else {},
    )


def complaints(message: str) -> Iterator[tuple[str, str]]:
    """What is said of single inputs: a dotted name on the wire, such as `members.0.role`, and a sentence."""
    for complaint in BETWEEN.split(message):
        if BEGINNING.match(complaint):
            name, _, words = complaint.partition(" ")
            yield name.replace("[", ".").replace("]", ""), f"This {words.rstrip('.')}."
