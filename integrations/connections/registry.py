"""What upper parts want to be asked or told about connections. They fill these lists when they load."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from integrations.connections.models import Connection

when_connected: list[Callable[[Connection], None]] = []
"""Called in the transaction that makes a connection `connected`; a reconnected one is told of again."""

dependents: list[Callable[[Connection], Iterable[str]]] = []
"""Give sentences about what depends on a connection, shown before it is disconnected."""


def tell_connected(connection: Connection) -> None:
    for told in when_connected:
        told(connection)


def dependents_of(connection: Connection) -> list[str]:
    return [sentence for asked in dependents for sentence in asked(connection)]
