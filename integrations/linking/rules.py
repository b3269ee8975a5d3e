"""The rule for projects that appear on the left: what it settles by itself, and what waits for a person in the review list.

New is a project that is active, was never linked, and was not dismissed. A rule is for some of them, by the pattern of their names, by
client and by status; the others are left alone. Everything here needs a scope.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.db.models import Exists, OuterRef, QuerySet

from integrations.catalogue import ProjectFacts
from integrations.linking.history import note_dismissal
from integrations.linking.models import DismissedProject, Integration, LinkEvent, ProjectLink
from integrations.linking.proposing import Action, Proposal, Standing, lost_partners, not_read, propose
from integrations.linking.services import LONGEST_NAME, link_proposed, one_at_a_time, parts_of, standing_of, unread_of
from integrations.linking.suggestions import SURE, Suggester, Suggestion
from integrations.records.models import Record
from portal.accounts.models import User
from portal.organizations.audit import audit

BY_RULE = "By the rule for new projects."
SETTLES: Mapping[str, frozenset[Action]] = {
    Integration.NewProjects.OFF: frozenset(),
    Integration.NewProjects.PROPOSE: frozenset(),
    Integration.NewProjects.LINK: frozenset({Action.ADOPT}),
    Integration.NewProjects.CREATE: frozenset({Action.ADOPT, Action.CREATE}),
}


@dataclass(frozen=True)
class NewProject:
    """A project that nobody has decided about, with the status that its record shows, and whether the rule is for it."""

    facts: ProjectFacts
    status: str
    is_meant: bool


@dataclass(frozen=True)
class Review:
    """A new project that waits for a person, why, what it may belong to, and whether a new partner may be made for it."""

    facts: ProjectFacts
    why: str
    suggestion: Suggestion | None
    may_create: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a rule makes of the new projects: what it links, what waits for a person by name, and what it is not for."""

    settled: list[Proposal]
    waiting: list[Proposal]
    others: list[ProjectFacts]


@dataclass(frozen=True)
class ReviewList:
    """All that waits for a person, and the new projects that the rule is not for."""

    standing: Standing
    waiting: list[Proposal]
    others: list[ProjectFacts]

    def suggested(self, some: Collection[Proposal] | None = None) -> list[Review]:
        """What waits, or some of it, each with the likeliest partner. Two never get the same one unless it is said to be risky."""
        chosen = self.waiting if some is None else some
        names = {proposal.left.id: proposal.left.name for proposal in self.waiting}
        found = Suggester(self.standing.free_names).best_of_each(names, {proposal.left.id for proposal in chosen})
        lost = lost_partners(self.standing)
        return [Review(each.left, each.why, _suggested(each, found), self.may_create and each.left.id not in lost) for each in chosen]

    @property
    def may_create(self) -> bool:
        """Whether partners can be made there, and both sides are known well enough to say which are missing."""
        return self.standing.can_create and not self.standing.unread


def follow_rule(integration: Integration) -> list[ProjectLink]:
    """Links what is new on the left as far as the rule settles it; a sync calls this between looking and planning. Gives the new links.

    Before both lists of projects were read whole it does nothing.
    """
    if not SETTLES[integration.new_projects] or not new_records(integration).exists() or unread_of(integration):
        return []
    one_at_a_time(integration)
    return link_proposed(integration, outcome_of(integration).settled, None, BY_RULE)


def outcome_of(integration: Integration) -> Outcome:
    """What the rule that is set on the integration, saved or not, makes of the projects that are new now."""
    new = new_projects(integration)
    is_asked = integration.new_projects != Integration.NewProjects.OFF and any(each.is_meant for each in new)
    return _outcome(integration, new, standing_of(integration) if is_asked else None)


def review_list(integration: Integration) -> ReviewList:
    """The new projects that wait for a person."""
    new, standing = new_projects(integration), standing_of(integration)
    outcome = _outcome(integration, new, standing)
    return ReviewList(standing, outcome.waiting, outcome.others)


def waiting_count(integration: Integration) -> int:
    """How many new projects wait for a person; spares reading the right side."""
    if integration.new_projects == Integration.NewProjects.OFF:
        return 0
    if SETTLES[integration.new_projects]:
        return len(outcome_of(integration).waiting)
    return sum(each.is_meant for each in new_projects(integration))


def new_records(integration: Integration) -> QuerySet[Record]:
    """The records on the left that nobody has decided about; also archived ones, which the record's facts tell."""
    here = {"integration": integration, "left_id": OuterRef("remote_id")}
    entity = parts_of(integration.left).project.entity
    return Record.objects.filter(
        ~Exists(ProjectLink.objects.filter(**here)),
        ~Exists(DismissedProject.objects.filter(**here)),
        connection=integration.left,
        entity=entity,
        removed_at=None,
    ).order_by("title", "id")


def new_projects(integration: Integration) -> list[NewProject]:
    """The active projects that nobody has decided about, by name."""
    read = parts_of(integration.left).project.read
    found = [(read(data), status) for data, status in new_records(integration).values_list("data", "status")]
    return [NewProject(facts, status, is_meant(integration, facts, status)) for facts, status in found if facts.is_active]


def is_meant(integration: Integration, facts: ProjectFacts, status: str) -> bool:
    """Whether the rule is for a project. What is left empty asks nothing; in the patterns * stands for anything and ? for one letter."""
    asked = ((integration.rule_name, facts.name), (integration.rule_client, facts.client), (integration.rule_status, status))
    return all(not pattern or fits(pattern, text) for pattern, text in asked)


