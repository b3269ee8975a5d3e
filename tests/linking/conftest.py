"""Alice, signed in, and an integration of hers with projects and people that are not linked yet."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.linking.models import Integration
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.linking.building import bridge


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    with scope(organization.id):
        return bridge()
