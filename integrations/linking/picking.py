"""The two pickers of a page that links something by hand. What is looked for and what is chosen stands in the address or the form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, Value, When

from integrations.connections.models import Connection
from integrations.linking.models import Integration, Link
from integrations.linking.services import parts_of
from integrations.records.models import Record
from portal.organizations.access import OrganizationRequest

MOST_PICKS = 50
SIDES = ("left", "right")


@dataclass(frozen=True)
class Pick:
    """A record that can be chosen."""

    id: str
    name: str
    note: str


@dataclass(frozen=True)
class Picker:
    """What one side offers."""

    side: str
    find: str
    chosen: str
    picks: list[Pick]

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than is shown."""
        return len(self.picks) >= MOST_PICKS


def pickers(request: OrganizationRequest, integration: Integration, links: type[Link], part: str) -> dict[str, Picker]:
    """A picker for each side with the records of a part (`project` or `person`) that no live link holds. Needs a scope."""
    taken = list(links.live.filter(integration=integration).values_list("left_id", "right_id"))
    held = {"left": {left for left, _ in taken}, "right": {right for _, right in taken if right}}
    return {side: _picker(request, getattr(integration, side), part, side, held[side]) for side in SIDES}


def asked_picker(request: OrganizationRequest) -> str | None:
    """The picker that htmx asked for alone."""
    return request.htmx.target if request.htmx.target in SIDES else None


def _picker(request: OrganizationRequest, connection: Connection, part: str, side: str, held: Iterable[str]) -> Picker:
    asked = request.POST or request.GET
    find, chosen = asked.get(f"find_{side}", "").strip(), asked.get(side, "")
    return Picker(side, find, chosen, _picks(connection, getattr(parts_of(connection), part), held, find, chosen))


def _picks(connection: Connection, part: Any, held: Iterable[str], find: str, chosen: str) -> list[Pick]:
    """Records whose title holds what is looked for; the chosen one stands first whatever is looked for."""
    is_chosen = Q(remote_id=chosen)
    free = Record.objects.filter(connection=connection, entity=part.entity, removed_at=None).exclude(remote_id__in=list(held))
    wanted = free.filter(Q(title__icontains=find) | is_chosen) if find else free
    in_order = wanted.order_by(Case(When(is_chosen, then=Value(0)), default=Value(1)), "title", "id")
    return [_pick(part.read(data)) for data in in_order.values_list("data", flat=True)[:MOST_PICKS]]


def _pick(facts: Any) -> Pick:
    about = getattr(facts, "client", "") or getattr(facts, "email", "")
    notes = (about, "" if facts.is_active else "not active")
    return Pick(facts.id, facts.name or facts.id, " · ".join(note for note in notes if note))
