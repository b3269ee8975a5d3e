from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.connections.models import Connection
from integrations.triggers.models import Trigger
from portal.organizations.models import Organization
from portal.organizations.scope import bind
from tests.conftest import make_organization
from tests.triggers.polling.world import ONE, There, connected, watching


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> There:
    """The projects over there, as whoever opens the connection finds them."""
    there = There(ONE)
    monkeypatch.setattr("integrations.triggers.polling.open_client", there.open_client)
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    return there


@pytest.fixture
def bound(db: None, organization: Organization, shelf: There) -> Iterator[Organization]:
    with bind(organization.id):
        yield organization


@pytest.fixture
def connection(bound: Organization, shelf: There) -> Connection:
    """Its projects were walked once."""
    return connected(shelf)


@pytest.fixture
def trigger(connection: Connection) -> Trigger:
    return watching(connection)


@pytest.fixture
def office(committed: None, shelf: There) -> Iterator[Organization]:
    """With real commits."""
    organization = make_organization("Northwind")
    with bind(organization.id):
        yield organization
