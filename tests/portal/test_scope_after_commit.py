"""What a scope leaves behind when its transaction has really ended."""

from __future__ import annotations

import pytest
from django.db import connection

from portal.organizations.models import Membership
from portal.organizations.scope import SETTING, scope
from tests.conftest import make_organization, make_person


@pytest.mark.parametrize("fails", [False, True])
def test_the_next_request_on_the_connection_finds_it_clean(fails: bool, committed: None) -> None:
    """A setting of the session, in place of the transaction, would pass to whoever comes next."""
    organization = make_organization("Northwind", owner=make_person("Alice"))
    try:
        with scope(organization.id):
            assert Membership.objects.count() == 1
            if fails:
                raise RuntimeError
    except RuntimeError:
        pass
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        assert cursor.fetchone() == ("",)
    assert Membership._base_manager.count() == 0
