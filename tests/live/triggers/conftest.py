"""One post for the rows of the triggers, so that everything is made ready once and happens at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from django.conf import settings

from integrations.connections.models import Connection, State
from integrations.demonstration.company import connect_both, found
from portal.accounts.models import User
from portal.launch import services as commands
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.tasks import sweep
from tests.conftest import committing
from tests.live.services import Process, Services, addresses
from tests.live.triggers.happenings import cases
from tests.live.triggers.post import Post
from tests.live.world import World


@pytest.fixture(scope="package")
def portal(services: Services, sandbox: str) -> Process:
    """The web process, which the sandbox's webhooks reach."""
    base = services.environment["BASE_URL"]
    web = services.start("web", commands.web("127.0.0.1", urlsplit(base).port or 80))
    services.until("the portal answers", lambda: _answers(base))
    return web


@pytest.fixture(scope="package")
def post(django_db_setup: None, django_db_blocker: Any, services: Services, beat: Process, sandbox: str, portal: Process) -> Iterator[Post]:
    services.forget_messages()
    worker = services.start("worker", commands.worker())
    with committing(django_db_blocker), _manned(services, sandbox) as post:
        post.watch_everything(cases())
        post.wait_for_webhooks()
        yield post
        services.kill(worker)
    services.end(portal)


@contextmanager
def _manned(services: Services, sandbox: str) -> Iterator[Post]:
    """A fresh organization with both trackers connected."""
    with pytest.MonkeyPatch.context() as patch, httpx.Client(base_url=f"{sandbox}/control", timeout=20) as control:
        for name, value in addresses(sandbox).items():
            patch.setenv(name, value)
        patch.setattr(settings, "BASE_URL", services.environment["BASE_URL"])
        patch.setattr("portal.work.claims.wake", partial(sweep.apply_async, queue=services.environment["TASK_QUEUE"], expires=30))
        World.told(control.post("/reset"))
        world = World(sandbox, control)
        organization = _organization()
        services.until("both trackers are connected", lambda: _are_connected(organization))
        yield Post(services, organization, world)
        world.close()


def _organization() -> Organization:
    suffix = uuid4().hex[:8]
    owner = User.objects.create_user(f"post-{suffix}@example.com", name="Alice Post")
    organization = Organization(name=f"Post {suffix}", slug=f"post-{suffix}", time_zone="Europe/Berlin")
    found(organization, owner)
    with scope(organization.pk):
        connect_both(owner)
    return organization


def _are_connected(organization: Organization) -> bool:
    with scope(organization.pk):
        return Connection.objects.filter(state=State.CONNECTED).count() == 2


def _answers(base: str) -> bool:
    """Whether it is there, with an address of no webhook."""
    try:
        return httpx.post(f"{base}/hooks/nobody/", timeout=5).status_code == 404
    except httpx.HTTPError:
        return False
