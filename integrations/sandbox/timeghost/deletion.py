"""Deletion, which is one address for all types."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_COMEGO,
    TIMEGHOST_FEED_EVENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
)
from integrations.sandbox.timeghost.feed import living_event
from integrations.sandbox.timeghost.records import delete
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import Visit

TYPES = {
    "projects": TIMEGHOST_PROJECT,
    "tasks": TIMEGHOST_TASK,
    "times": TIMEGHOST_TIME,
    "clients": TIMEGHOST_CLIENT,
    "tags": TIMEGHOST_TAG,
    "customfeedevent": TIMEGHOST_FEED_EVENT,
    "comego": TIMEGHOST_COMEGO,
}


def delete_item(visit: Visit) -> Response:
    """DELETE /delete/{ItemType}/{ItemId}. Who is no admin may delete only what they tracked themselves, or what is in their own feed."""
    kind, identity = TYPES.get(visit.segment("ItemType")), visit.segment("ItemId")
    if kind is None:
        raise invalid(f"ItemType must be one of {', '.join(TYPES)}")
    record = living_event(visit, identity) if kind is TIMEGHOST_FEED_EVENT else visit.found(kind, identity, "Item")
    if not visit.is_admin and record.get("user_id") != visit.user["id"]:
        raise Refused(403, "You are not allowed to delete this: only an admin of the workspace is")
    delete(visit.store, kind, record)
    return JsonAnswer({"id": record["id"], "deleted": True, "status": "deleted"})
