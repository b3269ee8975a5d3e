"""The narrow way past the walls that personal links need: it answers with nothing but ids."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, connections

from portal.organizations.models import hash_secret
from portal.organizations.walls import definer

PERSON_LINK_DOOR = """
CREATE OR REPLACE FUNCTION person_link_behind(hash varchar)
RETURNS TABLE (organization_id uuid, link_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT l.organization_id, l.id FROM linking_personlink l WHERE l.secret_hash = hash
$$
"""


def make_doors(using: str) -> None:
    """Makes the door, after every `migrate`."""
    with connections[using].cursor() as cursor:
        for statement in definer("person_link_behind(varchar)", PERSON_LINK_DOOR):
            cursor.execute(statement)


def person_link_behind(secret: str) -> tuple[UUID, UUID] | None:
    """Organization and link of a person that a secret belongs to, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, link_id FROM person_link_behind(%s)", [hash_secret(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
