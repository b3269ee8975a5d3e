"""Which connections may stand on the left and on the right. Everything comes from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from integrations.catalogue import Provider
from integrations.connections.models import Connection
from integrations.linking.abilities import can_be_right, can_of
from integrations.providers import all_providers


@dataclass(frozen=True)
class Offer:
    """A provider that can be connected, and the connections to it that there are."""

    provider: Provider
    connections: tuple[Connection, ...]

    @property
    def is_connected(self) -> bool:
        return any(connection.is_connected for connection in self.connections)

    @property
    def purpose(self) -> str:
        if self.provider.is_destination:
            return "Tasks are worked on and time is tracked here. It stands on the right."
        return "Projects and tasks are planned here. It stands on the left."


@dataclass(frozen=True)
class Sides:
    """The connections that may stand on each side."""

    left: tuple[Connection, ...] = ()
    right: tuple[Connection, ...] = ()

    @property
    def pairs(self) -> Iterator[tuple[Connection, Connection]]:
        return ((left, right) for left in self.left for right in self.right if left != right)

    @property
    def are_possible(self) -> bool:
        return next(self.pairs, None) is not None

    @property
    def only_pair(self) -> tuple[Connection, Connection] | None:
        """The two to join, where there is nothing to choose."""
        pairs = list(self.pairs)
        return pairs[0] if len(pairs) == 1 else None


def offers(connections: Iterable[Connection]) -> list[Offer]:
    """Every provider with its connections."""
    found = list(connections)
    return [Offer(provider, tuple(each for each in found if each.provider == provider.name)) for provider in all_providers().values()]


def sides_of(connections: Iterable[Connection]) -> Sides:
    """Tasks go to the right, where time is tracked; what is no such place stands on the left, if there is any."""
    usable = [connection for connection in connections if connection.is_connected and can_of(connection)]
    right = [connection for connection in usable if can_be_right(connection)]
    left = [connection for connection in usable if not connection.declaration.is_destination] or usable
    return Sides(tuple(left), tuple(right))
