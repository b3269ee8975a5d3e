"""Tracked time over HTTP: written back once, as it was tracked, on the day on which it was tracked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations.linking.models import Integration, PersonLink
from integrations.records.days import A_DAY, Days
from integrations.sync.models import Pair
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.live.world import seconds_of
from tests.sync.syncing import ZONE, Office


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def yesterday() -> date:
    return datetime.now(ZONE).date() - A_DAY


@pytest.fixture
def project(office: Office) -> str:
    """Linked, with two tasks, and written back since the day before yesterday."""
    _write_back_since(office, yesterday() - A_DAY)
    return office.linked(tasks=2)


def _write_back_since(office: Office, day: date) -> None:
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(time_since=day, whole_look_at=None)


@pytest.fixture
def tasks(office: Office, project: str) -> list[dict[str, Any]]:
    return [office.partner(pair.left_id) for pair in office.pairs()]


def change(office: Office, time_id: str, **changes: Any) -> None:
    office.world.do(f"/hubstaff/times/{time_id}/change", **changes)


def delete(office: Office, time_id: str) -> None:
    office.world.do(f"/hubstaff/times/{time_id}/delete")


def lengths(office: Office, project: str) -> list[int]:
    return sorted(seconds_of(each) for each in office.world.timeghost_times(project))


def test_a_day_on_a_task_becomes_one_piece_that_grows(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    office.track(tasks[0], 1500, local(yesterday(), 10))
    office.track(tasks[0], 900, local(yesterday(), 14))
    office.sync()
    assert lengths(office, project) == [2400]
    assert list(office.written(project).values()) == [2400]
    office.track(tasks[0], 600, local(yesterday(), 16))
    office.sync()
    assert lengths(office, project) == [3000]
    office.settled()


def test_time_that_was_edited_is_corrected(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    tracked = office.track(tasks[0], 1800, local(yesterday(), 10))
    office.sync()
    change(office, tracked, seconds=600)
    office.sync()
    assert lengths(office, project) == [600]
    office.settled()


def test_time_that_was_deleted_is_removed(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    tracked = office.track(tasks[0], 1800, local(yesterday(), 10))
    office.sync()
    delete(office, tracked)
    office.sync()
    assert lengths(office, project) == []
    assert office.pairs(Pair.Part.TIME) == []
    office.settled()


def test_time_that_moved_to_another_task_moves_along(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    tracked = office.track(tasks[0], 1800, local(yesterday(), 10))
    office.sync()
    change(office, tracked, task=tasks[1]["id"])
    office.sync()
    moved_to = next(pair.left_id for pair in office.pairs() if pair.right_id == str(tasks[1]["id"]))
    assert office.written(project) == {(moved_to, yesterday()): 1800}
    office.settled()


def test_late_time_of_a_day_long_past_is_found_by_its_update(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    long_ago = yesterday() - timedelta(days=10)
    _write_back_since(office, long_ago)
    office.settled()
    office.track(tasks[0], 1200, local(long_ago, 10))
    for _ in range(3):  # Hubstaff is asked by whole seconds: what happened in the present one shows at the next look
        with office.counted() as requests:
            office.sync()
    assert list(office.written(project)) == [(office.pairs()[0].left_id, long_ago)]
    assert requests["hubstaff GET"] < 20, "that day alone was looked for, not all of them"
    office.settled()


def test_old_time_that_was_deleted_is_found_in_the_log_of_edits(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    long_ago = yesterday() - timedelta(days=10)
    _write_back_since(office, long_ago)
    tracked = office.track(tasks[0], 1200, local(long_ago, 10))
    office.sync()
    assert lengths(office, project) == [1200]
    delete(office, tracked)
    office.sync()
    assert lengths(office, project) == []
    office.settled()


def test_a_piece_that_somebody_deleted_by_hand_does_not_come_back(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    office.track(tasks[0], 1200, local(yesterday(), 10))
    office.sync()
    [written] = office.world.timeghost_times(project)
    office.world.do(f"/timeghost/times/{written['id']}/delete")
    office.sync()
    assert lengths(office, project) == []
    office.settled()


def test_stretches_of_work_are_written_as_they_were_tracked(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(time_shape=Integration.TimeShape.BLOCKS)
    office.track(tasks[0], 1200, local(yesterday(), 10))
    office.track(tasks[0], 600, local(yesterday(), 14))
    office.sync()
    day = yesterday().strftime("%d")
    assert office.starts(project) == [f"{day} 10:00", f"{day} 14:00"]
    assert lengths(office, project) == [600, 1200]
    office.settled()


def test_changing_from_stretches_to_days_leaves_the_same_seconds(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(time_shape=Integration.TimeShape.BLOCKS)
    for hour in (10, 14, 16):
        office.track(tasks[0], 600, local(yesterday(), hour))
    office.sync()
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(time_shape=Integration.TimeShape.DAY, whole_look_at=None)
    office.sync()
    assert lengths(office, project) == [1800]
    office.settled()


@pytest.mark.parametrize(("rule", "is_written"), [("leave", False), ("task", True), ("project", True)])
def test_time_on_no_task_goes_where_the_setting_says(office: Office, project: str, rule: str, is_written: bool) -> None:
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(untasked=rule, untasked_name="Odds and ends")
    right_id = int(office.its_link(project).right_id)
    office.track({"project_id": right_id, "id": None}, 1800, local(yesterday(), 10))
    office.sync()
    sync = office.sync()
    assert sum(office.written(project).values()) == (1800 if is_written else 0)
    assert ("no linked task" in office.left_out(sync)) is not is_written
    holders = [task for task in office.world.timeghost_tasks(project) if task["name"] == "Odds and ends"]
    assert len(holders) == (rule == "task")
    office.settled()


def test_time_of_people_who_are_not_connected_is_counted_and_written_once_they_are(
    office: Office, project: str, tasks: list[dict[str, Any]]
) -> None:
    left_id, right_id = office.person(1)
    with scope():
        PersonLink.objects.filter(left_id=left_id).update(connected_at=None)
    office.track(tasks[0], 3600, local(yesterday(), 10), person=right_id)
    sync = office.sync()
    assert office.written(project) == {}
    assert [each["seconds"] for each in sync.left_out if "person" in each["reason"] or "people" in each["reason"]] == [3600]
    with scope():
        PersonLink.objects.filter(left_id=left_id).update(connected_at=timezone.now())
        Integration.objects.filter(pk=office.integration.pk).update(whole_look_at=None)
    office.sync()
    assert list(office.written(project).values()) == [3600]


def test_an_answer_that_is_lost_writes_no_second_twice(office: Office, project: str, tasks: list[dict[str, Any]]) -> None:
    office.track(tasks[0], 1800, local(yesterday(), 10))
    office.fault("POST /timeghost/api/add/times", "drop_after_commit")
    sync = office.sync()
    assert "unknown" in {step.outcome for step in office.steps(sync)}
    office.sync()
    assert lengths(office, project) == [1800]
    office.settled()


def changed_clocks(hours: int) -> tuple[ZoneInfo, date]:
    """A zone, and a day in it that was so many hours long lately: Hubstaff tells of the last six months."""
    today = datetime.now(UTC).date()
    for number, name in product(range(3, 170), ("Europe/Berlin", "Australia/Sydney", "America/Santiago", "America/New_York")):
        zone, day = ZoneInfo(name), today - number * A_DAY
        begins, ends = (datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + A_DAY))
        if ends - begins == timedelta(hours=hours):
            return zone, day
    pytest.skip(f"no day of the last half year had {hours} hours in these zones")


@pytest.mark.parametrize("hours", [23, 25])
def test_days_are_cut_in_the_zone_of_the_organization_when_the_clocks_change(
    office: Office, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    zone, day = changed_clocks(hours)
    with scope():
        Organization.objects.filter(pk=office.organization.pk).update(time_zone=zone.key)
    for place in ("spans", "looking"):
        monkeypatch.setattr(f"integrations.sync.{place}.all_days", lambda integration: Days(day - A_DAY, day + A_DAY))
    project = office.linked(tasks=1)
    [pair] = office.pairs()
    task = office.partner(pair.left_id)
    begins, ends = (datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + A_DAY))
    for midnight, seconds in ((begins, 300), (ends, 600)):
        office.track(task, seconds, midnight - timedelta(minutes=20))
        office.track(task, seconds + 60, midnight)
    with scope():
        Integration.objects.filter(pk=office.integration.pk).update(whole_look_at=None)
    office.sync()
    days = {on: seconds for (_, on), seconds in office.written(project, zone).items()}
    assert days == {day - A_DAY: 300, day: 360 + 600, day + A_DAY: 660}
    office.settled()
