"""timeghost's Excel report: a real file with the times that were asked for, in the columns that were asked for."""

import base64
import random
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest

from integrations.sandbox.timeghost.report import rounded
from integrations.sandbox.timeghost.workbook import COLUMNS, sheet_title
from tests.sandbox.timeghost_exchanges import MOMENTS, START, There, arranged

PATH = "/Create_Excel_Report"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHOLE = {"$filter-date-range": "last_month", "groupedByProject": "false"}
Table = list[dict[str, Any]]


def sheets(content: bytes) -> dict[str, Table]:
    """What a spreadsheet library reads: the rows of each sheet by column."""
    book = openpyxl.load_workbook(BytesIO(content))
    tables = {}
    for sheet in book.worksheets:
        titles, *rows = sheet.iter_rows(values_only=True)
        tables[sheet.title] = [dict(zip(map(str, titles), row, strict=True)) for row in rows]
    return tables


def report(client: httpx.Client, /, **query: Any) -> dict[str, Table]:
    answer = client.post(PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return sheets(answer.content)


def table(client: httpx.Client, /, **query: Any) -> Table:
    return report(client, **WHOLE | query)["Times"]


def last_month(client: httpx.Client, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/get/times", params={"$filter-date-range": "last_month", **query}).json()
    return found


@pytest.fixture
def there(timeghost: httpx.Client) -> There:
    return arranged(timeghost)


def test_a_report_holds_the_times_of_its_range(timeghost: httpx.Client) -> None:
    rows, times = table(timeghost), last_month(timeghost)
    assert len(rows) == len(times) > 100
    assert list(rows[0]) == [column.title for column in COLUMNS]
    assert Counter((row["Author"], row["Client"], row["Project"], row["Task"], row["Description"]) for row in rows) == Counter(
        (one["user"]["name"], one["client"]["name"], one["project"]["name"], one["task"] and one["task"]["name"], one["name"])
        for one in times
    )
    assert sum(row["Hours"] for row in rows) == pytest.approx(sum(time["timeDiff"] for time in times) / 3600)


def test_a_report_divided_by_project_has_a_sheet_for_each(timeghost: httpx.Client) -> None:
    found = report(timeghost, **WHOLE | {"groupedByProject": "true"})
    projects = Counter(time["project"]["name"] for time in last_month(timeghost))
    assert sorted(map(len, found.values())) == sorted(projects.values())
    assert all({row["Project"] for row in rows} <= set(projects) and len({row["Project"] for row in rows}) == 1 for rows in found.values())


def test_each_switch_turns_its_column_off(timeghost: httpx.Client) -> None:
    for column in COLUMNS:
        if column.switch:
            assert column.title not in table(timeghost, **{column.switch: "false"})[0]
    off = {column.switch: "false" for column in COLUMNS if column.switch}
    assert list(table(timeghost, **off)[0]) == ["Start", "End", "Hours", "Billable"]


def test_two_dates_count_more_than_a_named_range(timeghost: httpx.Client, there: There) -> None:
    dates = {"startDate": MOMENTS["start"], "endDate": (START + timedelta(seconds=1)).isoformat()}
    for query in (dates, {**dates, "$filter-date-range": "last_year"}):
        [row] = report(timeghost, groupedByProject="false", **query)["Times"]
        assert (row["Description"], row["Hours"], row["Project description"]) == ("New time", 1, None)
    answer = timeghost.post(PATH, params={"groupedByProject": "true", "startDate": MOMENTS["end"], "endDate": MOMENTS["start"]})
    assert answer.json() == {"message": "endDate must not be before startDate"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "groupedByProject is required; $filter-date-range is required, or startDate and endDate are"),
        ({"groupedByProject": "true", "startDate": MOMENTS["start"]}, "endDate is required with startDate"),
        ({"groupedByProject": "true", "endDate": MOMENTS["start"]}, "startDate is required with endDate"),
        ({"groupedByProject": "maybe", "$filter-date-range": "today"}, "groupedByProject must be true or false"),
        ({**WHOLE, "minutes": "0", "timeZone": "Mars"}, "minutes must be a whole number of minutes, 1 to 1440; timeZone must be the name"),
        ({**WHOLE, "users": "nobody"}, "users[0] must be the id of a person of this workspace"),
        ({**WHOLE, "$filter-date-range": "all_time"}, "$filter-date-range must be one of today, yesterday"),
    ],
)
def test_what_does_not_fit_is_refused(timeghost: httpx.Client, query: dict[str, str], message: str) -> None:
    answer = timeghost.post(PATH, params=query)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


