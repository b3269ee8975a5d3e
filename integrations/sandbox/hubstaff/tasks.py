"""Tasks, which Hubstaff calls to-dos."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, body, invalid, merged, missing, query_numbers, query_words
from integrations.sandbox.hubstaff.lists import page, page_start
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_PROJECT, HUBSTAFF_TASK
from integrations.sandbox.store import Body, Store

NATIVE = ("archived_native_active", "archived_native_completed", "archived_native_deleted")
STATUSES = ("active", "completed", "deleted", "archived", *NATIVE)
SHOWN_BY_DEFAULT = frozenset({"active", "completed"})


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
    rows = visit.store.of_tenant(HUBSTAFF_TASK, organization["id"], page_start(visit))
    return page(visit, "tasks", (shapes.task(task) for task in _asked_tasks(visit, organization["id"], rows)))


def list_project_tasks(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/tasks."""
    project = visit.project()
    rows = visit.store.of_parent(HUBSTAFF_TASK, project["id"])
    tasks = _asked_tasks(visit, project["organization_id"], rows)
    return page(visit, "tasks", (shapes.task(task) for task in tasks))


def get_task(visit: Visit) -> Response:
    """GET /v2/tasks/{task_id}."""
    return JsonAnswer({"task": shapes.task(visit.task())})


def add_task(visit: Visit) -> Response:
    """POST /v2/projects/{project_id}/tasks."""
    project, fields = visit.project(), body(visit)
    if project["integration_id"] is not None:
        raise Refused(Problem.READ_ONLY, "This project is integrated: create the task in the integrated tool")
    if project["status"] != "active":
        raise Refused(Problem.INVALID, "Tasks can only be added to an active project")
    details = {**_details(project, fields), "metadata": merged({}, fields.metadata())}
    task = create_task(visit.store, project, fields.needed_text("summary"), **details)
    return JsonAnswer({"task": shapes.task(task)})


def update_task(visit: Visit) -> Response:
    """PUT /v2/tasks/{task_id}, with the current lock_version."""
    task, fields = _writable_task(visit), body(visit)
    _check_lock(task, fields)
    changes = _details(visit.found(HUBSTAFF_PROJECT, task["project_id"]), fields)
    if fields.given("summary"):
        changes["summary"] = fields.needed_text("summary")
    status = fields.choice("status", ("active", "completed"))
    if status is not None:
        changes["status"] = status
    if fields.given("metadata"):
        changes["metadata"] = merged(task["metadata"], fields.metadata())
    return JsonAnswer({"task": shapes.task(change_task(visit.store, task, **changes))})


def update_task_metadata(visit: Visit) -> Response:
    """PUT /v2/tasks/{task_id}/update_metadata, with the current lock_version."""
    task, fields = _writable_task(visit), body(visit)
    _check_lock(task, fields)
    if not fields.given("metadata"):
        raise missing("metadata")
    metadata = merged(task["metadata"], fields.metadata())
    return JsonAnswer({"task": shapes.task(change_task(visit.store, task, metadata=metadata))})


def delete_task(visit: Visit) -> Response:
    """DELETE /v2/tasks/{task_id}."""
    change_task(visit.store, _writable_task(visit), status="deleted")
    return Response(status_code=204)


def _asked_tasks(visit: Visit, organization_id: int, rows: Iterator[Body]) -> Iterator[Body]:
    statuses = query_words(visit, "status", STATUSES) or SHOWN_BY_DEFAULT
    project_ids, user_ids = query_numbers(visit, "project_ids"), query_numbers(visit, "user_ids")
    seen = _seen_projects(visit, organization_id)
    for task in rows:
        fits = (
            task["project_id"] in seen
            and task["status"] in statuses
            and (project_ids is None or task["project_id"] in project_ids)
            and (user_ids is None or user_ids & set(task["assignee_ids"]))
        )
        if fits:
            yield task


def _seen_projects(visit: Visit, organization_id: int) -> set[int]:
    projects = visit.store.of_tenant(HUBSTAFF_PROJECT, organization_id)
    return {project["id"] for project in projects if visit.sees(project)}


def _writable_task(visit: Visit) -> Body:
    """Return the task of the path. Raises Refused when it belongs to a native integration."""
    task = visit.task()
    if task["integration_id"] is not None:
        raise Refused(Problem.READ_ONLY, "Only simple to-dos can be changed: this task belongs to an integration")
    return task


def _check_lock(task: Body, fields: Fields) -> None:
    if fields.needed_number("lock_version") != task["lock_version"]:
        raise Refused(Problem.STALE_LOCK_VERSION, "lock_version is stale: the task was changed since it was read")


def _details(project: Body, fields: Fields) -> Body:
    """Return the given fields that a new and a changed task have in common."""
    details: Body = {name: fields.amount(name) for name in ("pay_rate", "bill_rate") if fields.given(name)}
    if fields.given("assignee_ids"):
        details["assignee_ids"] = _assignees(project, fields.numbers("assignee_ids") or [])
    elif fields.given("assignee_id"):
        assignee_id = fields.number("assignee_id")
        details["assignee_ids"] = _assignees(project, [] if assignee_id is None else [assignee_id])
    return details


def _assignees(project: Body, user_ids: list[int]) -> list[int]:
    """Return the assignees, each once. Raises Refused for a person who is not a member of the project."""
    strangers = set(user_ids) - {member["user_id"] for member in project["members"]}
    if strangers:
        raise invalid("assignee_ids", f"not members of the project: {', '.join(map(str, sorted(strangers)))}")
    return list(dict.fromkeys(user_ids))
