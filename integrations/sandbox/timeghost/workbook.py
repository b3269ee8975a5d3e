"""Writes the Excel report of times."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from integrations.sandbox import moments
from integrations.sandbox.store import Body

HOUR = 3600
TITLE_LENGTH = 31
NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
WHOLE = "Times"
"""The sheet of a report that is not divided, or of one without times."""


@dataclass(frozen=True)
class Style:
    """How a report shows its times: seconds go through the rounding, moments are told in the zone."""

    zone: tzinfo
    rounded: Callable[[int], int]


@dataclass(frozen=True)
class Column:
    """One column. `switch` names the parameter that turns it off; it is empty where none does."""

    title: str
    switch: str
    value: Callable[[Body, Style], Any]


def _name_of(nested: str, field: str = "name") -> Callable[[Body, Style], Any]:
    return lambda time, style: (time[nested] or {}).get(field)


def _moment(field: str) -> Callable[[Body, Style], datetime]:
    # Spreadsheets know no time zones.
    return lambda time, style: moments.read(time[field]).astimezone(style.zone).replace(tzinfo=None)


COLUMNS = (
    Column("Start", "", _moment("start")),
    Column("End", "", _moment("end")),
    Column("Hours", "", lambda time, style: style.rounded(time["timeDiff"]) / HOUR),
    Column("Billable", "", lambda time, style: time["billable"]),
    Column("Client", "client", _name_of("client")),
    Column("Project", "project", _name_of("project")),
    Column("Project description", "projectDescription", _name_of("project", "description")),
    Column("Task", "task", _name_of("task")),
    Column("Description", "description", lambda time, style: time["name"]),
    Column("Author", "author", _name_of("user")),
)


def workbook(times: Sequence[Body], columns: Sequence[Column], style: Style, *, by_project: bool) -> bytes:
    """Return a report as a file: a sheet for each project, or one for all."""
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for title, rows in _sheets(times, by_project).items():
        sheet = book.create_sheet(sheet_title(title, taken))
        sheet.append([column.title for column in columns])
        for time in rows:
            sheet.append([_cell(sheet, column.value(time, style)) for column in columns])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_title(name: str, taken: set[str]) -> str:
    """Return a name as Excel takes it for a sheet, different from those taken, and take it."""
    plain = ILLEGAL_CHARACTERS_RE.sub("", NOT_IN_TITLES.sub(" ", name)).strip("' ")[:TITLE_LENGTH] or WHOLE
    title, number = plain, 1
    while title.lower() in taken:
        number += 1
        mark = f" ({number})"
        title = plain[: TITLE_LENGTH - len(mark)] + mark
    taken.add(title.lower())
    return title


def _sheets(times: Iterable[Body], by_project: bool) -> dict[str, list[Body]]:
    """Return the rows of each sheet by the name that it is to have. Projects of one name share theirs."""
    sheets: dict[str, list[Body]] = {}
    for time in times:
        sheets.setdefault(time["project"]["name"] if by_project else WHOLE, []).append(time)
    return sheets or {WHOLE: []}


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell. A text stays a text, also when it looks like a formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell
