"""Who a provider is: how one signs in, what it holds, what it can do, what can be watched, and how it says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from integrations.catalogue.entities import Entity
from integrations.catalogue.operations import Operation
from integrations.catalogue.parts import Parts


@dataclass(frozen=True)
class Address:
    """A base address, and the variable of the environment that replaces it."""

    variable: str
    default: str


class FaultKind(StrEnum):
    """The ways in which a call goes wrong, by what has to be done about it."""

    SIGNED_OUT = "signed_out"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    STALE = "stale"
    THROTTLED = "throttled"
    DOWN = "down"
    LOST = "lost"


@dataclass(frozen=True)
class Fault:
    """What an answer that is not a success means. `retry_after` is in seconds."""

    kind: FaultKind
    message: str
    retry_after: float | None = None


ReadFault = Callable[[int, Mapping[str, str], Any], Fault]


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A way to sign in."""

    name: str
    label: str
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class OAuth(SignIn):
    """OAuth 2.0 code flow with OpenID Connect discovery. Offered only where the operator has set the client's id."""

    issuer: Address
    discovery: str = "/.well-known/openid-configuration"
    client_id_variable: str
    client_secret_variable: str
    scopes: tuple[str, ...]
    scopes_variable: str = ""  # lets the operator ask for other scopes


@dataclass(frozen=True, kw_only=True)
class PersonalToken(SignIn):
    """A refresh token that the person makes; exchanged at the token endpoint for short-lived access tokens."""

    issuer: Address
    discovery: str = "/.well-known/openid-configuration"


@dataclass(frozen=True, kw_only=True)
class ApiKey(SignIn):
    """A secret sent as it is in a header."""

    header: str


@dataclass(frozen=True)
class RateLimit:
    """So many calls in so many seconds, counted for each `per`: the whole application or one connection."""

    calls: int
    seconds: int
    per: str


@dataclass(frozen=True)
class Account:
    """The person that a connection stands for over there."""

    id: str
    name: str
    email: str = ""


@dataclass(frozen=True)
class Workspace:
    """The container over there that all other records live in: an organization, a workspace."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """How a new connection finds out whose it is and which workspaces it reaches."""

    account_operation: str
    account: Callable[[Any], Account]
    workspaces_operation: str
    workspaces: Callable[[Any], list[Workspace]]


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A trigger: a change of an entity's records that a person can ask to be told of."""

    name: str
    label: str
    entity: str
    change: str  # created, changed or removed
    row: str | None = None
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A declared provider. It checks itself when it is made and reports every mistake at once."""

    name: str
    label: str
    website: str
    workspace_word: str  # what the provider calls a workspace
    address: Address
    sign_ins: tuple[SignIn, ...]
    identity: Identity
    limit: RateLimit
    read_fault: ReadFault
    entities: tuple[Entity, ...]
    operations: tuple[Operation, ...]
    parts: Parts | None = None
    watches: tuple[Watch, ...] = ()
    secret_keys: frozenset[str] = frozenset()  # removed from every answer before anything is stored or shown
    first_steps: str = ""  # what a person must have done over there before the first sign-in
    is_destination: bool = False  # tasks are worked on and time is tracked there: the right side of an integration

    def __post_init__(self) -> None:
        from integrations.catalogue.check import check

        check(self)

    @cached_property
    def entity_by_name(self) -> dict[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    @cached_property
    def operation_by_name(self) -> dict[str, Operation]:
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def watch_by_name(self) -> dict[str, Watch]:
        return {watch.name: watch for watch in self.watches}

    def entity(self, name: str) -> Entity:
        return self.entity_by_name[name]

    def operation(self, name: str) -> Operation:
        return self.operation_by_name[name]

    def sign_in(self, name: str) -> SignIn:
        return next(sign_in for sign_in in self.sign_ins if sign_in.name == name)