def test_a_report_can_be_of_some_people(timeghost: httpx.Client, member: httpx.Client) -> None:
    users = list({time["user"]["id"]: time["user"]["name"] for time in last_month(timeghost)}.items())[:3]
    ids, names = [identity for identity, _ in users], {name for _, name in users}
    for given in (",".join(ids), ids):
        assert {row["Author"] for row in table(timeghost, users=given)} == names
    assert {row["Author"] for row in table(timeghost, **{"$filter-user": ids[0]})} == {users[0][1]}
    assert {row["Author"] for row in table(timeghost, **{"$filter-user": ids[0], "users": ids[:2]})} == {users[0][1]}
    own = member.get("/get/currentuser").json()
    assert {row["Author"] for row in table(member)} == {own["name"]}
    stranger = next(identity for identity in ids if identity != own["id"])
    assert member.post(PATH, params={**WHOLE, "users": stranger}).status_code == 403


def test_a_report_can_be_of_billable_times_or_of_open_projects(timeghost: httpx.Client) -> None:
    times = last_month(timeghost)
    for word, billable in (("billable", True), ("notBillable", False), ("true", True), ("false", False)):
        rows = table(timeghost, billable=word)
        assert {row["Billable"] for row in rows} == {billable}
        assert len(rows) == len([time for time in times if time["billable"] is billable])
    for word, completed in (("active", False), ("completed", True)):
        assert len(table(timeghost, projectStatus=word)) == len([time for time in times if time["project"]["completed"] is completed])


def test_moments_are_told_in_the_zone_that_was_asked_for(timeghost: httpx.Client, there: There) -> None:
    dates = {"startDate": MOMENTS["start"], "endDate": MOMENTS["end"], "groupedByProject": "false"}
    for name in ("Asia/Tokyo", "America/New_York"):
        [row] = [row for row in report(timeghost, timeZone=name, **dates)["Times"] if row["Description"] == "New time"]
        expected = datetime.fromisoformat(MOMENTS["start"]).astimezone(ZoneInfo(name)).replace(tzinfo=None)
        assert row["Start"] == expected


def test_hours_are_rounded_when_that_is_on(timeghost: httpx.Client) -> None:
    assert any(row["Hours"] * 12 % 1 > 0.001 for row in table(timeghost, minutes="5", type="up"))
    up, down = (table(timeghost, enabled="true", minutes="5", type=kind) for kind in ("up", "down"))
    assert all((row["Hours"] * 12) == pytest.approx(round(row["Hours"] * 12)) for row in up + down)
    assert sum(row["Hours"] for row in up) > sum(row["Hours"] for row in down)


@pytest.mark.parametrize("kind", ["nearest", "up", "down"])
def test_rounding_goes_to_a_neighbour(kind: str) -> None:
    for seconds in (0, 1, 449, 450, 451, 899, 900, 901, *(random.Random(1).randrange(90000) for _ in range(200))):
        found = rounded(seconds, {"enabled": True, "minutes": 15, "type": kind})
        nearest = {"nearest": abs(found - seconds) <= 450, "up": 0 <= found - seconds < 900, "down": 0 <= seconds - found < 900}
        assert found % 900 == 0
        assert nearest[kind]


def test_a_text_stays_a_text_whatever_it_looks_like(timeghost: httpx.Client, there: There) -> None:
    place = {"client": there.client, "project": {"id": there.project["id"]}, "billable": True, **MOMENTS}
    texts = ["=1+1", "@SUM(A1)", "bell\u0007", "🎉 <b>&", "-2"]
    for text in texts:
        timeghost.post("/add/times", json={**place, "name": text}).raise_for_status()
    dates = {"startDate": MOMENTS["start"], "endDate": MOMENTS["end"]}
    rows = report(timeghost, groupedByProject="true", **dates)["New project"]
    assert {row["Description"] for row in rows} == {"New time", "=1+1", "@SUM(A1)", "bell", "🎉 <b>&", "-2"}


def test_a_report_without_times_is_a_file_all_the_same(timeghost: httpx.Client) -> None:
    long_ago = {"startDate": "2001-01-01T00:00:00.000Z", "endDate": "2001-02-01T00:00:00.000Z"}
    assert report(timeghost, groupedByProject="true", **long_ago) == {"Times": []}


def test_a_report_can_travel_as_a_text(control: httpx.Client, timeghost: httpx.Client) -> None:
    assert control.post("/switches", json={"timeghost_excel_as": "letters"}).status_code == 400
    assert control.post("/switches", json={"timeghost_excel_as": "base64"}).json()["timeghost_excel_as"] == "base64"
    answer = timeghost.post(PATH, params=WHOLE)
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(sheets(base64.b64decode(answer.text, validate=True))["Times"]) == len(last_month(timeghost))


def test_names_of_sheets_are_as_excel_takes_them_and_never_the_same() -> None:
    taken: set[str] = set()
    names = ["A/B: [c]?", "a b   c", "'quoted'", "", "***", "x" * 40, "X" * 40, "x" * 40]
    titles = [sheet_title(name, taken) for name in names]
    assert len({title.lower() for title in titles}) == len(names)
    assert all(0 < len(title) <= 31 and not set(title) & set("[]:*?/\\") and title.strip("'") == title for title in titles)
