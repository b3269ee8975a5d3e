"""Custom events in a person's feed. There is no list of them, and after 180 days they are gone."""

from datetime import timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_FEED_EVENT
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Readers, Reading, a_moment, a_name, a_text, additions, changes
from integrations.sandbox.timeghost.records import change, create_feed_event
from integrations.sandbox.timeghost.references import a_person
from integrations.sandbox.timeghost.refusals import not_found
from integrations.sandbox.timeghost.visit import Visit

LIFE = timedelta(days=180)
EVENT: Readers = {
    "name": a_name,
    "description": a_text,
    "user": a_person,
    "start": a_moment,
    "end": a_moment,
    "imageUrl": a_text,
    "url": a_text,
    "category": a_text,
    "externalId": a_text,
}


def add_event(visit: Visit) -> Response:
    """POST /add/customfeedevent. Into another person's feed only an admin writes."""
    reading = additions(visit, EVENT, ("name", "user", "start", "end"))
    _check_order(reading, reading.values)
    details = reading.finished()
    user_id = details.pop("user")
    visit.require_own(user_id, "feed events")
    return JsonAnswer(shapes.feed_event(create_feed_event(visit.store, visit.workspace["id"], user_id, **details)))


def update_event(visit: Visit) -> Response:
    """POST /update/customfeedevent/{EventId}."""
    event = living_event(visit, visit.segment("EventId"))
    visit.require_own(event["user_id"], "feed events")
    reading = changes(visit, EVENT, event)
    _check_order(reading, {**event, **reading.values})
    details = reading.finished()
    user_id = details.pop("user", event["user_id"])
    visit.require_own(user_id, "feed events")
    return JsonAnswer(shapes.feed_event(change(visit.store, TIMEGHOST_FEED_EVENT, event, user_id=user_id, **details)))


def living_event(visit: Visit, identity: str) -> Body:
    """Return an event that was made within its life. Raises Refused when there is none."""
    event = visit.found(TIMEGHOST_FEED_EVENT, identity, "Custom feed event")
    if event["created"] <= moments.written(moments.now() - LIFE):
        raise not_found("Custom feed event")
    return event


def _check_order(reading: Reading, event: Body) -> None:
    if "start" in event and "end" in event and event["end"] < event["start"]:
        reading.complain("end", "must not be before start")
