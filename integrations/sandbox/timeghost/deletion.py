"""Deletion, which is one address for all types."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
)
from integrations.sandbox.timeghost.records import delete
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import Visit

TYPES = {
    "projects": TIMEGHOST_PROJECT,
    "tasks": TIMEGHOST_TASK,
    "times": TIMEGHOST_TIME,
    "clients": TIMEGHOST_CLIENT,
    "tags": TIMEGHOST_TAG,
}


def delete_item(visit: Visit) -> Response:
    """DELETE /delete/{type}/{id}. Who is no admin may delete their own times only."""
    kind = TYPES.get(visit.segment("type"))
    if kind is None:
        raise invalid(f"The type must be one of {', '.join(TYPES)}")
    record = visit.found(kind, visit.segment("id"), "Item")
    if not visit.is_admin and record.get("user_id") != visit.user["id"]:
        raise Refused(403, "You are not allowed to delete this")
    delete(visit.store, kind, record)
    return JsonAnswer({"id": record["id"], "deleted": True, "status": "deleted"})
