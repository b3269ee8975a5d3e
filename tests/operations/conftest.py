"""A connection that nothing can be called through, a run on it, and a worker whose provider is played."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.sealing import SealBroken
from integrations.connections.services import Urgency
from integrations.operations.models import Run
from integrations.operations.tasks import execute
from integrations.transport.errors import SignedOut
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import make_connection
from tests.operations.other_side import OtherSide, Work, asked


@pytest.fixture
def bound(db: None, organization: Organization, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with bind(organization.id):
        yield


@pytest.fixture
def connection(bound: None) -> Connection:
    with scope():
        return make_connection("hubstaff")


@pytest.fixture
def run(connection: Connection) -> Run:
    return asked(connection)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, organization: Organization) -> Work:
    """Does what the worker does with a due run; gives the claim that its message carried."""

    def work(run: Run, other: OtherSide) -> str:
        @contextmanager
        def open_client(connection_id: uuid.UUID, asked_by: str, urgency: Urgency) -> Iterator[OtherSide]:
            with scope():
                connection = Connection.objects.get(pk=connection_id)
            if not connection.is_connected:
                raise SignedOut("Sign in again.")
            if connection.problem == "sealed":
                raise SealBroken("Its key is gone.")
            yield other

        monkeypatch.setattr("integrations.operations.tasks.open_client", open_client)
        claim = uuid.uuid4()
        with scope():
            Run.objects.filter(pk=run.pk).update(claim=claim, due_at=timezone.now(), claimed_until=timezone.now() + timedelta(minutes=1))
        execute(str(organization.id), str(run.pk), str(claim))
        return str(claim)

    return work
