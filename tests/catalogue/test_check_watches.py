"""What cannot stand in what is watched, and in how the provider tells of it by itself: each mistake by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.catalogue import (
    BasicDeliveries,
    Hook,
    Hooks,
    Kind,
    OneOf,
    Operation,
    Pick,
    Place,
    Provider,
    Registered,
    SignedDeliveries,
    Text,
    Told,
    Watch,
)
from tests.catalogue.test_check import GET, LIST, SOUND, THING, mistakes

HOUSE = Pick(name="house", label="House", place=Place.PATH, entity="thing", required=True, workspace=True)
ID = Text(name="id", label="Id", place=Place.PATH, required=True)
GET_ONE = Operation(
    name="get_thing", label="Get", entity="thing", kind=Kind.GET, method="GET", path="/{house}/things/{id}", inputs=(HOUSE, ID)
)
REGISTER = Operation(
    name="register",
    label="Register",
    entity="thing",
    kind=Kind.CREATE,
    method="POST",
    path="/hooks",
    inputs=(Text(name="url", label="URL"),),
)
REMOVE = replace(REGISTER, name="remove", kind=Kind.DELETE, method="DELETE", path="/hooks/{id}", inputs=(ID,))
CHECK = replace(GET_ONE, name="get_hook", path="/{house}/hooks/{id}")
HOOKS = Hooks(
    operations=(REGISTER, REMOVE, CHECK),
    deliveries=BasicDeliveries(),
    register="register",
    registration=lambda draft: {"url": draft.url},
    registered=str,
    read=lambda body: Told(),
    get="get_hook",
    get_as="id",
    is_alive=bool,
    remove="remove",
    remove_as="id",
)
HOOK = Hook("thing", {"created": "thing.made"}, one="get_thing", one_as="id")
WATCH = Watch(name="made", label="Made", entity="thing", changes=("created",), hook=HOOK)
OPERATIONS = (LIST, GET, GET_ONE)


def wrong(watch: Watch = WATCH, hooks: Hooks | None = HOOKS) -> list[str]:
    return mistakes(operations=OPERATIONS, watches=(watch,), hooks=hooks)


def with_hook(**changed: Any) -> list[str]:
    return wrong(replace(WATCH, hook=replace(HOOK, **changed)))


def with_hooks(**changed: Any) -> list[str]:
    return wrong(hooks=replace(HOOKS, **changed))


def test_a_sound_declaration_calls_its_hooks_operations_and_does_not_offer_them() -> None:
    provider = Provider(**{**SOUND, "operations": OPERATIONS, "watches": (WATCH,), "hooks": HOOKS})
    assert provider.operation("register") is REGISTER
    assert REGISTER not in provider.operations


def test_a_hook_needs_hooks() -> None:
    assert wrong(hooks=None) == ["clock.made: hook: the provider declares no hooks"]


def test_a_hook_tells_of_what_is_watched() -> None:
    assert with_hook(events={}) == ["clock.made: hook: subscribes to no event"]
    assert with_hook(events={"removed": "thing.gone"}) == ["clock.made: hook: is told of 'removed', which is not watched"]


def test_a_hook_gets_one_record_by_its_id_alone() -> None:
    assert with_hook(one="get_nothing") == ["clock.made: hook: one: 'get_nothing' is no operation"]
    assert with_hook(one="") == ["clock.made: hook: one: '' is no operation"]
    assert with_hook(one_as="name") == [
        "clock.made: hook: one: 'get_thing' does not take the input 'name'",
        "clock.made: hook: one: 'get_thing' asks for 'id' too",
    ]
    assert with_hook(one="list_things", one_as="") == ["clock.made: hook: one: 'list_things' does not get one thing"]
    assert with_hook(one_as="") == ["clock.made: hook: one: 'get_thing' asks for 'id' too"]


def test_a_hook_gets_a_record_of_what_is_watched() -> None:
    other = replace(THING, name="other")
    watch = replace(WATCH, entity="other")
    found = mistakes(entities=(THING, other), operations=OPERATIONS, watches=(watch,), hooks=HOOKS)
    assert found == ["clock.made: hook: one: 'get_thing' does not get one other"]


def test_changes_are_chosen_by_a_choice_of_several() -> None:
    choice = OneOf(name="run_on", label="Run on", many=True, choices=(("created", "Created"),))
    assert Provider(**{**SOUND, "watches": (replace(WATCH, hook=None, inputs=(choice,), chosen_changes="run_on"),)})
    sentence = "clock.made: chooses its changes by 'run_on', which is no choice of several"
    assert wrong(replace(WATCH, chosen_changes="run_on")) == [sentence]
    assert wrong(replace(WATCH, inputs=(replace(choice, many=False),), chosen_changes="run_on")) == [sentence]
    assert wrong(replace(WATCH, inputs=(Text(name="run_on", label="Run on"),), chosen_changes="run_on")) == [sentence]
    strange = replace(choice, choices=(("created", "Created"), ("removed", "Removed")))
    assert wrong(replace(WATCH, inputs=(strange,), chosen_changes="run_on")) == [
        "clock.made: run_on: offers 'removed', which is not watched"
    ]


@pytest.mark.parametrize("verb", ["Was made", "was made."])
def test_what_happened_stands_behind_a_title(verb: str) -> None:
    assert Provider(**{**SOUND, "watches": (replace(WATCH, verb="was made", hook=None),)})
    sentence = f"clock.made: says {verb!r}, which does not stand behind a title: begin in lower case, without a full stop"
    assert wrong(replace(WATCH, verb=verb, hook=None)) == [sentence]


def test_a_watch_has_changes() -> None:
    assert wrong(replace(WATCH, changes=(), hook=None)) == ["clock.made: watches no change at all"]


@pytest.mark.parametrize("role", ["register", "get", "remove"])
def test_hooks_call_operations(role: str) -> None:
    assert f"clock.hooks.{role}: 'nothing' is no operation" in with_hooks(**{role: "nothing"})


def test_hooks_write_what_is_to_be_written() -> None:
    assert with_hooks(register="get_hook") == [
        "clock.hooks.register: 'get_hook' only reads",
        "clock.hooks.operations: nothing calls 'register'",
    ]
    assert with_hooks(remove="list_things", remove_as="") == [
        "clock.hooks.remove: 'list_things' only reads",
        "clock.hooks.operations: nothing calls 'remove'",
    ]
    assert with_hooks(list_all="register", listed=list) == ["clock.hooks.list_all: 'register' writes"]


def test_hooks_name_inputs_that_their_operations_take() -> None:
    assert with_hooks(remove_as="name") == ["clock.hooks.remove: 'remove' does not take the input 'name'"]
    assert "clock.hooks.get: 'get_hook' does not take the input 'name'" in with_hooks(get_as="name")


def test_activation_is_declared_whole() -> None:
    activate = replace(REGISTER, name="activate", path="/hooks/{id}/activate", inputs=(ID,))
    sound: dict[str, Any] = {
        "operations": (*HOOKS.operations, activate),
        "activate": "activate",
        "activation": lambda hook, secret: {"id": hook},
    }
    assert Provider(**{**SOUND, "operations": OPERATIONS, "watches": (WATCH,), "hooks": replace(HOOKS, **sound)})
    sentence = "clock.hooks.activate: goes together with an activation"
    assert with_hooks(**{**sound, "activation": None}) == [sentence]
    assert with_hooks(activation=sound["activation"]) == [sentence]
    assert with_hooks(activate="activate", activation=sound["activation"]) == ["clock.hooks.activate: 'activate' is no operation"]


def test_somebody_tells_whether_a_subscription_lives() -> None:
    nobody = with_hooks(operations=(REGISTER, REMOVE), get="", get_as="", is_alive=None)
    assert nobody == ["clock.hooks.get: nothing tells whether a subscription lives"]
    assert with_hooks(is_alive=None) == ["clock.hooks.get: goes together with an is_alive"]
    assert with_hooks(listed=lambda answer: [Registered("x", True)]) == ["clock.hooks.list_all: goes together with a listed"]
    assert with_hooks(list_all="get_thing", listed=list) == ["clock.hooks.list_all: 'get_thing' asks for 'id' too"]


def test_somebody_says_how_a_subscription_is_removed() -> None:
    assert with_hooks(operations=(REGISTER, CHECK), remove="", remove_as="") == [
        "clock.hooks.remove: neither an operation nor words say how a subscription is removed"
    ]
    by_hand = replace(HOOKS, operations=(REGISTER, CHECK), remove="", remove_as="", remove_help="In the settings.")
    assert Provider(**{**SOUND, "operations": OPERATIONS, "watches": (WATCH,), "hooks": by_hand})


def test_every_operation_of_the_hooks_is_called_and_stands() -> None:
    idle = replace(REGISTER, name="idle", path="nowhere")
    assert with_hooks(operations=(*HOOKS.operations, idle)) == [
        "clock.idle: the path 'nowhere' must start with /",
        "clock.hooks.operations: nothing calls 'idle'",
    ]
    assert with_hooks(operations=(*HOOKS.operations, GET)) == [
        "clock.operation 'get_me': declared 2 times",
        "clock.hooks.operations: nothing calls 'get_me'",
    ]


def test_headers_are_compared_in_lower_case() -> None:
    assert with_hooks(deliveries=SignedDeliveries("X-Hook-Secret", "x-hook-signature")) == [
        "clock.hooks.deliveries: the header 'X-Hook-Secret' is not in lower case"
    ]
