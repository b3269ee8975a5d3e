"""The third step: which projects are linked, and who is the same person on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from integrations.linking.models import Integration
from integrations.linking.services import CannotLink, Proposal, connect_all, link_project, match_people, propose_all
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
    """What was linked just now, and what could not be."""

    projects: int = 0
    people: int = 0
    refusals: tuple[str, ...] = ()


def proposals_for(integration: Integration) -> Proposals:
    return Proposals(sorted(propose_all(integration), key=lambda proposal: ORDER.index(proposal.action)))


def link_everything(integration: Integration, person: User) -> Linked:
    """Links all projects that are clear, and everybody with the same address on both sides."""
    people = match_people(integration, person)
    return Linked(len(connect_all(integration, person)), len(people))


def link_chosen(integration: Integration, chosen: Collection[str], person: User) -> Linked:
    """Links the chosen projects as they were proposed."""
    people = match_people(integration, person)
    wanted = [proposal for proposal in propose_all(integration) if proposal.left.id in chosen and proposal.action in TO_LINK]
    refusals = [refusal for proposal in wanted if (refusal := _link(integration, proposal, person))]
    return Linked(len(wanted) - len(refusals), len(people), tuple(refusals))


def _link(integration: Integration, proposal: Proposal, person: User) -> str:
    try:
        link_project(integration, proposal.left.id, proposal.right.id if proposal.right else "", person)
    except CannotLink as refusal:
        return f"{proposal.left.name}: {refusal}"
    return ""
