"""One request for each of Hubstaff's addresses that the sandbox plays, as the contract allows it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.sandbox.refusals import Row

Route = tuple[str, str]
"""Method and path, as the contract writes them."""

MARKS = [{"key": "mark", "value": "1"}]
COST = {
    "type": "cost",
    "rate": "pay_rate",
    "cost": 1200.5,
    "start_date": "2026-01-01",
    "recurrence": "monthly",
    "include_non_billable": False,
    "alerts": {"near_limit": 70},
}
HOURS = {"type": "hours", "hours": 40}


@dataclass(frozen=True)
class Exchange:
    """What is asked: parameters of the query beyond `include`, a body, and headers."""

    query: Row = field(default_factory=dict)
    body: Row | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class There:
    """The ids of records of the main company, some of them made for the exchange."""

    organization_id: int
    user_id: int
    member_id: int
    project_id: int
    task_id: int
    client_id: int
    invite_id: int
    attendance_schedule_id: int
    integration_id: int
    webhook_id: str
    webhook_secret: str

    def filled(self, path: str) -> str:
        """A path of the contract with ids."""
        return path.removeprefix("/v2").format(**vars(self))


def arranged(hubstaff: httpx.Client, organization_id: int) -> There:
    """Make what can be changed without harm."""
    organization = f"/organizations/{organization_id}"
    me = _made(hubstaff.get("/users/me"), "user")["id"]
    project = _made(hubstaff.get(f"{organization}/projects"), "projects")[0]
    others = _made(hubstaff.get(f"/projects/{project['id']}/members"), "members")
    task = {"summary": "Water the plants", "assignee_ids": [me], "metadata": MARKS}
    schedule = {
        "user_id": me,
        "start_date": _day(-3),
        "start_time": "9:00",
        "duration": 14400,
        "minimum_time": 7200,
        "use_time_zone": "user",
        "repeat_schedule": "weekly",
        "weekdays": ["mon", "tue", "wed", "thu", "fri"],
        "repeat_until": _day(30),
        "excluded_dates": [_day(10)],
    }
    client = {"name": "New", "project_ids": [str(project["id"])], "budget": COST}
    task_id = _made(hubstaff.post(f"/projects/{project['id']}/tasks", json=task), "task")["id"]
    entry = {"project_id": project["id"], "task_id": task_id, "start_time": _ago(5), "tracked": 600, "note": "Workshop"}
    assert hubstaff.post(f"/users/{me}/time_entries", json=entry).is_success
    webhook = _made(hubstaff.post(f"{organization}/webhooks", json={"events": ["*"], "target_url": _echo(hubstaff)}), "webhook")
    kept = httpx.get(str(hubstaff.base_url.join("/control/webhooks"))).json()["webhooks"]
    return There(
        organization_id=organization_id,
        user_id=me,
        member_id=next(one["user_id"] for one in others if one["user_id"] != me),
        project_id=project["id"],
        client_id=_made(hubstaff.post(f"{organization}/clients", json=client), "client")["id"],
        task_id=task_id,
        invite_id=_made(hubstaff.post(f"{organization}/invites", json={"email": "new@mail.example", "pay_rate": 40}), "invite")["id"],
        attendance_schedule_id=_made(hubstaff.post(f"{organization}/attendance_schedules", json=schedule), "attendance_schedule")["id"],
        integration_id=_made(hubstaff.get(f"{organization}/integrations"), "integrations")[0]["id"],
        webhook_id=webhook["id"],
        webhook_secret=next(one["secret"] for one in kept if one["id"] == webhook["id"]),
    )


def _echo(hubstaff: httpx.Client) -> str:
    """An address that takes whatever is sent there."""
    return str(hubstaff.base_url.join("/control/echo"))


def _ago(hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def _made(answer: httpx.Response, name: str) -> Any:
    assert answer.is_success, answer.text
    return answer.json()[name]


def _day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


def _range(name: str, days: int) -> Row:
    """The days until now, as moments or as dates."""
    until = datetime.now(UTC)
    since = until - timedelta(days=days)
    if name == "date":
        return {"date[start]": since.date().isoformat(), "date[stop]": until.date().isoformat()}
    return {f"{name}[start]": since.isoformat(), f"{name}[stop]": until.isoformat()}


def exchanges(there: There) -> dict[Route, Exchange]:
    """Every exchange, by its route."""
    organization, project = "/v2/organizations/{organization_id}", "/v2/projects/{project_id}"
    return {
        ("GET", "/v2/error_codes"): Exchange(),
        ("GET", "/v2/users/me"): Exchange(),
        ("GET", "/v2/users/{user_id}"): Exchange(),
        ("GET", "/v2/organizations"): Exchange({"page_limit": 10}),
        ("GET", organization): Exchange(),
        ("PUT", f"{organization}/update_metadata"): Exchange(body={"metadata": MARKS}),
        **_people(there, organization),
        **_projects(there, organization, project),
        **_tasks(there, organization, project),
        **_clients(there, organization),
        **_attendance(there, organization),
        **_time(there, organization, project),
        ("GET", f"{organization}/team_invoices"): Exchange({"include_line_items": "true"}),
        ("GET", f"{organization}/client_invoices"): Exchange({"include_line_items": "true", "issue_date[start]": "2020-01-01"}),
        ("GET", f"{organization}/integrations"): Exchange(),
        ("GET", "/v2/integrations/{integration_id}/project_links"): Exchange(),
        ("GET", "/v2/integrations/{integration_id}/user_links"): Exchange(),
        ("GET", "/v2/integrations/{integration_id}/tasks"): Exchange({"status": "active,completed"}),
        ("GET", f"{project}/integration_links"): Exchange(),
        **_webhooks(there, organization, project),
    }


def _webhooks(there: There, organization: str, project: str) -> dict[Route, Exchange]:
    new = {"events": ["task.create", "shift.late"], "target_url": "http://127.0.0.1:9/hooks"}
    registered = {("POST", f"{place}/webhooks"): Exchange(body=new) for place in (organization, project, "/v2/users/me")}
    return {
        **registered,
        ("GET", "/v2/webhooks/{webhook_id}"): Exchange(),
        ("DELETE", "/v2/webhooks/{webhook_id}"): Exchange(),
        ("POST", "/v2/webhooks/{webhook_id}/activate"): Exchange(headers={"X-Hook-Secret": there.webhook_secret}),
    }


def _people(there: There, organization: str) -> dict[Route, Exchange]:
    extras = dict.fromkeys(("include_projects", "include_profile", "include_limits", "include_removed"), "true")
    member = {
        "user_id": there.member_id,
        "role": "manager",
        "trackable": False,
        "view_only": False,
        "first_name": "Ada",
        "last_name": "Byron",
        "payment": {"rate_type": "hourly", "pay_rate": 41.5, "pay_period": "weekly", "period_week_day": 0},
        "limits": {"weekly_limit": 40, "dow_limit": ["mon"]},
        "metadata": MARKS,
        "projects": [{"project_id": there.project_id, "role": "manager"}],
    }
    invite = {"role": "project_user", "project_ids": [there.project_id], "pay_rate": 30.5, "trackable": True, "view_only": False}
    return {
        ("GET", f"{organization}/members"): Exchange({**extras, "project_statuses": "active,archived"}),
        ("PUT", f"{organization}/update_members"): Exchange(body={"members": [member]}),
        ("GET", f"{organization}/invites"): Exchange({"status": "all"}),
        ("POST", f"{organization}/invites"): Exchange(body={"email": "ada@mail.example", **invite}),
        ("POST", f"{organization}/invites/bulk"): Exchange(body={"invites": [{"email": "ada@mail.example", **invite}, {"email": "no"}]}),
        ("GET", "/v2/invites/{invite_id}"): Exchange(),
        ("PUT", "/v2/invites/{invite_id}"): Exchange(body={"role": "project_manager", "project_ids": there.project_id, "pay_rate": "none"}),
        ("DELETE", "/v2/invites/{invite_id}"): Exchange(),
    }


def _projects(there: There, organization: str, project: str) -> dict[Route, Exchange]:
    rates = {"pay_rate": 20, "bill_rate": None}
    new = {
        "name": "New",
        "description": "Words",
        "metadata": MARKS,
        "members": [{"user_id": there.user_id, "role": "manager", **rates}],
        "client_id": there.client_id,
        "billable": False,
        "budget": COST,
        **rates,
    }
    changed = {name: value for name, value in new.items() if name not in ("members", "metadata")}
    return {
        ("GET", f"{organization}/projects"): Exchange({"status": "all"}),
        ("POST", f"{organization}/projects"): Exchange(body=new),
        ("GET", project): Exchange(),
        ("PUT", project): Exchange(body={**changed, "budget": HOURS, "status": "active"}),
        ("PUT", f"{project}/update_metadata"): Exchange(body={"metadata": MARKS}),
        ("PUT", f"{project}/update_members"): Exchange(body={"members": [{"user_id": there.member_id, "role": "remove"}]}),
        ("GET", f"{project}/members"): Exchange({"include_profile": "true", "include_removed": "true", "direct_only": "true"}),
    }


def _tasks(there: There, organization: str, project: str) -> dict[Route, Exchange]:
    new = {"summary": "More", "assignee_ids": [there.user_id], "pay_rate": 1, "bill_rate": 2.5, "metadata": MARKS}
    return {
        ("GET", f"{organization}/tasks"): Exchange({"status": "active,completed", "project_ids": there.project_id}),
        ("GET", f"{project}/tasks"): Exchange({"user_ids": there.user_id}),
        ("POST", f"{project}/tasks"): Exchange(body=new),
        ("GET", "/v2/tasks/{task_id}"): Exchange(),
        ("PUT", "/v2/tasks/{task_id}"): Exchange(body={**new, "lock_version": 0, "status": "completed"}),
        ("DELETE", "/v2/tasks/{task_id}"): Exchange(),
        ("PUT", "/v2/tasks/{task_id}/update_metadata"): Exchange(body={"lock_version": 0, "metadata": MARKS}),
    }


def _clients(there: There, organization: str) -> dict[Route, Exchange]:
    client = {
        "name": "Ölmühle",
        "emails": ["office@mail.example"],
        "phone": "030 1234",
        "address": "At the river\nBerlin",
        "invoice_notes": "Thank you",
        "net_terms": 14,
        "metadata": MARKS,
        "budget": HOURS,
    }
    return {
        ("GET", f"{organization}/clients"): Exchange({"status": "all"}),
        ("POST", f"{organization}/clients"): Exchange(body={**client, "project_ids": [str(there.project_id)]}),
        ("GET", "/v2/clients/{client_id}"): Exchange(),
        ("PUT", "/v2/clients/{client_id}"): Exchange(body={**client, "project_ids": [there.project_id], "status": "archived"}),
        ("PUT", "/v2/clients/{client_id}/update_metadata"): Exchange(body={"metadata": MARKS}),
    }


def _attendance(there: There, organization: str) -> dict[Route, Exchange]:
    schedule = {
        "start_date": _day(1),
        "start_time": "13:30",
        "duration": 7200,
        "minimum_time": 3600,
        "use_time_zone": "organization",
        "repeat_schedule": "bi_weekly",
        "weekdays": ["sat"],
    }
    changes = {**schedule, "add_excluded_dates": [_day(9)], "remove_excluded_dates": [_day(10)]}
    return {
        ("GET", f"{organization}/attendance_schedules"): Exchange(_range("date", 31)),
        ("POST", f"{organization}/attendance_schedules"): Exchange(body={"user_id": there.user_id, **schedule}),
        ("PUT", "/v2/attendance_schedules/{attendance_schedule_id}"): Exchange(body=changes),
        ("GET", f"{organization}/attendance_shifts"): Exchange(_range("date", 31)),
    }


def _time(there: There, organization: str, project: str) -> dict[Route, Exchange]:
    entry = {
        "project_id": there.project_id,
        "task_id": there.task_id,
        "start_time": _ago(2),
        "tracked": 600,
        "note": "Workshop",
        "billable": True,
    }
    lists = {
        f"{place}/{name}": Exchange(_range(span, days))
        for place in (organization, project)
        for name, span, days in (
            ("activities", "time_slot", 7),
            ("activities/updates", "updated", 7),
            ("activities/daily", "date", 31),
            ("time_edit_logs", "created", 31),
        )
    }
    return {
        **{("GET", path): exchange for path, exchange in lists.items()},
        ("POST", "/v2/users/{user_id}/time_entries"): Exchange(body=entry),
    }
