"""How a provider tells of changes by itself: the words for its webhooks. Plain functions of what arrived; nothing here speaks HTTP."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.catalogue.operations import Operation

Headers = Mapping[str, str]  # names in lower case
Secrets = Mapping[str, str]


@dataclass(frozen=True)
class Hook:
    """What to subscribe to for a watch: the topic, and the provider's word for each kind of change.

    `one` is the operation that gets the one record that a delivery names, with the input that takes its id; without it a delivery has the
    list looked at.
    """

    topic: str
    events: Mapping[str, str]
    one: str = ""
    one_as: str = ""


@dataclass(frozen=True)
class HookDraft:
    """A subscription to be made. `name` carries our mark; user name and password are for providers that send such with each delivery."""

    url: str
    name: str
    topic: str
    events: tuple[str, ...]
    user_name: str = ""
    password: str = ""


@dataclass(frozen=True)
class Told:
    """What a delivery says. `id` tells a repeated one apart, `at` is when it was sent; `record_id` and `parent_id` name what it is about.
    Empty where it does not tell.
    """

    event: str = ""
    id: str = ""
    at: datetime | None = None
    record_id: str = ""
    parent_id: str = ""


@dataclass(frozen=True)
class SignedDeliveries:
    """The provider makes the secret and shows it once, in a header of its first request, which is to be echoed. Each delivery then carries
    the hex HMAC-SHA256 of its raw body.
    """

    secret_header: str
    signature_header: str

    SECRET = "secret"  # noqa: S105  # the name of a secret, not one

    @property
    def is_believed(self) -> bool:
        """Whether a delivery that is accepted really comes from the provider, so that what it names may be asked for."""
        return True

    def handshake(self, headers: Headers) -> str:
        """The secret that the first request brings; empty in any other."""
        return headers.get(self.secret_header, "")

    def accepts(self, headers: Headers, body: bytes, secrets: Secrets) -> bool:
        """Whether the delivery is signed with our secret. Compared in constant time."""
        secret = secrets.get(self.SECRET, "")
        expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = headers.get(self.signature_header, "")
        return bool(secret) and hmac.compare_digest(expected.encode(), given.encode())


@dataclass(frozen=True)
class BasicDeliveries:
    """Each delivery carries the user name and the password that we made when we subscribed (RFC 7617). Nothing signs its body."""

    USER_NAME = "user_name"
    PASSWORD = "password"  # noqa: S105  # the name of a secret, not one

    @property
    def is_believed(self) -> bool:
        """Never: it only says that it is time to look."""
        return False

    def handshake(self, headers: Headers) -> str:
        return ""

    def accepts(self, headers: Headers, body: bytes, secrets: Secrets) -> bool:
        """Whether the delivery brings our credentials. Compared in constant time."""
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        expected = f"{secrets.get(self.USER_NAME, '')}:{secrets.get(self.PASSWORD, '')}".encode()
        return scheme.lower() == "basic" and bool(secrets.get(self.PASSWORD)) and hmac.compare_digest(given, expected)


@dataclass(frozen=True)
class Registered:
    """A subscription as a provider lists it."""

    name: str
    is_active: bool
    topic: str = ""


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """How subscriptions are made, kept and ended at a provider. Its operations are not offered to people.

    `registration` gives the inputs of `register` for a draft, `registered` the id of the answer (empty where there is none).
    `activation` gives the inputs of `activate` for the id and the secret of the handshake. Whether a subscription lives is told either by
    `get` (asked with its id as `get_as`; `is_alive` reads the answer) or by `list_all` (`listed` reads them all, told apart by their
    names). `remove_help` tells people how to remove one by hand, where `remove` is empty.
    """

    operations: tuple[Operation, ...]
    deliveries: SignedDeliveries | BasicDeliveries
    register: str
    registration: Callable[[HookDraft], dict[str, Any]]
    registered: Callable[[Any], str]
    read: Callable[[Any], Told]
    activate: str = ""
    activation: Callable[[str, str], dict[str, Any]] | None = None
    get: str = ""
    get_as: str = ""
    is_alive: Callable[[Any], bool] | None = None
    list_all: str = ""
    listed: Callable[[Any], list[Registered]] | None = None
    remove: str = ""
    remove_as: str = ""
    remove_help: str = ""
