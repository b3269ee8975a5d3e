"""The narrow ways past the walls that connections need. Each answers one question with nothing but ids."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, connections

from integrations.connections.models import sealed_models
from portal.organizations.models import hash_secret
from portal.organizations.walls import definer

AUTHORIZATION_DOOR = """
CREATE OR REPLACE FUNCTION authorization_behind(hash varchar)
RETURNS TABLE (organization_id uuid, authorization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT a.organization_id, a.id FROM connections_authorization a WHERE a.state_hash = hash
$$
"""
CREDENTIAL_DOOR = """
CREATE OR REPLACE FUNCTION organizations_with_credentials()
RETURNS TABLE (organization_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ {every} $$
"""


def make_doors(using: str) -> None:
    """Makes the doors, after every `migrate`."""
    every = " UNION ".join(f'SELECT organization_id FROM "{model._meta.db_table}"' for model in sealed_models())
    statements = [
        *definer("authorization_behind(varchar)", AUTHORIZATION_DOOR),
        *definer("organizations_with_credentials()", CREDENTIAL_DOOR.format(every=every)),
    ]
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def authorization_behind(state: str) -> tuple[UUID, UUID] | None:
    """Organization and authorization that a state belongs to, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id, authorization_id FROM authorization_behind(%s)", [hash_secret(state)])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def organizations_with_credentials() -> list[UUID]:
    """Every organization that has sealed secrets, for the change of keys."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organization_id FROM organizations_with_credentials()")
        return [row[0] for row in cursor.fetchall()]
