"""Linking projects and people, and unlinking them. Everything here needs a scope; nothing here waits for a provider."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from integrations.catalogue import Parts, PersonFacts, ProjectFacts
from integrations.connections.models import Connection
from integrations.linking.models import Integration, Link, PersonLink, ProjectLink
from integrations.records.models import Record
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

LONGEST_NAME = 255


class CannotLink(ValueError):
    """These two cannot be linked; the message says why, for the person who asked."""


@dataclass(frozen=True)
class Proposal:
    """What connecting everything would do with one project on the left."""

    left: ProjectFacts
    right: ProjectFacts | None
    action: str  # create, adopt, linked or ambiguous


def parts_of(connection: Connection) -> Parts:
    """The parts that a connection's provider plays. Raises `CannotLink` where it plays none."""
    parts = connection.declaration.parts
    if parts is None:
        raise CannotLink(f"{connection.declaration.label} cannot be linked.")
    return parts


def join(left: Connection, right: Connection, person: User | None) -> Integration:
    """Joins two connections, or gives the integration that joins them already."""
    if left.pk == right.pk:
        raise CannotLink("Choose two different connections.")
    if _joins_the_same_workspaces(left, right):
        raise CannotLink("Other connections of the same two workspaces are joined already: a second time would write everything twice.")
    if right.declaration.parts is None or not right.declaration.parts.task.create:
        raise CannotLink(f"{right.declaration.label} takes no tasks, so it cannot stand on the right.")
    parts_of(left)
    integration, is_new = Integration.objects.get_or_create(left=left, right=right)
    if is_new:
        audit(person, "integration.joined", str(integration))
    return integration


def _joins_the_same_workspaces(left: Connection, right: Connection) -> bool:
    """Whether other connections join the same workspaces; the integration of these two itself does not count."""
    same = Integration.objects.filter(
        left__provider=left.provider,
        left__workspace_id=left.workspace_id,
        right__provider=right.provider,
        right__workspace_id=right.workspace_id,
    )
    return bool(left.workspace_id and right.workspace_id) and same.exclude(left=left, right=right).exists()


def projects(connection: Connection) -> dict[str, ProjectFacts]:
    """The projects of a connection as the mirror has them, by id."""
    part = parts_of(connection).project
    return {record.remote_id: part.read(record.data) for record in _mirrored(connection, part.entity)}


def project(connection: Connection, remote_id: str) -> ProjectFacts | None:
    """One project of a connection, None where it is not there any more."""
    part = parts_of(connection).project
    record = _mirrored(connection, part.entity).filter(remote_id=remote_id).first()
    return part.read(record.data) if record else None


def people(connection: Connection) -> dict[str, PersonFacts]:
    """The people of a connection as the mirror has them, by id."""
    part = parts_of(connection).person
    return {record.remote_id: part.read(record.data) for record in _mirrored(connection, part.entity)}


def link_project(integration: Integration, left_id: str, right_id: str, person: User | None) -> ProjectLink:
    """Links two projects. With the right side blank, the partner of an earlier link is taken up again, else the next sync makes one.

    Raises `CannotLink` where one of them is missing or taken.
    """
    left = project(integration.left, left_id)
    if left is None:
        raise CannotLink("That project is not there any more. Refresh the list and choose again.")
    link = ProjectLink.objects.filter(integration=integration, left_id=left_id).first() or ProjectLink(
        integration=integration, left_id=left_id
    )
    if link.pk and not link._state.adding and link.disconnected_at is None:
        raise CannotLink(f"{left.name} is linked already.")
    partner = right_id or link.right_id
    if partner and project(integration.right, partner) is None:
        if right_id:
            raise CannotLink(
                f"That project is not there any more in {integration.right.declaration.label}. Refresh the list and choose again."
            )
        partner = ""
    if partner and ProjectLink.live.filter(integration=integration, right_id=partner).exists():
        raise CannotLink("That project on the right is linked with another one. Disconnect it first.")
    _point(link, left, partner, person)
    _save_live(link, left.name)
    audit(person, "project.linked", left.name)
    make_due(integration)
    return link


def propose_all(integration: Integration) -> list[Proposal]:
    """What *Connect all* would do, project by project: take up a partner of the same name where there is exactly one, else make one."""
    proposer = _Proposer(integration)
    # Whoever had a partner before chooses first, so that nobody of the same name takes it away.
    active = sorted((facts for facts in proposer.left.values() if facts.is_active), key=lambda facts: facts.id not in proposer.earlier)
    return sorted((proposer.propose(facts) for facts in active), key=lambda proposal: proposal.left.name.casefold())


class _Proposer:
    """Both sides' projects, arranged so that each proposal is one look."""

    def __init__(self, integration: Integration) -> None:
        self.left, self.right = projects(integration.left), projects(integration.right)
        links = list(ProjectLink.objects.filter(integration=integration))
        self.live = {link.left_id: link.right_id for link in links if link.disconnected_at is None}
        self.earlier = {link.left_id: link.right_id for link in links}
        taken = set(self.live.values())
        self.free = {key: facts for key, facts in self.right.items() if key not in taken and facts.is_active}
        self.rivals = Counter(facts.name.casefold() for facts in self.left.values() if facts.is_active)
        self.alike: dict[str, list[ProjectFacts]] = defaultdict(list)
        for facts in self.free.values():
            self.alike[facts.name.casefold()].append(facts)

    def propose(self, facts: ProjectFacts) -> Proposal:
        if facts.id in self.live:
            return Proposal(facts, self.right.get(self.live[facts.id]), "linked")
        if before := self.free.pop(self.earlier.get(facts.id, ""), None):
            return Proposal(facts, before, "adopt")
        name = facts.name.casefold()
        alike = [each for each in self.alike.get(name, []) if each.id in self.free]
        if len(alike) > 1 or (alike and self.rivals[name] > 1):
            return Proposal(facts, None, "ambiguous")
        return Proposal(facts, self.free.pop(alike[0].id), "adopt") if alike else Proposal(facts, None, "create")


