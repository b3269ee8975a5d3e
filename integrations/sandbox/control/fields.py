"""Reads the bodies of control requests."""

from typing import Any

from starlette.responses import Response

from integrations.sandbox.exchange import Call, JsonAnswer, Refusal
from integrations.sandbox.store import Body


class Refused(Refusal):
    """A control request that makes no sense."""

    def __init__(self, error: str, status: int = 400) -> None:
        """Refuse with words for the developer who sent it."""
        super().__init__(error)
        self.error, self.status = error, status

    def answer(self) -> Response:
        """Return the refusal."""
        return JsonAnswer({"error": self.error}, status_code=self.status)


def body(call: Call) -> Body:
    """Return the body, an object; none at all counts as an empty one. Raises Refused for anything else."""
    if not call.content:
        return {}
    try:
        document = call.document()
    except ValueError:
        raise Refused("The body is not valid JSON") from None
    if not isinstance(document, dict):
        raise Refused("The body must be an object")
    return document


def need(given: Body, name: str) -> Any:
    """Return a field that must be there. Raises Refused otherwise."""
    if given.get(name) in (None, ""):
        raise Refused(f"{name} is missing")
    return given[name]


def whole(value: Any, name: str) -> int:
    """Return a value as a whole number. Raises Refused for anything else."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(f"{name} must be a whole number") from None


def done(**more: object) -> Response:
    """Answer that it is done."""
    return JsonAnswer({"ok": True, **more})
