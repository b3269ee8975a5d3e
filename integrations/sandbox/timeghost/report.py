"""The Excel report of times.

The older document puts its parameters into the query. The later one names more, and neither where they stand nor the words that
`billable`, `projectStatus` and `type` take: both are guesses.
"""

import base64
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from integrations.sandbox.kinds import TIMEGHOST_PROJECT
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Reader, Readers, Reading, a_moment, a_time_zone, each, one_of, unfit
from integrations.sandbox.timeghost.filters import asked_people, require_sight
from integrations.sandbox.timeghost.ranges import Range, named_ranges
from integrations.sandbox.timeghost.references import a_person
from integrations.sandbox.timeghost.times import tracked
from integrations.sandbox.timeghost.visit import Visit
from integrations.sandbox.timeghost.workbook import COLUMNS, Style, workbook

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RANGES = tuple(name for name in named_ranges() if name != "all_time")
RANGE = "$filter-date-range"
BILLABLE = {"all": None, "true": True, "billable": True, "false": False, "notbillable": False}
COMPLETED = {"all": None, "active": False, "completed": True}
MINUTE, USUAL_MINUTES = 60, 15


def _a_flag(_visit: Visit, value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise unfit("must be true or false")
    return value.lower() == "true"


def _a_word(*words: str) -> Reader:
    """Return a reader of one of some words, in letters of either size."""

    def read(_visit: Visit, value: str) -> str:
        if value.lower() not in words:
            raise unfit(f"must be one of {', '.join(words)}")
        return value.lower()

    return read


def _a_count(_visit: Visit, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) <= 24 * MINUTE):
        raise unfit("must be a whole number of minutes, 1 to 1440")
    return int(value)


def _nearest(seconds: int, step: int) -> int:
    return (seconds + step // 2) // step * step


def _up(seconds: int, step: int) -> int:
    return -(-seconds // step) * step


def _down(seconds: int, step: int) -> int:
    return seconds // step * step


ROUNDINGS = {"nearest": _nearest, "up": _up, "down": _down, "0": _nearest, "1": _up, "2": _down}
PARAMETERS: Readers = {
    RANGE: one_of(*RANGES),
    "startDate": a_moment,
    "endDate": a_moment,
    "groupedByProject": _a_flag,
    "billable": _a_word(*BILLABLE),
    "projectStatus": _a_word(*COMPLETED),
    **{column.switch: _a_flag for column in COLUMNS if column.switch},
    "enabled": _a_flag,
    "minutes": _a_count,
    "type": _a_word(*ROUNDINGS),
    "timeZone": a_time_zone,
    "users": each(a_person),
}


def create_report(visit: Visit) -> Response:
    """POST /Create_Excel_Report. A column is there unless its switch is off."""
    people = asked_people(visit)
    asked = _asked(visit)
    columns = [column for column in COLUMNS if asked.get(column.switch, True)]
    zone = ZoneInfo(asked["timeZone"] if "timeZone" in asked else visit.user["timeZone"])
    style = Style(zone, lambda seconds: rounded(seconds, asked))
    times = _times(visit, asked, people)
    return _answer(visit, workbook(times, columns, style, by_project=asked["groupedByProject"]))


def rounded(seconds: int, asked: Body) -> int:
    """Return seconds rounded as asked for, or as they are."""
    if not asked.get("enabled"):
        return seconds
    return ROUNDINGS[asked.get("type", "nearest")](seconds, asked.get("minutes", USUAL_MINUTES) * MINUTE)


def _asked(visit: Visit) -> Body:
    parameters = visit.request.query_params
    given: dict[str, Any] = {name: value for name, value in parameters.items() if value}
    users = [user for text in parameters.getlist("users") for user in text.split(",") if user]
    reading = Reading(visit, {**given, **({"users": users} if users else {})}, PARAMETERS, ("groupedByProject",))
    _check_range(reading, given)
    return reading.finished()


def _check_range(reading: Reading, given: Body) -> None:
    """Complain unless there is a named range, or two dates, which count more."""
    if not {RANGE, "startDate", "endDate"} & set(given):
        reading.complain(RANGE, "is required, or startDate and endDate are")
    for one, other in (("startDate", "endDate"), ("endDate", "startDate")):
        if one in given and other not in given:
            reading.complain(other, f"is required with {one}")
    read = reading.values
    if "startDate" in read and "endDate" in read and read["endDate"] < read["startDate"]:
        reading.complain("endDate", "must not be before startDate")


def _span(asked: Body) -> Range:
    return (asked["startDate"], asked["endDate"]) if "startDate" in asked else named_ranges()[asked[RANGE]]


def _times(visit: Visit, asked: Body, people: set[str] | None) -> list[Body]:
    """Return the times of a report as they are shown, with the descriptions of their projects."""
    if "users" in asked:
        users = set(asked["users"])
        require_sight(visit, users)
        people = users if people is None else users & people
    projects = {project["id"]: project for project in visit.store.of_tenant(TIMEGHOST_PROJECT, visit.workspace["id"])}
    shown = shapes.times(visit, tracked(visit, _span(asked), people))
    return list(_wanted(shown, projects, BILLABLE[asked.get("billable", "all")], COMPLETED[asked.get("projectStatus", "all")]))


def _wanted(times: list[Body], projects: dict[str, Body], billable: bool | None, completed: bool | None) -> Iterator[Body]:
    for time in times:
        project = projects[time["project"]["id"]]
        if billable in (None, time["billable"]) and completed in (None, project["completed"]):
            yield {**time, "project": {**time["project"], "description": project["description"]}}


def _answer(visit: Visit, file: bytes) -> Response:
    if visit.runtime.switches.timeghost_excel_as == "base64":
        return Response(base64.b64encode(file), media_type="text/plain")
    return Response(file, media_type=MEDIA_TYPE, headers={"Content-Disposition": 'attachment; filename="times.xlsx"'})
