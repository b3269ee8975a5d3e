"""Removing an integration that is not wanted any more: all that the portal knows of it goes, nothing on either side. Needs a scope."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from integrations.linking.doors import forget_link_events
from integrations.linking.holdings import holdings_of
from integrations.linking.invitations import forget_proofs
from integrations.linking.models import Integration, LinkEvent, PersonLink, ProjectLink
from portal.accounts.models import User
from portal.organizations.audit import audit


class CannotRemove(ValueError):
    """It cannot be removed now; the message says why."""


@dataclass(frozen=True)
class Remains:
    """What goes with an integration: live links and disconnected ones, what they hold, and entries of their history."""

    projects: int
    people: int
    tasks: int
    seconds: int
    events: int


def remains_of(integration: Integration) -> Remains:
    """What the portal knows of an integration."""
    links = list(ProjectLink.objects.filter(integration=integration))
    held = holdings_of(integration, ProjectLink, links).values()
    return Remains(
        projects=len(links),
        people=PersonLink.objects.filter(integration=integration).count(),
        tasks=sum(each.tasks for each in held),
        seconds=sum(each.seconds for each in held),
        events=LinkEvent.objects.filter(integration=integration).count(),
    )


@transaction.atomic
def remove(integration: Integration, person: User | None) -> None:
    """Forgets an integration with its links, pairs, syncs and history. The audit trail keeps that it was there.

    Raises `CannotRemove` while a sync runs: what it is just writing would be known to nobody.
    """
    standing = Integration.objects.select_for_update(of=("self",)).select_related("left", "right").get(pk=integration.pk)
    if standing.is_being_worked_on:
        raise CannotRemove("A sync runs just now. Pause the integration, and remove it when the sync has ended.")
    remains = remains_of(standing)
    audit(person, "integration.removed", str(standing), projects=remains.projects, people=remains.people)
    forget_proofs(PersonLink.objects.filter(integration=standing))
    forget_link_events(standing.pk)
    standing.delete()
