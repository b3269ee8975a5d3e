"""Fields that several operations ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.catalogue import (
    CursorPaging,
    Date,
    Flag,
    Group,
    Hours,
    Moment,
    Money,
    Number,
    OneOf,
    Pick,
    Place,
    Rows,
    ShownWhen,
    Text,
)

PAGES = CursorPaging(start="page_start_id", limit="page_limit", size=500, next="pagination.next_page_start_id")

ORGANIZATION = Pick(
    name="organization_id", label="Organization", place=Place.PATH, entity="organization", required=True, number=True, workspace=True
)
# Many of Hubstaff's paths name no organization: it is asked because the lists to choose from depend on it.
ASKED_ORGANIZATION = replace(ORGANIZATION, place=Place.BODY, required=False, asked_only=True, help="Narrows the lists below.")
IN_ORGANIZATION = ("organization_id",)

PROJECT = Pick(
    name="project_id", label="Project", place=Place.PATH, entity="project", required=True, number=True, depends_on=IN_ORGANIZATION
)
ASKED_PROJECT = replace(PROJECT, place=Place.BODY, required=False, asked_only=True, help="Narrows the list of tasks.")
PROJECTS = Pick(name="project_ids", label="Projects", entity="project", many=True, number=True, depends_on=IN_ORGANIZATION)
OF_PROJECTS = replace(PROJECTS, place=Place.QUERY)
OF_TASKS = Pick(name="task_ids", label="Tasks", place=Place.QUERY, entity="task", many=True, number=True, depends_on=IN_ORGANIZATION)
OF_USERS = Pick(name="user_ids", label="Members", place=Place.QUERY, entity="member", many=True, number=True, depends_on=IN_ORGANIZATION)
OF_GLOBAL_TODOS = Number(name="global_todo_ids", label="Global to-dos", place=Place.QUERY, many=True, least=1, help="Their ids.")

LISTED_STATUS = OneOf(
    name="status",
    label="Status",
    place=Place.QUERY,
    default="active",
    choices=(("active", "Active"), ("archived", "Archived"), ("all", "All")),
)
STATUS = OneOf(name="status", label="Status", choices=(("active", "Active"), ("archived", "Archived")))

FIRST_DAY = Date(name="date_start", label="First day", place=Place.QUERY, sent_as="date[start]", required=True)
LAST_DAY = Date(name="date_stop", label="Last day", place=Place.QUERY, sent_as="date[stop]", required=True, not_before="date_start")

PAY_RATE = Money(name="pay_rate", label="Pay rate", help="What an hour costs, rounded to two decimals.")
BILL_RATE = Money(name="bill_rate", label="Bill rate", help="What the client pays for an hour, rounded to two decimals.")
CHANGED_PAY_RATE = replace(PAY_RATE, emptied_as=None)
CHANGED_BILL_RATE = replace(BILL_RATE, emptied_as=None)

METADATA_HELP = "Keys of 2 to 30 characters (a to z, 0 to 9, _), values of up to 200."
KEY = Text(name="key", label="Key", required=True, max_length=30)
VALUE = Text(name="value", label="Value", required=True, max_length=200)
METADATA = Rows(name="metadata", label="Metadata", help=METADATA_HELP, fields=(KEY, VALUE), prefilled=False)
CHANGED_METADATA = replace(
    METADATA,
    help=f"{METADATA_HELP} Keys that are not named stay as they are; an emptied value removes its key.",
    fields=(KEY, replace(VALUE, emptied_as=None)),
)

BY_COST, BY_HOURS, NEVER = "cost", "hours", "never"
WITH_A_BUDGET = ShownWhen("type", (BY_COST, BY_HOURS))
BUDGET = Group(
    name="budget",
    label="Budget",
    help="Hubstaff takes a budget whole or not at all.",
    fields=(
        OneOf(name="type", label="Budget by", required=True, choices=((BY_COST, "Cost"), (BY_HOURS, "Hours"))),
        OneOf(
            name="rate",
            label="Rate",
            required=True,
            default="bill_rate",
            choices=(("bill_rate", "Bill rate"), ("pay_rate", "Pay rate")),
            shown_when=ShownWhen("type", (BY_COST,)),
            help="Which rate the tracked time is counted at.",
        ),
        Money(name="cost", label="Cost limit", required=True, shown_when=ShownWhen("type", (BY_COST,))),
        Hours(name="hours", label="Hours limit", required=True, in_seconds=False, shown_when=ShownWhen("type", (BY_HOURS,))),
        Date(name="start_date", label="Start date", emptied_as=None, shown_when=WITH_A_BUDGET),
        OneOf(
            name="recurrence",
            label="Recurrence",
            default=NEVER,
            choices=((NEVER, "Never"), ("monthly", "Monthly")),
            shown_when=WITH_A_BUDGET,
            help="A monthly budget begins anew each month.",
        ),
        Flag(name="include_non_billable", label="Include non-billable time", default=True, shown_when=WITH_A_BUDGET),
        Number(
            name="near_limit",
            label="Warn at",
            sent_as="alerts.near_limit",
            least=1,
            most=100,
            emptied_as=None,
            shown_when=WITH_A_BUDGET,
            help="Percent of the budget.",
        ),
    ),
)
CHANGED_BUDGET = replace(BUDGET, emptied_as=None, help="To change a part of a budget, give it whole. Emptying it removes it.")


def whole_budget(body: Mapping[str, Any]) -> dict[str, Any]:
    """A budget is told by what it has: one that never recurs has no `recurrence`, one without a start or a warning says nothing of them."""
    budget = body.get("budget")
    return {**body, "budget": _told(budget)} if isinstance(budget, dict) else dict(body)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    inner = {name: _told(value) if isinstance(value, dict) else value for name, value in values.items()}
    return {name: value for name, value in inner.items() if value not in (None, NEVER, {})}


def included(*choices: tuple[str, str]) -> OneOf:
    """Related records to answer with. Those that could not be told apart beside the list are not offered."""
    return OneOf(name="include", label="Include", place=Place.QUERY, many=True, choices=choices, help="Related records to show with each.")


def since(name: str, label: str) -> Moment:
    """The first moment of a range of time that a list is asked for."""
    return Moment(name=f"{name}_start", label=label, place=Place.QUERY, sent_as=f"{name}[start]", required=True)


def until(name: str, label: str) -> Moment:
    """The moment at which a range of time ends that a list is asked for."""
    return Moment(name=f"{name}_stop", label=label, place=Place.QUERY, sent_as=f"{name}[stop]", required=True, not_before=f"{name}_start")
