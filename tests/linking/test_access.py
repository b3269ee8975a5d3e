"""Whom the pages of linking let in, and what they offer to whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.linking.models import Integration
from integrations.linking.people import match_people
from integrations.linking.services import connect_all
from portal.accounts.models import User
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.building import bridge
from tests.linking.pages import address, shown

pytestmark = pytest.mark.django_db


READING = ["overview", "projects", "people", "history"]
CHANGING = [
    "settings",
    "pause",
    "resume",
    "connect_project",
    "connect_all",
    "disconnect_projects",
    "connect_person",
    "match_people",
    "disconnect_people",
    "review",
    "dismissed",
    "rule",
]


def without_a_script(page: str) -> str:
    """A page without what only readers without a script see: the buttons of its filters."""
    return re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", READING)
def test_a_viewer_reads_and_is_offered_no_change(client: Client, integration: Integration, charlie: User, name: str) -> None:
    with scope(integration.organization_id):
        Membership.objects.create(user=charlie, role=Role.VIEWER)
        connect_all(integration, None)
        match_people(integration)
    client.force_login(charlie)
    page = shown(client, name, integration)
    main = page[page.index("<main") : page.index("</main>")]
    assert re.findall(r'<button(?![^>]*(?:type="button"))[^>]*>', without_a_script(main)) == []
    assert "button--primary" not in main


@pytest.mark.parametrize("name", CHANGING)
def test_a_member_does_not_change_links(client: Client, integration: Integration, bob: User, name: str) -> None:
    client.force_login(bob)
    assert client.post(address(name, integration)).status_code == 403


@pytest.mark.parametrize("name", ["pause", "resume", "refresh_projects", "match_people", "refresh_people"])
def test_nothing_is_changed_by_following_a_link(client: Client, integration: Integration, name: str) -> None:
    assert client.get(address(name, integration)).status_code == 405


@pytest.mark.parametrize("name", READING)
def test_another_organizations_integration_is_not_there(client: Client, organization: Organization, charlie: User, name: str) -> None:
    other = make_organization("Southwind", owner=charlie)
    with scope(other.id):
        foreign = bridge()
    assert client.get(address(name, foreign)).status_code == 404


def test_the_admin_site_lists_what_linking_keeps(client: Client, integration: Integration, django_assert_max_num_queries: Any) -> None:
    with scope(integration.organization_id):
        connect_all(integration, None)
        match_people(integration)
    admin = User.objects.create_superuser("root@example.com", "correct horse battery staple")
    client.force_login(admin)
    for model in ("integration", "projectlink", "personlink"):
        with django_assert_max_num_queries(14):
            assert client.get(reverse(f"admin:linking_{model}_changelist")).status_code == 200
