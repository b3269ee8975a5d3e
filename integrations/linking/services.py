"""Joining connections and linking projects. Everything here needs a scope; nothing here waits for a provider."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from functools import reduce
from operator import or_

from django.db import IntegrityError, models, transaction
from django.db import connection as database
from django.db.models import Q
from django.utils import timezone

from integrations.catalogue import Parts, ProjectFacts
from integrations.connections.models import Connection
from integrations.linking.abilities import can_be_right
from integrations.linking.history import note_link, note_links
from integrations.linking.models import DismissedProject, Integration, Link, LinkEvent, ProjectLink
from integrations.linking.proposing import Proposal, Standing, lost_partners, not_read, propose
from integrations.records.models import Record, RecordList
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.work.claims import make_due

LONGEST_NAME = 255
WILL_BE_MADE = "The next sync makes a matching project."
CHANGED_BY_LINKING = [
    "right_id",
    "member_ids",
    "found_ids",
    "synced_name",
    "name",
    "made_by",
    "linked_at",
    "disconnected_at",
    "problem",
    "at_fault",
    "advice",
    "failures",
    "next_try_at",
]


class CannotLink(ValueError):
    """These two cannot be linked; the message says why, for the person who asked."""


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
    parts_of(left)
    if not can_be_right(right):
        raise CannotLink(f"{right.declaration.label} is not where time is tracked, so it cannot stand on the right.")
    if standing := _joining_the_same(left, right):
        raise CannotLink(f"“{standing}” joins the same two already: a second time would write everything twice. Use it, or remove it.")
    integration, is_new = Integration.objects.get_or_create(left=left, right=right)
    if is_new:
        audit(person, "integration.joined", str(integration))
    return integration


def _joining_the_same(left: Connection, right: Connection) -> Integration | None:
    """What joins the same workspaces, by other connections or the other way round; the integration of these two itself does not count."""
    ways = (_of("left", left) & _of("right", right)) | (_of("left", right) & _of("right", left))
    return Integration.objects.filter(ways).exclude(left=left, right=right).select_related("left", "right").first()


def _of(side: str, connection: Connection) -> Q:
    """Integrations that have this connection, or another one of the same workspace, on a side."""
    same = Q(**{side: connection})
    if not connection.workspace_id:
        return same
    return same | Q(**{f"{side}__provider": connection.provider, f"{side}__workspace_id": connection.workspace_id})


def projects(connection: Connection) -> dict[str, ProjectFacts]:
    """The projects of a connection as the mirror has them, by id."""
    part = parts_of(connection).project
    return {record.remote_id: part.read(record.data) for record in mirrored(connection, part.entity)}


def project(connection: Connection, remote_id: str) -> ProjectFacts | None:
    """One project of a connection, None where it is not there any more."""
    part = parts_of(connection).project
    record = mirrored(connection, part.entity).filter(remote_id=remote_id).first()
    return part.read(record.data) if record else None


def link_project(integration: Integration, left_id: str, right_id: str, person: User | None) -> ProjectLink:
    """Links two projects. With the right side blank, the partner that is known by our record or its mark is taken up, else the next sync
    makes one.

    Raises `CannotLink` where one of them is missing or taken, and with a blank right side where a known partner cannot be taken up, or may
    not have been read yet.
    """
    one_at_a_time(integration)
    left = project(integration.left, left_id)
    if left is None:
        raise CannotLink("That project is not there any more. Refresh the list and choose again.")
    link = _row_of(integration, left_id)
    if not link._state.adding and link.disconnected_at is None:
        raise CannotLink(f"{left.name} is linked already.")
    partner = _chosen(integration, right_id) if right_id else _known_partner(integration, left_id)
    _point(link, left, partner, person)
    save_live(link, left.name)
    forget_dismissals(integration, [left_id])
    what, note = _what(partner, was_chosen=bool(right_id))
    note_link(link, what, person, note)
    audit(person, "project.linked", left.name)
    sync_anew(integration)
    return link


def standing_of(integration: Integration) -> Standing:
    """All that is known of both sides' projects."""
    links = ProjectLink.objects.filter(integration=integration).values_list("left_id", "right_id", "disconnected_at")
    is_same = integration.left.provider == integration.right.provider
    right = projects(integration.right)
    return Standing(
        left=projects(integration.left),
        right=right,
        live={left_id: right_id for left_id, right_id, disconnected_at in links if disconnected_at is None},
        earlier={left_id: right_id for left_id, right_id, disconnected_at in links if disconnected_at and right_id},
        dismissed=set(DismissedProject.objects.filter(integration=integration).values_list("left_id", flat=True)),
        left_label=integration.left.name if is_same else integration.left.provider_label,
        right_label=integration.right.name if is_same else integration.right.provider_label,
        can_create=parts_of(integration.right).project.create is not None,
        mark=lambda left_id: mark_of(integration, left_id),
        held=held_elsewhere(integration, right),
        unread=unread_of(integration),
    )


