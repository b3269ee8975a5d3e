"""What a delivery's body says, read with care: never more than it may be long, and nothing that the database could not keep."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest

from integrations.catalogue import Hooks, Told
from integrations.triggers.models import Notice

LARGEST = 256 * 1024  # bytes; what providers send takes a few thousand
NUL = "\0"


class Malformed(ValueError):
    """A body that is no delivery."""


def read_body(request: HttpRequest) -> bytes | None:
    """The body, None where it is too large. One that says so is not read at all, of any other no more than is needed to see it."""
    if _length_said(request) > LARGEST:
        return None
    stream, parts, wanted = _stream(request), [], LARGEST + 1
    while wanted and (part := stream.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts) if wanted else None


def read_told(hooks: Hooks, body: bytes) -> Told:
    """What a body tells, in the provider's reading. Raises `Malformed`."""
    try:
        data = orjson.loads(body)
        if not _is_delivery(data):
            raise Malformed("no object")
        told = hooks.read(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Malformed(type(error).__name__) from error
    if not _fits(told):
        raise Malformed("a word that is too long")
    return told


def _is_delivery(data: Any) -> bool:
    """Whether it is an object, or several: what timeghost sends is not documented."""
    return isinstance(data, dict) or (isinstance(data, list) and bool(data) and all(isinstance(each, dict) for each in data))


def _fits(told: Told) -> bool:
    """Whether it can be kept as it is: a word that was cut off could be mistaken for another."""
    kept = {"delivery_id": told.id, "event": told.event, "record_id": told.record_id, "parent_id": told.parent_id}
    return not any(len(word) > _longest(name) or NUL in word for name, word in kept.items())


def _longest(name: str) -> int:
    return int(getattr(Notice._meta.get_field(name), "max_length", 0))


def _length_said(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


def _stream(request: HttpRequest) -> Any:
    """Where the body comes from. Django reads none that does not say how long it is; a server that marks its end lets us read it."""
    unsaid = not request.META.get("CONTENT_LENGTH") and request.META.get("wsgi.input_terminated")
    return request.META["wsgi.input"] if unsaid else request
