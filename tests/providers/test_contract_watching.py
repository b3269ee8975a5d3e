"""What every provider keeps in what can be watched and in its webhooks, also one that is added later: nothing here names any."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import Hook, HookDraft, Hooks, Pick, Provider, Registered, Watch
from integrations.catalogue.fields import read_inputs
from integrations.catalogue.reading import moment, read
from tests.providers.examples import WORKSPACE, recording
from tests.providers.test_contract import PROVIDERS

WATCHES = [(provider, watch) for provider in PROVIDERS.values() for watch in provider.watches]
WITH_HOOKS = {name: provider for name, provider in PROVIDERS.items() if provider.hooks}

every_watch = pytest.mark.parametrize(("provider", "watch"), WATCHES, ids=lambda value: value.name)
every_provider_with_hooks = pytest.mark.parametrize("provider", WITH_HOOKS.values(), ids=WITH_HOOKS)


@every_watch
class TestWatching:
    def test_it_is_of_a_list_that_is_collected(self, provider: Provider, watch: Watch) -> None:
        assert watch.label
        assert provider.entity(watch.entity).collect

    def test_it_asks_for_nothing_that_has_no_beginning(self, provider: Provider, watch: Watch) -> None:
        """A trigger can be saved as its form first shows."""
        assert read_inputs(watch.asked, dict.fromkeys(_workspaces(watch), WORKSPACE))

    def test_its_filters_narrow_by_a_column_of_what_is_watched(self, provider: Provider, watch: Watch) -> None:
        for field in watch.inputs:
            if isinstance(field, Pick) and not field.workspace:
                assert provider.entity(watch.entity).column_of(field.entity), field.name

    def test_a_recorded_record_can_be_judged(self, provider: Provider, watch: Watch) -> None:
        data = recording(provider, provider.entity(watch.entity))
        assert watch.has_happened(data) in {True, False}
        for change, before, after in (("created", None, data), ("changed", data, data), ("removed", data, None)):
            assert watch.counts(change, before, after) in {True, False}
        if watch.moment is not None and (told := read(watch.moment, data)):
            assert moment(told), "a moment is told in ISO 8601"

    def test_a_record_that_says_little_can_be_judged_too(self, provider: Provider, watch: Watch) -> None:
        assert watch.has_happened({"id": "7"}) in {True, False}
        assert watch.moment is None or read(watch.moment, {"id": "7"}) is None

    def test_what_its_hook_gets_is_got_by_an_id(self, provider: Provider, watch: Watch) -> None:
        if watch.hook and watch.hook.one:
            request = provider.operation(watch.hook.one).request({watch.hook.one_as: "27"}, WORKSPACE)
            assert (request.method, request.body) == ("GET", None)


@every_provider_with_hooks
class TestHooks:
    def test_a_subscription_is_made_for_every_watch_that_has_a_hook(self, provider: Provider) -> None:
        hooks = _hooks(provider)
        for watch in provider.watches:
            if watch.hook:
                draft = HookDraft(
                    "https://us.example/hooks/1", "Ours · 7", watch.hook.topic, tuple(watch.hook.events.values()), "ada", "pw"
                )
                request = provider.operation(hooks.register).request(hooks.registration(draft), WORKSPACE)
                sent = json.dumps([request.path, request.body])
                assert draft.url in sent
                assert all(event in sent for event in draft.events)

    def test_what_a_subscription_is_proved_with_stands_in_no_address(self, provider: Provider) -> None:
        """Addresses are logged with each call."""
        hooks = _hooks(provider)
        hook = next(watch.hook for watch in provider.watches if watch.hook)
        paths = [provider.operation(hooks.register).request(hooks.registration(_draft(hook)), WORKSPACE).path]
        if hooks.activation:
            activated = provider.operation(hooks.activate).request(hooks.activation("27", "hush"), WORKSPACE)
            assert "hush" in json.dumps([activated.headers, activated.body])
            paths.append(activated.path)
        assert not [path for path in paths if "hush" in path]

    def test_whether_it_lives_is_asked_and_it_is_removed_by_its_id(self, provider: Provider) -> None:
        hooks = _hooks(provider)
        for name, given_as in ((hooks.get, hooks.get_as), (hooks.remove, hooks.remove_as), (hooks.list_all, "")):
            if name:
                assert provider.operation(name).request({given_as: "27"} if given_as else {}, WORKSPACE).path.startswith("/")
        assert hooks.remove or hooks.remove_help

    def test_its_operations_are_not_offered(self, provider: Provider) -> None:
        offered = {operation.name for operation in provider.operations}
        assert not [operation.name for operation in _hooks(provider).operations if operation.name in offered]


words = st.sampled_from(
    ["id", "event", "created_at", "payload", "task", "data", "project", "project_id", "webhook", "webhooks", "name", "status"]
)
deliveries = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | words,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, derandomize="CI" in os.environ)
@given(st.sampled_from(sorted(WITH_HOOKS)), deliveries)
def test_nothing_that_a_webhook_brings_is_too_odd_to_be_read(name: str, body: Any) -> None:
    hooks = _hooks(WITH_HOOKS[name])
    told = hooks.read(body)
    assert all(len(each) <= 128 and each.isprintable() for each in (told.id, told.record_id, told.parent_id))
    assert len(told.event) <= 64
    assert told.at is None or told.at.tzinfo
    assert len(hooks.registered(body)) <= 128
    assert hooks.is_alive is None or hooks.is_alive(body) in {True, False}
    assert hooks.listed is None or all(isinstance(each, Registered) for each in hooks.listed(body))


# --- What the tests above stand on -------------------------------------------------------------------------------------


def _workspaces(watch: Watch) -> list[str]:
    return [field.name for field in watch.inputs if isinstance(field, Pick) and field.workspace]


def _hooks(provider: Provider) -> Hooks:
    assert provider.hooks
    return provider.hooks


def _draft(hook: Hook) -> HookDraft:
    return HookDraft("https://us.example/hooks/1", "Ours · 7", hook.topic, tuple(hook.events.values()), "ada", "hush")
