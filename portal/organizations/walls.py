"""The second wall: PostgreSQL itself refuses the rows of other organizations.

Raised anew after every `migrate`, by the role that owns the tables, for every `TenantModel`: a new table cannot be forgotten.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections, models

from portal.organizations.models import Organization
from portal.organizations.scope import SETTING
from portal.organizations.tenancy import TenantModel, tenant_models

MEMBERSHIP_DOOR = """
CREATE OR REPLACE FUNCTION memberships_of(person bigint)
RETURNS TABLE (organization_id uuid, organization_slug varchar, organization_name varchar, role varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT o.id, o.slug, o.name, m.role
  FROM organizations_membership m JOIN organizations_organization o ON o.id = m.organization_id
  WHERE m.user_id = person ORDER BY o.name, o.id
$$
"""
INVITATION_DOOR = """
CREATE OR REPLACE FUNCTION invitation_behind(hash varchar)
RETURNS TABLE (organization_id uuid, invitation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT i.organization_id, i.id FROM organizations_invitation i WHERE i.secret_hash = hash
$$
"""


def raise_walls(using: str) -> None:
    """Sets grants, policies and doors. `using` is the connection of the tables' owner."""
    with connections[using].cursor() as cursor:
        for statement in [*_grants(), *_policies(), *_doors()]:
            cursor.execute(statement)


def definer(signature: str, body: str) -> list[str]:
    """A function with its owner's rights that only the portal's own role may call."""
    return [body, f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC", f"GRANT EXECUTE ON FUNCTION {signature} TO {_application()}"]


def _grants() -> list[str]:
    roles = f"{_application()}, {_operator()}"
    read_only = [f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {roles}"]
    append_only = [f'REVOKE UPDATE, DELETE ON "{model._meta.db_table}" FROM {_application()}' for model in _append_only()]
    return [
        f"GRANT USAGE ON SCHEMA public TO {roles}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}",
        *read_only,
        *append_only,
    ]


def _policies() -> list[str]:
    columns = [(model._meta.db_table, "organization_id") for model in tenant_models()]
    return [statement for table, column in [*columns, (Organization._meta.db_table, "id")] for statement in _policy(table, column)]


def _policy(table: str, column: str) -> list[str]:
    ours = f"{column} = nullif(current_setting('{SETTING}', true), '')::uuid"
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'DROP POLICY IF EXISTS tenant ON "{table}"',
        f'DROP POLICY IF EXISTS operator ON "{table}"',
        f'CREATE POLICY tenant ON "{table}" TO {_application()} USING ({ours}) WITH CHECK ({ours})',
        f'CREATE POLICY operator ON "{table}" TO {_operator()} USING (true) WITH CHECK (true)',
    ]


def _doors() -> list[str]:
    return [*definer("memberships_of(bigint)", MEMBERSHIP_DOOR), *definer("invitation_behind(varchar)", INVITATION_DOOR)]


def _append_only() -> list[type[TenantModel]]:
    return [model for model in tenant_models() if getattr(model, "append_only", False)]


def _application() -> str:
    return f'"{settings.DATABASE_APPLICATION_ROLE}"'


def _operator() -> str:
    return f'"{settings.DATABASE_OPERATOR_ROLE}"'


def walls_of(model: type[models.Model], using: str) -> dict[str, Any]:
    """What stands around a table, read from the database itself: for the health check and the tests."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, (SELECT array_agg(polname::text) FROM pg_policy WHERE polrelid = pg_class.oid)"
            " FROM pg_class WHERE oid = %s::regclass",
            [model._meta.db_table],
        )
        enabled, policies = cursor.fetchone()
    return {"enabled": enabled, "policies": sorted(policies or [])}
