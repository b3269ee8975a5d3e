"""Which project on the left gets which partner on the right. Pure: the same projects and links give the same proposals, in any order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.catalogue import ProjectFacts
from integrations.linking.suggestions import normalized


class Action(StrEnum):
    """What becomes of a project on the left."""

    CREATE = "create"
    ADOPT = "adopt"
    AMBIGUOUS = "ambiguous"
    LINKED = "linked"
    SKIPPED = "skipped"
    UNREAD = "unread"


TO_LINK = frozenset({Action.CREATE, Action.ADOPT})


@dataclass(frozen=True)
class Proposal:
    """What linking would do with one project on the left, and why, in words for people."""

    left: ProjectFacts
    right: ProjectFacts | None
    action: Action
    why: str = ""

    @property
    def links(self) -> bool:
        return self.action in TO_LINK

    @property
    def effect(self) -> str:
        """What would be done, for the seal of a preview; nothing where nothing is."""
        return f"{self.action} {self.right.id if self.right else ''}" if self.links else ""


@dataclass(frozen=True)
class Standing:
    """Both sides' projects by id and what is known of them: live links, and earlier ones that were disconnected, as left id to right id.

    `held` says of projects on the right that belong elsewhere, by id, where: the end of a sentence that their name begins. `unread` names
    the services whose list never arrived whole: as long as there is one, nobody knows what is missing.
    """

    left: Mapping[str, ProjectFacts]
    right: Mapping[str, ProjectFacts]
    live: Mapping[str, str]
    earlier: Mapping[str, str]
    dismissed: Collection[str]
    left_label: str
    right_label: str
    can_create: bool = True
    mark: Callable[[str], str] = field(default=lambda left_id: "")
    held: Mapping[str, str] = field(default_factory=dict)
    unread: str = ""

    @property
    def free(self) -> dict[str, ProjectFacts]:
        """The active projects on the right that no live link holds, here or elsewhere, by id."""
        taken = set(self.live.values()) | set(self.held)
        return {key: facts for key, facts in self.right.items() if facts.is_active and key not in taken}

    @property
    def free_names(self) -> dict[str, str]:
        return {key: facts.name for key, facts in self.free.items()}


def propose(standing: Standing) -> list[Proposal]:
    """What becomes of each project on the left, by name.

    A partner is known by our own record of an earlier link, else by the mark that it carries, else by its name where that is the only one
    of its kind on both sides. Who is known by a record or a mark takes it before anybody asks by name. Where a partner is known that cannot
    be taken up, a person decides: a second one is not made. Before both lists were read whole, nothing is proposed.
    """
    return _Proposer(standing).all()


def not_read(unread: str) -> str:
    """Why nothing can be proposed yet."""
    return f"The projects of {unread} have not been read to the end yet."


def lost_partners(standing: Standing) -> dict[str, str]:
    """Projects on the left whose partner is known by a record or its mark but cannot be taken up, each with the reason and what to do."""
    taken = set(standing.live.values())
    lost = {key: why for key, facts in standing.right.items() if key not in taken and (why := _why_lost(standing, facts))}
    marked = {mark: key for key in sorted(lost) if (mark := standing.right[key].mark)}
    found: dict[str, str] = {}
    for left_id in standing.left.keys() - standing.live.keys():
        before = standing.earlier.get(left_id, "")
        key = before if before in standing.right else marked.get(standing.mark(left_id), "")
        if key in lost:
            found[left_id] = f"Linked before with {standing.right[key].name}, which {lost[key]}"
    return found


def _why_lost(standing: Standing, partner: ProjectFacts) -> str:
    if partner.id in standing.held:
        return f"{standing.held[partner.id]}. Choose another one."
    return "" if partner.is_active else "is archived: restore it, or choose."


class _Proposer:
    """Both sides, arranged so that each proposal is one look."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        free, taken = standing.free, set(standing.live.values())
        waiting = [facts for facts in standing.left.values() if not self._why_not(facts)]
        self.known = self._known_partners(waiting, free)
        self.lost = lost_partners(standing)
        given = {partner.id for partner, _ in self.known.values()}
        self.rivals = Counter(normalized(facts.name) for facts in standing.left.values() if facts.is_active)
        self.taken_names = {normalized(facts.name) for key, facts in standing.right.items() if key in taken | given}
        self.held_names = {normalized(standing.right[key].name): where for key, where in standing.held.items() if key in standing.right}
        self.alike: defaultdict[str, list[ProjectFacts]] = defaultdict(list)
        for facts in free.values():
            if facts.id not in given:
                self.alike[normalized(facts.name)].append(facts)

    def all(self) -> list[Proposal]:
        in_order = sorted(self.standing.left.values(), key=lambda facts: (facts.name.casefold(), facts.id))
        return [self._propose(facts) for facts in in_order]

    def _known_partners(self, waiting: list[ProjectFacts], free: Mapping[str, ProjectFacts]) -> dict[str, tuple[ProjectFacts, str]]:
        """Partners that are known by record or mark, each given once, with how they are known."""
        by_mark: defaultdict[str, list[ProjectFacts]] = defaultdict(list)
        for facts in free.values():
            if facts.mark:
                by_mark[facts.mark].append(facts)
        known: dict[str, tuple[ProjectFacts, str]] = {}
        given: set[str] = set()
        for facts in sorted(waiting, key=lambda facts: facts.id):
            before = free.get(self.standing.earlier.get(facts.id, ""))
            if before and before.id not in given:
                known[facts.id] = (before, "Linked before.")
                given.add(before.id)
        for facts in sorted(waiting, key=lambda facts: facts.id):
            marked = [each for each in by_mark[self.standing.mark(facts.id)] if each.id not in given]
            if facts.id not in known and len(marked) == 1:
                known[facts.id] = (marked[0], "Made from this project before: it carries the mark.")
                given.add(marked[0].id)
        return known

    def _why_not(self, facts: ProjectFacts) -> tuple[Action, str] | None:
        """Why a project is not to be linked, if so."""
        if facts.id in self.standing.live:
            return Action.LINKED, "Linked already."
        if not facts.is_active:
            return Action.SKIPPED, f"Archived in {self.standing.left_label}."
        return (Action.SKIPPED, "Dismissed from the review list.") if facts.id in self.standing.dismissed else None

    def _propose(self, facts: ProjectFacts) -> Proposal:
        if reason := self._why_not(facts):
            return Proposal(facts, self.standing.right.get(self.standing.live.get(facts.id, "")), *reason)
        if self.standing.unread:
            return Proposal(facts, None, Action.UNREAD, not_read(self.standing.unread))
        if facts.id in self.known:
            partner, why = self.known[facts.id]
            return Proposal(facts, partner, Action.ADOPT, why)
        if facts.id in self.lost:
            return Proposal(facts, None, Action.AMBIGUOUS, self.lost[facts.id])
        return self._by_name(facts)

    def _by_name(self, facts: ProjectFacts) -> Proposal:
        name = normalized(facts.name)
        alike, rivals = self.alike[name], self.rivals[name]
        if len(alike) > 1:
            return Proposal(facts, None, Action.AMBIGUOUS, f"{len(alike)} projects in {self.standing.right_label} have this name.")
        if rivals > 1:
            return Proposal(facts, None, Action.AMBIGUOUS, f"{rivals} projects in {self.standing.left_label} have this name.")
        if alike:
            return Proposal(facts, alike[0], Action.ADOPT, "Has the same name.")
        if name in self.taken_names:
            return Proposal(
                facts, None, Action.AMBIGUOUS, f"The project of this name in {self.standing.right_label} belongs to another one."
            )
        if name in self.held_names:
            there = f"The project of this name in {self.standing.right_label} {self.held_names[name]}."
            return Proposal(facts, None, Action.AMBIGUOUS, there)
        if self.standing.can_create:
            return Proposal(facts, None, Action.CREATE, f"No project in {self.standing.right_label} has this name.")
        return Proposal(facts, None, Action.SKIPPED, f"{self.standing.right_label} has none of this name, and none can be made there.")
