"""What upper parts want to be asked or told about connections. They fill these lists when they load."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from integrations.connections.models import Authorization, Connection
from portal.organizations.models import Role

when_connected: list[Callable[[Connection], None]] = []
"""Called in the transaction that makes a connection `connected`; a reconnected one is told of again."""

standing_loads: list[Callable[[Connection], float]] = []
"""Give the calls an hour that regular looks at a connection take, for the forecast of what another would cost."""

dependents: list[Callable[[Connection], Iterable[str]]] = []
"""Give sentences about what depends on a connection, shown before it is disconnected."""

when_proved: list[Callable[[Authorization, str], str]] = []
"""Called in a transaction when a person has proved at a provider who they are, with their id over there. Each gives what is wrong with
that, in words for the person; nothing where all is well.
"""


@dataclass(frozen=True)
class ConnectionPage:
    """A page about a connection: its view takes the organization and the connection."""

    label: str
    view: str
    icon: str
    role: Role = Role.VIEWER


pages: list[ConnectionPage] = []
"""Pages of upper parts that the page of a connection leads to."""


def pages_for(connection: Connection, organization: str, role: Role) -> list[tuple[ConnectionPage, str]]:
    """What somebody of this role may open, each with its address."""
    place = {"organization": organization, "connection": connection.pk}
    return [(page, reverse(page.view, kwargs=place)) for page in pages if role.allows(page.role)] if connection.is_connected else []


def tell_connected(connection: Connection) -> None:
    for told in when_connected:
        told(connection)


def tell_proved(authorization: Authorization, person_id: str) -> str:
    """What those who asked for the proof say against it; empty where all is well."""
    return " ".join(said for told in when_proved if (said := told(authorization, person_id)))


def standing_load_of(connection: Connection) -> float:
    """The calls an hour that are taken regularly, by whatever part. Needs a scope."""
    return sum(load(connection) for load in standing_loads)


def dependents_of(connection: Connection) -> list[str]:
    return [sentence for asked in dependents for sentence in asked(connection)]
