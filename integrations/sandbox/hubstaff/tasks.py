"""Tasks, which Hubstaff calls to-dos."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.metadata import merged, read_metadata, read_needed_metadata
from integrations.sandbox.hubstaff.references import one_of_these
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.values import amount, line, listed, many, one_of, title, whole
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_PROJECT, HUBSTAFF_TASK
from integrations.sandbox.store import Body, Store

NATIVE = ("archived_native_active", "archived_native_completed", "archived_native_deleted")
STATUSES = ("active", "completed", "deleted", "archived", *NATIVE)
SHOWN_BY_DEFAULT = {"active", "completed"}


def create_task(store: Store, project: Body, summary: str, **details: object) -> Body:
    """Create a task in the store and return it."""
    moment = moments.written_now()
    task = {
        "id": store.next_number(HUBSTAFF_TASK),
        "organization_id": project["organization_id"],
        "integration_id": None,
        "status": "active",
        "project_id": project["id"],
        "project_type": project["type"],
        "summary": summary,
        "details": None,
        "remote_id": None,
        "remote_alternate_id": None,
        "lock_version": 0,
        "assignee_ids": [],
        "pay_rate": None,
        "bill_rate": None,
        "metadata": {},
        "completed_at": None,
        "due_at": None,
        "created_at": moment,
        "updated_at": moment,
        "global_todo_id": None,
        **details,
    }
    store.put(HUBSTAFF_TASK, task)
    return task


def change_task(store: Store, task: Body, **changes: object) -> Body:
    """Change a task in the store and return it. A change that changes nothing leaves the lock version alone."""
    if all(task[name] == value for name, value in changes.items()):
        return task
    moment = moments.written_now()
    task = {**task, **changes, "lock_version": task["lock_version"] + 1, "updated_at": moment}
    if task["status"] != "completed":
        task["completed_at"] = None
    elif task["completed_at"] is None:
        task["completed_at"] = moment
    store.put(HUBSTAFF_TASK, task)
    return task


def list_organization_tasks(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/tasks."""
    organization = visit.organization()
    with listing(visit, "users", "projects") as asked:
        wanted = _read_wanted(asked)
    rows = visit.store.of_tenant(HUBSTAFF_TASK, organization["id"], asked.start)
    return _page(visit, asked, organization["id"], wanted, rows)


