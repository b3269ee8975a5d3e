"""What a person does in Hubstaff beyond projects, tasks and new time: accepts an invite, removes a member, plans shifts and works them,
corrects time.
"""

from datetime import timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.control.deeds import company_of, people_of
from integrations.sandbox.control.fields import Refused, body, need
from integrations.sandbox.exchange import Call, JsonAnswer
from integrations.sandbox.hubstaff.attendance import STATUSES, Shift, parts_of, shift_of, written_down
from integrations.sandbox.hubstaff.fields import Fields
from integrations.sandbox.hubstaff.invitations import LIFE, accept, change_invite, status_of
from integrations.sandbox.hubstaff.membership_changes import remove
from integrations.sandbox.hubstaff.occurrences import occurrences
from integrations.sandbox.hubstaff.schedules import change_schedule, create_schedule, read_new_schedule, read_schedule_changes
from integrations.sandbox.hubstaff.shifts import shown
from integrations.sandbox.hubstaff.times import change_time
from integrations.sandbox.hubstaff.values import Unfit, between, day, line, whole, written_moment
from integrations.sandbox.kinds import (
    HUBSTAFF_ATTENDANCE,
    HUBSTAFF_INVITE,
    HUBSTAFF_MEMBER,
    HUBSTAFF_PROJECT,
    HUBSTAFF_SCHEDULE,
    HUBSTAFF_TASK,
    HUBSTAFF_TIME,
    HUBSTAFF_USER,
    Kind,
)
from integrations.sandbox.store import Body

HALF_AN_HOUR = timedelta(minutes=30)
STARTS = {"early": -HALF_AN_HOUR, "ontime": timedelta(), "late": HALF_AN_HOUR, "abandoned": timedelta()}
"""When somebody came, from the beginning of the shift, for each status that they came for."""


def accept_invite(call: Call) -> Response:
    """POST /control/hubstaff/invites/{id}/accept: the invited person opens the link, and an account when there is none."""
    invite = _found(call, HUBSTAFF_INVITE)
    if status_of(invite) != "pending":
        raise Refused(f"The invite is {status_of(invite)}")
    return JsonAnswer(accept(call.store, invite))


def expire_invite(call: Call) -> Response:
    """POST /control/hubstaff/invites/{id}/expire: as if it had been sent too long ago."""
    invite = _found(call, HUBSTAFF_INVITE)
    if status_of(invite) != "pending":
        raise Refused(f"The invite is {status_of(invite)}")
    sent = moments.now() - LIFE - timedelta(days=1)
    return JsonAnswer(change_invite(call.store, invite, created_at=moments.written(sent)))


def add_schedule(call: Call) -> Response:
    """POST /control/hubstaff/schedules: fields as the API takes them, the user also by email address."""
    given = body(call)
    organization_id = company_of(call.store, need(given, "organization"))["organization_id"]
    [user] = people_of(call.store, HUBSTAFF_USER, [need(given, "user")])
    fields = Fields({**PLAIN, **given, "user_id": user["id"]})
    details = read_new_schedule(call.store, organization_id, fields)
    fields.settle()
    return JsonAnswer(create_schedule(call.store, organization_id, **details), status_code=201)


PLAIN: Body = {"duration": 4 * 3600, "minimum_time": 3 * 3600, "use_time_zone": "organization"}
"""A schedule as long as nothing else is said."""


def alter_schedule(call: Call) -> Response:
    """POST /control/hubstaff/schedules/{id}/change."""
    schedule, fields = _found(call, HUBSTAFF_SCHEDULE), Fields(body(call))
    changes = read_schedule_changes(schedule, fields)
    fields.settle()
    return JsonAnswer(change_schedule(call.store, schedule, **changes))


def delete_schedule(call: Call) -> Response:
    """POST /control/hubstaff/schedules/{id}/delete: with it go its shifts."""
    return JsonAnswer(change_schedule(call.store, _found(call, HUBSTAFF_SCHEDULE), deleted=True))


def set_shift(call: Call) -> Response:
    """POST /control/hubstaff/shifts {"schedule", "date", "status"}: the shift of a schedule on a day goes so."""
    given = body(call)
    schedule = _kept(call, HUBSTAFF_SCHEDULE, str(need(given, "schedule")))
    try:
        on = day(need(given, "date"))
    except Unfit as unfit:
        raise Refused(f"date {unfit}") from None
    return _set(call, schedule, shift_of(call.store, schedule, on), given)


