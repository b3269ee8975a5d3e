"""The demonstration organization, as it is before any worker has done anything for it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.automations.automation_services import dry_run, note_dry_run, switch_on
from integrations.automations.models import Automation, Destination
from integrations.connections.models import Connection, State
from integrations.demonstration.company import load
from integrations.providers import all_providers
from integrations.triggers.models import Trigger
from portal.accounts.models import User
from portal.organizations.doors import memberships_of
from portal.organizations.scope import bind, scope
from tests.factories import make_event

SANDBOX = "http://127.0.0.1:8100"


@pytest.fixture
def owner(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> User:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    settings.SANDBOX_URL = SANDBOX
    return load()


def test_whatever_is_cheap_is_watched_in_both_trackers_and_told_to_a_webhook_and_by_mail(owner: User) -> None:
    with bind(memberships_of(owner.pk)[0].organization_id), scope():
        watched = {(each.connection.provider, each.watch) for each in Trigger.live.select_related("connection")}
        webhook, mail = Destination.objects.order_by("-kind")
    declared = {(provider.name, watch.name) for provider in all_providers().values() for watch in provider.watches}
    left_out = {("timeghost", "task_changes"), ("timeghost", "time_changes")}
    assert declared - watched == left_out, "one is asked project by project, the other tells of whatever a sync writes back"
    assert watched < declared
    assert (webhook.url, webhook.takes_everything) == (f"{SANDBOX}/control/echo", True)
    assert (mail.addresses, mail.rhythm, mail.takes_everything) == ([owner.email], Destination.Rhythm.DAILY, True)


def test_loading_it_again_changes_nothing(owner: User) -> None:
    assert load() == owner
    with bind(memberships_of(owner.pk)[0].organization_id), scope():
        counts = Connection.objects.count(), Destination.objects.count(), Automation.objects.count()
    assert counts == (2, 2, 1)


def test_its_automation_is_off_and_can_be_switched_on_after_a_dry_run(owner: User) -> None:
    with bind(memberships_of(owner.pk)[0].organization_id), scope():
        Connection.objects.update(state=State.CONNECTED, workspace_id="27")
        automation = Automation.objects.select_related("trigger__connection").get()
        assert not automation.is_on
        event = make_event(automation.trigger, title="Aurora", entity="client", after={"name": "Aurora"})
        resolved = dry_run(automation, event)
        note_dry_run(automation, resolved)
        automation.refresh_from_db()
        switch_on(automation, owner)
    [step] = resolved
    assert step.request is not None
    assert step.request.body == {"name": "Aurora"}
    assert automation.is_on
