"""How timeghost says no. Its throttling has several faces, seen in production; the documents name none of them.

Neither do they describe a refusal: read are sentences that begin with the name of a field, and the forms that ASP.NET gives by itself,
https://learn.microsoft.com/aspnet/core/web-api/handle-errors.
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
    422: FaultKind.REFUSED,
    429: FaultKind.THROTTLED,
}
PAUSE = 60.0  # the limit is counted by the minute
LONGEST_WORDS = 300
BY_FIELD = ("errors", "modelState", "ModelState")
VERBS = "is|are|must|may|can|cannot|should|has|needs"
# "users[1].role must be 0 or 1", "$filter cannot be read", "The header clientid is wrong"; not "Rate limit is exceeded".
ABOUT_A_FIELD = re.compile(rf"(?:The (?:field|header) )?(?P<name>\$[\w-]+(?= )|[a-z\[][\w.\[\]-]*(?= (?:{VERBS}) )) .+")
INDEX = re.compile(r"\[(\d+)\]")
AROUND = ("$.", "body.", "model.", "request.")  # how ASP.NET calls the whole body


def read_fault(status: int, headers: Mapping[str, str], answer: Any) -> Fault:
    fields = dict(_fields(answer))
    message = _words(answer) or " ".join(fields.values()) or f"timeghost answered {status}."
    if status == 429 or (status == 500 and "request rate is" in message.lower()):
        return Fault(FaultKind.THROTTLED, message, _seconds(headers) or PAUSE)
    if status in (408, 503) or (status == 404 and _is_page(headers)):
        return Fault(FaultKind.DOWN, message, _seconds(headers))
    kind = BY_STATUS.get(status, FaultKind.DOWN if status >= 500 else FaultKind.REFUSED)
    return Fault(kind, message, fields=fields if kind is FaultKind.REFUSED else {})


def _words(answer: Any) -> str:
    if isinstance(answer, str):
        return answer.strip()[:LONGEST_WORDS]
    if isinstance(answer, Mapping):
        found = answer.get("message") or answer.get("error") or answer.get("title") or ""
        return str(found.get("message", "") if isinstance(found, Mapping) else found)
    return ""


def _fields(answer: Any) -> Iterator[tuple[str, str]]:
    """What is said of single inputs, by their dotted names on the wire."""
    for part in re.split(r";|\n", _words(answer)):
        if found := ABOUT_A_FIELD.fullmatch(part.strip()):
            yield _place(found["name"]), part.strip()
    for group in BY_FIELD if isinstance(answer, Mapping) else ():
        told = answer.get(group)
        for name, sentences in told.items() if isinstance(told, Mapping) else ():
            yield _place(str(name)), " ".join(map(str, sentences)) if isinstance(sentences, list) else str(sentences)


def _place(name: str) -> str:
    """The dotted name on the wire of `users[1].role`, `$.users[1].role` or `Users[1].Role`.

    A leading number is left out: it counts the entries of a body that is a list, and ours have one.
    """
    for around in AROUND:
        name = name.removeprefix(around)
    first, *steps = INDEX.sub(r".\1", name).strip(".").split(".")
    return ".".join(step[:1].lower() + step[1:] for step in (steps if first.isdecimal() and steps else [first, *steps]))


def _is_page(headers: Mapping[str, str]) -> bool:
    """A 404 in HTML comes from the load balancer, not from timeghost; it passes."""
    return "html" in headers.get("content-type", "")


def _seconds(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None
