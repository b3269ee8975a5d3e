"""Invites to an organization."""

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import Fields, body
from integrations.sandbox.hubstaff.invitations import (
    ROLES,
    change_invite,
    is_member,
    living_invites,
    send_invite,
    status_of,
    waits_for,
)
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.references import project_in
from integrations.sandbox.hubstaff.refusals import Problem, Refused, not_found
from integrations.sandbox.hubstaff.values import Convert, email, flag, line, many, one_of, rate, whole
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_INVITE, HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

STATUSES = ("all", "pending", "accepted", "expired")
BULK = 50
CLEARED = "none"
"""The text that empties a field of an invite."""


def list_invites(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/invites."""
    organization = visit.led_organization()
    with listing(visit, "users", "projects") as asked:
        address = asked.read("email", line)
        status = asked.read("status", one_of(STATUSES)) or "pending"
    invites = living_invites(visit.store, organization["id"], asked.start)
    wanted = (
        shapes.invite(invite, status_of(invite))
        for invite in invites
        if status in ("all", status_of(invite)) and (address is None or address.lower() == invite["email"])
    )
    return page(visit, asked, "invites", wanted)


def get_invite(visit: Visit) -> Response:
    """GET /v2/invites/{invite_id}."""
    return _answer(_invite(visit))


def add_invite(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/invites."""
    organization = visit.led_organization()
    with body(visit) as fields:
        address = fields.need("email", email)
        details = _read_details(fields, many(project_in(visit.store, organization["id"])))
        objection = _objection(visit.store, organization["id"], address) if fields.fits("email") else None
        if objection:
            fields.refuse("email", objection)
    invite = send_invite(visit.store, organization["id"], address, invited_by_id=visit.user_id, **details)
    return _answer(invite, status_code=201)


def add_invites(visit: Visit) -> Response:
    """POST /v2/organizations/{organization_id}/invites/bulk: one after the other, a failure does not stop the rest.

    The contract leaves the form of the answer open: this one is a guess.
    """
    organization = visit.led_organization()
    with body(visit) as fields:
        rows = fields.needed_rows("invites")
        if len(rows) > BULK:
            fields.refuse("invites", f"must be at most {BULK}")
        asked = [(row.need("email", line), _read_details(row, many(whole))) for row in rows]
    results = [_invited(visit, organization["id"], address, details) for address, details in asked]
    successful = sum(result["status"] == "success" for result in results)
    counts = {"total": len(results), "successful": successful, "failed": len(results) - successful, "rate_limited": 0}
    return JsonAnswer({"summary": counts, "results": results})


def update_invite(visit: Visit) -> Response:
    """PUT /v2/invites/{invite_id}."""
    invite = _invite(visit)
    with body(visit) as fields:
        details = _read_details(fields, _several_or_one(project_in(visit.store, invite["organization_id"])))
    _check_open(invite)
    return _answer(change_invite(visit.store, invite, **details, updated_at=moments.written_now()))


def delete_invite(visit: Visit) -> Response:
    """DELETE /v2/invites/{invite_id}."""
    invite = _invite(visit)
    _check_open(invite)
    change_invite(visit.store, invite, deleted=True)
    return Response(status_code=204)


def _invite(visit: Visit) -> Body:
    """Return the invite of the path. Raises Refused when the person does not lead its organization."""
    invite = visit.found(HUBSTAFF_INVITE, visit.number("invite_id"))
    visit.member(invite["organization_id"])
    if invite["deleted"]:
        raise not_found()
    return visit.led(invite)


def _check_open(invite: Body) -> None:
    if status_of(invite) == "accepted":
        raise Refused(Problem.INVITE_ACCEPTED, "An accepted invite can no longer be changed or deleted")


def _read_details(fields: Fields, project_ids: Convert[list[int]]) -> Body:
    """Return the given fields that all calls with invites have in common."""
    details = fields.setting(role=one_of(ROLES), trackable=flag, view_only=flag)
    for name, convert, nothing in (("pay_rate", rate, None), ("project_ids", project_ids, [])):
        if fields.given(name):
            cleared = fields.values[name] in (None, CLEARED)
            details[name] = nothing if cleared else fields.read(name, convert)
    return details


def _several_or_one(convert: Convert[int]) -> Convert[list[int]]:
    """Return the reader of a list of ids that also takes a single one: the contract says the one and means the other."""
    return lambda value: many(convert)(value if isinstance(value, list) else [value])


def _objection(store: Store, organization_id: int, address: str) -> str | None:
    """Return why an address cannot be invited, or None."""
    if is_member(store, organization_id, address):
        return "is already a member of the organization"
    return "has already been invited" if waits_for(store, organization_id, address) else None


def _invited(visit: Visit, organization_id: int, given: str, details: Body) -> Body:
    """Invite one of several and return what became of it. Projects that do not exist are left out."""
    fields = Fields({"email": given})
    address = fields.need("email", email)
    if fields.faults:
        return _failed(given, "validation_error", fields.told())
    objection = _objection(visit.store, organization_id, address)
    if objection:
        return _failed(address, "create_action_error", f"email is invalid: {objection}")
    projects = {project["id"] for project in visit.store.of_tenant(HUBSTAFF_PROJECT, organization_id)}
    details["project_ids"] = [identity for identity in details.get("project_ids", []) if identity in projects]
    invite = send_invite(visit.store, organization_id, address, invited_by_id=visit.user_id, **details)
    return {"email": address, "status": "success", "invite_id": invite["id"]}


def _failed(address: str, reason: str, error: str) -> Body:
    return {"email": address, "status": "failed", "reason": reason, "error": error}


def _answer(invite: Body, status_code: int = 200) -> Response:
    return JsonAnswer({"invite": shapes.invite(invite, status_of(invite))}, status_code=status_code)