def list_project_tasks(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/tasks."""
    project = visit.project()
    with listing(visit, "users") as asked:
        wanted = _read_wanted(asked)
    return _page(visit, asked, project["organization_id"], wanted, visit.store.of_parent(HUBSTAFF_TASK, project["id"]))


def list_integration_tasks(visit: Visit) -> Response:
    """GET /v2/integrations/{integration_id}/tasks."""
    integration = visit.integration()
    with listing(visit, "users", "projects") as asked:
        wanted = _read_wanted(asked)
        remote_ids = asked.read("remote_ids", listed(line))
    native = (
        task
        for task in visit.store.of_tenant(HUBSTAFF_TASK, integration["organization_id"], asked.start)
        if task["integration_id"] == integration["id"]
        and (remote_ids is None or remote_ids & {task["remote_id"], task["remote_alternate_id"]})
    )
    return _page(visit, asked, integration["organization_id"], wanted, native)


def get_task(visit: Visit) -> Response:
    """GET /v2/tasks/{task_id}."""
    return _answer(visit.task())


def add_task(visit: Visit) -> Response:
    """POST /v2/projects/{project_id}/tasks."""
    project = visit.project()
    with body(visit) as fields:
        summary = fields.need("summary", title)
        details = {**_read_details(project, fields), "metadata": merged({}, read_metadata(fields))}
    if project["integration_id"] is not None:
        raise Refused(Problem.READ_ONLY, "This project is integrated: create the task in the integrated tool")
    if project["status"] != "active":
        raise Refused(Problem.READ_ONLY, "Tasks can only be added to an active project")
    return _answer(create_task(visit.store, project, summary, **details))


def update_task(visit: Visit) -> Response:
    """PUT /v2/tasks/{task_id}, with the current lock_version."""
    task = visit.task()
    with body(visit) as fields:
        lock_version = fields.need("lock_version", whole)
        changes = _read_details(visit.found(HUBSTAFF_PROJECT, task["project_id"]), fields)
        changes |= fields.setting(summary=title, status=one_of(("active", "completed")))
        changes["metadata"] = merged(task["metadata"], read_metadata(fields))
    _check_writable(task, lock_version)
    return _answer(change_task(visit.store, task, **changes))


def update_task_metadata(visit: Visit) -> Response:
    """PUT /v2/tasks/{task_id}/update_metadata, with the current lock_version."""
    task = visit.task()
    with body(visit) as fields:
        lock_version = fields.need("lock_version", whole)
        metadata = merged(task["metadata"], read_needed_metadata(fields))
    _check_writable(task, lock_version)
    return _answer(change_task(visit.store, task, metadata=metadata))


def delete_task(visit: Visit) -> Response:
    """DELETE /v2/tasks/{task_id}."""
    task = visit.task()
    _check_writable(task, task["lock_version"])
    change_task(visit.store, task, status="deleted")
    return Response(status_code=204)


@dataclass(frozen=True)
class Wanted:
    """Which tasks a list asks for."""

    statuses: set[str]
    project_ids: set[int] | None
    user_ids: set[int] | None
    global_todo_ids: set[int] | None
    only_global_todos: bool

    def lets_pass(self, task: Body) -> bool:
        """Whether a task is asked for."""
        return (
            task["status"] in self.statuses
            and (self.project_ids is None or task["project_id"] in self.project_ids)
            and (self.user_ids is None or bool(self.user_ids & set(task["assignee_ids"])))
            and (self.global_todo_ids is None or task["global_todo_id"] in self.global_todo_ids)
            and (task["global_todo_id"] is not None or not self.only_global_todos)
        )


def _read_wanted(asked: Listing) -> Wanted:
    return Wanted(
        statuses=asked.words("status", STATUSES) or SHOWN_BY_DEFAULT,
        project_ids=asked.numbers("project_ids"),
        user_ids=asked.numbers("user_ids"),
        global_todo_ids=asked.numbers("global_todo_ids"),
        only_global_todos=asked.flag("only_global_todos"),
    )


def _page(visit: Visit, asked: Listing, organization_id: int, wanted: Wanted, rows: Iterator[Body]) -> Response:
    """Answer the wanted tasks of projects that the person may see."""
    projects = visit.store.of_tenant(HUBSTAFF_PROJECT, organization_id)
    seen = {project["id"] for project in projects if visit.sees(project)}
    found = (shapes.task(task) for task in rows if task["project_id"] in seen and wanted.lets_pass(task))
    return page(visit, asked, "tasks", found)


def _check_writable(task: Body, lock_version: int) -> None:
    """Raise Refused for a task of a native integration, and for one that was changed since it was read."""
    if task["integration_id"] is not None:
        raise Refused(Problem.READ_ONLY, "Only simple to-dos can be changed: this task belongs to an integration")
    if lock_version != task["lock_version"]:
        raise Refused(Problem.STALE_LOCK_VERSION, "lock_version is stale: the task was changed since it was read")


def _read_details(project: Body, fields: Fields) -> Body:
    """Return the given fields that a new and a changed task have in common. Only members of the project can be assigned."""
    details = fields.clearing(pay_rate=amount, bill_rate=amount)
    member = one_of_these({one["user_id"] for one in project["members"]}, "project")
    one_assignee, assignees = fields.read("assignee_id", member), fields.read("assignee_ids", many(member))
    if fields.given("assignee_ids"):
        details["assignee_ids"] = list(dict.fromkeys(assignees or []))
    elif fields.given("assignee_id"):
        details["assignee_ids"] = [] if one_assignee is None else [one_assignee]
    return details


def _answer(task: Body) -> Response:
    return JsonAnswer({"task": shapes.task(task)})
