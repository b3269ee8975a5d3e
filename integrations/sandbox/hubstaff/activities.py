"""Tracked time as Hubstaff reports it: ten-minute blocks, and days."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.fields import invalid, query_date, query_moment, query_numbers
from integrations.sandbox.hubstaff.lists import page
from integrations.sandbox.hubstaff.times import worked
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_ORGANIZATION, HUBSTAFF_TIME
from integrations.sandbox.store import Body

SLOT = 600
SLOTS_A_STRETCH = 1000
"""Ids of blocks are the id of their stretch times this, plus their place in it: stable, and rising with the stretch."""

WEEK, MONTH = timedelta(days=7), timedelta(days=31)
BLOCKS_REACH_BACK, UPDATES_REACH_BACK = timedelta(days=186), timedelta(days=46)


def organization_activities(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities: 7 days at most, 6 months back."""
    return _activities(visit, visit.organization()["id"], None)


def project_activities(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities."""
    project = visit.project()
    return _activities(visit, project["organization_id"], project["id"])


def organization_activity_updates(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities/updates: 7 days at most, 45 days back, no tombstones."""
    return _updates(visit, visit.organization()["id"], None)


def project_activity_updates(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities/updates."""
    project = visit.project()
    return _updates(visit, project["organization_id"], project["id"])


def organization_days(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/activities/daily: 31 days at most."""
    return _days(visit, visit.organization(), None)


def project_days(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/activities/daily."""
    project = visit.project()
    return _days(visit, visit.found(HUBSTAFF_ORGANIZATION, project["organization_id"]), project["id"])


def _activities(visit: Visit, organization_id: int, project_id: int | None) -> Response:
    since, until = _range(visit, "time_slot", BLOCKS_REACH_BACK)
    zone = _zone(visit, organization_id)
    stretches = _asked(visit, organization_id, project_id, worked(visit.store, organization_id, since, until))
    first, last = moments.written(since), moments.written(until)
    blocks = (block for stretch in stretches for block in _blocks(stretch, zone) if first <= block["time_slot"] < last)
    return page(visit, "activities", blocks)


def _updates(visit: Visit, organization_id: int, project_id: int | None) -> Response:
    since, until = (moments.written(moment) for moment in _range(visit, "updated", UPDATES_REACH_BACK))
    zone = _zone(visit, organization_id)
    living = (
        stretch
        for stretch in visit.store.of_tenant(HUBSTAFF_TIME, organization_id)
        if not stretch["deleted"] and since <= stretch["updated_at"] <= until
    )
    stretches = _asked(visit, organization_id, project_id, living)
    return page(visit, "activities", (block for stretch in stretches for block in _blocks(stretch, zone)))


def _days(visit: Visit, organization: Body, project_id: int | None) -> Response:
    first, last = query_date(visit, "date[start]"), query_date(visit, "date[stop]")
    if not timedelta() <= last - first <= MONTH:
        raise invalid("date[stop]", "must be 0 to 31 days after date[start]")
    zone = ZoneInfo(organization["time_zone"])
    since, until = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    stretches = _asked(visit, organization["id"], project_id, worked(visit.store, organization["id"], since, until))
    blocks = (block for stretch in stretches for block in _blocks(stretch, zone))
    asked = (block for block in blocks if first.isoformat() <= block["date"] <= last.isoformat())
    days = sorted(_summed(asked), key=lambda day: int(day["id"]))
    return page(visit, "daily_activities", days)


def _range(visit: Visit, name: str, reaches_back: timedelta) -> tuple[datetime, datetime]:
    """Return the asked range of time. Raises Refused when it is empty, too long or too far back."""
    since, until = query_moment(visit, f"{name}[start]"), query_moment(visit, f"{name}[stop]")
    if not timedelta() < until - since <= WEEK:
        raise invalid(f"{name}[stop]", f"must be after {name}[start], by 7 days at most")
    if since < moments.now() - reaches_back:
        raise invalid(f"{name}[start]", "is too far back")
    return since, until


def _zone(visit: Visit, organization_id: int) -> ZoneInfo:
    return ZoneInfo(visit.found(HUBSTAFF_ORGANIZATION, organization_id)["time_zone"])


def _asked(visit: Visit, organization_id: int, project_id: int | None, stretches: Iterator[Body]) -> list[Body]:
    """Return the stretches that the filters let pass, in the order of their ids."""
    wanted = {name: query_numbers(visit, f"{name}s") for name in ("user_id", "task_id", "project_id")}
    if project_id is not None:
        wanted["project_id"] = {project_id}
    if not visit.leads(organization_id):
        wanted["user_id"] = {visit.user_id}
    shown_until = moments.written(moments.now() - timedelta(seconds=visit.runtime.switches.activity_delay))
    shown = (stretch for stretch in stretches if stretch["updated_at"] <= shown_until)
    fitting = (stretch for stretch in shown if _fits(stretch, wanted))
    return sorted(fitting, key=lambda stretch: int(stretch["id"]))


def _fits(stretch: Body, wanted: dict[str, set[int] | None]) -> bool:
    return all(values is None or stretch[name] in values for name, values in wanted.items())


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
