"""Hubstaff's schedules and shifts: on which days they fall, at which moment they begin, and what time makes of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import RESOURCE, Row, assert_refused, refused_fields

TODAY = datetime.now(UTC).date()
LAST_JANUARY = date(TODAY.year - 1, 1, 1)
"""A whole year in the past with both changes of daylight saving."""


def days(first: date, last: date) -> Row:
    return {"date[start]": first.isoformat(), "date[stop]": last.isoformat()}


def schedules(hubstaff: httpx.Client, company: Company, first: date, last: date) -> list[Row]:
    return walked(hubstaff, f"/organizations/{company.organization_id}/attendance_schedules", "attendance_schedules", **days(first, last))


def shifts(hubstaff: httpx.Client, company: Company, first: date, last: date, schedule: Row | None = None) -> list[Row]:
    found = walked(hubstaff, f"/organizations/{company.organization_id}/attendance_shifts", "attendance_shifts", **days(first, last))
    return [shift for shift in found if schedule is None or shift["attendance_schedule_id"] == schedule["id"]]


def planned(hubstaff: httpx.Client, company: Company, **more: Any) -> Row:
    """A schedule, of the owner and on one day long ago if nothing else is said."""
    body = {
        "user_id": hubstaff.get("/users/me").json()["user"]["id"],
        "start_date": LAST_JANUARY.isoformat(),
        "start_time": "9:00",
        "duration": 14400,
        "minimum_time": 10800,
        "use_time_zone": "organization",
        "repeat_schedule": "never",
        **more,
    }
    answer = hubstaff.post(f"/organizations/{company.organization_id}/attendance_schedules", json=body)
    assert answer.status_code == 200, answer.text
    schedule: Row = answer.json()["attendance_schedule"]
    return schedule


@pytest.fixture
def newcomer(control: httpx.Client, hubstaff: httpx.Client, company: Company, project: Row) -> int:
    """Somebody on the project who never tracked any time."""
    body = {"email": "grace.hopper@mail.example", "project_ids": [project["id"]], "role": "project_user"}
    invite = hubstaff.post(f"/organizations/{company.organization_id}/invites", json=body).json()["invite"]
    control.post(f"/hubstaff/invites/{invite['id']}/accept").raise_for_status()
    [user] = [user for user in hubstaff.get(members(company)).json()["users"] if user["email"] == body["email"]]
    return int(user["id"])


def dates(rows: list[Row]) -> list[date]:
    return [date.fromisoformat(row["date"]) for row in rows]


def test_both_lists_need_a_range_of_dates(hubstaff: httpx.Client, company: Company) -> None:
    for name in ("attendance_schedules", "attendance_shifts"):
        path = f"/organizations/{company.organization_id}/{name}"
        assert refused_fields(hubstaff.get(path)) == dict.fromkeys(("date[start]", "date[stop]"), "is missing")
        turned = days(TODAY, TODAY - timedelta(days=1))
        assert refused_fields(hubstaff.get(path, params=turned)) == {"date[stop]": "is invalid"}


def test_shifts_are_asked_for_by_a_month_at_most_and_not_of_long_ago(hubstaff: httpx.Client, company: Company) -> None:
    path = f"/organizations/{company.organization_id}/attendance_shifts"
    assert hubstaff.get(path, params=days(TODAY - timedelta(days=31), TODAY)).status_code == 200
    assert refused_fields(hubstaff.get(path, params=days(TODAY - timedelta(days=32), TODAY))) == {"date[stop]": "is invalid"}
    assert refused_fields(hubstaff.get(path, params=days(date(2015, 1, 1), date(2015, 1, 9)))) == {"date[start]": "is invalid"}
    answer = hubstaff.get(path.replace("shifts", "schedules"), params=days(TODAY - timedelta(days=400), TODAY))
    assert answer.status_code == 200


def test_the_seeded_schedules_differ_in_zone_repetition_and_end(hubstaff: httpx.Client, company: Company) -> None:
    found = schedules(hubstaff, company, TODAY - timedelta(days=180), TODAY + timedelta(days=60))
    assert {one["use_time_zone"] for one in found} == {"organization", "user"}
    assert {one["repeat_schedule"] for one in found} == {"never", "weekly", "bi_weekly"}
    assert any(one["excluded_dates"] for one in found)
    assert any(one["repeat_until"] and one["repeat_until"] < TODAY.isoformat() for one in found)
    people = {user["id"]: user["time_zone"] for user in hubstaff.get(members(company)).json()["users"]}
    assert {people[one["user_id"]] for one in found if one["use_time_zone"] == "user"} >= {"Europe/Lisbon", "Asia/Tokyo"}


def members(company: Company) -> str:
    return f"/organizations/{company.organization_id}/members?include=users"


def test_the_seeded_shifts_went_in_every_way_and_say_so_by_their_times(hubstaff: httpx.Client, company: Company) -> None:
    yesterday = TODAY - timedelta(days=2)
    found = [
        shift
        for back in range(6)
        for shift in shifts(hubstaff, company, yesterday - timedelta(days=30 * back + 29), yesterday - timedelta(days=30 * back))
    ]
    assert len(found) > 300
    assert {shift["status"] for shift in found} == {"early", "ontime", "late", "abandoned", "missed"}
    assert sum(shift["status"] == "ontime" for shift in found) > len(found) / 2
    assert all(shift["status"] == told(shift) for shift in found)
    assert len({shift["id"] for shift in found}) == len(found)


def told(shift: Row) -> str:
    """What the times of a past shift say that it was."""
    if shift["actual_start_time"] is None:
        return "missed"
    if shift["actual_duration"] < shift["minimum_time"]:
        return "abandoned"
    lateness = datetime.fromisoformat(shift["actual_start_time"]) - datetime.fromisoformat(shift["start_time"])
    return "early" if lateness < -timedelta(minutes=5) else "late" if lateness > timedelta(minutes=5) else "ontime"


def test_a_weekly_schedule_falls_on_its_weekdays_until_its_end_but_for_what_is_excluded(hubstaff: httpx.Client, company: Company) -> None:
    monday = LAST_JANUARY + timedelta(days=-LAST_JANUARY.weekday() % 7)
    wednesday = monday + timedelta(days=9)
    repeated = {"repeat_schedule": "weekly", "weekdays": ["mon", "wed"], "start_date": monday.isoformat()}
    schedule = planned(
        hubstaff, company, **repeated, repeat_until=(monday + timedelta(days=20)).isoformat(), excluded_dates=[wednesday.isoformat()]
    )
    found = shifts(hubstaff, company, monday, monday + timedelta(days=31), schedule)
    assert dates(found) == [monday + timedelta(days=ahead) for ahead in (0, 2, 7, 14, 16)]


def test_every_second_week_is_counted_from_the_first(hubstaff: httpx.Client, company: Company) -> None:
    thursday = LAST_JANUARY + timedelta(days=(3 - LAST_JANUARY.weekday()) % 7)
    schedule = planned(hubstaff, company, repeat_schedule="bi_weekly", weekdays=["tue", "thu"], start_date=thursday.isoformat())
    found = shifts(hubstaff, company, thursday, thursday + timedelta(days=28), schedule)
    assert dates(found) == [thursday + timedelta(days=ahead) for ahead in (0, 12, 14, 26, 28)]


def test_a_schedule_that_never_repeats_falls_on_one_day(hubstaff: httpx.Client, company: Company) -> None:
    schedule = planned(hubstaff, company)
    assert dates(shifts(hubstaff, company, LAST_JANUARY, LAST_JANUARY + timedelta(days=31), schedule)) == [LAST_JANUARY]
    assert schedule in schedules(hubstaff, company, LAST_JANUARY, LAST_JANUARY)
    assert schedule not in schedules(hubstaff, company, LAST_JANUARY + timedelta(days=1), LAST_JANUARY + timedelta(days=31))


@pytest.mark.parametrize("month", [3, 10])
def test_a_shift_begins_at_the_same_hour_of_the_wall_clock_across_daylight_saving(
    hubstaff: httpx.Client, company: Company, month: int
) -> None:
    """The clocks of Europe change on the last Sunday of March and of October."""
    every_day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    schedule = planned(hubstaff, company, repeat_schedule="weekly", weekdays=every_day)
    first = LAST_JANUARY.replace(month=month)
    found = shifts(hubstaff, company, first, first + timedelta(days=30), schedule)
    begins = [datetime.fromisoformat(shift["start_time"]) for shift in found]
    assert {moment.astimezone(ZoneInfo("Europe/Berlin")).hour for moment in begins} == {9}
    assert {moment.hour for moment in begins} == {7, 8}


def test_a_schedule_goes_by_its_own_users_clock_when_it_says_so(hubstaff: httpx.Client, company: Company) -> None:
    users = hubstaff.get(members(company)).json()["users"]
    [tokyo] = [user["id"] for user in users if user["time_zone"] == "Asia/Tokyo"]
    by_zone = {zone: planned(hubstaff, company, user_id=tokyo, use_time_zone=zone) for zone in ("user", "organization")}
    hours = {
        zone: datetime.fromisoformat(shifts(hubstaff, company, LAST_JANUARY, LAST_JANUARY, schedule)[0]["start_time"]).hour
        for zone, schedule in by_zone.items()
    }
    assert hours == {"user": 0, "organization": 8}


def begun(hours: float) -> tuple[str, str]:
    """Date and time in Berlin of the last half hour that is so many hours ago."""
    moment = datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(hours=hours)
    return moment.date().isoformat(), f"{moment.hour}:{'30' if moment.minute >= 30 else '00'}"


def status_now(hubstaff: httpx.Client, company: Company, schedule: Row) -> str:
    around = (TODAY - timedelta(days=2), TODAY + timedelta(days=2))
    [shift] = shifts(hubstaff, company, *around, schedule)
    return str(shift["status"])


def test_a_shift_that_nobody_comes_to_is_not_started_then_late_then_missed(hubstaff: httpx.Client, company: Company, newcomer: int) -> None:
    statuses = []
    for hours in (-3, 2, 6):
        day, time = begun(hours)
        schedule = planned(hubstaff, company, user_id=newcomer, start_date=day, start_time=time)
        statuses.append(status_now(hubstaff, company, schedule))
    assert statuses == ["not_started", "late", "missed"]


@pytest.mark.parametrize(
    ("minutes", "seconds", "status"), [(-30, 12000, "early"), (2, 12000, "ontime"), (40, 12000, "late"), (0, 3600, "abandoned")]
)
def test_a_shift_follows_from_the_time_that_was_tracked(
    control: httpx.Client,
    hubstaff: httpx.Client,
    company: Company,
    project: Row,
    newcomer: int,
    minutes: int,
    seconds: int,
    status: str,
) -> None:
    day, time = begun(20)
    on = date.fromisoformat(day)
    schedule = planned(hubstaff, company, user_id=newcomer, start_date=day, start_time=time)
    [before] = shifts(hubstaff, company, on, on, schedule)
    start = datetime.fromisoformat(before["start_time"]) + timedelta(minutes=minutes)
    worked = {"user": newcomer, "project": project["id"], "start": start.isoformat(), "seconds": seconds}
    tracked = control.post("/hubstaff/times", json=worked).json()
    [shift] = shifts(hubstaff, company, on, on, schedule)
    assert shift["status"] == status == told(shift)
    assert (shift["actual_start_time"], shift["actual_duration"]) == (tracked["start"], seconds)
    assert (before["status"], before["id"]) == ("missed", shift["id"])
    assert shift["updated_at"] > before["updated_at"]


def test_manual_time_makes_nobody_present(hubstaff: httpx.Client, company: Company, project: Row, newcomer: int) -> None:
    day, time = begun(6)
    schedule = planned(hubstaff, company, user_id=newcomer, start_date=day, start_time=time)
    start = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    entry = {"project_id": project["id"], "start_time": start, "tracked": 7200, "note": "Forgot the timer"}
    assert hubstaff.post(f"/users/{newcomer}/time_entries", json=entry).status_code == 201
    assert status_now(hubstaff, company, schedule) == "missed"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"start_time": "9:15"}, {"start_time": "is invalid"}),
        ({"start_time": "25:00"}, {"start_time": "is invalid"}),
        ({"duration": 1799}, {"duration": "is invalid"}),
        ({"duration": 86401}, {"duration": "is invalid"}),
        ({"minimum_time": 14401}, {"minimum_time": "is invalid"}),
        ({"user_id": 1}, {"user_id": "is invalid"}),
        ({"repeat_schedule": "weekly"}, {"weekdays": "is missing"}),
        ({"repeat_schedule": "weekly", "weekdays": ["someday"]}, {"weekdays": "is invalid"}),
        ({"repeat_until": "2000-01-01"}, {"repeat_until": "is invalid"}),
        ({"start_date": "soon", "use_time_zone": "mine"}, {"start_date": "is invalid", "use_time_zone": "is invalid"}),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused_at_its_fields(
    hubstaff: httpx.Client, company: Company, change: Row, faults: dict[str, str]
) -> None:
    good = planned(hubstaff, company)
    body = {**{name: good[name] for name in ("user_id", "start_date", "duration", "minimum_time", "use_time_zone")}, "start_time": "9:00"}
    answer = hubstaff.post(f"/organizations/{company.organization_id}/attendance_schedules", json={**body, **change})
    assert refused_fields(answer) == faults


def test_a_schedule_is_changed_and_its_exclusions_grow_and_shrink(hubstaff: httpx.Client, company: Company) -> None:
    first, second, third = ((LAST_JANUARY + timedelta(days=days)).isoformat() for days in (1, 2, 3))
    schedule = planned(hubstaff, company, repeat_schedule="weekly", weekdays=["fri"], excluded_dates=[first])
    path = f"/attendance_schedules/{schedule['id']}"
    body = {"add_excluded_dates": [second, third], "remove_excluded_dates": [first], "start_time": "18:30"}
    changed = hubstaff.put(path, json=body).json()["attendance_schedule"]
    assert (changed["excluded_dates"], changed["start_time"]) == ([second, third], "18:30:00")
    assert changed["updated_at"] > schedule["updated_at"]
    assert hubstaff.put(path, json={"excluded_dates": []}).json()["attendance_schedule"]["excluded_dates"] == []


def test_people_plan_change_and_drop_schedules_over_there(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    new = {"organization": 1, "user": company.owner, "start_date": TODAY.isoformat(), "start_time": "10:00"}
    made = control.post("/hubstaff/schedules", json=new).json()
    [shown] = [one for one in schedules(hubstaff, company, TODAY, TODAY) if one["id"] == made["id"]]
    assert (shown["start_time"], shown["duration"], shown["repeat_schedule"]) == ("10:00:00", 14400, "never")
    control.post(f"/hubstaff/schedules/{made['id']}/change", json={"start_time": "11:30"}).raise_for_status()
    [shown] = [one for one in schedules(hubstaff, company, TODAY, TODAY) if one["id"] == made["id"]]
    assert (shown["start_time"], shown["updated_at"] > made["updated_at"]) == ("11:30:00", True)
    control.post(f"/hubstaff/schedules/{made['id']}/delete").raise_for_status()
    assert made["id"] not in [one["id"] for one in schedules(hubstaff, company, TODAY, TODAY)]
    assert_refused(hubstaff.put(f"/attendance_schedules/{made['id']}", json={}), 404, RESOURCE)
    assert control.post("/hubstaff/schedules", json={**new, "start_time": "noon"}).status_code == 400


@pytest.mark.parametrize("status", ["early", "ontime", "late", "abandoned", "missed"])
def test_people_let_a_shift_go_in_any_way_over_there(control: httpx.Client, hubstaff: httpx.Client, company: Company, status: str) -> None:
    schedule = planned(hubstaff, company)
    told_to = {"schedule": schedule["id"], "date": LAST_JANUARY.isoformat(), "status": status}
    shift = control.post("/hubstaff/shifts", json=told_to).json()
    assert shifts(hubstaff, company, LAST_JANUARY, LAST_JANUARY, schedule) == [shift]
    assert shift["status"] == status == told(shift)
    other = control.post(f"/hubstaff/shifts/{shift['id']}/status", json={"status": "ontime"}).json()
    assert (other["id"], other["status"]) == (shift["id"], "ontime")


def test_there_is_no_shift_on_another_day_and_no_other_status(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    schedule = planned(hubstaff, company)
    tomorrow = (LAST_JANUARY + timedelta(days=1)).isoformat()
    assert control.post("/hubstaff/shifts", json={"schedule": schedule["id"], "date": tomorrow, "status": "late"}).status_code == 404
    asleep = {"schedule": schedule["id"], "date": LAST_JANUARY.isoformat(), "status": "asleep"}
    assert control.post("/hubstaff/shifts", json=asleep).status_code == 400


def test_a_member_sees_the_own_schedules_and_shifts(colleague: httpx.Client, company: Company) -> None:
    me = colleague.get("/users/me").json()["user"]["id"]
    first, last = TODAY - timedelta(days=30), TODAY
    assert {one["user_id"] for one in schedules(colleague, company, first, last)} == {me}
    assert {one["user_id"] for one in shifts(colleague, company, first, last)} == {me}
    assert_refused(colleague.post(f"/organizations/{company.organization_id}/attendance_schedules", json={}), 403, range(10000, 11000))
