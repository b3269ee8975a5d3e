"""Checks what can be watched, and how the provider tells of it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from integrations.catalogue.check_fields import fields_mistakes
from integrations.catalogue.fields import OneOf, Pick
from integrations.catalogue.hooks import Hook, Hooks, SignedDeliveries
from integrations.catalogue.operations import Kind, Operation

if TYPE_CHECKING:
    from integrations.catalogue.provider import Provider, Watch

CHANGES = {"created", "changed", "removed"}
WRITES = {"register", "activate", "remove"}


def watch_mistakes(provider: Provider, watch: Watch) -> Iterator[str]:
    """What cannot stand in a watch."""
    if watch.entity not in provider.entity_by_name:
        yield f"watches {watch.entity!r}, which is no entity"
    if not watch.changes:
        yield "watches no change at all"
    yield from (f"{change!r} is no change; use {', '.join(sorted(CHANGES))}" for change in sorted({*watch.changes} - CHANGES))
    yield from (mistake.removeprefix(".") for mistake in fields_mistakes(provider, watch.asked))
    if watch.verb and not (watch.verb[0].islower() and watch.verb[-1].isalnum()):
        yield f"says {watch.verb!r}, which does not stand behind a title: begin in lower case, without a full stop"
    if watch.chosen_changes:
        yield from _chosen_changes(watch)
    if watch.hook:
        yield from (f"hook: {mistake}" for mistake in _hook(provider, watch, watch.hook))


def _chosen_changes(watch: Watch) -> Iterator[str]:
    chosen = next((field for field in watch.inputs if field.name == watch.chosen_changes), None)
    if not (isinstance(chosen, OneOf) and chosen.many):
        yield f"chooses its changes by {watch.chosen_changes!r}, which is no choice of several"
        return
    yield from (f"{chosen.name}: offers {change!r}, which is not watched" for change, _ in chosen.choices if change not in watch.changes)


def _hook(provider: Provider, watch: Watch, hook: Hook) -> Iterator[str]:
    if provider.hooks is None:
        yield "the provider declares no hooks"
    if not hook.events:
        yield "subscribes to no event"
    yield from (f"is told of {change!r}, which is not watched" for change in hook.events if change not in watch.changes)
    if hook.one or hook.one_as:
        yield from _gets(provider, "one", hook.one, hook.one_as, watch.entity)


def hooks_mistakes(provider: Provider, hooks: Hooks) -> Iterator[str]:
    """What cannot stand in how subscriptions are made, kept and ended."""
    yield from _called(provider, "register", hooks.register)
    if hooks.activate:
        yield from _called(provider, "activate", hooks.activate)
    if bool(hooks.activate) != bool(hooks.activation):
        yield "activate: goes together with an activation"
    yield from _looked_after(provider, hooks)
    yield from _removed(provider, hooks)
    if isinstance(hooks.deliveries, SignedDeliveries):
        headers = (hooks.deliveries.secret_header, hooks.deliveries.signature_header)
        yield from (f"deliveries: the header {name!r} is not in lower case" for name in headers if name != name.lower())
    used = {hooks.register, hooks.activate, hooks.get, hooks.list_all, hooks.remove}
    yield from (f"operations: nothing calls {operation.name!r}" for operation in hooks.operations if operation.name not in used)


def _looked_after(provider: Provider, hooks: Hooks) -> Iterator[str]:
    """Whether a subscription lives must be told, one way or the other."""
    if not (hooks.get or hooks.list_all):
        yield "get: nothing tells whether a subscription lives"
    if hooks.get:
        yield from _gets(provider, "get", hooks.get, hooks.get_as)
    if hooks.list_all:
        yield from _lists_all(provider, hooks.list_all)
    if bool(hooks.get) != bool(hooks.is_alive):
        yield "get: goes together with an is_alive"
    if bool(hooks.list_all) != bool(hooks.listed):
        yield "list_all: goes together with a listed"


def _lists_all(provider: Provider, name: str) -> Iterator[str]:
    yield from _called(provider, "list_all", name)
    operation = provider.callable_by_name.get(name)
    if operation and not operation.kind.reads:
        yield f"list_all: {name!r} writes"
    elif operation:
        yield from _asks_more("list_all", operation)


def _removed(provider: Provider, hooks: Hooks) -> Iterator[str]:
    if hooks.remove:
        yield from _called(provider, "remove", hooks.remove, takes=hooks.remove_as)
    elif not hooks.remove_help:
        yield "remove: neither an operation nor words say how a subscription is removed"


def _gets(provider: Provider, role: str, name: str, given_as: str, entity: str = "") -> Iterator[str]:
    """It must get one record, with nothing but its id."""
    yield from _called(provider, role, name, takes=given_as)
    operation = provider.callable_by_name.get(name)
    if operation and (operation.kind is not Kind.GET or entity not in ("", operation.entity)):
        yield f"{role}: {name!r} does not get one {entity or 'record'}"
    elif operation:
        yield from _asks_more(role, operation, given_as)


def _asks_more(role: str, operation: Operation, given: str = "") -> Iterator[str]:
    """What has to be known beside the workspace, which always is."""
    for field in operation.inputs:
        if field.required and field.name != given and not (isinstance(field, Pick) and field.workspace):
            yield f"{role}: {operation.name!r} asks for {field.name!r} too"


def _called(provider: Provider, role: str, name: str, takes: str = "") -> Iterator[str]:
    operation: Operation | None = provider.callable_by_name.get(name)
    if operation is None:
        yield f"{role}: {name!r} is no operation"
    elif takes not in {"", *(field.name for field in operation.inputs)}:
        yield f"{role}: {name!r} does not take the input {takes!r}"
    elif role in WRITES and operation.kind.reads:
        yield f"{role}: {name!r} only reads"
