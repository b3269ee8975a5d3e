"""A connection, a trigger on it, and a worker whose provider is played."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.automations.models import Automation, AutomationRun
from integrations.automations.tasks import run_automation
from integrations.connections.models import Connection
from integrations.connections.services import Urgency
from integrations.transport.errors import SignedOut
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from tests.factories import (
    make_automation,
    make_connection,
    make_event,
    make_trigger,
)
from tests.operations.other_side import OtherSide
from tests.records.samples import sign_in

Work = Callable[[AutomationRun, OtherSide], AutomationRun]


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
def trigger(connection: Connection) -> Trigger:
    with scope():
        return make_trigger(connection)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, organization: Organization) -> Work:
    """Does what the worker does with a due run; gives the run as it stands then."""

    def work(run: AutomationRun, other: OtherSide) -> AutomationRun:
        @contextmanager
        def open_client(connection_id: uuid.UUID, asked_by: str, urgency: Urgency) -> Iterator[OtherSide]:
            with scope():
                connection = Connection.objects.get(pk=connection_id)
            if not connection.is_connected:
                raise SignedOut("Sign in again.")
            yield other

        monkeypatch.setattr("integrations.automations.performing.open_client", open_client)
        claim, now = uuid.uuid4(), timezone.now()
        with scope():
            AutomationRun.objects.filter(pk=run.pk).update(claim=claim, due_at=now, claimed_until=now + timedelta(minutes=1))
        run_automation(str(organization.id), str(run.pk), str(claim))
        return newest(run)

    return work


def newest(run: AutomationRun) -> AutomationRun:
    with scope():
        return AutomationRun.objects.select_related("automation", "event").get(pk=run.pk)


@pytest.fixture
def owner(client: Client, alice: User) -> Client:
    return sign_in(client, alice)


@pytest.fixture
def automation(trigger: Trigger) -> Automation:
    """Without steps, switched off and never tried."""
    with scope():
        return make_automation(trigger, steps=[], is_on=False, tried_at=None)


@pytest.fixture
def event(trigger: Trigger) -> Event:
    with scope():
        return make_event(trigger, title="Tour", after={"id": 5, "name": "Tour", "budget": {"cost": 12.5}, "users": [4, 5]})
