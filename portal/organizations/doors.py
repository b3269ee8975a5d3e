"""The narrow ways past the walls. Each is a database function with its owner's rights that answers one question."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from portal.organizations.models import Role, hash_secret


@dataclass(frozen=True)
class KnownMembership:
    """A membership as the switcher needs it, readable before any scope is open."""

    organization_id: UUID
    organization_slug: str
    organization_name: str
    role: Role


def memberships_of(user_id: int) -> list[KnownMembership]:
    """The organizations that a person belongs to, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, organization_slug, organization_name, role FROM memberships_of(%s)", [user_id])
        return [KnownMembership(row[0], row[1], row[2], Role(row[3])) for row in cursor.fetchall()]


def invitation_behind(secret: str) -> tuple[UUID, UUID] | None:
    """Organization and invitation that a secret belongs to, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, invitation_id FROM invitation_behind(%s)", [hash_secret(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
