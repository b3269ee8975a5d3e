"""What each trigger tells of, brought about over there: a module for each provider, named like it.

A provider added later is served by the same tests: its module says in `HAPPENINGS` how each of its watches is made to fire.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from integrations.catalogue import Watch
from integrations.providers import all_providers
from tests.live.world import World

Prepared = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """One thing that a watch tells of, by the kind of the event.

    `prepare` makes what has to stand there before, with a name that nothing else has; `bring_about` lets it happen, and gives the id of
    the record.
    """

    kind: str
    prepare: Callable[[World, str], Prepared]
    bring_about: Callable[[World, Prepared], str]


@dataclass(frozen=True)
class Case:
    """A happening of a declared watch."""

    provider: str
    watch: Watch
    happening: Happening

    def __str__(self) -> str:
        return f"{self.provider}-{self.watch.name}-{self.happening.kind}"

    @property
    def by_webhook(self) -> bool:
        """Whether the provider tells of it by itself."""
        return self.watch.hook is not None and self.happening.kind in self.watch.hook.events


def happenings_of(provider: str) -> dict[str, list[Happening]]:
    """By the name of the watch."""
    found: dict[str, list[Happening]] = importlib.import_module(f"{__name__}.{provider}").HAPPENINGS
    return found


def cases() -> Iterator[Case]:
    """Of every watch of every provider. Raises `KeyError` for a watch that nobody knows how to make fire."""
    for provider in all_providers().values():
        for watch in provider.watches:
            for happening in happenings_of(provider.name)[watch.name]:
                yield Case(provider.name, watch, happening)