def fits(pattern: str, text: str) -> bool:
    """Whether a text is what the pattern says, whatever the case. Only * and ? mean something else than themselves."""
    return fnmatchcase(text.strip().casefold(), pattern.strip().casefold().replace("[", "[[]"))


def statuses_of(integration: Integration) -> list[str]:
    """The statuses that projects on the left have."""
    entity = parts_of(integration.left).project.entity
    records = Record.objects.filter(connection=integration.left, entity=entity, removed_at=None).exclude(status="")
    return list(records.order_by("status").values_list("status", flat=True).distinct())


def save_rule(integration: Integration, outcome: Outcome, person: User) -> list[ProjectLink]:
    """Keeps the rule that was set on the integration, and does now what it settles: `outcome`, as it was shown."""
    integration.save(update_fields=["new_projects", "rule_name", "rule_client", "rule_status"])
    audit(
        person,
        "rule.changed",
        str(integration),
        new_projects=integration.new_projects,
        name=integration.rule_name,
        client=integration.rule_client,
        status=integration.rule_status,
    )
    return link_proposed(integration, outcome.settled, person, BY_RULE)


def accept(integration: Integration, partners: Mapping[str, str], person: User) -> tuple[list[ProjectLink], list[tuple[str, str]]]:
    """Links projects of the review list with the partners that were chosen for them, a blank one is made by the next sync. Gives the links,
    and those that could not be linked: their names, each with the reason.
    """
    one_at_a_time(integration)
    standing = standing_of(integration)
    lost, taken = lost_partners(standing), set(standing.live.values())
    possible: list[Proposal] = []
    refused: list[tuple[str, str]] = []
    for facts, right_id in ((standing.left[left_id], right_id) for left_id, right_id in partners.items() if left_id in standing.left):
        if reason := _why_not(standing, facts, right_id, taken, lost):
            refused.append((facts.name, reason))
        else:
            partner = standing.right.get(right_id)
            possible.append(Proposal(facts, partner, Action.ADOPT if partner else Action.CREATE))
            taken.add(right_id)
    return link_proposed(integration, possible, person), refused


def dismiss(integration: Integration, left_ids: Collection[str], person: User) -> list[DismissedProject]:
    """Wants to hear no more of projects; they leave the review list. What is linked already, or dismissed, stays as it is."""
    one_at_a_time(integration)
    names = dict(new_records(integration).filter(remote_id__in=list(left_ids)).values_list("remote_id", "title"))
    dismissed = [
        DismissedProject(integration=integration, left_id=left_id, name=name[:LONGEST_NAME], dismissed_by=person)
        for left_id, name in names.items()
    ]
    DismissedProject.objects.bulk_create(dismissed)
    if dismissed:
        note_dismissal(dismissed, LinkEvent.What.DISMISSED, person)
        audit(person, "project.dismissed", str(integration), names=sorted(names.values())[:100])
    return dismissed


def undismiss(integration: Integration, left_ids: Collection[str], person: User) -> int:
    """Lets dismissed projects be new again. Gives how many."""
    back = list(DismissedProject.objects.filter(integration=integration, left_id__in=list(left_ids)).order_by("name"))
    DismissedProject.objects.filter(pk__in=[each.pk for each in back]).delete()
    if back:
        note_dismissal(back, LinkEvent.What.RESTORED, person, "Taken back into the review list.")
        audit(person, "project.undismissed", str(integration), names=[each.name for each in back][:100])
    return len(back)


def _outcome(integration: Integration, new: Collection[NewProject], standing: Standing | None) -> Outcome:
    meant = {each.facts.id for each in new if each.is_meant}
    others = [each.facts for each in new if not each.is_meant]
    if standing is None or integration.new_projects == Integration.NewProjects.OFF:
        return Outcome([], [], others)
    settles = SETTLES[integration.new_projects]
    proposed = [proposal for proposal in propose(standing) if proposal.left.id in meant]
    return Outcome(
        settled=[proposal for proposal in proposed if proposal.action in settles],
        waiting=[proposal for proposal in proposed if proposal.action not in settles],
        others=others,
    )


def _why_not(standing: Standing, facts: ProjectFacts, right_id: str, taken: Collection[str], lost: Mapping[str, str]) -> str:
    """Why a project cannot be linked with what was chosen for it, or have a new partner made; empty where it can."""
    if facts.id in standing.live or not facts.is_active:
        return "Something changed meanwhile."
    if not right_id:
        return _why_none_is_made(standing, lost.get(facts.id, ""))
    if right_id in standing.held:
        return f"{standing.right[right_id].name} {standing.held[right_id]}."
    return "" if right_id in standing.right and right_id not in taken else "Something changed meanwhile."


def _why_none_is_made(standing: Standing, lost: str) -> str:
    if standing.unread:
        return not_read(standing.unread)
    return lost if standing.can_create else f"None can be made in {standing.right_label}."


def _suggested(proposal: Proposal, suggested: Mapping[str, Suggestion]) -> Suggestion | None:
    """What the proposal itself found, by record or mark, is surer than a name."""
    by_name = suggested.get(proposal.left.id)
    if proposal.right is None or (by_name and by_name.id == proposal.right.id):
        return by_name
    return Suggestion(proposal.right.id, proposal.right.name, SURE)
