"""What upper parts add to the pages of the mirror. They fill these lists when they load, in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from integrations.connections.models import Connection
from integrations.records.models import Record


@dataclass(frozen=True)
class ActionLink:
    """A link to something that can be done, for the address of an organization's page."""

    label: str
    url: str
    icon: str = "play"
    is_dangerous: bool = False


actions_for: list[Callable[[str, Record], Iterable[ActionLink]]] = []
"""Give what can be done with one record, for its detail page. Called with the slug of the organization and the record (its `connection` is
there already) for readers who may run things. Costs no query, or one."""

actions_on: list[Callable[[str, Connection, str], Iterable[ActionLink]]] = []
"""Give what can be done without a record yet, such as creating one, for the browse page of an entity. Called with the slug, the connection
and the entity's name."""


def actions_with(organization: str, record: Record) -> list[ActionLink]:
    return [link for asked in actions_for for link in asked(organization, record)]


def actions_of(organization: str, connection: Connection, entity: str) -> list[ActionLink]:
    return [link for asked in actions_on for link in asked(organization, connection, entity)]
