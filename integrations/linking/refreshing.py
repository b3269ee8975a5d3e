"""Reading both sides anew because somebody pressed *Refresh the list*. Needs a scope."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.linking.services import parts_of
from integrations.records.collecting import refresh_now

NATIVE_OF = {"project": "projects", "person": "people"}


def refresh_lists(integration: Integration, part: str) -> None:
    """Asks both sides for a part (`project` or `person`), and for what links of the services' own there are with it."""
    for side in (integration.left, integration.right):
        for name in dict.fromkeys(_entities(side, part)):
            refresh_now(side, side.declaration.entity(name), by_person=True)


def _entities(connection: Connection, part: str) -> Iterator[str]:
    """What is asked for one by one comes after what it is asked for."""
    parts = parts_of(connection)
    yield getattr(parts, part).entity
    if parts.native:
        native = connection.declaration.entity(getattr(parts.native, NATIVE_OF[part]))
        if native.collect and native.collect.each:
            yield native.collect.each
        yield native.name
