"""The first wall: managers that see one organization, and the scope that both walls follow."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Membership, Organization, Role
from portal.organizations.scope import SETTING, NoScope, bind, bound_organization_id, current_organization_id, scope

pytestmark = pytest.mark.django_db


def setting() -> str:
    """What PostgreSQL takes for the organization."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def members() -> set[str]:
    return {membership.user.name for membership in Membership.objects.select_related("user")}


def test_outside_of_a_scope_nothing_is_read(organization: Organization) -> None:
    with pytest.raises(NoScope, match="with scope"):
        Membership.objects.all()
    with pytest.raises(NoScope):
        Membership.objects.filter(role=Role.OWNER)


def test_outside_of_a_scope_nothing_is_made(organization: Organization, charlie: User) -> None:
    with pytest.raises(NoScope):
        Membership.objects.create(user=charlie)
    with pytest.raises(NoScope):
        AuditEntry(action="nothing", target="nobody")


def test_a_scope_sees_its_own_rows_alone(organization: Organization, other: Organization) -> None:
    with scope(organization.id):
        assert members() == {"Alice", "Bob"}
    with scope(other.id):
        assert members() == {"Charlie"}


def test_a_new_row_takes_the_organization_of_the_scope(organization: Organization, charlie: User) -> None:
    with scope(organization.id):
        assert Membership.objects.create(user=charlie).organization_id == organization.id


def test_a_scope_within_another_is_left_for_the_outer_one(organization: Organization, other: Organization) -> None:
    with scope(organization.id):
        with scope(other.id):
            assert members() == {"Charlie"}
            with scope(organization.id):
                assert members() == {"Alice", "Bob"}
            assert members() == {"Charlie"}
        assert members() == {"Alice", "Bob"}
        assert current_organization_id() == organization.id
        assert setting() == str(organization.id)


@pytest.mark.parametrize("failure", [RuntimeError, IntegrityError])
def test_a_failed_scope_does_not_leak_outward(
    failure: type[Exception], organization: Organization, other: Organization, charlie: User
) -> None:
    with scope(organization.id):
        with pytest.raises(failure), scope(other.id):
            if failure is RuntimeError:
                raise failure
            Membership.objects.create(user=charlie)  # he is a member already
        assert members() == {"Alice", "Bob"}
        assert setting() == str(organization.id)


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_scope_remains_after_it(fails: bool, organization: Organization) -> None:
    with transaction.atomic():
        try:
            with scope(organization.id):
                assert setting() == str(organization.id)
                if fails:
                    raise RuntimeError
        except RuntimeError:
            pass
        assert setting() == ""
    with pytest.raises(NoScope):
        current_organization_id()


def test_what_a_failed_scope_wrote_is_undone(organization: Organization, charlie: User) -> None:
    with pytest.raises(RuntimeError), scope(organization.id):
        Membership.objects.create(user=charlie)
        raise RuntimeError
    with scope(organization.id):
        assert members() == {"Alice", "Bob"}


def test_the_same_scope_again_costs_nothing(organization: Organization, django_assert_num_queries: Any) -> None:
    with scope(organization.id), django_assert_num_queries(0), scope(organization.id):
        assert current_organization_id() == organization.id


def test_bound_code_opens_its_scope_without_naming_it(organization: Organization) -> None:
    with bind(organization.id):
        assert bound_organization_id() == organization.id
        with pytest.raises(NoScope):
            Membership.objects.all()
        with scope():
            assert members() == {"Alice", "Bob"}
    with pytest.raises(NoScope):
        bound_organization_id()
    with pytest.raises(NoScope), scope():
        pass


def test_a_scope_is_not_seen_by_other_threads(organization: Organization) -> None:
    found: list[type[BaseException] | None] = []

    def look() -> None:
        try:
            current_organization_id()
        except NoScope as error:
            found.append(type(error))

    with scope(organization.id):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [NoScope]
