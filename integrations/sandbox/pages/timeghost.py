"""timeghost for a person: workspaces, projects, tasks to complete, times to read."""

from collections import Counter

from starlette.responses import Response

from integrations.sandbox.control.deeds import perform
from integrations.sandbox.exchange import Call
from integrations.sandbox.html import Markup, button, elsewhere, fill, link, page, table
from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
    TIMEGHOST_USER,
    TIMEGHOST_WORKSPACE,
    Kind,
)
from integrations.sandbox.pages.parts import ADD_TASK, hours, missing, time_table
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.records import create_task

THEME = "timeghost"

PROJECT = """
<p>$back</p>
<h2>Open tasks</h2>$add$open
<h2>Completed tasks</h2>$completed
<h2>Latest times</h2>$times
"""


def workspaces(call: Call) -> Response:
    """GET /timeghost/."""
    rows = [
        [link(f"/timeghost/workspaces/{one['id']}", one["name"]), one["description"], one["id"]]
        for one in call.store.every(TIMEGHOST_WORKSPACE)
    ]
    return page("timeghost", table(["Workspace", "Description", "Id"], rows), THEME)


def workspace(call: Call) -> Response:
    """GET /timeghost/workspaces/{id}."""
    one = call.store.get(TIMEGHOST_WORKSPACE, call.segment("id"))
    if one is None:
        return missing(THEME)
    clients = {client["id"]: client["name"] for client in _living(call, TIMEGHOST_CLIENT, one["id"])}
    content = fill(
        "<h2>Projects</h2>$projects<h2>People</h2>$people<h2>Clients</h2>$clients",
        projects=_projects(call, one["id"], clients),
        people=_people(call, one),
        clients=table(["Name", "Id"], [[name, identity] for identity, name in clients.items()]),
    )
    return page(f"{one['name']} in timeghost", content, THEME)


def project(call: Call) -> Response:
    """GET /timeghost/projects/{id}."""
    one = call.store.get(TIMEGHOST_PROJECT, call.segment("id"))
    if one is None:
        return missing(THEME)
    users = {user["id"]: user["name"] for user in call.store.every(TIMEGHOST_USER)}
    tasks = [task for task in call.store.of_parent(TIMEGHOST_TASK, one["id"]) if not task["deleted"]]
    content = fill(
        PROJECT,
        back=link(f"/timeghost/workspaces/{one['workspace_id']}", "All projects"),
        add=fill(ADD_TASK, action=f"/timeghost/projects/{one['id']}/tasks"),
        open=_tasks([task for task in tasks if not task["completed"]], users, "complete", "Complete"),
        completed=_tasks([task for task in tasks if task["completed"]], users, "reopen", "Reopen"),
        times=_times(call, one, users, tasks),
    )
    return page(f"{one['name']} ({'completed' if one['completed'] else 'open'})", content, THEME)


def add_task(call: Call) -> Response:
    """POST /timeghost/projects/{id}/tasks."""
    one = call.store.get(TIMEGHOST_PROJECT, call.segment("id"))
    name = call.form().get("name", "").strip()
    if one is None or not name:
        return missing(THEME)
    create_task(call.store, one, name)
    return elsewhere(f"/timeghost/projects/{one['id']}")


def act(call: Call) -> Response:
    """POST /timeghost/tasks/{id}/{deed}."""
    task = call.store.get(TIMEGHOST_TASK, call.segment("id"))
    if task is None:
        return missing(THEME)
    perform(call.store, TIMEGHOST_TASK, task, call.segment("deed"), {})
    return elsewhere(f"/timeghost/projects/{task['project_id']}")


def _living(call: Call, kind: Kind, workspace_id: str) -> list[Body]:
    return [record for record in call.store.of_tenant(kind, workspace_id) if not record["deleted"]]


def _projects(call: Call, workspace_id: str, clients: dict[str, str]) -> Markup:
    states = Counter((task["project_id"], task["completed"]) for task in _living(call, TIMEGHOST_TASK, workspace_id))
    rows = [
        [
            link(f"/timeghost/projects/{one['id']}", one["name"]),
            clients.get(one["client_id"], ""),
            "completed" if one["completed"] else "open",
            states[one["id"], False],
            states[one["id"], True],
            one["id"],
        ]
        for one in sorted(_living(call, TIMEGHOST_PROJECT, workspace_id), key=lambda one: str(one["name"]))
    ]
    return table(["Project", "Client", "Status", "Open tasks", "Completed tasks", "Id"], rows)


def _people(call: Call, one: Body) -> Markup:
    users = {user["id"]: user for user in call.store.every(TIMEGHOST_USER)}
    rows = [
        [
            users[member["id"]]["name"],
            users[member["id"]]["email"],
            "admin" if member["admin"] else "member",
            "" if users[member["id"]]["consented"] else "has never opened timeghost",
            member["id"],
        ]
        for member in one["members"]
    ]
    return table(["Name", "Email", "Role", "", "Id"], rows)


def _tasks(tasks: list[Body], users: dict[str, str], deed: str, label: str) -> Markup:
    rows = [
        [
            task["name"],
            ", ".join(users[user_id] for user_id in task["assigned_users"]),
            task["modified"],
            button(f"/timeghost/tasks/{task['id']}/{deed}", label),
        ]
        for task in sorted(tasks, key=lambda task: str(task["created"]), reverse=True)
    ]
    return table(["Task", "Assigned to", "Changed", ""], rows)


def _times(call: Call, one: Body, users: dict[str, str], tasks: list[Body]) -> Markup:
    names = {task["id"]: task["name"] for task in tasks}
    living = [time for time in call.store.of_parent(TIMEGHOST_TIME, one["id"]) if not time["deleted"]]
    lines = ((time, users[time["user_id"]], names.get(time["task_id"], time["name"])) for time in living)
    return time_table([time["start"], name, task, hours(time["seconds"])] for time, name, task in lines)
