"""Hubstaff's log of time edited by hand, what organizations ask of manual time, and the filters of activities."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import Row, assert_refused, refused_fields


def recently(name: str, days: int = 7) -> Row:
    until = datetime.now(UTC) + timedelta(minutes=1)
    return {f"{name}[start]": (until - timedelta(days=days)).isoformat(), f"{name}[stop]": until.isoformat()}


def edits(hubstaff: httpx.Client, place: str, **query: object) -> list[Row]:
    return walked(hubstaff, f"{place}/time_edit_logs", "time_edit_logs", **recently("created"), **query)


@pytest.fixture
def entry(hubstaff: httpx.Client, project: Row, task: Row) -> tuple[str, Row]:
    """The address and the body of half an hour of the owner's, three hours ago."""
    me = hubstaff.get("/users/me").json()["user"]["id"]
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    body = {"project_id": project["id"], "task_id": task["id"], "start_time": start.isoformat(), "tracked": 1800, "note": "Workshop"}
    return f"/users/{me}/time_entries", body


def test_added_corrected_and_deleted_time_stands_in_the_log(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, project: Row
) -> None:
    place = f"/projects/{project['id']}"
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    worked = {"user": company.owner, "project": project["id"], "start": start.isoformat(), "seconds": 1800}
    known = {edit["id"] for edit in edits(hubstaff, place)}
    tracked = control.post("/hubstaff/times", json=worked).json()
    assert {edit["id"] for edit in edits(hubstaff, place)} == known
    control.post(f"/hubstaff/times/{tracked['id']}/change", json={"seconds": 2400, "note": "Longer"}).raise_for_status()
    control.post(f"/hubstaff/times/{tracked['id']}/delete").raise_for_status()
    corrected, deleted = [edit for edit in edits(hubstaff, place) if edit["id"] not in known]
    assert (corrected["action"], corrected["added_duration"], corrected["replaced_duration"]) == ("update", 600, 1800)
    assert (corrected["original_starts_at"], corrected["starts_at"], corrected["reason"]) == (tracked["start"], tracked["start"], "Longer")
    assert (deleted["action"], deleted["deleted_duration"], deleted["added_duration"]) == ("delete", 2400, 0)
    assert deleted["original_project_id"] == project["id"]
    assert control.post(f"/hubstaff/times/{tracked['id']}/change", json={"seconds": 1}).status_code == 404


def test_a_manual_entry_stands_in_the_log_as_added(hubstaff: httpx.Client, company: Company, entry: tuple[str, Row]) -> None:
    path, body = entry
    place = f"/organizations/{company.organization_id}"
    known = {edit["id"] for edit in edits(hubstaff, place)}
    assert hubstaff.post(path, json=body).status_code == 201
    [edit] = [edit for edit in edits(hubstaff, place, task_ids=body["task_id"]) if edit["id"] not in known]
    assert (edit["action"], edit["added_duration"], edit["original_starts_at"]) == ("add", 1800, None)
    assert (edit["project_id"], edit["reason"]) == (body["project_id"], "Workshop")


def test_the_log_holds_the_manual_time_of_the_past(hubstaff: httpx.Client, company: Company) -> None:
    found = edits(hubstaff, f"/organizations/{company.organization_id}")
    assert found
    people = {edit["user_id"] for edit in found}
    some = edits(hubstaff, f"/organizations/{company.organization_id}", user_ids=min(people))
    assert some == [edit for edit in found if edit["user_id"] == min(people)]


def test_the_log_is_asked_for_by_a_month_at_most(hubstaff: httpx.Client, company: Company) -> None:
    path = f"/organizations/{company.organization_id}/time_edit_logs"
    assert refused_fields(hubstaff.get(path)) == dict.fromkeys(("created[start]", "created[stop]"), "is missing")
    assert refused_fields(hubstaff.get(path, params=recently("created", 32))) == {"created[stop]": "is invalid"}
    assert hubstaff.get(path, params=recently("created", 31)).status_code == 200


def test_an_organization_may_do_without_notes(control: httpx.Client, hubstaff: httpx.Client, entry: tuple[str, Row]) -> None:
    path, body = entry
    without = {name: value for name, value in body.items() if name != "note"}
    assert_refused(hubstaff.post(path, json=without), 400, range(14000, 15000))
    control.post("/switches", json={"hubstaff_note_required": 0})
    assert hubstaff.post(path, json=without).status_code == 201


