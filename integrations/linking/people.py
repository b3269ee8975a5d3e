"""Linking people: by e-mail, and by hand. Everything here needs a scope; nothing here waits for a provider."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils import timezone

from integrations.catalogue import PersonFacts
from integrations.connections.models import Connection
from integrations.linking.history import note_link, note_links
from integrations.linking.models import Integration, LinkEvent, PersonLink
from integrations.linking.services import LONGEST_NAME, CannotLink, mirrored, one_at_a_time, parts_of, save_live, sync_anew
from integrations.linking.suggestions import Suggester, Suggestion
from portal.accounts.models import User
from portal.organizations.audit import audit

LONGEST_ADDRESS = 254
WAITING = frozenset({PersonLink.State.INVITED, PersonLink.State.OPENED, PersonLink.State.AUTHORISED})


def people(connection: Connection) -> dict[str, PersonFacts]:
    """The people of a connection as the mirror has them, by id."""
    part = parts_of(connection).person
    return {record.remote_id: part.read(record.data) for record in mirrored(connection, part.entity)}


@dataclass(frozen=True)
class Candidate:
    """Somebody on the left. `partner` is who they are linked with, else who has the same address; `reason` says why they cannot be asked or
    linked as it is, and `suggestion` is somebody on the right who is called alike.
    """

    person: PersonFacts
    link: PersonLink | None
    partner: PersonFacts | None
    reason: str = ""
    suggestion: Suggestion | None = None

    @property
    def name(self) -> str:
        return self.person.name or self.person.email or self.person.id

    @property
    def is_waited_for(self) -> bool:
        """Whether they were asked, and may still answer."""
        return self.link is not None and self.link.state in WAITING

    @property
    def is_connected(self) -> bool:
        return self.link is not None and self.link.state is PersonLink.State.CONNECTED

    @property
    def is_revoked(self) -> bool:
        return self.link is not None and self.link.state is PersonLink.State.REVOKED

    @property
    def is_chosen_by_all(self) -> bool:
        """Whether whoever picks everybody means them: who was asked already, or whose link was revoked, is asked again only by name."""
        return not self.reason and not self.is_waited_for and not self.is_revoked


class Roster:
    """Everybody on both sides, and how they are linked, in a number of queries that does not grow with the people."""

    def __init__(self, integration: Integration) -> None:
        is_same = integration.left.provider == integration.right.provider
        self.left_label = integration.left.name if is_same else integration.left.provider_label
        self.right_label = integration.right.name if is_same else integration.right.provider_label
        self.left, self.right = people(integration.left), people(integration.right)
        links = list(PersonLink.objects.filter(integration=integration))
        self.live = {link.left_id: link for link in links if link.disconnected_at is None}
        self.parted = {link.left_id for link in links} - self.live.keys()
        self.taken = {link.right_id for link in self.live.values()}
        self.on_the_left = Counter(facts.email.casefold() for facts in self.left.values() if facts.email and facts.is_active)
        self.by_address: defaultdict[str, list[PersonFacts]] = defaultdict(list)
        for facts in self.right.values():
            self.by_address[facts.email.casefold()].append(facts)

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Everybody on the left, by name."""
        everybody = (self._candidate(person) for person in self.left.values())
        return sorted(everybody, key=lambda each: (each.name.casefold(), each.person.id))

    @cached_property
    def alone(self) -> list[Candidate]:
        """Active people on the left without a partner."""
        return [each for each in self.candidates if each.link is None and each.reason and each.person.is_active]

    @cached_property
    def matching(self) -> list[Candidate]:
        """People who are not linked, though somebody on the right has the same address."""
        return [each for each in self.candidates if each.link is None and not each.reason]

    def _candidate(self, person: PersonFacts) -> Candidate:
        link = self.live.get(person.id)
        if link:
            partner = self.right.get(link.right_id)
            return Candidate(person, link, partner, self._why_not_asked(person, link, partner))
        partners = self._partners(person)
        reason = self._why_not_linked(person, partners)
        return Candidate(person, None, None if reason else partners[0], reason, self._alike.get(person.id) if reason else None)

    def _partners(self, person: PersonFacts) -> list[PersonFacts]:
        """Who has the same address on the right: those who are active, or those who were where nobody is."""
        found = self.by_address.get(person.email.casefold(), []) if person.email else []
        return [each for each in found if each.is_active] or found

    def _why_not_asked(self, person: PersonFacts, link: PersonLink, partner: PersonFacts | None) -> str:
        if link.state is PersonLink.State.CONNECTED:
            return "Is connected already."
        if not person.is_active:
            return f"Is not active in {self.left_label}."
        if not has_address(person):
            return f"Has no {'valid ' if person.email else ''}e-mail address in {self.left_label}."
        return "" if partner and partner.is_active else f"Their partner is not active in {self.right_label}."

    def _why_not_linked(self, person: PersonFacts, partners: list[PersonFacts]) -> str:
        if person.id in self.parted:
            return "Was disconnected by hand."
        if not person.is_active:
            return f"Is not active in {self.left_label}."
        if not has_address(person):
            return f"Has no {'valid ' if person.email else ''}e-mail address in {self.left_label}."
        if not partners:
            return f"Nobody in {self.right_label} has this e-mail address."
        if all(each.id in self.taken for each in partners):
            return f"Whoever has this address in {self.right_label} is linked with somebody else."
        if not partners[0].is_active:
            return f"Is not active in {self.right_label}."
        return self._why_ambiguous(person, partners)

    def _why_ambiguous(self, person: PersonFacts, partners: list[PersonFacts]) -> str:
        """An address that several people have on one side does not say who is who."""
        counts = ((self.on_the_left[person.email.casefold()], self.left_label), (len(partners), self.right_label))
        return next((f"{count} people in {label} have this e-mail address: link them by hand." for count, label in counts if count > 1), "")

    @cached_property
    def _alike(self) -> dict[str, Suggestion]:
        free = {key: facts.name for key, facts in self.right.items() if facts.is_active and key not in self.taken and facts.name}
        alone = {key: facts.name for key, facts in self.left.items() if facts.is_active and key not in self.live and facts.name}
        return Suggester(free).best_of_each(alone)


