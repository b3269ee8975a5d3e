"""The second wall: what PostgreSQL itself refuses to the role of web and workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, models, transaction

from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.models import AuditEntry, Membership, Organization
from portal.organizations.scope import NoScope, operator_scope, scope
from portal.organizations.tenancy import TenantModel, tenant_models
from portal.organizations.walls import walls_of
from portal.work.models import due_models
from tests.factories import make_objects

pytestmark = pytest.mark.django_db

TENANTS = sorted(tenant_models(), key=lambda model: model._meta.label)
NOBODYS = {
    "accounts.User": "a person may belong to several organizations",
    "organizations.Organization": "the tenant itself: its policy compares the id",
    "work.Heartbeat": "of processes",
    "work.Outage": "of processes",
    "connections.Discovery": "public documents of providers",
    "connections.BudgetBucket": "counts of calls, which organizations share: shut to everybody but the doors",
    "connections.BudgetUse": "the same",
    "connections.BudgetWait": "the same",
}


def labelled(model: type[models.Model]) -> str:
    return str(model._meta.label)


def ask(statement: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else [cursor.rowcount]


def refuses(statement: str, *parameters: Any) -> bool:
    """Whether PostgreSQL raises. A savepoint keeps the test's transaction alive."""
    try:
        with transaction.atomic():
            ask(statement, *parameters)
    except DatabaseError:
        return True
    return False


@pytest.fixture
def filled(organization: Organization, other: Organization) -> tuple[Organization, Organization]:
    """Both organizations with one of everything."""
    for each in (organization, other):
        with scope(each.id):
            make_objects()
            audit(None, "test.filled", each.name)
    return organization, other


def count_in(organization_id: UUID, model: type[TenantModel]) -> int:
    with scope(organization_id):
        return model.objects.count()


# --- every table --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*TENANTS, Organization], ids=labelled)
def test_a_tenants_table_stands_behind_the_wall(model: type[models.Model]) -> None:
    assert walls_of(model, "default") == {"enabled": True, "policies": ["operator", "tenant"]}


@pytest.mark.parametrize("model", [*TENANTS, Organization], ids=labelled)
def test_the_policies_are_for_the_right_roles_and_for_reading_and_writing(model: type[models.Model]) -> None:
    found = ask(
        "SELECT policyname, roles::text[], cmd, permissive, qual, with_check FROM pg_policies WHERE tablename = %s", model._meta.db_table
    )
    policies = {name: (roles, command, kind, reads, writes) for name, roles, command, kind, reads, writes in found}
    assert policies["operator"] == ([settings.DATABASE_OPERATOR_ROLE], "ALL", "PERMISSIVE", "true", "true")
    roles, command, _, reads, writes = policies["tenant"]
    assert (roles, command) == ([settings.DATABASE_APPLICATION_ROLE], "ALL")
    assert reads == writes and "app.organization_id" in reads


def test_every_table_that_names_an_organization_stands_behind_the_wall() -> None:
    """Also tables that no model of ours stands for, such as those between two models."""
    unguarded = ask(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE attname = 'organization_id' AND relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity"
    )
    assert unguarded == []


def test_every_model_of_ours_belongs_to_a_tenant_or_is_known_to_belong_to_nobody() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("portal.", "integrations."))]
    assert {model._meta.label for model in ours if not issubclass(model, TenantModel)} == set(NOBODYS)


@pytest.mark.parametrize("model", TENANTS, ids=labelled)
def test_without_a_scope_the_database_shows_nothing(model: type[TenantModel], filled: Any) -> None:
    assert ask(f'SELECT count(*) FROM "{model._meta.db_table}"') == [(0,)]
    assert model._base_manager.count() == 0


@pytest.mark.parametrize("model", TENANTS, ids=labelled)
def test_within_a_scope_the_rows_of_others_can_neither_be_read_nor_written(
    model: type[TenantModel], filled: tuple[Organization, Organization]
) -> None:
    ours, theirs = filled
    before, table = count_in(theirs.id, model), model._meta.db_table
    with scope(ours.id):
        assert model._base_manager.filter(organization=theirs).count() == 0
        assert ask(f'SELECT count(*) FROM "{table}" WHERE organization_id <> %s', ours.id) == [(0,)]
        assert ask(f'SELECT count(*) FROM "{table}" WHERE organization_id = %s', theirs.id) == [(0,)]
        for statement in (f'UPDATE "{table}" SET organization_id = organization_id', f'DELETE FROM "{table}"'):
            if not getattr(model, "append_only", False):
                assert ask(f"{statement} WHERE organization_id = %s", theirs.id) == [0]
    assert count_in(theirs.id, model) == before


# --- writing ------------------------------------------------------------------------------------------------------------------


def test_a_row_cannot_be_made_for_another_organization(organization: Organization, other: Organization, bob: User) -> None:
    with scope(organization.id):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership.objects.create(organization=other, user=bob)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Membership._base_manager.bulk_create([Membership(organization=other, user=bob)])


def test_a_row_cannot_be_moved_to_another_organization(organization: Organization, other: Organization) -> None:
    with scope(organization.id), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Membership.objects.update(organization=other)


def test_a_row_cannot_be_made_without_a_scope(organization: Organization, charlie: User) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Membership._base_manager.create(organization=organization, user=charlie)


def test_an_organization_sees_and_changes_itself_alone(organization: Organization, other: Organization) -> None:
    with scope(organization.id):
        assert list(Organization.objects.all()) == [organization]
        assert Organization.objects.filter(pk=other.pk).update(name="Taken") == 0
        assert Organization.objects.update(name="Northwind Ltd") == 1


