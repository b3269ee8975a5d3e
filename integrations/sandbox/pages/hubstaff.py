"""Hubstaff for a person: organizations, projects, tasks to complete, time to track."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.control.deeds import perform
from integrations.sandbox.exchange import Call
from integrations.sandbox.html import Markup, button, elsewhere, fill, joined, link, page, table
from integrations.sandbox.hubstaff.tasks import create_task
from integrations.sandbox.hubstaff.times import track
from integrations.sandbox.kinds import (
    HUBSTAFF_CLIENT,
    HUBSTAFF_MEMBER,
    HUBSTAFF_ORGANIZATION,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TASK,
    HUBSTAFF_TIME,
    HUBSTAFF_USER,
    Kind,
)
from integrations.sandbox.pages.parts import ADD_TASK, hours, missing, time_table
from integrations.sandbox.store import Body

THEME = "hubstaff"

ADD_TIME = """
<form method="post" action="/hubstaff/projects/$id/times" class="line">
<label>Person <select name="user">$people</select></label>
<label>Task <select name="task"><option value="">none</option>$tasks</select></label>
<label>Minutes until now <input name="minutes" type="number" value="30" min="1" max="600"></label>
<button>Track time</button>
</form>
"""

PROJECT = """
<p>$back</p>
<h2>Open tasks</h2>$add$open
<h2>Completed tasks</h2>$completed
<h2>Track time</h2>$track
<h2>Latest time</h2>$times
<h2>Members</h2>$members
"""


def organizations(call: Call) -> Response:
    """GET /hubstaff/."""
    rows = [
        [
            link(f"/hubstaff/organizations/{one['id']}", one["name"]),
            one["id"],
            _count(call, HUBSTAFF_PROJECT, one["id"]),
        ]
        for one in call.store.every(HUBSTAFF_ORGANIZATION)
    ]
    return page("Hubstaff", table(["Organization", "Id", "Projects"], rows), THEME)


def organization(call: Call) -> Response:
    """GET /hubstaff/organizations/{id}."""
    one = call.store.get(HUBSTAFF_ORGANIZATION, call.number("id"))
    if one is None:
        return missing(THEME)
    content = fill(
        "<h2>Projects</h2>$projects<h2>People</h2>$people<h2>Clients</h2>$clients",
        projects=_projects(call, one["id"]),
        people=_people(call, one["id"]),
        clients=table(
            ["Name", "Status", "Id"],
            [[client["name"], client["status"], client["id"]] for client in _of(call, HUBSTAFF_CLIENT, one["id"])],
        ),
    )
    return page(f"{one['name']} in Hubstaff", content, THEME)


def project(call: Call) -> Response:
    """GET /hubstaff/projects/{id}."""
    one = call.store.get(HUBSTAFF_PROJECT, call.number("id"))
    if one is None:
        return missing(THEME)
    users = {user["id"]: user for user in call.store.every(HUBSTAFF_USER)}
    tasks = list(call.store.of_parent(HUBSTAFF_TASK, one["id"]))
    members = [users[member["user_id"]] for member in one["members"]]
    content = fill(
        PROJECT,
        back=link(f"/hubstaff/organizations/{one['organization_id']}", "All projects"),
        add=fill(ADD_TASK, action=f"/hubstaff/projects/{one['id']}/tasks"),
        open=_tasks(tasks, users, "active", "complete", "Complete"),
        completed=_tasks(tasks, users, "completed", "reopen", "Reopen"),
        track=_track_form(one, members, tasks),
        times=_times(call, one, users, tasks),
        members=_project_members(one, users),
    )
    return page(f"{one['name']} ({one['status']})", content, THEME)


def add_task(call: Call) -> Response:
    """POST /hubstaff/projects/{id}/tasks."""
    one = call.store.get(HUBSTAFF_PROJECT, call.number("id"))
    name = call.form().get("name", "").strip()
    if one is None or not name:
        return missing(THEME)
    create_task(call.store, one, name)
    return elsewhere(f"/hubstaff/projects/{one['id']}")


def add_time(call: Call) -> Response:
    """POST /hubstaff/projects/{id}/times: so many minutes until now."""
    one, form = call.store.get(HUBSTAFF_PROJECT, call.number("id")), call.form()
    if one is None or not form.get("user", "").isdigit() or not form.get("minutes", "").isdigit():
        return missing(THEME)
    seconds = int(form["minutes"]) * 60
    task_id = int(form["task"]) if form.get("task", "").isdigit() else None
    start = moments.now() - timedelta(seconds=seconds)
    track(call.store, one, int(form["user"]), start, seconds, task_id=task_id)
    return elsewhere(f"/hubstaff/projects/{one['id']}")


def act(call: Call) -> Response:
    """POST /hubstaff/tasks/{id}/{deed}."""
    task = call.store.get(HUBSTAFF_TASK, call.number("id"))
    if task is None:
        return missing(THEME)
    perform(call.store, HUBSTAFF_TASK, task, call.segment("deed"), {})
    return elsewhere(f"/hubstaff/projects/{task['project_id']}")


def _of(call: Call, kind: Kind, organization_id: int) -> Iterable[Body]:
    return call.store.of_tenant(kind, organization_id)


def _count(call: Call, kind: Kind, organization_id: int) -> int:
    return sum(1 for _ in _of(call, kind, organization_id))


def _projects(call: Call, organization_id: int) -> Markup:
    statuses = Counter((task["project_id"], task["status"]) for task in _of(call, HUBSTAFF_TASK, organization_id))
    rows = [
        [
            link(f"/hubstaff/projects/{one['id']}", one["name"]),
            one["status"],
            statuses[one["id"], "active"],
            statuses[one["id"], "completed"],
            len(one["members"]),
            one["id"],
        ]
        for one in _of(call, HUBSTAFF_PROJECT, organization_id)
    ]
    return table(["Project", "Status", "Open tasks", "Completed tasks", "Members", "Id"], rows)


def _people(call: Call, organization_id: int) -> Markup:
    users = {user["id"]: user for user in call.store.every(HUBSTAFF_USER)}
    rows = [
        [
            users[member["user_id"]]["name"],
            users[member["user_id"]]["email"],
            member["membership_role"],
            member["user_id"],
        ]
        for member in _of(call, HUBSTAFF_MEMBER, organization_id)
    ]
    return table(["Name", "Email", "Role", "Id"], rows)


def _project_members(one: Body, users: dict[int, Body]) -> Markup:
    pairs = [(users[member["user_id"]], member["role"]) for member in one["members"]]
    rows = [[user["name"], user["email"], role, user["id"]] for user, role in pairs]
    return table(["Name", "Email", "Role", "Id"], rows)


def _tasks(tasks: list[Body], users: dict[int, Body], status: str, deed: str, label: str) -> Markup:
    rows = [
        [
            task["summary"],
            ", ".join(users[user_id]["name"] for user_id in task["assignee_ids"]),
            task["updated_at"],
            "from an integration" if task["integration_id"] else button(f"/hubstaff/tasks/{task['id']}/{deed}", label),
        ]
        for task in tasks
        if task["status"] == status
    ]
    return table(["Task", "Assigned to", "Changed", ""], rows)


def _track_form(one: Body, members: list[Body], tasks: list[Body]) -> Markup:
    open_tasks = [task for task in tasks if task["status"] == "active"]
    return fill(
        ADD_TIME,
        id=one["id"],
        people=joined([_option(user["id"], user["name"]) for user in members]),
        tasks=joined([_option(task["id"], task["summary"]) for task in open_tasks]),
    )


def _option(value: int, label: str) -> Markup:
    return fill('<option value="$value">$label</option>', value=value, label=label)


def _times(call: Call, one: Body, users: dict[int, Body], tasks: list[Body]) -> Markup:
    names = {task["id"]: task["summary"] for task in tasks}
    living = [time for time in call.store.of_parent(HUBSTAFF_TIME, one["id"]) if not time["deleted"]]
    lines = ((time, users[time["user_id"]]["name"], names.get(time["task_id"], "")) for time in living)
    return time_table([time["start"], name, task, hours(time["seconds"])] for time, name, task in lines)