def has_address(person: PersonFacts) -> bool:
    """Whether a mail can be sent there, as far as that can be seen."""
    try:
        validate_email(person.email)
    except ValidationError:
        return False
    return len(person.email) <= LONGEST_ADDRESS


def match_people(integration: Integration, person: User | None = None) -> list[PersonLink]:
    """Links everybody who has the same e-mail address on both sides and is not linked or was not disconnected by hand. Where nobody is
    asked they are connected at once. Gives the new links.
    """
    one_at_a_time(integration)
    return link_candidates(integration, Roster(integration).matching, person)


def link_candidates(integration: Integration, candidates: Iterable[Candidate], person: User | None) -> list[PersonLink]:
    """Links those of these people who are not linked with whoever has the same address."""
    at_once = None if integration.asks_people else timezone.now()
    links = [_new_link(integration, each, person) for each in candidates if each.partner and each.link is None]
    for link in links:
        link.connected_at = at_once
    PersonLink.objects.bulk_create(links)
    if links:
        note_links(links, LinkEvent.What.LINKED, person, "They have the same e-mail address.")
        _note_connected_at_once(integration, links, person)
        audit(person, "people.matched", str(integration), people=len(links))
        sync_anew(integration)
    return links


def link_person(integration: Integration, left_id: str, right_id: str, person: User | None) -> PersonLink:
    """Links two people by hand. Raises `CannotLink` where one of them is missing or taken."""
    one_at_a_time(integration)
    left, right = people(integration.left).get(left_id), people(integration.right).get(right_id)
    if left is None or right is None:
        raise CannotLink("Choose a person on both sides.")
    if PersonLink.live.filter(models.Q(left_id=left_id) | models.Q(right_id=right_id), integration=integration).exists():
        raise CannotLink("One of them is linked already. Disconnect that link first.")
    link = PersonLink.objects.filter(integration=integration, left_id=left_id).first() or PersonLink(
        integration=integration, left_id=left_id
    )
    link.right_id, link.name, link.made_by = right_id, (left.name or right.name or left.email)[:LONGEST_NAME], person
    link.email = left.email if has_address(left) else ""
    begin_anew(link)
    link.connected_at = None if integration.asks_people else timezone.now()
    save_live(link, link.name)
    note_link(link, LinkEvent.What.LINKED, person, f"With {right.name or right.id}, chosen by hand.")
    _note_connected_at_once(integration, [link], person)
    audit(person, "person.linked", link.name)
    sync_anew(integration)
    return link


def begin_anew(link: PersonLink) -> None:
    """Forgets how far the person had come: a link that was sent before is void. The row is not saved yet."""
    link.secret_hash = link.invited_at = link.expires_at = link.opened_at = link.authorised_at = link.revoked_at = link.user = None


def ask_people(integration: Integration, person: User | None) -> None:
    """From now on everybody confirms. Who is connected already stays so."""
    _set_asking(integration, True, person)


def stop_asking(integration: Integration, person: User | None) -> int:
    """Connects everybody who is linked, and from now on whoever is linked at once. Gives how many were connected."""
    one_at_a_time(integration)
    _set_asking(integration, False, person)
    return len(connect_at_once(integration, not_connected(integration), person))


def connect_at_once(integration: Integration, links: models.QuerySet[PersonLink], person: User | None) -> list[PersonLink]:
    """Connects people who are linked, where nobody is asked. Gives their links."""
    waiting = list(links.filter(connected_at=None).select_for_update())
    PersonLink.objects.filter(pk__in=[link.pk for link in waiting]).update(connected_at=timezone.now(), revoked_at=None)
    _note_connected_at_once(integration, waiting, person)
    if waiting:
        sync_anew(integration)
    return waiting


def not_connected(integration: Integration) -> models.QuerySet[PersonLink]:
    """Whom switching the question off would connect: not those whose link somebody revoked."""
    return PersonLink.live.filter(integration=integration, connected_at=None, revoked_at=None)


def _set_asking(integration: Integration, asks: bool, person: User | None) -> None:
    integration.asks_people = asks
    integration.save(update_fields=["asks_people"])
    audit(person, "integration.changed", str(integration), asks_people=asks)


def _note_connected_at_once(integration: Integration, links: Collection[PersonLink], person: User | None) -> None:
    if not integration.asks_people:
        note_links(links, LinkEvent.What.CONNECTED, person, "Without being asked: the organization administers both services.")


def _new_link(integration: Integration, candidate: Candidate, person: User | None) -> PersonLink:
    left, right = candidate.person, candidate.partner
    assert right is not None
    name = (left.name or right.name or left.email)[:LONGEST_NAME]
    return PersonLink(integration=integration, left_id=left.id, right_id=right.id, name=name, email=left.email, made_by=person)
