"""The narrow ways past the walls: whose a personal link is, answered with nothing but ids, and forgetting the history of an integration
that is removed.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, connections

from portal.organizations.models import hash_secret
from portal.organizations.scope import SETTING
from portal.organizations.walls import definer

PERSON_LINK_DOOR = """
CREATE OR REPLACE FUNCTION person_link_behind(hash varchar)
RETURNS TABLE (organization_id uuid, link_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT l.organization_id, l.id FROM linking_personlink l WHERE l.secret_hash = hash
$$
"""
HISTORY_DOOR = f"""
CREATE OR REPLACE FUNCTION forget_link_events(integration uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  DELETE FROM linking_linkevent e
  WHERE e.integration_id = integration AND e.organization_id = nullif(current_setting('{SETTING}', true), '')::uuid
$$
"""


def make_doors(using: str) -> None:
    """Makes the doors, after every `migrate`."""
    doors = [*definer("person_link_behind(varchar)", PERSON_LINK_DOOR), *definer("forget_link_events(uuid)", HISTORY_DOOR)]
    with connections[using].cursor() as cursor:
        for statement in doors:
            cursor.execute(statement)


def person_link_behind(secret: str) -> tuple[UUID, UUID] | None:
    """Organization and link of a person that a secret belongs to, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, link_id FROM person_link_behind(%s)", [hash_secret(secret)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def forget_link_events(integration: UUID) -> None:
    """Deletes the history of an integration of the organization whose scope is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_link_events(%s)", [integration])
