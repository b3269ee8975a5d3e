"""Failures that wait for a request to happen to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import orjson
from starlette.responses import Response

STORE_THROTTLE = (
    '{"message": "Message: {\\"Errors\\":[\\"Request rate is large. More Request Units may be needed, '
    'so no changes were made. Please retry this request later.\\"]}"}'
)

ANSWERS: dict[str, tuple[int, str, str]] = {
    "500": (
        500,
        "application/json",
        '{"code": "internal_error", "error_code": 15001, "error": "Internal server error"}',
    ),
    "502": (502, "text/html", "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"),
    "503": (503, "text/html", "<html><head><title>503 Service Unavailable</title></head><body></body></html>"),
    "401": (401, "application/json", '{"code": "unauthorized", "error_code": 10001, "error": "The access token is not valid"}'),
    "429": (429, "application/json", '{"code": "rate_limit", "error_code": 13001, "error": "Rate limit exceeded"}'),
    "invalid_grant": (400, "application/json", '{"error": "invalid_grant", "error_description": "The refresh token is not known"}'),
    "408": (408, "text/plain", "Request Timeout"),
    "lb_404": (404, "text/html", "<html><head><title>404 Web Site not found.</title></head><body></body></html>"),
    "timeghost_throttle_500": (500, "application/json", STORE_THROTTLE),
    "html": (200, "text/html", "<html><head><title>Scheduled maintenance</title></head><body>Back soon.</body></html>"),
    "empty": (200, "application/json", ""),
    "broken_json": (200, "application/json", '{"tasks": [{"id": 1, "summ'),
    "redirect": (307, "text/html", ""),
}
"""Faults that answer something else: status, content type, body."""

HEADERS = {"redirect": {"location": "https://elsewhere.invalid/"}, "429": {"retry-after": "1"}}
"""The headers of an answer that has any: another host, which does not exist; when to come again."""


def nested(document: Any) -> Any:
    """Put each list of an answer into a list of its own."""
    if isinstance(document, dict):
        return {name: [value] if isinstance(value, list) else value for name, value in document.items()}
    return [document] if isinstance(document, list) else document


def numbered(document: Any) -> Any:
    """Put a number where a text should be, everywhere."""
    if isinstance(document, dict):
        return {name: numbered(value) for name, value in document.items()}
    if isinstance(document, list):
        return [numbered(one) for one in document]
    return len(document) if isinstance(document, str) else document


def emptied(document: Any) -> Any:
    """Take every row out of an answer: it is valid, and looks as if there were none."""
    return _shortened(document, lambda rows: [])


def halved(document: Any) -> Any:
    """Keep the first half of the rows, and say nothing of a next page."""
    return _shortened(document, lambda rows: rows[: len(rows) // 2])


def _shortened(document: Any, shorten: Callable[[list[Any]], list[Any]]) -> Any:
    if isinstance(document, dict):
        return {name: shorten(rows) if isinstance(rows, list) else rows for name, rows in document.items() if name != "pagination"}
    return shorten(document) if isinstance(document, list) else document


SPOILT: dict[str, Callable[[Any], Any]] = {
    "nested_list": nested,
    "number_for_text": numbered,
    "empty_list": emptied,
    "short_page": halved,
}
"""Faults that change the true answer's JSON."""

DROPPED = "drop_after_commit"
TRUNCATED = "truncated"
NAMES = frozenset({*ANSWERS, *SPOILT, DROPPED, TRUNCATED})


@dataclass
class Fault:
    """One failure in waiting: `skip` matching requests pass first, then it happens `times` times."""

    match: str
    fault: str
    times: int = 1
    skip: int = 0
    after_commit: bool = False

    @property
    def lets_it_happen(self) -> bool:
        """Whether the request does its work before its answer is lost or spoilt."""
        return self.after_commit or self.fault not in ANSWERS

    def answer(self) -> Response:
        """Return the answer given instead of the true one. Raises KeyError for faults that need the true one, and for those of the line."""
        status, media_type, body = ANSWERS[self.fault]
        return Response(body, status_code=status, media_type=media_type, headers=HEADERS.get(self.fault))

    def spoil(self, status: int, body: bytes) -> Response:
        """Return the true answer with its JSON spoilt. Raises KeyError for other faults."""
        change = SPOILT[self.fault]
        return Response(orjson.dumps(change(orjson.loads(body))) if body else b"", status_code=status, media_type="application/json")


@dataclass
class Faults:
    """The failures in waiting, oldest first."""

    waiting: list[Fault] = field(default_factory=list)

    def queue(self, faults: Iterable[Fault]) -> None:
        """Let these wait for their requests."""
        self.waiting.extend(faults)

    def forget(self) -> None:
        """Let nothing wait any more."""
        self.waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that happens to this request, used up by one, or None."""
        fault = next((fault for fault in self.waiting if fnmatchcase(f"{method} {path}", fault.match)), None)
        if fault is None:
            return None
        if fault.skip > 0:
            fault.skip -= 1
            return None
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.remove(fault)
        return fault