def test_time_that_needs_approval_is_refused(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, entry: tuple[str, Row]
) -> None:
    path, body = entry
    known = edits(hubstaff, f"/organizations/{company.organization_id}")
    control.post("/switches", json={"hubstaff_time_approval": 1})
    assert_refused(hubstaff.post(path, json=body), 400, range(14000, 15000))
    assert edits(hubstaff, f"/organizations/{company.organization_id}") == known


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"project_id": 1}, ["project_id"]),
        ({"task_id": 1}, ["task_id"]),
        ({"start_time": "noon", "tracked": "long"}, ["start_time", "tracked"]),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_at_its_fields(
    hubstaff: httpx.Client, entry: tuple[str, Row], change: Row, fields: list[str]
) -> None:
    path, body = entry
    assert refused_fields(hubstaff.post(path, json={**body, **change})) == dict.fromkeys(fields, "is invalid")


def test_an_entry_for_somebody_outside_the_project_is_refused(hubstaff: httpx.Client, company: Company, entry: tuple[str, Row]) -> None:
    _, body = entry
    here = {one["user_id"] for one in walked(hubstaff, f"/projects/{body['project_id']}/members", "members")}
    people = {one["user_id"] for one in walked(hubstaff, f"/organizations/{company.organization_id}/members", "members")}
    assert_refused(hubstaff.post(f"/users/{min(people - here)}/time_entries", json=body), 400, range(14000, 15000))


def test_a_member_tracks_and_sees_the_own_time_only(hubstaff: httpx.Client, colleague: httpx.Client, company: Company) -> None:
    me = colleague.get("/users/me").json()["user"]["id"]
    owner = hubstaff.get("/users/me").json()["user"]["id"]
    project = colleague.get(f"/organizations/{company.organization_id}/projects").json()["projects"][0]
    body = {"project_id": project["id"], "start_time": datetime.now(UTC).isoformat(), "tracked": 1, "note": "Mine"}
    assert_refused(colleague.post(f"/users/{owner}/time_entries", json=body), 403, range(10000, 11000))
    assert colleague.post(f"/users/{me}/time_entries", json=body).status_code == 201
    days = {name.replace("created", "date"): value[:10] for name, value in recently("created", 30).items()}
    shown = walked(colleague, f"/organizations/{company.organization_id}/activities/daily", "daily_activities", **days)
    assert {day["user_id"] for day in shown} == {me}
    assert {edit["user_id"] for edit in edits(colleague, f"/organizations/{company.organization_id}")} == {me}


def test_activities_are_dated_in_the_zone_asked_for(control: httpx.Client, hubstaff: httpx.Client, company: Company, project: Row) -> None:
    """Half past midnight in Berlin is still the day before in London."""
    midnight = datetime.now(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=30, second=0, microsecond=0) - timedelta(days=1)
    worked = {"user": company.owner, "project": project["id"], "start": midnight.isoformat(), "seconds": 300}
    control.post("/hubstaff/times", json=worked).raise_for_status()
    path = f"/projects/{project['id']}/activities"
    slots = {"time_slot[start]": midnight.isoformat(), "time_slot[stop]": (midnight + timedelta(minutes=10)).isoformat()}

    def dated(**query: str) -> list[str]:
        return [block["date"] for block in walked(hubstaff, path, "activities", **slots, **query)]

    assert dated() == [midnight.date().isoformat()]
    assert dated(time_zone="Europe/London") == [(midnight.date() - timedelta(days=1)).isoformat()]
    assert refused_fields(hubstaff.get(path, params={**slots, "time_zone": "Moon/Base"})) == {"time_zone": "is invalid"}
    assert dated(global_todo_ids="1") == []


def test_days_reach_back_three_years_and_updates_a_month_and_a_half(hubstaff: httpx.Client, company: Company) -> None:
    path = f"/organizations/{company.organization_id}/activities"
    assert refused_fields(hubstaff.get(f"{path}/daily?date[start]=2015-01-01&date[stop]=2015-01-02")) == {"date[start]": "is invalid"}
    long_ago = datetime.now(UTC) - timedelta(days=60)
    query = {"updated[start]": long_ago.isoformat(), "updated[stop]": (long_ago + timedelta(days=1)).isoformat()}
    assert refused_fields(hubstaff.get(f"{path}/updates", params=query)) == {"updated[start]": "is invalid"}
