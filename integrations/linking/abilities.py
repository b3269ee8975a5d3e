"""What each side of an integration can do, and what follows where it cannot, in words for people."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.connections.models import Connection
from integrations.providers import UnknownProvider

NOT_NEEDED = "Not needed on this side."
KEEPS_ITS_NAME = "A project that is renamed on the other side keeps its name here."
STAYS_OPEN = "A task that is completed on the other side stays open here."
WITHOUT = {
    "left": {
        "rename projects": KEEPS_ITS_NAME,
        "create tasks": "Tracked time without a task cannot go to a task made for it here.",
        "rename and assign tasks": "A task that is renamed on the other side keeps its name here.",
        "complete tasks": STAYS_OPEN,
        "take tracked time": "Tracked time is not written back.",
        "correct tracked time": "Time that is edited later stays as it was written first.",
        "delete tracked time": "Time that is deleted on the other side stays here until you delete it.",
    },
    "right": {
        "create projects": "Choose an existing project for each one that you link.",
        "rename projects": KEEPS_ITS_NAME,
        "archive projects": "A project that is gone or finished on the other side stays open here until you archive it.",
        "add people to projects": "Add people to linked projects here by hand.",
        "take people out of projects": "Whoever is connected no more stays in their projects here until you take them out.",
        "create tasks": "Nothing can be synced to this side.",
        "rename and assign tasks": "A task keeps the name and the people that it was made with.",
        "complete tasks": STAYS_OPEN,
        "delete tasks": "A task that is deleted on the other side is completed here instead.",
    },
}


@dataclass(frozen=True)
class Ability:
    """One thing that linking and sync may want of a service; `note` says what follows where it cannot."""

    word: str
    can: bool
    note: str = ""


@dataclass(frozen=True)
class Abilities:
    """What one service can and cannot do on its side."""

    label: str
    side: str
    all: tuple[Ability, ...]

    @property
    def lacking(self) -> tuple[Ability, ...]:
        """What it cannot do although its side would need it."""
        return tuple(ability for ability in self.all if not ability.can and ability.note != NOT_NEEDED)


def abilities_of(connection: Connection, side: str) -> Abilities:
    """What a connection's service can do on the `left` or `right` side; nothing where its provider plays no parts or is gone."""
    can = can_of(connection)
    found = tuple(Ability(word, able, "" if able else WITHOUT[side].get(word, NOT_NEEDED)) for word, able in can.items())
    return Abilities(connection.provider_label, side, found)


def can_be_right(connection: Connection) -> bool:
    """Whether it may stand on the right: time is tracked there, and tasks can be made there."""
    return can_of(connection).get("create tasks", False) and connection.declaration.is_destination


def can_of(connection: Connection) -> dict[str, bool]:
    """`Parts.can` of a connection's provider; empty where it plays no parts, or where its folder is gone."""
    try:
        parts = connection.declaration.parts
    except UnknownProvider:
        return {}
    return parts.can if parts else {}
