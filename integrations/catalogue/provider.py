"""Who a provider is: how one signs in, what it holds, what it can do, what can be watched, and how it says no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from integrations.catalogue.entities import Entity
from integrations.catalogue.fields import Field, Moment, Number, OneOf, ShownWhen
from integrations.catalogue.hooks import Hook, Hooks
from integrations.catalogue.operations import Operation
from integrations.catalogue.parts import Parts
from integrations.catalogue.reading import Data, Source


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
    """What an answer that is not a success means. `retry_after` is in seconds; `fields` holds what is said of single inputs, by their
    dotted names on the wire.
    """

    kind: FaultKind
    message: str
    retry_after: float | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


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
    proof_scopes: tuple[str, ...] = ()  # what is asked of people who only prove who they are; empty: the same as of everybody


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


EVERY_WATCH = (
    Number(name="limit", label="Most in one cycle", asked_only=True, required=True, default=100, least=1, most=1000),
    OneOf(
        name="start",
        label="Start",
        asked_only=True,
        required=True,
        default="now",
        choices=(("now", "From now on"), ("since", "Since a moment"), ("everything", "With everything there is")),
    ),
    Moment(name="since", label="Since", asked_only=True, required=True, shown_when=ShownWhen("start", ("since",))),
)


@dataclass(frozen=True)
class KnownDifference:
    """Where a declaration departs from the vendor's published contract on purpose: `what` as the comparison words it."""

    operation: str
    what: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A trigger: changes of an entity's records that a person can ask to be told of.

    `when` tells, from the record before and after, which of these changes count; None stands for a side that there is not. What happens
    to a record `once` in its life is told once, however often it is corrected to and fro; so is what is created. `moment` says where the
    record tells when it happened over there. `standing` tells of a record that is there already whether this has happened to it; without
    it, whether it would count if it were created now. `verb` says what happened, behind the record's title, where its condition
    tells more than the kind of change does. `chosen_changes` names the input that narrows the changes down; an input that picks what the
    records belong to narrows to those that do.
    """

    name: str
    label: str
    entity: str
    changes: tuple[str, ...]
    when: Callable[[Data | None, Data | None], bool] | None = None
    once: bool = False
    moment: Source | None = None
    standing: Callable[[Data], bool] | None = None
    verb: str = ""
    inputs: tuple[Field, ...] = ()
    chosen_changes: str = ""
    hook: Hook | None = None
    row: str | None = None
    description: str = ""

    @property
    def asked(self) -> tuple[Field, ...]:
        """Its own inputs, and what every trigger asks: how many a cycle, and where to start."""
        return (*self.inputs, *EVERY_WATCH)

    def counts(self, change: str, before: Data | None, after: Data | None) -> bool:
        """Whether a change is one to tell of."""
        return change in self.changes and (self.when is None or self.when(before, after))

    def has_happened(self, data: Data) -> bool:
        """Whether it has happened to a record that is there already."""
        return self.standing(data) if self.standing else self.counts("created", None, data)

    def verb_of(self, change: str) -> str:
        """What happened to a record, said behind its title."""
        return self.verb or f"was {change}"

    def key_of(self, change: str, remote_id: str, change_id: int) -> str:
        """What names the event of a change: the same whether a poll or a webhook brought it, and however often it is read."""
        if self.once:
            return f"{self.entity}/{remote_id}/{self.name}"
        if change == "created" and self.when is None:
            return f"{self.entity}/{remote_id}/{change}"
        return f"{self.entity}/{remote_id}/{change}/{change_id}"


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
    hooks: Hooks | None = None
    secret_keys: frozenset[str] = frozenset()  # removed from every answer before anything is stored or shown
    first_steps: str = ""  # what a person must have done over there before the first sign-in
    known_differences: tuple[KnownDifference, ...] = ()
    is_destination: bool = False  # tasks are worked on and time is tracked there: the right side of an integration

    def __post_init__(self) -> None:
        from integrations.catalogue.check import check

        check(self)

    @cached_property
    def entity_by_name(self) -> dict[str, Entity]:
        return {entity.name: entity for entity in self.entities}

    @cached_property
    def operation_by_name(self) -> dict[str, Operation]:
        """What is offered to people."""
        return {operation.name: operation for operation in self.operations}

    @cached_property
    def callable_by_name(self) -> dict[str, Operation]:
        """What the portal can call: what is offered to people, and what keeps webhooks."""
        return {**self.operation_by_name, **{operation.name: operation for operation in (self.hooks.operations if self.hooks else ())}}

    @cached_property
    def watch_by_name(self) -> dict[str, Watch]:
        return {watch.name: watch for watch in self.watches}

    def entity(self, name: str) -> Entity:
        return self.entity_by_name[name]

    def operation(self, name: str) -> Operation:
        """One that the portal can call."""
        return self.callable_by_name[name]

    def sign_in(self, name: str) -> SignIn:
        return next(sign_in for sign_in in self.sign_ins if sign_in.name == name)
