"""Who works on a project, and as what."""

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.members import CURRENCY
from integrations.sandbox.hubstaff.people import read_wanted
from integrations.sandbox.hubstaff.references import member_in
from integrations.sandbox.hubstaff.values import one_of, rate
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

MEMBER_ROLES = ("viewer", "user", "manager")


def list_project_members(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/members."""
    project = visit.project()
    with listing(visit, "users") as asked:
        wanted = read_wanted(asked, MEMBER_ROLES)
        with_profile = asked.flag("include_profile") and visit.leads(project["organization_id"])
        # Nobody here belongs to a project through a team, so all members are direct ones.
        asked.flag("direct_only")
    everybody = [*project["members"], *project.get("former_members", [])]
    found = [member for member in everybody if wanted.lets_pass(visit.store, member, member["role"])]
    shown = (_shown(visit, project, member, with_profile) for member in sorted(found, key=lambda member: int(member["user_id"])))
    return page(visit, asked, "members", shown, identity="user_id")


def update_project_members(visit: Visit) -> Response:
    """PUT /v2/projects/{project_id}/update_members. The answer is only success."""
    project = visit.led_project()
    with body(visit) as fields:
        read = one_of((*MEMBER_ROLES, "remove"))
        rows = fields.needed_rows("members")
        asked = [{**_read_member(visit.store, project["organization_id"], row), **row.setting(role=read)} for row in rows]
    project = {**project, **changed_members(project, asked), "updated_at": moments.written_now()}
    visit.store.put(HUBSTAFF_PROJECT, project)
    return JsonAnswer({"success": True})


def read_new_members(store: Store, organization_id: int, fields: Fields) -> list[Body]:
    """Return the members that a new project begins with, each with a role."""
    read = one_of(MEMBER_ROLES)
    rows = fields.rows("members") or []
    return [{**_read_member(store, organization_id, row), "role": row.need("role", read)} for row in rows]


def changed_members(project: Body, asked: list[Body]) -> Body:
    """Return a project's present and former members after the changes; the role `remove` removes."""
    moment = moments.written_now()
    present = {member["user_id"]: member for member in project["members"]}
    former = {member["user_id"]: member for member in project.get("former_members", [])}
    for one in asked:
        user_id = one["user_id"]
        if one.get("role") != "remove":
            former.pop(user_id, None)
            present[user_id] = {**present.get(user_id, _new_member(moment)), **one, "updated_at": moment}
        elif user_id in present:
            former[user_id] = {**present.pop(user_id), "removed_at": moment, "updated_at": moment}
    return {"members": list(present.values()), "former_members": list(former.values())}


def _new_member(moment: str) -> Body:
    return {"role": "user", "pay_rate": None, "bill_rate": None, "created_at": moment}


def _read_member(store: Store, organization_id: int, row: Fields) -> Body:
    user_id = row.need("user_id", member_in(store, organization_id))
    return {"user_id": user_id, **row.clearing(pay_rate=rate, bill_rate=rate)}


def _shown(visit: Visit, project: Body, member: Body, with_profile: bool) -> Body:
    shown = shapes.project_member(member, CURRENCY)
    if with_profile:
        shown["profile"] = shapes.profile(visit.found_member(project["organization_id"], member["user_id"]))
    return shown
