"""Records as timeghost shows them: nested records by id and name, with what only the later document has."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_GROUP,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
    TIMEGHOST_USER,
    Kind,
)
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost.overlaps import overlapping_times
from integrations.sandbox.timeghost.visit import Visit, member_of

HOUR = 3600


class Names:
    """Looks nested records up, each once."""

    def __init__(self, store: Store) -> None:
        """Look up in this store."""
        self._store = store
        self._known: dict[tuple[str, str], Body | None] = {}

    def get(self, kind: Kind, identity: str | None) -> Body | None:
        """Return a record, or None."""
        if identity is None:
            return None
        key = (kind.name, identity)
        if key not in self._known:
            self._known[key] = self._store.get(kind, identity)
        return self._known[key]

    def short(self, kind: Kind, identity: str | None, *more: str) -> Body | None:
        """Return a record by id and name, and the further fields asked for."""
        record = self.get(kind, identity)
        return record and {name: record[name] for name in ("id", "name", *more)}

    def shorts(self, kind: Kind, identities: Iterable[str]) -> list[Body]:
        """Return records by id and name; those that are gone are left out."""
        living = (identity for identity in identities if not (self.get(kind, identity) or {}).get("deleted"))
        found = (self.short(kind, identity) for identity in living)
        return [record for record in found if record is not None]


def recorded(times: Iterable[Body], field: str) -> dict[str | None, dict[str, int]]:
    """Add up seconds, billable or not, by the project or task of the times."""
    sums: dict[str | None, dict[str, int]] = defaultdict(lambda: {"billable": 0, "notBillable": 0})
    for time in times:
        if not time["deleted"]:
            sums[time[field]]["billable" if time["billable"] else "notBillable"] += time["seconds"]
    return sums


def projects(visit: Visit, bodies: Iterable[Body]) -> list[Body]:
    """Show projects."""
    names = Names(visit.store)
    sums = recorded(visit.store.of_tenant(TIMEGHOST_TIME, visit.workspace["id"]), "project_id")
    return [_project(visit, names, body, sums[body["id"]]) for body in bodies]


def _project(visit: Visit, names: Names, body: Body, times: dict[str, int]) -> Body:
    return {
        **_kept(body, "id", "name", "description", "billable", "taskBasedEstimation", "estimation", "completed"),
        "useAsDefault": False,
        "timesRecorded": times,
        "earnings": round(times["billable"] / HOUR * _project_rate(visit, body), 2),
        **_kept(body, "hourly_rate_enabled", "hourly_rate", "color", "private", "status", "projectType"),
        **_kept(body, "whoCanAddTasks"),
        "client": names.short(TIMEGHOST_CLIENT, body["client_id"]),
        "tags": names.shorts(TIMEGHOST_TAG, body["tags"]),
        "users": [{"removed": False, **user} for user in body["users"]],
        "groups": [{"removed": False, **_kept(group, "id", "role")} for group in body["groups"]],
        **_common("projects", body),
        "currentUserCanEdit": visit.manages(body),
    }


def _project_rate(visit: Visit, project: Body) -> float:
    """Return what an hour earns in a project: its own rate where that is on, else the workspace's."""
    own = project["hourly_rate"] if project["hourly_rate_enabled"] else visit.workspace["settings"]["hourly_rate"]
    return float(own)


def tasks(visit: Visit, project: Body, bodies: Iterable[Body]) -> list[Body]:
    """Show tasks of one project."""
    names = Names(visit.store)
    sums = recorded(visit.store.of_parent(TIMEGHOST_TIME, project["id"]), "task_id")
    return [_task(visit, names, body, sums[body["id"]]) for body in bodies]


def _task(visit: Visit, names: Names, body: Body, times: dict[str, int]) -> Body:
    project = names.get(TIMEGHOST_PROJECT, body["project_id"]) or {"client_id": None}
    return {
        **_kept(body, "id", "name", "deleted", "created", "modified", "completed"),
        "timesRecorded": times,
        "status": body["status"],
        "client": names.short(TIMEGHOST_CLIENT, project["client_id"]),
        "project": names.short(TIMEGHOST_PROJECT, body["project_id"], "completed"),
        "estimation": body["estimation"],
        "assignedToUsers": names.shorts(TIMEGHOST_USER, body["assigned_users"]),
        "assignedToGroups": names.shorts(TIMEGHOST_GROUP, body["assigned_groups"]),
        **_common("tasks", body),
        "currentUserCanEdit": True,
    }


