"""Disconnecting links, and undoing that within a day. Nothing is deleted on either side, and the rows stay.

Everything here needs a scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from integrations.linking.history import note_links
from integrations.linking.invitations import post_unsent
from integrations.linking.models import Disconnection, Integration, Link, LinkEvent, PersonLink, ProjectLink
from integrations.linking.services import linked_elsewhere, one_at_a_time, sync_anew
from portal.accounts.models import User
from portal.organizations.audit import audit

UNDO_WITHIN = timedelta(hours=24)
MOST_NAMES = 100  # in one entry of the audit trail
MOST_TOLD = 20
LINKS: Mapping[str, type[Link]] = {Disconnection.Part.PROJECTS: ProjectLink, Disconnection.Part.PEOPLE: PersonLink}
PARTS: Mapping[type[Link], Disconnection.Part] = {ProjectLink: Disconnection.Part.PROJECTS, PersonLink: Disconnection.Part.PEOPLE}
AUDITED: Mapping[str, str] = {Disconnection.Part.PROJECTS: "project", Disconnection.Part.PEOPLE: "person"}


class CannotUndo(ValueError):
    """This disconnection cannot be undone; the message says why."""


@dataclass(frozen=True)
class Restored:
    """What undoing brought back, and the names of the links that it could not bring back, each with the reason."""

    links: list[Link]
    left_out: list[tuple[str, str]]


def disconnect(links: type[Link], integration: Integration, ids: Sequence[UUID], person: User | None) -> Disconnection | None:
    """Disconnects live links; None where there is none among these."""
    one_at_a_time(integration)
    chosen = list(links.live.filter(integration=integration, pk__in=ids).order_by("name", "id"))
    if not chosen:
        return None
    now = timezone.now()
    links.objects.filter(pk__in=[link.pk for link in chosen]).update(disconnected_at=now)
    part = PARTS[links]
    disconnection = Disconnection.objects.create(
        integration=integration, part=part, link_ids=[str(link.pk) for link in chosen], made_by=person
    )
    note_links(chosen, LinkEvent.What.DISCONNECTED, person)
    audit(person, f"{AUDITED[part]}.disconnected", str(integration), names=[link.name for link in chosen[:MOST_NAMES]])
    return disconnection


def undo(disconnection: Disconnection, person: User | None) -> Restored:
    """Makes the same links live again, with the same partners and all that they remember. A link whose place is taken is left out.

    Raises `CannotUndo` where it is too late, or was done before.
    """
    integration = disconnection.integration
    one_at_a_time(integration)
    disconnection.refresh_from_db(fields=["undone_at"])
    if disconnection.undone_at:
        raise CannotUndo("This was undone already.")
    if ends_at(disconnection) <= timezone.now():
        raise CannotUndo("A disconnection can be undone for 24 hours. Link them again instead: the same partners are taken up.")
    links = LINKS[disconnection.part]
    found = list(links.objects.filter(integration=integration, pk__in=disconnection.link_ids).order_by("name", "id"))
    reasons = _why_not(disconnection, found)
    restored = [link for link in found if link.pk not in reasons]
    _restore(links, disconnection, restored, person)
    return Restored(restored, [(link.name, reasons[link.pk]) for link in found if link.pk in reasons])


def ends_at(disconnection: Disconnection) -> datetime:
    """Until when it can be undone."""
    return disconnection.created_at + UNDO_WITHIN


def newest_disconnections(integration: Integration, part: str) -> list[Disconnection]:
    """What can still be undone, newest first."""
    recent = Disconnection.objects.filter(integration=integration, part=part, undone_at=None, created_at__gt=timezone.now() - UNDO_WITHIN)
    return list(recent.select_related("made_by").order_by("-created_at")[:MOST_TOLD])


def _restore(links: type[Link], disconnection: Disconnection, restored: Sequence[Link], person: User | None) -> None:
    ids = [link.pk for link in restored]
    links.objects.filter(pk__in=ids).update(disconnected_at=None)
    if links is PersonLink:
        post_unsent(ids)
    disconnection.undone_at = timezone.now()
    disconnection.save(update_fields=["undone_at"])
    note_links(restored, LinkEvent.What.RESTORED, person)
    integration = disconnection.integration
    names = [link.name for link in restored[:MOST_NAMES]]
    audit(person, f"{AUDITED[disconnection.part]}.restored", str(integration), names=names)
    if restored:
        sync_anew(integration)


def _why_not(disconnection: Disconnection, found: Iterable[Link]) -> dict[UUID, str]:
    """The links that stay as they are, by id, with the reason."""
    live = LINKS[disconnection.part].live.filter(integration=disconnection.integration).exclude(right_id="")
    taken = dict(live.values_list("right_id", "name"))
    reasons = {link.pk: _reason(disconnection, link, taken) for link in found}
    return _held_elsewhere(disconnection, found) | {key: reason for key, reason in reasons.items() if reason}


def _held_elsewhere(disconnection: Disconnection, found: Iterable[Link]) -> dict[UUID, str]:
    """The projects whose partner another integration has linked since."""
    if disconnection.part != Disconnection.Part.PROJECTS:
        return {}
    linked = linked_elsewhere(disconnection.integration, [link.right_id for link in found])
    return {link.pk: f"its partner {linked[link.right_id]} now" for link in found if link.right_id in linked}


def _reason(disconnection: Disconnection, link: Link, taken: Mapping[str, str]) -> str:
    if link.disconnected_at is None:
        return "is linked again already"
    if link.disconnected_at > disconnection.created_at:
        return "was linked and disconnected again since"
    return f"its partner is linked with {taken[link.right_id]} now" if link.right_id in taken else ""
