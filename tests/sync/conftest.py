"""One sandbox for the tests of syncing, as it began for each test that asks, and an organization that is joined with it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind
from tests.live.services import addresses
from tests.live.world import World
from tests.sandbox.conftest import running
from tests.sync.syncing import Office, build

CLIENT = {
    "HUBSTAFF_CLIENT_ID": "timebridge-sandbox",
    "HUBSTAFF_CLIENT_SECRET": "sandbox-secret",
    "MICROSOFT_CLIENT_ID": "timebridge-sandbox-entra",
    "MICROSOFT_CLIENT_SECRET": "sandbox-secret",
}


@pytest.fixture(scope="session")
def sandbox_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("sandbox")) as address:
        yield address


@pytest.fixture
def world(sandbox_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Both providers played by the sandbox, and what stands there."""
    for name, value in {**addresses(sandbox_address), **CLIENT}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    monkeypatch.setattr("integrations.transport.client.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("integrations.transport.client.LONGEST_PAUSE", 0.1)
    with httpx.Client(base_url=f"{sandbox_address}/control", timeout=20) as control:
        World.told(control.post("/reset"))
        world = World(sandbox_address, control)
        yield world
        world.close()


@pytest.fixture
def office(db: None, organization: Organization, alice: User, world: World) -> Iterator[Office]:
    with bind(organization.pk):
        yield build(organization, alice, world)
