"""The settings of an integration."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.linking.models import Integration, earliest_day
from integrations.linking.registry import Interval
from integrations.linking.services import sync_anew
from integrations.linking.settings import change_settings
from portal.accounts.models import User
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.linking.pages import address, again, shown

pytestmark = pytest.mark.django_db
TODAY = timezone.now().astimezone(UTC).date()
STANDING = {
    "minutes": "5",
    "time_since": f"{TODAY - timedelta(days=20)}",
    "time_shape": "day",
    "untasked": "leave",
    "untasked_name": "Time without a task",
    "guard_items": "20",
    "guard_percent": "10",
}


@pytest.fixture(autouse=True)
def settled(integration: Integration) -> None:
    """The integration has the settings of `STANDING`, and has looked at all tracked time."""
    with scope(integration.organization_id):
        Integration.objects.update(time_since=STANDING["time_since"], whole_look_at=timezone.now())


def test_settings_are_kept_and_move_the_next_sync(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        Integration.objects.update(due_at=timezone.now() + timedelta(hours=5))
    response = client.post(address("settings", integration), {**STANDING, "minutes": "30", "guard_items": "5"})
    now = again(integration)
    assert response.status_code == 303
    assert (now.minutes, now.guard_items) == (30, 5)
    assert now.due_at and now.due_at < timezone.now() + timedelta(minutes=31)
    with scope(integration.organization_id):
        noted = AuditEntry.objects.get(actor=alice, action="integration.changed")
    assert noted.detail == {"minutes": 30, "guard_items": 5}


@pytest.mark.parametrize(
    "changed",
    [
        {"time_since": f"{TODAY - timedelta(days=10)}"},
        {"time_shape": "blocks"},
        {"untasked": "task"},
        {"untasked": "task", "untasked_name": "General"},
    ],
)
def test_what_concerns_time_lets_the_next_sync_look_at_all_of_it_again(
    client: Client, integration: Integration, changed: dict[str, str]
) -> None:
    assert client.post(address("settings", integration), STANDING | changed).status_code == 303
    assert again(integration).whole_look_at is None


def test_what_does_not_concern_time_leaves_it_as_it_was_seen(client: Client, integration: Integration) -> None:
    assert client.post(address("settings", integration), {**STANDING, "minutes": "30"}).status_code == 303
    assert again(integration).whole_look_at is not None


@pytest.mark.parametrize(
    "given",
    [
        {"minutes": "0"},
        {"minutes": "9999"},
        {"minutes": "often"},
        {"time_since": "2999-01-01"},
        {"time_since": ""},
        {"time_shape": "odd"},
        {"untasked": "odd"},
        {"untasked": "task", "untasked_name": " "},
        {"guard_items": "-1"},
        {"guard_percent": "0"},
        {"guard_percent": "101"},
    ],
)
def test_settings_that_make_no_sense_are_refused(client: Client, integration: Integration, given: dict[str, str]) -> None:
    response = client.post(address("settings", integration), STANDING | given)
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    now = again(integration)
    assert (now.minutes, now.guard_items, now.untasked, now.time_shape) == (5, 20, "leave", "day")


def test_a_day_further_back_than_is_looked_at_is_refused_with_the_earliest_day(client: Client, integration: Integration) -> None:
    earliest = earliest_day()
    response = client.post(address("settings", integration), {**STANDING, "minutes": "30", "time_since": f"{earliest - timedelta(days=1)}"})
    assert response.status_code == 422
    page = response.content.decode()
    assert f"The earliest day is {earliest:%-d %B %Y}" in page and 'value="30"' in page
    assert client.post(address("settings", integration), {**STANDING, "time_since": f"{earliest}"}).status_code == 303
    assert again(integration).time_since == earliest


def test_a_day_that_has_grown_too_old_is_shown_as_the_one_that_counts_and_stands_in_nobodys_way(
    client: Client, integration: Integration
) -> None:
    with scope(integration.organization_id):
        Integration.objects.update(time_since="2020-01-01")
    earliest = earliest_day()
    assert f'value="{earliest}"' in shown(client, "settings", integration)
    overview = shown(client, "overview", integration)
    assert f"tracked since {earliest:%-d %B %Y}" in overview and "further back than 44 days" in overview
    given = {**STANDING, "minutes": "30", "time_since": f"{earliest}"}
    assert client.post(address("settings", integration), given).status_code == 303
    now = again(integration)
    assert (now.minutes, now.whole_look_at is None) == (30, False), "nothing about time was changed"


def test_time_on_a_project_alone_is_offered_only_where_the_left_side_takes_it(
    client: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = integration.left.declaration.parts
    assert part is not None
    monkeypatch.setitem(vars(part.time), "task_optional", False)
    page = shown(client, "settings", integration)
    assert "timeghost takes no time on a project alone." in page
    assert 'value="project"' not in page
    assert client.post(address("settings", integration), {**STANDING, "untasked": "project"}).status_code == 422
    monkeypatch.setitem(vars(part.time), "task_optional", True)
    assert 'value="project"' in shown(client, "settings", integration)


def test_the_page_says_how_often_the_budget_allows_a_sync(
    client: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    slower = Interval(minutes=25, wished=5, why="A look takes 400 calls of timeghost.")
    monkeypatch.setattr("integrations.linking.registry.intervals", [lambda _: slower])
    for name in ("settings", "overview"):
        page = shown(client, name, integration)
        assert "every 25 minutes" in page
        assert "A look takes 400 calls of timeghost." in page


def test_changing_settings_leaves_the_claim_of_a_running_sync_alone(client: Client, integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        read_before = Integration.objects.get(pk=integration.pk)
        until = timezone.now() + timedelta(seconds=90)
        Integration.objects.filter(pk=integration.pk).update(claimed_until=until)
        change_settings(read_before, ["minutes"], alice)
    assert again(integration).claimed_until == until


def test_what_asked_for_a_whole_look_meanwhile_still_stands_after_other_settings_are_saved(integration: Integration, alice: User) -> None:
    with scope(integration.organization_id):
        read_before = Integration.objects.get(pk=integration.pk)
        assert read_before.whole_look_at
        sync_anew(read_before)
        change_settings(read_before, ["minutes"], alice)
    assert again(integration).whole_look_at is None


def test_saving_settings_that_did_not_change_writes_and_notes_nothing(client: Client, integration: Integration) -> None:
    assert client.post(address("settings", integration), STANDING).status_code == 303
    with scope(integration.organization_id):
        assert not AuditEntry.objects.filter(action="integration.changed").exists()


def test_a_member_does_not_change_settings(client: Client, integration: Integration, bob: User) -> None:
    client.force_login(bob)
    assert client.post(address("settings", integration), STANDING).status_code == 403
