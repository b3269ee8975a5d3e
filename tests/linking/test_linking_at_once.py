"""Two people who link, disconnect or undo at the same moment: one after the other, and nothing is doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections

from integrations.linking.disconnecting import CannotUndo, disconnect, undo
from integrations.linking.models import Disconnection, Integration, LinkEvent, ProjectLink
from integrations.linking.rules import follow_rule
from integrations.linking.services import CannotLink, connect_all, link_project
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization, make_person
from tests.linking.pages import links

Deed = Callable[[Integration], object]


@pytest.fixture
def organization(committed: None, monkeypatch: pytest.MonkeyPatch) -> Organization:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    return make_organization("Northwind", owner=make_person("Alice"))


def at_once(organization: Organization, *deeds: Deed) -> list[Exception | None]:
    """Does all of it at the same moment, each in a thread with a connection of its own; gives what each raised."""
    barrier = threading.Barrier(len(deeds))
    ends: dict[int, Exception | None] = {}

    def run(number: int, deed: Deed) -> None:
        try:
            with scope(organization.id):
                integration = Integration.objects.select_related("left", "right").get()
                barrier.wait(10)
                deed(integration)
            ends[number] = None
        except (CannotLink, CannotUndo) as error:
            ends[number] = error
        finally:
            connections["default"].close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [ends[number] for number in range(len(deeds))]


def part(integration: Integration) -> Disconnection | None:
    return disconnect(ProjectLink, integration, list(ProjectLink.objects.values_list("pk", flat=True)), None)


def take_back(integration: Integration) -> object:
    return undo(Disconnection.objects.select_related("integration").get(), None)


def test_of_two_who_undo_at_once_one_does_it(organization: Organization, integration: Integration) -> None:
    with scope(organization.id):
        connect_all(integration, None)
        part(integration)
    ends = at_once(organization, take_back, take_back)
    assert sorted(end is None for end in ends) == [False, True]
    assert links(integration) == {"p1": "11", "p2": ""}
    with scope(organization.id):
        assert LinkEvent.objects.filter(what=LinkEvent.What.RESTORED).count() == 2


def test_undoing_while_the_partner_is_given_away_ends_in_one_of_both(organization: Organization, integration: Integration) -> None:
    with scope(organization.id):
        link_project(integration, "p1", "11", None)
        part(integration)
    ends = at_once(organization, take_back, lambda now: link_project(now, "p3", "11", None))
    assert ends[0] is None
    assert links(integration) == ({"p3": "11"} if ends[1] is None else {"p1": "11"})


def test_two_who_disconnect_at_once_make_one_disconnection(organization: Organization, integration: Integration) -> None:
    with scope(organization.id):
        connect_all(integration, None)
    assert at_once(organization, part, part) == [None, None]
    with scope(organization.id):
        assert Disconnection.objects.count() == 1
        assert LinkEvent.objects.filter(what=LinkEvent.What.DISCONNECTED).count() == 2


def test_a_rule_and_a_person_who_link_at_once_link_each_project_once(organization: Organization, integration: Integration) -> None:
    with scope(organization.id):
        Integration.objects.update(new_projects=Integration.NewProjects.CREATE)
    assert at_once(organization, follow_rule, lambda now: connect_all(now, None)) == [None, None]
    assert links(integration) == {"p1": "11", "p2": ""}
    with scope(organization.id):
        assert LinkEvent.objects.count() == 2
