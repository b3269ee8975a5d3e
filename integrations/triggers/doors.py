"""The narrow way past the walls that webhooks need: whose address somebody delivers to, answered with nothing but ids."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, connections

from portal.organizations.models import hash_secret
from portal.organizations.walls import definer

SUBSCRIPTION_DOOR = """
CREATE OR REPLACE FUNCTION subscription_behind(hash varchar)
RETURNS TABLE (organization_id uuid, subscription_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT s.organization_id, s.id FROM triggers_subscription s WHERE s.address_hash = hash
$$
"""


def make_doors(using: str) -> None:
    """Makes the door, after every `migrate`."""
    with connections[using].cursor() as cursor:
        for statement in definer("subscription_behind(varchar)", SUBSCRIPTION_DOOR):
            cursor.execute(statement)


def subscription_behind(secret: str) -> tuple[UUID, UUID] | None:
    """Organization and subscription that an address belongs to, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, subscription_id FROM subscription_behind(%s)", [hash_secret(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
