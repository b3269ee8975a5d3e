"""The third step: which projects are linked, and who is the same person on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from integrations.linking.models import Integration
from integrations.linking.services import Proposal, connect_all, match_people, propose_all
from portal.accounts.models import User

TO_LINK = frozenset({"create", "adopt"})
ORDER = ("adopt", "create", "ambiguous", "linked")


@dataclass(frozen=True)
class Proposals:
    """What linking would do, project by project."""

    rows: list[Proposal]

    @property
    def counts(self) -> Counter[str]:
        return Counter(proposal.action for proposal in self.rows)

    @property
    def to_link(self) -> int:
        return sum(proposal.action in TO_LINK for proposal in self.rows)


@dataclass(frozen=True)
class Linked:
    """What was linked just now."""

    projects: int
    people: int


def proposals_for(integration: Integration) -> Proposals:
    return Proposals(sorted(propose_all(integration), key=lambda proposal: ORDER.index(proposal.action)))


def link_everything(integration: Integration, person: User) -> Linked:
    """Links all projects that are clear, and everybody with the same address on both sides."""
    people = match_people(integration, person)
    return Linked(len(connect_all(integration, person)), len(people))


def link_chosen(integration: Integration, chosen: Collection[str], person: User) -> Linked:
    """Links the chosen projects as they were proposed."""
    people = match_people(integration, person)
    return Linked(len(connect_all(integration, person, only=chosen)), len(people))
