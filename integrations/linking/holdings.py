"""What a link holds: how much is mirrored through it. Sync knows that, and enters here who counts it when it loads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from integrations.linking.models import Integration, Link


@dataclass(frozen=True)
class Holding:
    """How many tasks are mirrored in a project, or assigned to a person, and how many seconds of tracked time were written back."""

    tasks: int = 0
    seconds: int = 0


Counting = Callable[[Integration, type[Link], Collection[Link]], Mapping[Link, Holding]]
counting: list[Counting] = []


def holdings_of(integration: Integration, links: type[Link], chosen: Collection[Link]) -> Mapping[Link, Holding]:
    """What each of some links of one kind holds; a link that holds nothing may be missing. Needs a scope."""
    return next((count(integration, links, chosen) for count in counting), {})