def set_shift_status(call: Call) -> Response:
    """POST /control/hubstaff/shifts/{id}/status {"status"}: the id is that of the list."""
    schedule_id, on = parts_of(call.number("id"))
    schedule = _kept(call, HUBSTAFF_SCHEDULE, str(schedule_id))
    return _set(call, schedule, shift_of(call.store, schedule, on), body(call))


def correct_time(call: Call) -> Response:
    """POST /control/hubstaff/times/{id}/change {"start", "seconds", "note", "project", "task"}: somebody edits tracked time, which the
    log tells. Time that goes to another project leaves its task behind, unless the body names one.
    """
    time, fields = _found(call, HUBSTAFF_TIME), Fields(body(call))
    changes = fields.setting(start=written_moment, seconds=between(1, 86400), note=line)
    place = {f"{name}_id": fields.read(name, whole) for name in ("project", "task") if fields.given(name)}
    fields.settle()
    return JsonAnswer(change_time(call.store, time, **changes, **_place(call, time, place)))


def _place(call: Call, time: Body, asked: Body) -> Body:
    """Return where time goes: to a project that is there, and to a task of it."""
    project = _kept(call, HUBSTAFF_PROJECT, str(asked.get("project_id") or time["project_id"]))
    moved = {} if project["id"] == time["project_id"] else {"task_id": None}
    task_id = asked.get("task_id")
    if task_id is not None and _kept(call, HUBSTAFF_TASK, str(task_id))["project_id"] != project["id"]:
        raise Refused("task must be a task of the project")
    return {**moved, **asked, "project_id": project["id"]}


def remove_member(call: Call) -> Response:
    """POST /control/hubstaff/members/{id}/remove {"organization": 1}: an owner takes somebody out, by id or email address."""
    organization_id, user_id = _member(call)
    remove(call.store, _kept_member(call, organization_id, user_id))
    return JsonAnswer(_kept_member(call, organization_id, user_id))


def restore_member(call: Call) -> Response:
    """POST /control/hubstaff/members/{id}/restore {"organization": 1}: somebody comes back, into no project."""
    member = _kept_member(call, *_member(call))
    restored = {**member, "membership_status": "active", "removed_at": None, "updated_at": moments.written_now()}
    call.store.put(HUBSTAFF_MEMBER, restored)
    return JsonAnswer(restored)


def _member(call: Call) -> tuple[int, int]:
    """Return the organization and the user that a call is about."""
    named = call.segment("id")
    [user] = people_of(call.store, HUBSTAFF_USER, [int(named) if named.isdecimal() else named])
    return company_of(call.store, need(body(call), "organization"))["organization_id"], user["id"]


def _kept_member(call: Call, organization_id: int, user_id: int) -> Body:
    member = call.store.get(HUBSTAFF_MEMBER, f"{organization_id}-{user_id}")
    if member is None:
        raise Refused("There is no such member", status=404)
    return member


def _set(call: Call, schedule: Body, shift: Shift, given: Body) -> Response:
    """Write down that a shift went as its status says, with times that fit, and answer it as the list shows it."""
    status = need(given, "status")
    if status not in STATUSES:
        raise Refused(f"status is one of {', '.join(STATUSES)}")
    if next(occurrences(schedule, shift.day, shift.day), None) is None:
        raise Refused("The schedule has no shift on that day", status=404)
    start = shift.begin + STARTS[status] if status in STARTS else None
    seconds = schedule["minimum_time"] // 2 if status == "abandoned" else schedule["minimum_time"]
    call.store.put(HUBSTAFF_ATTENDANCE, written_down(shift, start, seconds, moments.written_now(), status))
    return JsonAnswer(shown(call.store, shift, moments.now()))


def _found(call: Call, kind: Kind) -> Body:
    return _kept(call, kind, call.segment("id"))


def _kept(call: Call, kind: Kind, identity: str) -> Body:
    record = call.store.get(kind, int(identity)) if identity.isdecimal() and len(identity) < 19 else None
    if record is None or record.get("deleted"):
        raise Refused("There is no such record", status=404)
    return record
