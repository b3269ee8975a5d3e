"""Working hours: when people came and went. They are in the later document only; where they are found is seen or guessed."""

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_COMEGO
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import (
    OrNull,
    Readers,
    Shape,
    Unfit,
    a_moment,
    a_name,
    a_text,
    a_time_zone,
    changes,
    document,
    each,
    worded,
)
from integrations.sandbox.timeghost.filters import asked_people, filtered
from integrations.sandbox.timeghost.records import change, create_comego
from integrations.sandbox.timeghost.references import a_person
from integrations.sandbox.timeghost.refusals import invalid
from integrations.sandbox.timeghost.visit import Visit

ENTRY: Readers = {
    "name": OrNull(a_text),
    "start": a_moment,
    "end": OrNull(a_moment),
    "type": a_name,
    "timeZone": a_time_zone,
    "user": a_person,
    "tags": each(a_text),
}
TURNED_ROUND = "must not be before start"


def list_entries(visit: Visit) -> Response:
    """GET /get/comego. Who may not see the team sees their own entries only."""
    user_ids = asked_people(visit)
    entries = visit.store.of_tenant(TIMEGHOST_COMEGO, visit.workspace["id"])
    living = (entry for entry in entries if not entry["deleted"])
    asked = [entry for entry in living if user_ids is None or entry["user_id"] in user_ids]
    return JsonAnswer(filtered(visit, shapes.comego(visit, asked)))


def add_entries(visit: Visit) -> Response:
    """POST /add/comego: an array of entries, which are all added or none. Another person's need an admin."""
    given = _read_all(visit, document(visit))
    for entry in given:
        visit.require_own(entry["user_id"], "working hours")
    added = [create_comego(visit.store, visit.workspace["id"], **entry) for entry in given]
    return JsonAnswer(shapes.comego(visit, added))


def update_entry(visit: Visit) -> Response:
    """POST /update/comego/{ComeGoId}."""
    entry = visit.found(TIMEGHOST_COMEGO, visit.segment("ComeGoId"), "Working hours")
    visit.require_own(entry["user_id"], "working hours")
    reading = changes(visit, ENTRY, entry)
    if _is_turned_round({**entry, **reading.values}):
        reading.complain("end", TURNED_ROUND)
    details = {"user_id": entry["user_id"], **_kept(reading.finished())}
    visit.require_own(details["user_id"], "working hours")
    changed = change(visit.store, TIMEGHOST_COMEGO, entry, editor=visit.user["id"], **details)
    return JsonAnswer(shapes.comego(visit, [changed])[0])


def _read_all(visit: Visit, given: object) -> list[Body]:
    if not isinstance(given, list):
        raise invalid("The body must be an array of entries")
    try:
        return [_complete(visit, entry) for entry in each(_entry)(visit, given)]
    except Unfit as error:
        raise invalid(worded(error.complaints)) from None


def _entry(visit: Visit, value: object) -> Body:
    entry: Body = Shape(ENTRY)(visit, value)
    if entry.get("end") and "start" not in entry:
        raise Unfit((".start", "is required with end"))
    if _is_turned_round(entry):
        raise Unfit((".end", TURNED_ROUND))
    return entry


def _complete(visit: Visit, given: Body) -> Body:
    """Say what was left unsaid: the person who calls came to work just now."""
    user = visit.user
    books = {"author": user["id"], "editor": user["id"]}
    usual = {"user_id": user["id"], "start": moments.written_now(), "timeZone": user["timeZone"]}
    return {**usual, **_kept(given), **books}


def _kept(given: Body) -> Body:
    """Return read fields as the store keeps them."""
    return {"user_id" if name == "user" else name: value for name, value in given.items()}


def _is_turned_round(entry: Body) -> bool:
    return bool(entry.get("start") and entry.get("end") and entry["end"] < entry["start"])
