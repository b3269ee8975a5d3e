"""Two people who press the same button at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import pytest
from django.db import connections

from integrations.automations import automation_services
from integrations.automations.looping import depths_of
from integrations.automations.models import Automation, AutomationRun
from integrations.triggers.models import Event
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.conftest import make_organization, make_person
from tests.factories import make_automation, make_connection, make_event, make_trigger

A_MOMENT = 0.5  # seconds that each waits for the other where the other could come as far


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> threading.Barrier:
    """Where a run is about to be written, each waits for the other: unless one is let in after the other, both write."""
    barrier = threading.Barrier(2)

    def slow_depths_of(events: Sequence[Event]) -> dict[UUID, int]:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(A_MOMENT)
        return depths_of(events)

    monkeypatch.setattr(automation_services, "depths_of", slow_depths_of)
    return barrier


def run_for_real(organization: Organization, person: User, found: list[UUID]) -> None:
    try:
        with scope(organization.id):
            event = Event.objects.select_related("trigger__connection").get()
            found.append(automation_services.try_with(Automation.objects.get(), event, person).pk)
    finally:
        connections["default"].close()


def test_run_for_real_by_two_at_once_it_runs_once(committed: None, monkeypatch: pytest.MonkeyPatch, together: threading.Barrier) -> None:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    alice, found = make_person("Alice"), list[UUID]()
    organization = make_organization("Northwind", owner=alice)
    with scope(organization.id):
        trigger = make_trigger(make_connection("hubstaff"))
        make_automation(trigger)
        make_event(trigger)
    threads = [threading.Thread(target=run_for_real, args=(organization, alice, found)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with scope(organization.id):
        assert found == [AutomationRun.objects.get().pk] * 2
