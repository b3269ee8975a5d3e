"""What happened to links, and who did it. Whoever changes a link notes it here, in the same transaction. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from integrations.linking.models import DismissedProject, Integration, Link, LinkEvent, PersonLink, ProjectLink
from integrations.records.search import clean
from portal.accounts.models import User

LONGEST_NAME = 255
THE_PORTAL = "portal"  # asks for what nobody did


def note_link(link: Link, what: LinkEvent.What, actor: User | None = None, note: str = "") -> None:
    """Notes what happened to one link; without an actor it was the portal itself."""
    note_links([link], what, actor, note)


def note_links(links: Iterable[Link], what: LinkEvent.What, actor: User | None = None, note: str = "") -> None:
    """Notes what happened to many links alike, in one statement."""
    LinkEvent.objects.bulk_create(
        LinkEvent(
            integration_id=link.integration_id,
            link_id=link.pk,
            name=(link.name or link.left_id)[:LONGEST_NAME],
            what=what,
            note=note,
            actor=actor,
        )
        for link in links
    )


@dataclass(frozen=True)
class Asked:
    """Which events are looked for. What is no event, person or link counts as not asked."""

    find: str = ""
    what: str = ""
    person: str = ""
    link: UUID | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Asked:
        what, person = query.get("what", ""), query.get("person", "")
        return cls(
            find=clean(query.get("find", "")),
            what=what if what in LinkEvent.What.values else "",
            person=person if person == THE_PORTAL or (person.isascii() and person.isdigit() and len(person) < 10) else "",
            link=uuid_in(query.get("link", "")),
        )

    @property
    def is_narrow(self) -> bool:
        return bool(self.find or self.what or self.person or self.link)


def events_of(integration: Integration, asked: Asked) -> QuerySet[LinkEvent]:
    """What happened to the links of an integration."""
    found = LinkEvent.objects.filter(integration=integration).select_related("actor")
    if asked.link:
        found = found.filter(link_id=asked.link)
    if asked.find:
        found = found.filter(name__icontains=asked.find)
    if asked.what:
        found = found.filter(what=asked.what)
    if asked.person:
        found = found.filter(actor=None if asked.person == THE_PORTAL else int(asked.person))
    return found


def actors_of(integration: Integration) -> QuerySet[User]:
    """Everybody who did something to a link, members of the organization or not."""
    acted = LinkEvent.objects.filter(integration=integration).exclude(actor=None).order_by().values("actor").distinct()
    return User.objects.filter(pk__in=acted).order_by("name", "email")


def link_with_history(integration: Integration, key: UUID) -> Link | None:
    """The link of projects or people whose history is asked for, disconnected or not."""
    for links in (ProjectLink, PersonLink):
        if link := links.objects.filter(integration=integration, pk=key).first():
            return link
    return None


def uuid_in(text: str) -> UUID | None:
    """The id that stands in an address or a form; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def note_dismissal(dismissed: Iterable[DismissedProject], what: LinkEvent.What, actor: User | None, note: str = "") -> None:
    """Notes what became of projects that have no link: they go by the id of their dismissal."""
    LinkEvent.objects.bulk_create(
        LinkEvent(integration_id=each.integration_id, link_id=each.pk, name=each.name or each.left_id, what=what, note=note, actor=actor)
        for each in dismissed
    )
