"""`manage.py benchmark_webhooks` on a portal that runs with demonstration data."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from integrations.automations.models import Destination
from integrations.demonstration.management.commands.benchmark_webhooks import NAME
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.launch.services import manage
from portal.organizations.doors import memberships_of
from portal.organizations.scope import scope
from tests.live.services import Services

pytestmark = pytest.mark.worker
LINES = (
    r"from an inbound webhook, 2 times +median +worst",
    r"to the event in the feed +\d+\.\d\d s +\d+\.\d\d s",
    r"to the first outgoing attempt +\d+\.\d\d s +\d+\.\d\d s",
)


def test_it_prints_how_long_webhooks_take_and_ends_what_it_set_up(portal: str, services: Services) -> None:
    loading = services.start("demonstration", manage("demonstration"))
    assert services.finish(loading) == 0, loading.words()
    [membership] = memberships_of(User.objects.get().pk)
    services.until("the trackers are connected", lambda: _has_looked(membership.organization_id))
    benchmark = services.start("benchmark", manage("benchmark_webhooks", "--projects", "2"))
    assert services.finish(benchmark, patience=120) == 0, benchmark.words()

    told = benchmark.words().splitlines()[-len(LINES) :]
    assert [line for line, wanted in zip(told, LINES, strict=True) if not re.fullmatch(wanted, line)] == []
    with scope(membership.organization_id):
        ended = [model.objects.get(name=NAME).ended_at for model in (Trigger, Destination)]
    assert all(ended)


def _has_looked(organization_id: UUID) -> bool:
    with scope(organization_id):
        return Trigger.live.filter(watch="projects_created", polled_at__isnull=False).exists()
