"""Tracked time as Hubstaff reports it: ten-minute blocks, and days."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.ranges import HALF_A_YEAR, MONTH, THREE_YEARS, WEEK, read_days, read_moments
from integrations.sandbox.hubstaff.times import worked
from integrations.sandbox.hubstaff.values import Unfit, line
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_ORGANIZATION, HUBSTAFF_TIME
from integrations.sandbox.store import Body

SLOT = 600
SLOTS_A_STRETCH = 1000
"""Ids of blocks are the id of their stretch times this, plus their place in it: stable, and rising with the stretch."""

UPDATES_REACH_BACK = timedelta(days=46)


def organization_activities(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities: 7 days at most, 6 months back."""
    return _activities(visit, visit.organization(), None)


def project_activities(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities."""
    project = visit.project()
    return _activities(visit, _organization(visit, project), project["id"])


def organization_activity_updates(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities/updates: 7 days at most, 45 days back, no tombstones."""
    return _updates(visit, visit.organization(), None)


def project_activity_updates(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities/updates."""
    project = visit.project()
    return _updates(visit, _organization(visit, project), project["id"])


def organization_days(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities/daily: 31 days at most."""
    return _days(visit, visit.organization(), None)


def project_days(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities/daily."""
    project = visit.project()
    return _days(visit, _organization(visit, project), project["id"])


def _organization(visit: Visit, project: Body) -> Body:
    return visit.found(HUBSTAFF_ORGANIZATION, project["organization_id"])


def _activities(visit: Visit, organization: Body, project_id: int | None) -> Response:
    with listing(visit, *_companions(project_id)) as asked:
        since, until = read_moments(asked, "time_slot", WEEK, HALF_A_YEAR)
        zone = asked.read("time_zone", time_zone) or ZoneInfo(organization["time_zone"])
        wanted = _read_wanted(visit, asked, organization["id"], project_id)
    stretches = _fitting(_shown(visit, worked(visit.store, organization["id"], since, until), "created_at"), wanted)
    first, last = moments.written(since), moments.written(until)
    blocks = (block for stretch in stretches for block in _blocks(stretch, zone) if first <= block["time_slot"] < last)
    return page(visit, asked, "activities", blocks)


def _updates(visit: Visit, organization: Body, project_id: int | None) -> Response:
    with listing(visit, *_companions(project_id)) as asked:
        since, until = read_moments(asked, "updated", WEEK, UPDATES_REACH_BACK)
        wanted = _read_wanted(visit, asked, organization["id"], project_id)
    zone = ZoneInfo(organization["time_zone"])
    first, last = moments.written(since), moments.written(until)
    everything = visit.store.of_tenant(HUBSTAFF_TIME, organization["id"])
    living = (one for one in everything if not one["deleted"] and first <= one["updated_at"] <= last)
    blocks = (block for stretch in _fitting(_shown(visit, living, "updated_at"), wanted) for block in _blocks(stretch, zone))
    return page(visit, asked, "activities", blocks)


def _days(visit: Visit, organization: Body, project_id: int | None) -> Response:
    with listing(visit, *_companions(project_id)) as asked:
        first, last = read_days(asked, "date", MONTH, THREE_YEARS)
        wanted = _read_wanted(visit, asked, organization["id"], project_id)
    zone = ZoneInfo(organization["time_zone"])
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    stretches = _fitting(_shown(visit, worked(visit.store, organization["id"], since, until), "created_at"), wanted)
    blocks = (block for stretch in stretches for block in _blocks(stretch, zone))
    inside = (block for block in blocks if first.isoformat() <= block["date"] <= last.isoformat())
    return page(visit, asked, "daily_activities", sorted(_summed(inside), key=lambda day: int(day["id"])))


Wanted = dict[str, set[int] | None]
"""The ids that tracked time must name, by field; None lets all pass."""


def _companions(project_id: int | None) -> tuple[str, ...]:
    return ("users", "projects", "tasks") if project_id is None else ("users", "tasks")


def time_zone(value: Any) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(line(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit("must be the name of a time zone") from None


def _read_wanted(visit: Visit, asked: Listing, organization_id: int, project_id: int | None) -> Wanted:
    """Read the filters. Those who do not lead see their own time only."""
    wanted = {name: asked.numbers(f"{name}s") for name in ("user_id", "task_id", "project_id", "global_todo_id")}
    if project_id is not None:
        wanted["project_id"] = {project_id}
    if not visit.leads(organization_id):
        wanted["user_id"] = {visit.user_id}
    return wanted


def _shown(visit: Visit, stretches: Iterator[Body], since: str) -> Iterator[Body]:
    """Walk the stretches that are shown already: new time shows itself late everywhere, an edit late among the updates."""
    shown_until = moments.written(moments.now() - timedelta(seconds=visit.runtime.switches.activity_delay))
    return (stretch for stretch in stretches if stretch[since] <= shown_until)


def _fitting(stretches: Iterator[Body], wanted: Wanted) -> list[Body]:
    """Return the stretches that are wanted, in the order of their ids."""
    return sorted((stretch for stretch in stretches if _fits(stretch, wanted)), key=lambda stretch: int(stretch["id"]))


def _fits(stretch: Body, wanted: Wanted) -> bool:
    # Nothing here is tracked on a global to-do.
    return all(values is None or stretch.get(name) in values for name, values in wanted.items())


def _blocks(stretch: Body, zone: ZoneInfo) -> Iterator[Body]:
    """Cut a stretch of work at every ten minutes of the clock."""
    start = moments.read(stretch["start"])
    stop = start + timedelta(seconds=stretch["seconds"])
    place = 0
    while start < stop:
        slot = datetime.fromtimestamp(start.timestamp() // SLOT * SLOT, UTC)
        end = min(stop, slot + timedelta(seconds=SLOT))
        yield _block(stretch, place, slot, start, round((end - start).total_seconds()), zone)
        start, place = end, place + 1


def _block(stretch: Body, place: int, slot: datetime, start: datetime, tracked: int, zone: ZoneInfo) -> Body:
    identity = stretch["id"] * SLOTS_A_STRETCH + place
    # Plausible and always the same for one block: between 25 and 84 percent of the time something moved.
    active = 0 if stretch["manual"] else tracked * (25 + identity * 7919 % 60) // 100
    return {
        "id": identity,
        "date": start.astimezone(zone).date().isoformat(),
        "created_at": stretch["created_at"],
        "updated_at": stretch["updated_at"],
        "time_slot": moments.written(slot),
        "starts_at": moments.written(start),
        "user_id": stretch["user_id"],
        "project_id": stretch["project_id"],
        "task_id": stretch["task_id"],
        "keyboard": active // 3,
        "mouse": active - active // 3,
        "overall": active,
        "tracked": tracked,
        "input_tracked": 0 if stretch["manual"] else tracked,
        "tracks_input": not stretch["manual"],
        "billable": stretch["billable"],
        "paid": False,
        "client_invoiced": False,
        "team_invoiced": False,
        "immutable": False,
        "timesheet_id": None,
        "timesheet_locked": False,
        "time_type": "manual" if stretch["manual"] else "normal",
        "client": "web" if stretch["manual"] else "desktop",
    }


SAME = ("id", "date", "user_id", "project_id", "task_id", "created_at", "updated_at")
SUMMED = ("keyboard", "mouse", "overall", "tracked", "input_tracked")


def _summed(blocks: Iterator[Body]) -> list[Body]:
    """Add the blocks up: one row for each person, project, task and day."""
    days: dict[tuple[object, ...], Body] = {}
    for block in blocks:
        key = (block["date"], block["user_id"], block["project_id"], block["task_id"])
        _add(days.setdefault(key, _empty_day(block)), block)
    return list(days.values())


def _empty_day(block: Body) -> Body:
    zeros = dict.fromkeys((*SUMMED, "manual", "idle", "resumed", "billable", "work_break"), 0)
    return {**{name: block[name] for name in SAME}, **zeros}


def _add(day: Body, block: Body) -> None:
    for name in SUMMED:
        day[name] += block[name]
    day["manual"] += block["tracked"] if block["time_type"] == "manual" else 0
    day["billable"] += block["tracked"] if block["billable"] else 0
    day["updated_at"] = max(day["updated_at"], block["updated_at"])
