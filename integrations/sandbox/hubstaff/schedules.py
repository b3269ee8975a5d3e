"""Attendance schedules: when somebody is expected to work."""

from datetime import date

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.occurrences import WEEKDAYS, WEEKS_APART, occurrences
from integrations.sandbox.hubstaff.ranges import read_days
from integrations.sandbox.hubstaff.references import member_in
from integrations.sandbox.hubstaff.refusals import not_found
from integrations.sandbox.hubstaff.values import Convert, between, half_hour, many, one_of, written_day
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_SCHEDULE
from integrations.sandbox.store import Body, Store

DAY = 86400
REPETITIONS = ("never", *WEEKS_APART)
ZONES = ("organization", "user")
DAYS: Convert[list[str]] = many(written_day)


def create_schedule(store: Store, organization_id: int, user_id: int, **details: object) -> Body:
    """Create a schedule in the store and return it."""
    moment = moments.written_now()
    schedule = {
        "id": store.next_number(HUBSTAFF_SCHEDULE),
        "user_id": user_id,
        "organization_id": organization_id,
        "created_at": moment,
        "updated_at": moment,
        "use_time_zone": "organization",
        "repeat_schedule": "never",
        "repeat_until": None,
        "weekdays": [],
        "excluded_dates": [],
        "deleted": False,
        **details,
    }
    store.put(HUBSTAFF_SCHEDULE, schedule)
    return schedule


def change_schedule(store: Store, schedule: Body, **changes: object) -> Body:
    """Change a schedule in the store and return it."""
    schedule = {**schedule, **changes, "updated_at": moments.written_now()}
    store.put(HUBSTAFF_SCHEDULE, schedule)
    return schedule


def list_schedules(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/attendance_schedules: those that fall on a day of the range."""
    organization = visit.organization()
    with listing(visit, "users") as asked:
        first, last = read_days(asked, "date", longest=None, reaches_back=None)
    schedules = seen_schedules(visit, organization["id"])
    wanted = (shapes.schedule(schedule) for schedule in schedules if falls_into(schedule, first, last))
    return page(visit, asked, "attendance_schedules", wanted)


def add_schedule(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/attendance_schedules."""
    organization = visit.led_organization()
    with body(visit) as fields:
        details = read_new_schedule(visit.store, organization["id"], fields)
    return _answer(create_schedule(visit.store, organization["id"], **details))


def update_schedule(visit: Visit) -> Response:
    """PUT /v2/attendance_schedules/{attendance_schedule_id}."""
    schedule = visit.found(HUBSTAFF_SCHEDULE, visit.number("attendance_schedule_id"))
    visit.member(schedule["organization_id"])
    if schedule["deleted"]:
        raise not_found()
    with body(visit) as fields:
        changes = read_schedule_changes(visit.led(schedule), fields)
    return _answer(change_schedule(visit.store, schedule, **changes))


def seen_schedules(visit: Visit, organization_id: int) -> list[Body]:
    """Return the schedules that the person may see: those who lead see all, others their own."""
    leads = visit.leads(organization_id)
    schedules = visit.store.of_tenant(HUBSTAFF_SCHEDULE, organization_id)
    return [one for one in schedules if not one["deleted"] and (leads or one["user_id"] == visit.user_id)]


def falls_into(schedule: Body, first: date, last: date) -> bool:
    """Whether a schedule falls on any day of a range."""
    return next(occurrences(schedule, first, last), None) is not None


def read_new_schedule(store: Store, organization_id: int, fields: Fields) -> Body:
    """Return the details of a schedule that a body asks to create."""
    details = {
        "user_id": fields.need("user_id", member_in(store, organization_id)),
        "start_date": fields.need("start_date", written_day),
        "start_time": fields.need("start_time", half_hour),
        "duration": fields.need("duration", between(1800, DAY)),
        "minimum_time": fields.need("minimum_time", between(0, DAY)),
        "use_time_zone": fields.need("use_time_zone", one_of(ZONES)),
        "repeat_schedule": fields.read("repeat_schedule", one_of(REPETITIONS)) or "never",
        **fields.setting(weekdays=many(one_of(WEEKDAYS)), repeat_until=written_day, excluded_dates=DAYS),
    }
    _check(details, fields)
    return details


def read_schedule_changes(schedule: Body, fields: Fields) -> Body:
    """Return the changes to a schedule that a body asks for."""
    changes = fields.setting(
        start_date=written_day,
        start_time=half_hour,
        use_time_zone=one_of(ZONES),
        duration=between(1800, DAY),
        minimum_time=between(0, DAY),
        repeat_schedule=one_of(REPETITIONS),
        weekdays=many(one_of(WEEKDAYS)),
        excluded_dates=DAYS,
    )
    changes |= fields.clearing(repeat_until=written_day)
    excluded = set({**schedule, **changes}["excluded_dates"])
    added, removed = fields.read("add_excluded_dates", DAYS), fields.read("remove_excluded_dates", DAYS)
    changes["excluded_dates"] = sorted(excluded.union(added or []).difference(removed or []))
    _check({**schedule, **changes}, fields)
    return changes


def _check(schedule: Body, fields: Fields) -> None:
    """Note what does not fit together in a schedule."""
    if fields.fits("minimum_time", "duration") and schedule["minimum_time"] > schedule["duration"]:
        fields.refuse("minimum_time", "must be at most the duration")
    if fields.fits("repeat_schedule", "weekdays") and schedule["repeat_schedule"] != "never" and not schedule.get("weekdays"):
        fields.miss("weekdays")
    until = schedule.get("repeat_until")
    if fields.fits("start_date", "repeat_until") and until is not None and until < schedule["start_date"]:
        fields.refuse("repeat_until", "must not be before start_date")


def _answer(schedule: Body) -> Response:
    return JsonAnswer({"attendance_schedule": shapes.schedule(schedule)})
