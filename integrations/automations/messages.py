"""What is sent to a webhook: the body that tells of an event, signed (https://www.standardwebhooks.com; docs/receiving-events.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

import orjson
from django.conf import settings
from django.utils import timezone

from integrations.automations.models import Delivery, Destination, SampleMessage
from integrations.automations.signing import signed
from integrations.connections.sealing import SealBroken
from integrations.transport.outgoing import NotAnswered, Reply, post
from integrations.triggers.models import Event

LARGEST_NUMBER, SMALLEST_NUMBER = 2**64 - 1, -(2**63)  # that readers of JSON take as it is
LONGEST_BODY = 4096  # characters that are kept of an answer
LONGEST_HEADER, MOST_HEADERS = 1000, 60
NO_TEXT = "This event cannot be written down as a message: its record is nested too deeply."
SEAL_BROKEN = "The secret that signs cannot be opened any more. Give this destination a new one."


@dataclass(frozen=True)
class Outcome:
    """What came of sending something. `is_unwanted`: the receiver wants no more of it. `may_pass`: another try could go better."""

    arrived: bool
    problem: str = ""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    is_unwanted: bool = False
    may_pass: bool = True

    def fields(self, seconds: float) -> dict[str, Any]:
        """As an `Exchange` keeps it."""
        return {
            "milliseconds": round(seconds * 1000),
            "ended_at": timezone.now(),
            "status": self.status,
            "problem": self.problem,
            "response_headers": self.headers,
            "response_body": self.body,
        }


class Outgoing(Protocol):
    """Something that is ready to be sent."""

    @property
    def headers(self) -> dict[str, str]: ...

    @property
    def body(self) -> str: ...

    def send(self) -> Outcome: ...


@dataclass(frozen=True)
class Post:
    """A signed request."""

    url: str
    headers: dict[str, str]
    body: str

    def send(self) -> Outcome:
        try:
            return outcome_of(post(self.url, self.headers, self.body.encode(), settings.OUTGOING_HOSTS))
        except NotAnswered as error:
            return Outcome(False, str(error))


@dataclass(frozen=True)
class Unsendable:
    """What cannot be sent, and why."""

    problem: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    may_pass: bool = True

    def send(self) -> Outcome:
        return Outcome(False, self.problem, may_pass=self.may_pass)


def post_of(delivery: Delivery, destination: Destination) -> Outgoing:
    """The request that tells a webhook of an event. Needs the event's trigger with its connection."""
    try:
        body = body_of(delivery.event)
    except orjson.JSONEncodeError:
        return Unsendable(NO_TEXT, may_pass=False)
    return _post(destination, delivery.message_id, body)


def sample_post(sample: SampleMessage, destination: Destination) -> Outgoing:
    """A request that tells of no event."""
    data = {"destination": destination.name, "message": "This is a test from Timebridge. It tells of no event."}
    body = {"type": "test", "timestamp": sample.asked_at, "data": data}
    return _post(destination, sample.message_id, orjson.dumps(body, option=orjson.OPT_UTC_Z).decode())


def body_of(event: Event) -> str:
    """An event as receivers read it: the same at each try, but for the names of its trigger and its connection, which people may change.
    Raises `orjson.JSONEncodeError` for what is nested deeper than readers of JSON go.
    """
    connection = event.trigger.connection
    body = {
        "type": f"{connection.provider}.{event.entity}.{event.kind}",
        "timestamp": event.happened_at,
        "data": {
            "id": event.pk,
            "trigger": {"id": event.trigger_id, "name": event.trigger.name},
            "connection": {"id": connection.pk, "name": connection.name},
            "entity": event.entity,
            "remote_id": event.remote_id,
            "title": event.title,
            "kind": event.kind,
            "before": _readable(event.before),
            "after": _readable(event.after),
            "happened_at": event.happened_at,
            "moment": event.moment,
        },
    }
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()


def _readable(value: Any) -> Any:
    """The same with numbers that are too large for readers of JSON as text, so that no digit is lost."""
    if isinstance(value, dict):
        return {name: _readable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    is_too_large = isinstance(value, int) and not SMALLEST_NUMBER <= value <= LARGEST_NUMBER
    return str(value) if is_too_large else value


def outcome_of(reply: Reply) -> Outcome:
    """What an answer means: 2xx is success, 410 says that nothing more is wanted, everything else is tried again."""
    arrived = HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES
    headers = {name: value[:LONGEST_HEADER] for name, value in list(reply.headers.items())[:MOST_HEADERS]}
    text = reply.body.decode("utf-8", "replace").replace("\0", "")[:LONGEST_BODY]
    problem = "" if arrived else _problem(reply.status)
    return Outcome(arrived, problem, reply.status, headers, text, is_unwanted=reply.status == HTTPStatus.GONE)


def _post(destination: Destination, message_id: str, body: str) -> Outgoing:
    now: datetime = timezone.now()
    try:
        proof = signed(destination, message_id, body, now)
    except SealBroken:
        return Unsendable(SEAL_BROKEN)
    return Post(destination.url, {"content-type": "application/json", **proof}, body)


def _problem(status: int) -> str:
    if status == HTTPStatus.GONE:
        return "It answered 410: it wants no more deliveries."
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"It answered {status} and leads elsewhere. Redirects are not followed: give the address where it leads."
    return f"It answered {status}."
