"""Changes to who belongs to an organization, and as what."""

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.metadata import merged, read_metadata
from integrations.sandbox.hubstaff.project_members import MEMBER_ROLES, changed_members
from integrations.sandbox.hubstaff.projects import change_project
from integrations.sandbox.hubstaff.references import member_in, project_in
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.hubstaff.values import amount, between, flag, many, one_of, title
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_MEMBER, HUBSTAFF_PROJECT, HUBSTAFF_USER
from integrations.sandbox.store import Body, Store

EFFECTIVE_ROLES = {"owner": "organization_owner", "manager": "organization_manager", "user": "by_project"}
PAY_PERIODS = ("none", "weekly", "twice_per_month", "biweekly", "monthly")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def update_members(visit: Visit) -> Response:
    """PUT /v2/organizations/{organization_id}/update_members. The answer is only success."""
    organization = visit.led_organization()
    with body(visit) as fields:
        asked = [_read_row(visit.store, organization["id"], row) for row in fields.needed_rows("members")]
    for one in asked:
        _change(visit.store, visit.found_member(organization["id"], one["user_id"]), one)
    return JsonAnswer({"success": True})


def _read_row(store: Store, organization_id: int, row: Fields) -> Body:
    """Return what one row asks for."""
    return {
        "user_id": row.need("user_id", member_in(store, organization_id)),
        "role": row.read("role", one_of((*EFFECTIVE_ROLES, "remove"))),
        "trackable": row.read("trackable", flag),
        "view_only": row.read("view_only", flag),
        "names": row.setting(first_name=title, last_name=title),
        "payment": _read_payment(row.group("payment")),
        "limits": _read_limits(row.group("limits")),
        "metadata": read_metadata(row),
        "projects": [_read_project(store, organization_id, project) for project in row.rows("projects") or []],
    }


def _read_payment(given: Fields | None) -> Body:
    """Return the changed fields of the membership that say how somebody is paid."""
    if given is None:
        return {}
    rate_type = given.read("rate_type", one_of(("hourly", "fixed_amount"))) or "hourly"
    pay_rate = given.read("pay_rate", amount)
    given.read("timesheet_approval", flag)
    paid = {} if pay_rate is None else {"pay_rate" if rate_type == "hourly" else "fixed_pay_rate": f"{pay_rate:.2f}"}
    periods = given.setting(
        pay_period=one_of(PAY_PERIODS),
        period_week_day=between(0, 6),
        period_start_day=between(1, 31),
        period_second_start_day=between(1, 31),
    )
    return {**paid, **periods}


def _read_limits(given: Fields | None) -> Body | None:
    """Return the limits, which are given whole: what is absent is removed. None leaves them as they are."""
    if given is None:
        return None
    given.setting(current_daily_limit=amount, current_weekly_limit=amount)
    days = many(one_of(WEEKDAYS))
    return given.setting(
        limits_by_shifts=flag,
        daily_limit=amount,
        weekly_limit=amount,
        expected_per_week=amount,
        dow_limit=days,
        dow_expected=days,
    )


def _read_project(store: Store, organization_id: int, row: Fields) -> tuple[int, str]:
    return row.need("project_id", project_in(store, organization_id)), row.need("role", one_of((*MEMBER_ROLES, "remove")))


def _change(store: Store, member: Body, asked: Body) -> None:
    """Make the changes of one row."""
    if asked["role"] == "remove":
        remove(store, member)
        return
    given = {name: asked[name] for name in ("view_only", "limits") if asked[name] is not None}
    changes = {**given, **asked["payment"], "metadata": merged(member["metadata"], asked["metadata"])}
    if asked["role"] is not None:
        changes |= {"membership_role": asked["role"], "effective_role": EFFECTIVE_ROLES[asked["role"]]}
    if asked["trackable"] is not None:
        changes["trackable"] = "true" if asked["trackable"] else "false"
    store.put(HUBSTAFF_MEMBER, {**member, **changes, "updated_at": moments.written_now()})
    _rename(store, member["user_id"], asked["names"])
    for project_id, role in asked["projects"]:
        _change_project(store, project_id, {"user_id": member["user_id"], "role": role})


def remove(store: Store, member: Body) -> None:
    """Remove somebody from the organization and from all its projects. An organization keeps an owner."""
    members = store.of_tenant(HUBSTAFF_MEMBER, member["organization_id"])
    owners = [one["user_id"] for one in members if one["membership_role"] == "owner" and one["membership_status"] == "active"]
    if owners == [member["user_id"]]:
        raise Refused(Problem.INVALID, "members is invalid: the last owner of the organization must stay")
    moment = moments.written_now()
    store.put(HUBSTAFF_MEMBER, {**member, "membership_status": "removed", "removed_at": moment, "updated_at": moment})
    for project in list(store.of_tenant(HUBSTAFF_PROJECT, member["organization_id"])):
        if member["user_id"] in {one["user_id"] for one in project["members"]}:
            _change_project(store, project["id"], {"user_id": member["user_id"], "role": "remove"})


def _change_project(store: Store, project_id: int, asked: Body) -> None:
    project = store.get(HUBSTAFF_PROJECT, project_id) or {}
    change_project(store, project, **changed_members(project, [asked]))


def _rename(store: Store, user_id: int, names: Body) -> None:
    user = store.get(HUBSTAFF_USER, user_id)
    if user is not None and names:
        renamed = {**user, **names, "updated_at": moments.written_now()}
        store.put(HUBSTAFF_USER, {**renamed, "name": f"{renamed['first_name']} {renamed['last_name']}"})
