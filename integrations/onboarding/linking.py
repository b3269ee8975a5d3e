"""The third step: which projects are linked, who is the same person on both sides, and whether each of them is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass

from integrations.linking.invitations import notify
from integrations.linking.models import Integration
from integrations.linking.people import Roster, ask_people, match_people, not_connected, stop_asking
from integrations.linking.previews import seal_of
from integrations.linking.proposing import Action, Proposal, not_read
from integrations.linking.services import CannotLink, link_proposed, one_at_a_time, propose_all, unread_of
from portal.accounts.models import User

ORDER = (Action.ADOPT, Action.CREATE, Action.AMBIGUOUS, Action.LINKED)
MOST_SHOWN = 100
CHANGED = "Something has changed since you looked. Nothing was done. This is what would happen now."


@dataclass(frozen=True)
class Proposals:
    """What linking would do, project by project, and with how many people. Of very many projects the first are shown; the preview of
    linking has all of them, page by page.
    """

    rows: list[Proposal]
    people: int = 0

    @property
    def seal(self) -> str:
        """Stands for what would be done with the projects; executing needs the seal of what was shown."""
        return seal_of((proposal.left.id, proposal.effect) for proposal in self.rows)

    @property
    def shown(self) -> list[Proposal]:
        return self.rows[:MOST_SHOWN]

    @property
    def is_cut(self) -> bool:
        return len(self.rows) > MOST_SHOWN

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
    rows = _proposed(integration)
    people = sum(each.is_chosen_by_all for each in Roster(integration).candidates)
    return Proposals(rows, people)


def link_as_shown(integration: Integration, seal: str, only: Container[str] | None, asks_people: bool, person: User) -> Linked:
    """Links all projects that are clear, or `only` the chosen ones, and everybody with the same address on both sides.

    Raises `CannotLink`, and does nothing, where that is not what was shown with the seal.
    """
    one_at_a_time(integration)
    if unread := unread_of(integration):
        raise CannotLink(not_read(unread))
    proposals = Proposals(_proposed(integration))
    if proposals.seal != seal:
        raise CannotLink(CHANGED)
    links = link_proposed(integration, [each for each in proposals.rows if only is None or each.left.id in only], person)
    connected, notified = _invite(integration, person) if asks_people else _connect(integration, person)
    return Linked(len(links), connected, notified)


def _proposed(integration: Integration) -> list[Proposal]:
    rows = [proposal for proposal in propose_all(integration) if proposal.action in ORDER]
    return sorted(rows, key=lambda proposal: ORDER.index(proposal.action))


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
