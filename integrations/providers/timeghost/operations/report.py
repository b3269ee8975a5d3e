"""The Excel report of times.

The older document has all parameters in the query, the later one does not say where they are: they travel in the query.
"""

from __future__ import annotations

from dataclasses import replace

from integrations.catalogue import Download, Field, Flag, Kind, Moment, Number, Operation, Pick, Place, Text
from integrations.providers.timeghost.operations.fields import DATE_RANGE, OF_USER, WORKSPACE, ZONE_HELP

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OVERRIDES = "Counts instead of the date range."


def column(name: str, label: str, sent_as: str = "") -> Field:
    """A column that the report has or has not."""
    return Flag(name=name, label=label, place=Place.QUERY, sent_as=sent_as, help="Whether the report has this column.")


REPORT = Operation(
    name="create_excel_report",
    label="Create Times Excel Report",
    entity="time",
    kind=Kind.GET,  # it only reads
    method="POST",
    path="/Create_Excel_Report",
    row="T09",
    description="A spreadsheet of the times in a range of days, or between two moments.",
    download=Download("times.xlsx", EXCEL),
    inputs=(
        WORKSPACE,
        replace(DATE_RANGE, required=False, choices=tuple(choice for choice in DATE_RANGE.choices if choice[0] != "all_time")),
        Moment(name="start_date", label="Start date", place=Place.QUERY, sent_as="startDate", help=OVERRIDES),
        Moment(name="end_date", label="End date", place=Place.QUERY, sent_as="endDate", not_before="start_date", help=OVERRIDES),
        OF_USER,
        Pick(name="users", label="Users", place=Place.QUERY, entity="user", many=True, help="Of several people."),
        Flag(
            name="grouped_by_project",
            label="Grouped by project",
            place=Place.QUERY,
            sent_as="groupedByProject",
            required=True,
            default=True,
            help="Each project gets a sheet of its own.",
        ),
        Text(name="billable", label="Billable", place=Place.QUERY, help="Narrows the report to what is billable, or is not."),
        Text(
            name="project_status",
            label="Project status",
            place=Place.QUERY,
            sent_as="projectStatus",
            help="Narrows the report to projects of this status.",
        ),
        column("client", "Client"),
        column("project", "Project"),
        column("project_description", "Project description", "projectDescription"),
        column("task", "Task"),
        column("description", "Description"),
        column("author", "Author"),
        Flag(name="rounding", label="Rounding", place=Place.QUERY, sent_as="enabled", help="Round each time."),
        Number(name="rounding_minutes", label="Rounding: minutes", place=Place.QUERY, sent_as="minutes", least=1),
        Text(name="rounding_type", label="Rounding: type", place=Place.QUERY, sent_as="type", help="Up, down or to the nearest."),
        Text(name="time_zone", label="Time zone", place=Place.QUERY, sent_as="timeZone", help=ZONE_HELP),
    ),
)
