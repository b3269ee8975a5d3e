"""Two owners at the same moment: one of them stays."""

from __future__ import annotations

import threading

from django.db import connection

from portal.accounts.models import User
from portal.organizations import services
from portal.organizations.models import Membership, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization, make_person


def test_two_owners_cannot_step_down_past_each_other(committed: None) -> None:
    alice, olga = make_person("Alice"), make_person("Olga")
    organization = make_organization("Northwind", owner=alice)
    with scope(organization.id):
        Membership.objects.create(user=olga, role=Role.OWNER)
    both_looked, outcomes = threading.Barrier(2, timeout=10), list[str]()

    def step_down(person: User) -> None:
        try:
            with scope(organization.id):
                membership = Membership.objects.select_related("user").get(user=person)
                both_looked.wait()
                services.change_role(membership, Role.VIEWER, person)
            outcomes.append("stepped down")
        except services.Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=[person]) for person in (alice, olga)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(outcomes) == ["refused", "stepped down"]
    with scope(organization.id):
        assert Membership.objects.filter(role=Role.OWNER).count() == 1
