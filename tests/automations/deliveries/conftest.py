"""A receiver on this machine, and an office that delivers to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import User
from portal.organizations.models import Organization
from tests.automations.deliveries.office import Clock, Office
from tests.automations.deliveries.receiver import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    receiver = Receiver()
    settings.OUTGOING_HOSTS = [receiver.host]
    yield receiver
    receiver.stop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Begins now, so that signatures are of an age that is accepted."""
    clock = Clock(datetime.now(UTC))
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def office(organization: Organization, alice: User, clock: Clock) -> Office:
    return Office(organization, alice, clock)
