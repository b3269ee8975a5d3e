"""What the pages say of a trigger and its webhook, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from integrations.catalogue import Hooks, Watch
from integrations.connections.models import Connection
from integrations.operations.words import inputs_in_words
from integrations.providers import UnknownProvider
from integrations.records.cards import Line
from integrations.triggers.health import declared
from integrations.triggers.hooks.reach import can_be_reached, reach_words
from integrations.triggers.models import Subscription, Trigger

HookState = Subscription.State
STATES: Mapping[str, str] = {
    HookState.WAITING: "working",
    HookState.HANDSHAKE: "working",
    HookState.ACTIVE: "ok",
    HookState.SILENT: "attention",
    HookState.FAILED: "failed",
    HookState.OFF: "neutral",
    HookState.ENDING: "working",
    HookState.ORPHAN: "attention",
    HookState.ENDED: "neutral",
}
MEANINGS: Mapping[str, str] = {
    HookState.WAITING: "It is registered at {provider} in a moment.",
    HookState.HANDSHAKE: "It is registered. It works as soon as {provider} has sent its first request.",
    HookState.ACTIVE: "{provider} tells us what happens, so events come {soon}. Looks find what it misses.",
    HookState.SILENT: "Looks see changes that no delivery told of. It is set up anew by itself; until then looks find everything.",
    HookState.FAILED: "Until it works, looks find what happens.",
    HookState.ENDING: "It is removed at {provider} in a moment.",
    HookState.ORPHAN: "We cannot remove it ourselves. Whatever it still sends is refused.",
    HookState.ENDED: "It was removed at {provider}.",
}
COUNTED: Mapping[str, tuple[str, str]] = {
    "accepted": ("Accepted", ""),
    "replayed": ("Repeated", "Came twice or were old: accepted, and nothing done."),
    "forged": ("Forged", "Not proved to come from the provider: refused."),
    "malformed": ("Malformed", "Could not be read: refused."),
    "oversized": ("Too large", "Larger than 256 kB: refused."),
    "throttled": ("Too many", "More than 120 in a minute: refused for the moment."),
}


@dataclass(frozen=True)
class Webhook:
    """A subscription as its card shows it. Its address is a secret, and stands nowhere."""

    subscription: Subscription
    state: str
    text: str
    counters: list[tuple[str, int, str]]
    remove_help: str = ""

    @property
    def is_used(self) -> bool:
        return self.subscription.state != HookState.OFF

    @property
    def can_be_renewed(self) -> bool:
        return can_be_reached() and self.subscription.state not in {HookState.WAITING, HookState.ENDING, HookState.ENDED}


@dataclass(frozen=True)
class Quickness:
    """Whether a webhook makes a watch quick, and why not where it does not."""

    state: str
    word: str
    text: str


def hooks_of(connection: Connection) -> Hooks | None:
    """How its provider keeps webhooks; None where it has none, or is gone."""
    try:
        return connection.declaration.hooks
    except UnknownProvider:
        return None


def webhook_of(subscription: Subscription | None, connection: Connection) -> Webhook | None:
    """A webhook as it is shown; None where there is none."""
    if subscription is None:
        return None
    hooks = hooks_of(connection)
    text = reach_words() if subscription.state == HookState.OFF else MEANINGS.get(subscription.state, "")
    counters = [(label, getattr(subscription, name), title) for name, (label, title) in COUNTED.items()]
    said = text.format(provider=connection.provider_label, soon=how_soon(hooks))
    return Webhook(subscription, STATES[subscription.state], said, counters, hooks.remove_help if hooks else "")


def quickness_of(watch: Watch, connection: Connection) -> Quickness:
    """What makes events of a watch come soon, before it is set up."""
    provider = connection.provider_label
    hooks = hooks_of(connection)
    if watch.hook is None or hooks is None:
        return Quickness("neutral", "By looking", f"{provider} has no webhook for this. Looks alone find what happens.")
    if not can_be_reached():
        return Quickness("neutral", "By looking", reach_words())
    return Quickness("ok", "By webhook", f"{provider} tells us by a webhook, {how_soon(hooks)}. Looks find what it misses.")


def how_soon(hooks: Hooks | None) -> str:
    """One that is not believed has its list looked at, which happens once a minute at most."""
    return "within seconds" if hooks and hooks.deliveries.is_believed else "within a minute or two"


def narrowed_by(trigger: Trigger) -> list[Line]:
    """What narrows a trigger down, in words; picks that are left open say nothing. One query."""
    watch = declared(trigger)
    return inputs_in_words(trigger.connection, watch.inputs if watch else (), trigger.inputs)