def unread_of(integration: Integration) -> str:
    """The services whose list of projects never arrived whole, in words; empty where both did."""
    sides = (integration.left, integration.right)
    of_projects = (Q(connection=side, entity=parts_of(side).project.entity) for side in sides)
    lists = list(RecordList.objects.filter(reduce(or_, of_projects)).values_list("connection_id", "whole_at"))
    whole = {key for key, _ in lists} - {key for key, whole_at in lists if whole_at is None}
    return " and ".join(dict.fromkeys(side.provider_label for side in sides if side.pk not in whole))


def held_elsewhere(integration: Integration, right: Mapping[str, ProjectFacts]) -> dict[str, str]:
    """Of these projects on the right, those that another integration has linked, or that carry a mark from elsewhere, with where that is,
    in words that follow their name.
    """
    ours = mark_of(integration, "")
    marked = {key: "was made from a project elsewhere" for key, facts in right.items() if facts.mark and not facts.mark.startswith(ours)}
    return marked | linked_elsewhere(integration, right)


def linked_elsewhere(integration: Integration, right_ids: Iterable[str]) -> dict[str, str]:
    """Of these projects on the right, those that another integration has linked, with where, in words that follow their name."""
    there = _of("integration__right", integration.right)
    links = ProjectLink.live.filter(there, right_id__in=[each for each in right_ids if each]).exclude(integration=integration)
    return {link.right_id: f"is linked in “{link.integration}”" for link in links.select_related("integration__left", "integration__right")}


def propose_all(integration: Integration) -> list[Proposal]:
    """What *Connect all* would do, project by project."""
    return propose(standing_of(integration))


def connect_all(integration: Integration, person: User | None, only: Container[str] | None = None) -> list[ProjectLink]:
    """Links every project on the left that `propose_all` would link; what is ambiguous is left for a person.

    With `only`, the projects on the left with these ids alone.
    """
    one_at_a_time(integration)
    proposed = [proposal for proposal in propose_all(integration) if proposal.links]
    return link_proposed(integration, [proposal for proposal in proposed if only is None or proposal.left.id in only], person)


def link_proposed(integration: Integration, proposals: Iterable[Proposal], person: User | None, note: str = "") -> list[ProjectLink]:
    """Links as proposed. The proposals were made since `one_at_a_time`. Raises `CannotLink` where one has become impossible."""
    chosen = [proposal for proposal in proposals if proposal.links]
    left_ids = [proposal.left.id for proposal in chosen]
    standing = {link.left_id: link for link in ProjectLink.objects.filter(integration=integration, left_id__in=left_ids)}
    links = []
    for proposal in chosen:
        link = standing.get(proposal.left.id) or ProjectLink(integration=integration, left_id=proposal.left.id)
        _point(link, proposal.left, proposal.right.id if proposal.right else "", person)
        _revive(link)
        links.append(link)
    if links:
        _save_all_live(links)
        forget_dismissals(integration, left_ids)
        note_links([link for link in links if link.right_id], LinkEvent.What.ADOPTED, person, note)
        note_links([link for link in links if not link.right_id], LinkEvent.What.LINKED, person, note or WILL_BE_MADE)
        audit(person, "project.connected_all", str(integration), projects=len(links))
        sync_anew(integration)
    return links


def mark_of(integration: Integration, left_id: str) -> str:
    """What the partner of a record carries where its service keeps marks."""
    return f"{integration.left.provider}/{integration.left.workspace_id}/{left_id}"


def one_at_a_time(integration: Integration) -> None:
    """Lets nobody else link or disconnect until the transaction ends, in this integration and others of the same workspace on the right:
    what was looked at stays so.
    """
    right = integration.right
    where = f"{integration.organization_id} {right.provider} {right.workspace_id or right.pk}"
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"linking {where}"])


