"""A connection with a mirrored project, tasks, people and time, and Bob signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.connections.models import Connection
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.records.samples import destination, make_connection, mirror_destination


@pytest.fixture
def connection(organization: Organization) -> Connection:
    with scope(organization.id):
        made = make_connection(destination())
        mirror_destination(made, tasks=120)
    return made


@pytest.fixture
def member(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client
