"""Records as Hubstaff shows them: the store keeps a few fields more."""

from collections import defaultdict

from integrations.sandbox.kinds import HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

ProjectIds = dict[int | None, list[int]]
"""The ids of projects, by the client that they are for."""

INNER = {
    "organization": frozenset({"time_zone"}),
    "project": frozenset({"organization_id", "members", "former_members", "integration_id"}),
    "task": frozenset({"organization_id"}),
    "member": frozenset({"id", "organization_id", "profile", "limits"}),
    "invite": frozenset({"organization_id", "view_only", "deleted"}),
    "schedule": frozenset({"deleted"}),
    "time_edit": frozenset({"organization_id"}),
}
"""What the store keeps for itself, by kind."""

PAYMENT = ("pay_period", "fixed_pay_rate", "period_week_day", "period_start_day", "period_second_start_day")
PROFILE = ("job_title", "job_type", "location", "employee_id", "tax_info", "birthday", "started_on")


def organization(body: Body) -> Body:
    """Show an organization."""
    return _without(body, "organization")


def user(body: Body) -> Body:
    """Show a user."""
    return body


def member(body: Body) -> Body:
    """Show a membership of an organization."""
    return {**dict.fromkeys(PAYMENT), **_without(body, "member")}


def profile(body: Body) -> Body:
    """Show the profile of a member."""
    return {**dict.fromkeys(PROFILE), "custom_fields": {}, **body.get("profile", {})}


def limits(body: Body) -> Body:
    """Show the limits of a member."""
    none = {"limits_by_shifts": False, "weekly_limit": None, "daily_limit": None, "expected_per_week": None}
    return {**none, "dow_limit": [], "dow_expected": [], **body.get("limits", {})}


def client(body: Body, project_ids: ProjectIds) -> Body:
    """Show a client with its projects."""
    return {**body, "project_ids": project_ids[body["id"]]}


def projects_of_clients(store: Store, organization_id: int) -> ProjectIds:
    """Return which projects are for which client: a project names its client."""
    found: ProjectIds = defaultdict(list)
    for one in store.of_tenant(HUBSTAFF_PROJECT, organization_id):
        found[one["client_id"]].append(one["id"])
    return found


def project(body: Body) -> Body:
    """Show a project."""
    return _without(body, "project")


def task(body: Body) -> Body:
    """Show a task."""
    return _without(body, "task")


def invite(body: Body, status: str) -> Body:
    """Show an invite, whose status follows from time."""
    return {**_without(body, "invite"), "status": status}


def invoice(body: Body, with_line_items: bool) -> Body:
    """Show an invoice, its line items only when they were asked for."""
    return body if with_line_items else {name: value for name, value in body.items() if name != "line_items"}


def schedule(body: Body) -> Body:
    """Show an attendance schedule."""
    return _without(body, "schedule")


def time_edit(body: Body) -> Body:
    """Show a line of the log of edited time."""
    return _without(body, "time_edit")


def project_member(body: Body, currency: str | None = None) -> Body:
    """Show one of a project's members, present or former."""
    return {
        "user_id": body["user_id"],
        "pay_rate": body.get("pay_rate"),
        "bill_rate": body.get("bill_rate"),
        "currency": currency,
        "membership_role": body["role"],
        "membership_status": "removed" if body.get("removed_at") else "active",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "removed_at": body.get("removed_at"),
        "last_client_activity": body["updated_at"],
        "team_id": None,
    }


def nested_project_member(project: Body, body: Body, currency: str) -> Body:
    """Show one person's membership of a project, inside their membership of the organization."""
    shown = {name: value for name, value in project_member(body, currency).items() if name != "user_id"}
    return {
        **shown,
        "project_id": project["id"],
        "project_type": project["type"],
        "project_status": project["status"],
    }


def _without(body: Body, kind: str) -> Body:
    return {name: value for name, value in body.items() if name not in INNER[kind]}