def sync_anew(integration: Integration) -> None:
    """Begins a sync that looks at all tracked time again: what is linked or how has changed."""
    Integration.objects.filter(pk=integration.pk).update(whole_look_at=None)
    make_due(integration)


def forget_dismissals(integration: Integration, left_ids: Iterable[str]) -> None:
    """Who links a project that was dismissed wants it after all."""
    DismissedProject.objects.filter(integration=integration, left_id__in=list(left_ids)).delete()


def save_live(link: Link, name: str) -> None:
    """Saves a link as live. Raises `CannotLink` where somebody else linked the same a moment before."""
    _revive(link)
    try:
        with transaction.atomic():
            link.save()
    except IntegrityError:
        raise CannotLink(f"{name} was linked by somebody else just now.") from None


def _row_of(integration: Integration, left_id: str) -> ProjectLink:
    """The link of a project on the left, a new one where it was never linked."""
    given = ProjectLink.objects.filter(integration=integration, left_id=left_id).first()
    return given or ProjectLink(integration=integration, left_id=left_id)


def _chosen(integration: Integration, right_id: str) -> str:
    """A partner that a person chose, whatever mark it carries: who made that link may be long gone. Raises `CannotLink` where it is gone or
    taken.
    """
    facts = project(integration.right, right_id)
    if facts is None:
        raise CannotLink(f"That project is not there any more in {integration.right.provider_label}. Refresh the list and choose again.")
    if held := linked_elsewhere(integration, [right_id]):
        raise CannotLink(f"{facts.name} {held[right_id]}: it cannot belong to two. Choose another one.")
    if ProjectLink.live.filter(integration=integration, right_id=right_id).exists():
        raise CannotLink("That project on the right is linked with another one. Disconnect it first.")
    return right_id


def _known_partner(integration: Integration, left_id: str) -> str:
    """The partner that is there and free, by our own record, else by the mark that it carries; empty where one has to be made.

    Raises `CannotLink` where a known one cannot be taken up, or nobody knows yet whether there is one.
    """
    standing = standing_of(integration)
    free, before = standing.free, standing.earlier.get(left_id, "")
    if before in free:
        return before
    if standing.unread:
        raise CannotLink(f"{not_read(standing.unread)} Look again in a moment, or choose a project.")
    marked = [facts.id for facts in free.values() if facts.mark == standing.mark(left_id)]
    if len(marked) == 1:
        return marked[0]
    if lost := lost_partners(standing).get(left_id):
        raise CannotLink(lost)
    return ""


def _what(partner: str, *, was_chosen: bool) -> tuple[LinkEvent.What, str]:
    """How a link by hand is noted."""
    if was_chosen:
        return LinkEvent.What.LINKED, ""
    return (LinkEvent.What.ADOPTED, "") if partner else (LinkEvent.What.LINKED, WILL_BE_MADE)


def _point(link: ProjectLink, left: ProjectFacts, right_id: str, person: User | None) -> None:
    """Points a link at its partner. Who was added to an earlier partner has to be added to this one."""
    if link.right_id != right_id:
        link.member_ids, link.found_ids, link.synced_name = [], [], ""
    link.right_id, link.name, link.made_by = right_id, left.name[:LONGEST_NAME], person


def _save_all_live(links: list[ProjectLink]) -> None:
    """Saves links as live in one statement. Raises `CannotLink` where somebody else linked one of them a moment before."""
    try:
        with transaction.atomic():
            ProjectLink.objects.bulk_create(
                links, update_conflicts=True, unique_fields=["organization", "integration", "left_id"], update_fields=CHANGED_BY_LINKING
            )
    except IntegrityError:
        raise CannotLink("Somebody else linked one of these projects just now. Look again.") from None


def _revive(link: Link) -> None:
    link.disconnected_at, link.linked_at = None, timezone.now()
    link.problem, link.at_fault, link.advice, link.failures, link.next_try_at = "", "", "", 0, None


def mirrored(connection: Connection, entity: str) -> models.QuerySet[Record]:
    """The records of an entity that stand over there, as far as the mirror knows, by title."""
    return Record.objects.filter(connection=connection, entity=entity, removed_at=None).order_by("title", "id")