def times(visit: Visit, bodies: Iterable[Body]) -> list[Body]:
    """Show times."""
    names, shown = Names(visit.store), list(bodies)
    overlapping = overlapping_times(visit.store, visit.workspace["id"], shown)
    return [_time(visit, names, body, body["id"] in overlapping) for body in shown]


def _time(visit: Visit, names: Names, body: Body, overlaps: bool) -> Body:
    member = member_of(visit.workspace, body["user_id"]) or {"billable_rate": 0, "labor_cost": 0}
    hours = body["seconds"] / HOUR
    project = names.get(TIMEGHOST_PROJECT, body["project_id"]) or {"client_id": None, "tags": [], "users": []}
    shown_project = names.short(TIMEGHOST_PROJECT, body["project_id"], "completed")
    tags = names.shorts(TIMEGHOST_TAG, project["tags"])
    return {
        **_kept(body, "id", "name", "deleted", "billable", "start", "end"),
        "timeDiff": body["seconds"],
        "timeZone": body["timeZone"],
        "amount": round(hours * _person_rate(project, member, body["user_id"]), 2) if body["billable"] else 0.0,
        "cost": round(hours * member["labor_cost"], 2),
        "project": shown_project and {**shown_project, "useAsDefault": False, "tags": tags},
        "task": names.short(TIMEGHOST_TASK, body["task_id"], "completed"),
        "client": names.short(TIMEGHOST_CLIENT, project["client_id"]),
        "user": names.short(TIMEGHOST_USER, body["user_id"]),
        "tags": names.shorts(TIMEGHOST_TAG, body["tags"]),
        "outlookCalenderReference": body["outlookCalenderReference"],
        "hasTimeOverlap": overlaps,
        **_kept(body, "inputMode", "created", "modified", "status"),
        **_common("times", body),
        "currentUserCanEdit": visit.is_admin or body["user_id"] == visit.user["id"],
    }


def _person_rate(project: Body, member: Body, user_id: str) -> float:
    """Return what an hour of a person earns: the rate in the project where there is one, else that in the workspace."""
    rates = (user["billable_rate"] for user in project["users"] if user["id"] == user_id)
    own = next(rates, None)
    return float(member["billable_rate"] if own is None else own)


def client(visit: Visit, body: Body) -> Body:
    """Show a client."""
    return {
        **_kept(body, "id", "name", "description", "color", "deleted"),
        "useAsDefault": False,
        **_kept(body, "status", "created", "modified", "meta"),
        **_common("clients", body),
        "currentUserCanEdit": visit.is_admin,
    }


def tag(visit: Visit, body: Body) -> Body:
    """Show a tag."""
    return {
        **_kept(body, "id", "name", "deleted", "created", "modified", "status", "externalId", "tagType"),
        **_common("tags", body),
        "currentUserCanEdit": visit.is_admin,
    }


def group(visit: Visit, body: Body) -> Body:
    """Show a group."""
    return {
        **_kept(body, "id", "name", "synchronizedGroup", "synchronizedGroupType"),
        "users": Names(visit.store).shorts(TIMEGHOST_USER, body["users"]),
        **_kept(body, "created", "modified", "status"),
        **_common("groups", body),
        "currentUserCanEdit": visit.is_admin,
    }


def feed_event(body: Body) -> Body:
    """Show a custom feed event."""
    kept = _kept(body, "id", "deleted", "created", "modified", "status", "name", "description", "start", "end")
    return {**kept, **_kept(body, "imageUrl", "url", "category", "externalId")}


def comego(visit: Visit, bodies: Iterable[Body]) -> list[Body]:
    """Show entries of working hours."""
    names = Names(visit.store)
    return [_comego(visit, names, body) for body in bodies]


def _comego(visit: Visit, names: Names, body: Body) -> Body:
    return {
        **_kept(body, "id", "deleted", "editor", "modified", "author", "created", "status", "name", "start", "end", "type"),
        "user": names.short(TIMEGHOST_USER, body["user_id"]),
        **_kept(body, "tags", "timeZone"),
        **_common("comego", body),
        "currentUserCanEdit": visit.is_admin or body["user_id"] == visit.user["id"],
    }


def _kept(body: Body, *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names}


def _common(entity: str, body: Body) -> Body:
    """Return what every record carries of the database behind it."""
    workspace_id = body["workspace_id"]
    return {"workspace": {"id": workspace_id}, "cosmosEntityName": entity, "partitionKey": workspace_id}
