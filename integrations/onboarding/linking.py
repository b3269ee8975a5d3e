"""The third step: which projects are linked, who is the same person on both sides, and whether each of them is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from integrations.linking.invitations import notify
from integrations.linking.models import Integration
from integrations.linking.people import Roster, ask_people, match_people, not_connected, stop_asking
from integrations.linking.proposing import Action, Proposal
from integrations.linking.services import connect_all, propose_all
from portal.accounts.models import User

ORDER = (Action.ADOPT, Action.CREATE, Action.AMBIGUOUS, Action.LINKED)


@dataclass(frozen=True)
class Proposals:
    """What linking would do, project by project, and with how many people."""

    rows: list[Proposal]
    people: int = 0

    @property
    def counts(self) -> Counter[str]:
        return Counter(proposal.action for proposal in self.rows)

    @property
    def to_link(self) -> int:
        return sum(proposal.links for proposal in self.rows)


@dataclass(frozen=True)
class Linked:
    """What was linked just now. People were either connected at once, or notified."""

    projects: int
    connected: int = 0
    notified: int = 0


def proposals_for(integration: Integration) -> Proposals:
    """Projects that may be linked or are; those that nobody wants to hear of are left out."""
    rows = [proposal for proposal in propose_all(integration) if proposal.action in ORDER]
    people = sum(each.is_chosen_by_all for each in Roster(integration).candidates)
    return Proposals(sorted(rows, key=lambda proposal: ORDER.index(proposal.action)), people)


def link_everything(integration: Integration, asks_people: bool, person: User) -> Linked:
    """Links all projects that are clear, and everybody with the same address on both sides."""
    return _linked(integration, None, asks_people, person)


def link_chosen(integration: Integration, chosen: Collection[str], asks_people: bool, person: User) -> Linked:
    """Links the chosen projects as they were proposed, and everybody with the same address on both sides."""
    return _linked(integration, chosen, asks_people, person)


def _linked(integration: Integration, chosen: Collection[str] | None, asks_people: bool, person: User) -> Linked:
    connected, notified = _invite(integration, person) if asks_people else _connect(integration, person)
    return Linked(len(connect_all(integration, person, only=chosen)), connected, notified)


def _invite(integration: Integration, person: User) -> tuple[int, int]:
    """Each person is asked by e-mail."""
    if not integration.asks_people:
        ask_people(integration, person)
    return 0, len(notify(integration, None, person).links)


def _connect(integration: Integration, person: User) -> tuple[int, int]:
    """The organization decides for its people."""
    before = not_connected(integration).count()
    if integration.asks_people:
        stop_asking(integration, person)
    return before + len(match_people(integration, person)), 0
