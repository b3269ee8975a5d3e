"""Watch Projects Created, from the sandbox's Hubstaff to the feed, by polling."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.triggers.models import Event, Trigger
from integrations.triggers.services import watch
from portal.organizations.scope import scope
from portal.work.claims import make_due
from tests.live.bridge import Bridge, let_time_pass
from tests.live.world import World

pytestmark = pytest.mark.worker


def test_a_project_created_over_there_is_one_event_however_often_one_looks(bridge: Bridge, world: World) -> None:
    trigger = _watch_projects(bridge)
    _wait_for_a_look(bridge, trigger, timezone.now())
    assert _events(bridge) == [], "what was there before is no news"

    before = _cursor(bridge, trigger)
    made = world.do("/hubstaff/projects", organization=1, name="Lighthouse Tour")
    _look(bridge, trigger)
    assert _events(bridge) == [("Lighthouse Tour", str(made["id"]))]

    _look(bridge, trigger)
    world.do(f"/hubstaff/projects/{made['id']}/rename", name="Harbour Tour")
    _look(bridge, trigger)
    assert _events(bridge) == [("Lighthouse Tour", str(made["id"]))], "neither a second look nor a new name is a new project"

    with scope(bridge.organization.pk):
        Trigger.objects.filter(pk=trigger.pk).update(cursor=before)
    _look(bridge, trigger)
    assert _events(bridge) == [("Lighthouse Tour", str(made["id"]))], "changes that are read again tell nothing twice"


def _watch_projects(bridge: Bridge) -> Trigger:
    with scope(bridge.organization.pk):
        return watch(Connection.objects.get(provider="hubstaff"), "projects_created", bridge.owner)


def _look(bridge: Bridge, trigger: Trigger) -> None:
    """The trigger's interval passes, and it looks again."""
    let_time_pass(bridge.organization)
    asked_at = timezone.now()
    with scope(bridge.organization.pk):
        make_due(trigger)
    _wait_for_a_look(bridge, trigger, asked_at)


def _wait_for_a_look(bridge: Bridge, trigger: Trigger, since: datetime) -> None:
    bridge.services.until("the trigger has looked", lambda: _has_looked(bridge, trigger, since))


def _has_looked(bridge: Bridge, trigger: Trigger, since: datetime) -> bool:
    with scope(bridge.organization.pk):
        now = Trigger.objects.get(pk=trigger.pk)
    assert not now.problem, now.problem
    return now.polled_at is not None and now.polled_at > since and not now.is_being_worked_on


def _cursor(bridge: Bridge, trigger: Trigger) -> int:
    with scope(bridge.organization.pk):
        return Trigger.objects.get(pk=trigger.pk).cursor


def _events(bridge: Bridge) -> list[tuple[str, str]]:
    with scope(bridge.organization.pk):
        return list(Event.objects.order_by("pk").values_list("title", "remote_id"))
