"""An organization in which all is well, looked after minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from integrations.alarms.models import Alarm
from integrations.alarms.services import look_after_organizations
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.heartbeats import PARTS, beat_heart
from tests.factories import make_connection, make_trigger


@dataclass
class Office:
    """An organization, and the time that passes in it."""

    organization: Organization
    now: datetime = field(default_factory=timezone.now)

    def after(self, **time: float) -> None:
        """Some time later the watch goes its round."""
        self.now += timedelta(**time)
        look_after_organizations(self.now)

    @contextmanager
    def change(self) -> Iterator[None]:
        with scope(self.organization.id):
            yield

    def open(self) -> list[str]:
        with scope(self.organization.id):
            return [alarm.title for alarm in Alarm.objects.filter(ended_at=None).order_by("title")]

    def mailed(self) -> list[str]:
        """The subjects of all mails since it was last asked."""
        subjects = [str(each.subject) for each in mail.outbox]
        mail.outbox.clear()
        return subjects


@pytest.fixture
def everything_lives(db: None) -> None:
    for part in PARTS:
        beat_heart(part.name)


@pytest.fixture
def office(organization: Organization, alice: User, everything_lives: None) -> Office:
    return Office(organization)


@pytest.fixture
def trigger(office: Office) -> Trigger:
    """It looked a minute ago, and all was told then."""
    ago = office.now - timedelta(minutes=1)
    with office.change():
        due_at = office.now + timedelta(minutes=4)
        return make_trigger(make_connection(), name="New projects", polled_at=ago, watermark_at=ago, due_at=due_at)