def connect_all(integration: Integration, person: User | None, only: Container[str] | None = None) -> list[ProjectLink]:
    """Links every active project on the left that is not linked yet, as `propose_all` says; what is ambiguous is left for a person.

    With `only`, the projects on the left with these ids alone.
    """
    proposed = [proposal for proposal in propose_all(integration) if proposal.action in {"create", "adopt"}]
    chosen = [proposal for proposal in proposed if only is None or proposal.left.id in only]
    standing = {link.left_id: link for link in ProjectLink.objects.filter(integration=integration)}
    links = []
    for proposal in chosen:
        link = standing.get(proposal.left.id) or ProjectLink(integration=integration, left_id=proposal.left.id)
        _point(link, proposal.left, proposal.right.id if proposal.right else "", person)
        _revive(link)
        links.append(link)
    _save_all_live(links)
    if links:
        audit(person, "project.connected_all", str(integration), projects=len(links))
        make_due(integration)
    return links


def match_people(integration: Integration, person: User | None = None) -> list[PersonLink]:
    """Links everybody who has the same e-mail address on both sides and is not linked or was not disconnected by hand. Gives the new
    links.
    """
    by_address = {facts.email.casefold(): facts for facts in people(integration.right).values() if facts.email and facts.is_active}
    taken_left = set(PersonLink.objects.filter(integration=integration).values_list("left_id", flat=True))
    taken_right = set(PersonLink.live.filter(integration=integration).values_list("right_id", flat=True))
    links = [
        PersonLink(
            integration=integration,
            left_id=left.id,
            right_id=right.id,
            name=(left.name or right.name)[:LONGEST_NAME],
            email=left.email,
            made_by=person,
        )
        for left in people(integration.left).values()
        if left.is_active and left.id not in taken_left and (right := by_address.get(left.email.casefold())) and right.id not in taken_right
    ]
    PersonLink.objects.bulk_create(links, ignore_conflicts=True)
    if links:
        audit(person, "people.matched", str(integration), people=len(links))
        make_due(integration)
    return links


def _person_link(integration: Integration, left: PersonFacts, right: PersonFacts, person: User | None) -> PersonLink:
    name = (left.name or right.name)[:LONGEST_NAME]
    return PersonLink(integration=integration, left_id=left.id, right_id=right.id, name=name, email=left.email, made_by=person)


def link_person(integration: Integration, left_id: str, right_id: str, person: User | None) -> PersonLink:
    """Links two people by hand. Raises `CannotLink` where one of them is missing or taken."""
    left, right = people(integration.left).get(left_id), people(integration.right).get(right_id)
    if left is None or right is None:
        raise CannotLink("Choose a person on both sides.")
    if PersonLink.live.filter(models.Q(left_id=left_id) | models.Q(right_id=right_id), integration=integration).exists():
        raise CannotLink("One of them is linked already. Disconnect that link first.")
    link = PersonLink.objects.filter(integration=integration, left_id=left_id).first() or PersonLink(
        integration=integration, left_id=left_id
    )
    link.right_id, link.name, link.email, link.made_by = right_id, (left.name or right.name)[:LONGEST_NAME], left.email, person
    _save_live(link, link.name)
    audit(person, "person.linked", link.name)
    make_due(integration)
    return link


def disconnect(links: type[Link], integration: Integration, ids: Sequence[UUID], person: User | None) -> int:
    """Disconnects links: nothing is deleted on either side, and the rows stay, so that linking again finds the partners. Gives how many."""
    chosen = links.objects.filter(integration=integration, pk__in=ids, disconnected_at=None)
    names = sorted(chosen.values_list("name", flat=True))
    count = chosen.update(disconnected_at=timezone.now())
    if count:
        audit(person, f"{links._meta.verbose_name}.disconnected".replace(" link", ""), str(integration), names=names[:100])
    return count


def _save_live(link: Link, name: str) -> None:
    """Saves a link as live. Raises `CannotLink` where somebody else linked the same a moment before."""
    _revive(link)
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError:
        raise CannotLink(f"{name} was linked by somebody else just now.") from None


def _point(link: ProjectLink, left: ProjectFacts, right_id: str, person: User | None) -> None:
    """Points a link at its partner. Who was added to an earlier partner has to be added to this one."""
    if link.right_id != right_id:
        link.member_ids = []
    link.right_id, link.name, link.made_by = right_id, left.name[:LONGEST_NAME], person


def _save_all_live(links: list[ProjectLink]) -> None:
    """Saves links as live in one statement. Raises `CannotLink` where somebody else linked one of them a moment before."""
    try:
        with transaction.atomic():
            ProjectLink.objects.bulk_create(
                links,
                update_conflicts=True,
                unique_fields=["organization", "integration", "left_id"],
                update_fields=["right_id", "member_ids", "name", "made_by", "linked_at", "disconnected_at", "problem"],
            )
    except IntegrityError:
        raise CannotLink("Somebody else linked one of these projects just now. Look again.") from None


def _revive(link: Link) -> None:
    link.disconnected_at, link.linked_at, link.problem = None, timezone.now(), ""


def _mirrored(connection: Connection, entity: str) -> models.QuerySet[Record]:
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None).order_by("title", "id")
