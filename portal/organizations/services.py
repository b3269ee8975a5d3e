"""What can be done to organizations, memberships and invitations. All but `found` and `accept` needs a scope."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import IntegrityError
from django.utils import timezone
from django.utils.text import slugify

from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.models import Invitation, Membership, Organization, Role
from portal.organizations.scope import current_organization_id, scope

NAMESAKES = 20


class Refused(ValueError):
    """This cannot be done; the message says why, for the person who asked."""


class AddressTaken(Refused):
    """Another organization has this address."""


class NotInvited(Refused):
    """The invitation is not open, or it is meant for somebody else."""


def found(founder: User, name: str, slug: str, time_zone: str) -> Organization:
    """Makes an organization and its first owner. Without a slug it gets one made from its name, which gives way to namesakes.

    Raises `AddressTaken` where the chosen slug belongs to another organization.
    """
    for address in _addresses(name, slug):
        with suppress(AddressTaken):
            return _found_at(address, founder, name, time_zone)
    raise AddressTaken("Another organization has this address. Choose a different one.")


def change_settings(organization: Organization, changed: dict[str, Any], person: User) -> None:
    """Saves the organization, of which `changed` tells the new values."""
    organization.save(update_fields=list(changed))
    audit(person, "organization.changed", organization.name, **changed)


def invite(email: str, role: Role, inviter: User, inviter_role: Role) -> tuple[Invitation, str]:
    """Makes the one open invitation of an address, or renews it with this role. Gives it with its secret, for the mail.

    Raises `Refused` where the address belongs to a member, or somebody with a higher role has decided already.
    """
    organization = _one_at_a_time()
    if Membership.objects.filter(user__email__iexact=email).exists():
        raise Refused("This person is a member already.")
    invitation = Invitation.objects.filter(email__iexact=email, accepted_at=None).first() or Invitation(email=email.lower(), role=role)
    if not inviter_role.allows(Role(invitation.role)):
        raise Refused(f"This person is invited already, as {Role(invitation.role).label.lower()}.")
    invitation.organization, invitation.role, invitation.invited_by = organization, role, inviter
    secret = invitation.renew()
    invitation.save()
    audit(inviter, "invitation.sent", invitation.email, role=role)
    return invitation, secret


def resend(invitation: Invitation, person: User) -> str:
    """Gives the invitation a new life; the link that was sent before is void. Gives the new secret, for the mail."""
    secret = invitation.renew()
    invitation.save(update_fields=["secret_hash", "expires_at"])
    audit(person, "invitation.sent_again", invitation.email)
    return secret


def revoke(invitation: Invitation, person: User) -> None:
    audit(person, "invitation.revoked", invitation.email)
    invitation.delete()


def accept(invitation: Invitation, person: User) -> Organization:
    """Makes a person a member. Raises `NotInvited` where the invitation is not open or names another address."""
    with scope(invitation.organization.pk):
        organization = _one_at_a_time()
        now = Invitation.objects.filter(pk=invitation.pk).first()
        if now is None or not now.is_open or not is_meant_for(now, person):
            raise NotInvited("This invitation is not open for you.")
        Membership.objects.get_or_create(user=person, defaults={"role": now.role})
        now.accepted_at = timezone.now()
        now.save(update_fields=["accepted_at"])
        audit(person, "invitation.accepted", now.email, role=now.role)
    return organization


def is_meant_for(invitation: Invitation, person: User) -> bool:
    return invitation.email.casefold() == person.email.casefold()


def change_role(membership: Membership, role: Role, person: User) -> None:
    """Raises `Refused` where the last owner would be one no longer."""
    _one_at_a_time()
    if role != Role.OWNER:
        _keep_an_owner(membership)
    former, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    audit(person, "membership.role_changed", membership.user.email, former=former, role=role)


def remove(membership: Membership, person: User) -> None:
    """Ends a membership, also one's own. Raises `Refused` where nobody would be left who owns the organization."""
    _one_at_a_time()
    _keep_an_owner(membership)
    action = "membership.left" if membership.user_id == person.pk else "membership.removed"
    audit(person, action, membership.user.email, role=membership.role)
    membership.delete()


def _addresses(name: str, slug: str) -> Iterator[str]:
    if slug:
        yield slug
        return
    made = slugify(name)[:40].strip("-") or "organization"
    yield made
    yield from (f"{made}-{number}" for number in range(2, NAMESAKES))
    yield f"{made}-{secrets.token_hex(4)}"


def _found_at(slug: str, founder: User, name: str, time_zone: str) -> Organization:
    organization = Organization(name=name, slug=slug, time_zone=time_zone)
    with scope(organization.id):
        _insert(organization)
        Membership.objects.create(user=founder, role=Role.OWNER)
        audit(founder, "organization.created", name)
    return organization


def _insert(organization: Organization) -> None:
    """The walls hide the other organizations, so the only way to learn that an address is taken is to try."""
    try:
        organization.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken(organization.slug) from error


def _one_at_a_time() -> Organization:
    """Until the transaction ends, nobody else changes who belongs to the organization: two owners cannot demote each other at once."""
    return Organization.objects.select_for_update(no_key=True).get(pk=current_organization_id())


def _keep_an_owner(leaving: Membership) -> None:
    others = Membership.objects.filter(role=Role.OWNER, user__is_active=True).exclude(pk=leaving.pk)
    if leaving.role == Role.OWNER and not others.exists():
        raise Refused("An organization needs an owner. Make somebody else an owner first.")
