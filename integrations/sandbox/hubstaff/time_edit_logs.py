"""The log of time that was added, changed or deleted by hand."""

from collections.abc import Iterator
from datetime import timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.ranges import MONTH, THREE_YEARS, read_moments
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_TIME_EDIT
from integrations.sandbox.store import Body, Store

FILTERS = ("user", "task", "project")


def log_edit(store: Store, before: Body | None, after: Body) -> None:
    """Write down what became of a stretch of time."""
    store.put(HUBSTAFF_TIME_EDIT, {"id": store.next_number(HUBSTAFF_TIME_EDIT), **edit(before, after)})


def edit(before: Body | None, after: Body) -> Body:
    """Return the line of the log for a stretch that was added (it was none before), changed or deleted."""
    action = "add" if before is None else "delete" if after["deleted"] else "update"
    return {
        "organization_id": after["organization_id"],
        "created_at": after["updated_at"],
        "starts_at": after["start"],
        "stops_at": _stop(after),
        "original_starts_at": before and before["start"],
        "original_stops_at": before and _stop(before),
        "blame_user_id": after["user_id"],
        "user_id": after["user_id"],
        "original_project_id": before and before["project_id"],
        "original_task_id": before and before["task_id"],
        "project_id": after["project_id"],
        "task_id": after["task_id"],
        "action": action,
        "added_duration": 0 if action == "delete" else max(0, after["seconds"] - (before["seconds"] if before else 0)),
        "deleted_duration": before["seconds"] if before and action == "delete" else 0,
        "replaced_duration": before["seconds"] if before and action == "update" else 0,
        "reason": after["note"],
    }


def organization_time_edits(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/time_edit_logs: 31 days at most, 3 years back."""
    return _page(visit, visit.organization()["id"], None)


def project_time_edits(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/time_edit_logs."""
    project = visit.project()
    return _page(visit, project["organization_id"], project["id"])


def _page(visit: Visit, organization_id: int, project_id: int | None) -> Response:
    with listing(visit, "users", "projects", "tasks") as asked:
        since, until = read_moments(asked, "created", MONTH, THREE_YEARS)
        wanted = _read_wanted(asked)
    if project_id is not None:
        wanted["project"] = {project_id}
    if not visit.leads(organization_id):
        wanted["user"] = {visit.user_id}
    edits = visit.store.between(HUBSTAFF_TIME_EDIT, organization_id, moments.written(since), moments.written(until))
    found = sorted(_fitting(edits, wanted), key=lambda edit: int(edit["id"]))
    return page(visit, asked, "time_edit_logs", (shapes.time_edit(edit) for edit in found))


def _read_wanted(asked: Listing) -> dict[str, set[int] | None]:
    return {name: asked.numbers(f"{name}_ids") for name in FILTERS}


def _fitting(edits: Iterator[Body], wanted: dict[str, set[int] | None]) -> Iterator[Body]:
    """Walk the lines that name what is wanted, before or after the edit."""
    for one in edits:
        if all(ids is None or ids & {one[f"{name}_id"], one.get(f"original_{name}_id")} for name, ids in wanted.items()):
            yield one


def _stop(stretch: Body) -> str:
    return moments.written(moments.read(stretch["start"]) + timedelta(seconds=stretch["seconds"]))
