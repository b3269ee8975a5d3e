"""Two connected services with a mirror, as the pages of linking and sync meet them."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import uuid4

from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.linking.models import Integration
from integrations.linking.services import join
from integrations.records.collecting import list_of
from integrations.records.staging import Days, merge, rows_of, stage
from portal.organizations.scope import bind, current_organization_id


def connect(provider: str, name: str, **fields: Any) -> Connection:
    """A connection that works. Needs a scope, as all that follows."""
    given = {"sign_in": "api_key", "state": State.CONNECTED, "workspace_id": str(uuid4()), "workspace_name": "Northlight", **fields}
    return Connection.objects.create(provider=provider, name=name, **given)


def mirror(connection: Connection, entity: str, records: list[dict[str, Any]], each: str = "", days: Days | None = None) -> None:
    """Lets the mirror know these records, as a whole walk would."""
    walk, record_list = uuid.uuid4(), list_of(connection, entity, each)
    stage(walk, list(rows_of(record_list.declaration, records)))
    with bind(current_organization_id()):
        merge(record_list, walk, timezone.now(), days)


def project_there(key: str, name: str, **fields: Any) -> dict[str, Any]:
    """A project of the left side."""
    return {"id": key, "name": name, "client": {"id": "c1", "name": "Northern Rail"}, "completed": False, "billable": True, **fields}


def project_here(key: int, name: str, **fields: Any) -> dict[str, Any]:
    """A project of the right side."""
    return {"id": key, "name": name, "status": "active", "billable": True, **fields}


def person_there(key: str, name: str, email: str = "", **fields: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "email": email, **fields}


def person_here(key: int, name: str, email: str = "", status: str = "active") -> dict[str, Any]:
    return {"user_id": key, "membership_status": status, "user": {"id": key, "name": name, "email": email}}


def task_there(key: str, project: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "project": {"id": project}, "completed": False, "modified": "2026-11-20T09:00:00Z", **fields}


def bridge() -> Integration:
    """timeghost on the left, Hubstaff on the right, with projects and people on both sides that are not linked yet."""
    left, right = connect("timeghost", "Planning"), connect("hubstaff", "Clock", sign_in="personal_token")
    mirror(
        left,
        "project",
        [project_there("p1", "Website relaunch"), project_there("p2", "Spring campaign"), project_there("p3", "Annual report")],
    )
    mirror(right, "project", [project_here(11, "Website relaunch"), project_here(12, "Annual report"), project_here(13, "Annual report")])
    mirror(left, "user", [person_there("u1", "Ada Brandt", "ada@example.org"), person_there("u2", "Jon Okafor", "jon@example.org")])
    mirror(right, "member", [person_here(21, "Ada Brandt", "Ada@example.org"), person_here(22, "J. Okafor", "okafor@example.net")])
    return join(left, right, None)
