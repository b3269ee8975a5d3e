"""Alice owns, Bob is a member who may not change anything here, Vera only looks, Charlie is a stranger; and a destination of theirs."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.automations.models import Destination
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.factories import make_destination, make_trigger


@pytest.fixture
def client(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def member(bob: User) -> Client:
    """Bob, who looks but may not change what is delivered."""
    browser = Client()
    browser.force_login(bob)
    return browser


@pytest.fixture
def trigger(organization: Organization) -> Trigger:
    with scope(organization.id):
        return make_trigger()


@pytest.fixture
def destination(organization: Organization) -> Destination:
    with scope(organization.id):
        return make_destination()