def test_a_scope_that_names_no_organization_at_all_shows_nothing(organization: Organization) -> None:
    ask("SELECT set_config('app.organization_id', '', true)")
    assert Membership._base_manager.count() == 0
    ask("SELECT set_config('app.organization_id', 'everything', true)")
    assert refuses("SELECT count(*) FROM organizations_membership")


# --- the role -----------------------------------------------------------------------------------------------------------------


def test_the_role_is_the_restricted_one_and_bypasses_nothing() -> None:
    found = ask(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = current_user"
    )
    assert found == [(settings.DATABASE_APPLICATION_ROLE, False, False, False, False, False)]
    assert ask("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = %s", settings.DATABASE_OPERATOR_ROLE) == [
        (False, False, False)
    ]


def test_the_role_owns_nothing() -> None:
    assert ask("SELECT count(*) FROM pg_class WHERE pg_has_role(relowner, 'USAGE') AND relnamespace = 'public'::regnamespace") == [(0,)]
    assert ask("SELECT count(*) FROM pg_proc WHERE proowner = current_user::regrole") == [(0,)]
    assert ask("SELECT count(*) FROM pg_database WHERE datdba = current_user::regrole") == [(0,)]
    assert ask("SELECT count(*) FROM pg_namespace WHERE nspowner = current_user::regrole AND nspname NOT LIKE 'pg_temp%%'") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE loot (id integer)",
        "CREATE VIEW loot AS SELECT * FROM organizations_membership",
        "CREATE FUNCTION loot() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA loot",
        "ALTER TABLE organizations_membership DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE organizations_membership ADD COLUMN loot integer",
        "DROP POLICY tenant ON organizations_membership",
        "CREATE POLICY loot ON organizations_membership USING (true)",
        "DROP TABLE organizations_membership",
        "TRUNCATE organizations_auditentry",
        "ALTER FUNCTION memberships_of(bigint) SECURITY INVOKER",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "SET ROLE timebridge_owner",
        "SET SESSION AUTHORIZATION timebridge_owner",
        "DELETE FROM django_migrations",
        "UPDATE django_migrations SET name = name",
        "COPY organizations_membership TO PROGRAM 'cat'",
    ],
)
def test_the_role_cannot_change_the_building(statement: str) -> None:
    assert refuses(statement)


def test_switching_row_security_off_is_an_error_and_shows_nothing(organization: Organization) -> None:
    ask("SET LOCAL row_security = off")
    assert refuses("SELECT count(*) FROM organizations_membership")


def test_the_only_functions_with_their_owners_rights_are_the_doors() -> None:
    found = ask("SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    claims = {f"claim_{model._meta.db_table}" for model in due_models()}
    doors = {"memberships_of", "invitation_behind", "authorization_behind", "organizations_with_credentials"}
    doors |= {"records_with_words", "person_link_behind", "forget_link_events"}
    doors |= {"subscription_behind", "organizations_to_look_after"}
    doors |= {"take_budget", "close_budget", "budget_state", "forget_budgets"}
    assert {name for name, _ in found} == doors | claims
    assert all(settings_ == ["search_path=public, pg_temp"] for _, settings_ in found)


def test_the_doors_open_to_the_portals_role_and_to_nobody_else() -> None:
    public = ask(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0)"
    )
    closed = ask(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        " AND NOT has_function_privilege(current_user, oid, 'EXECUTE')"
    )
    assert (public, closed) == ([], [])


# --- the audit trail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    ["UPDATE organizations_auditentry SET target = 'nobody'", "DELETE FROM organizations_auditentry", "TRUNCATE organizations_auditentry"],
)
def test_an_audit_entry_can_be_neither_changed_nor_deleted(statement: str, organization: Organization, alice: User) -> None:
    with scope(organization.id):
        audit(alice, "test.done", "something")
        assert refuses(statement)
        assert AuditEntry.objects.get().target == "something"


def test_the_models_of_the_trail_do_not_get_past_that(organization: Organization, alice: User) -> None:
    with scope(organization.id):
        audit(alice, "test.done", "something")
        entry = AuditEntry.objects.get()
        entry.target = "nobody"
        for act in (entry.save, entry.delete, lambda: AuditEntry.objects.update(target="nobody"), AuditEntry.objects.all().delete):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                act()


# --- the operator's door ------------------------------------------------------------------------------------------------------


def test_the_operator_sees_every_organization_and_each_opening_is_logged(
    organization: Organization, other: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="portal.organizations.scope"), operator_scope("dana", "looking after Northwind"):
        assert {membership.organization_id for membership in Membership.objects.all()} == {organization.id, other.id}
        assert Organization.objects.count() == 2
        assert ask("SELECT current_user") == [(settings.DATABASE_OPERATOR_ROLE,)]
    logged = [vars(record)["msg"] for record in caplog.records if record.name == "portal.organizations.scope"]
    assert [(entry["event"], entry["person"], entry["reason"]) for entry in logged] == [
        ("operator door opened", "dana", "looking after Northwind")
    ]


@pytest.mark.parametrize("fails", [False, True])
def test_outside_of_the_operators_door_everything_is_as_before(fails: bool, organization: Organization, other: Organization) -> None:
    try:
        with operator_scope("dana", "a test"):
            if fails:
                raise RuntimeError
    except RuntimeError:
        pass
    assert ask("SELECT current_user") == [(settings.DATABASE_APPLICATION_ROLE,)]
    assert Membership._base_manager.count() == 0
    with pytest.raises(NoScope):
        Membership.objects.all()


def test_the_operators_door_within_a_scope_closes_to_that_scope(organization: Organization, other: Organization) -> None:
    with scope(organization.id):
        with operator_scope("dana", "a test"):
            assert Membership.objects.count() == 3
        assert Membership.objects.count() == 2
