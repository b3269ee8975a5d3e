"""Organizations and users."""

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import body
from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.metadata import merged, read_needed_metadata
from integrations.sandbox.hubstaff.refusals import not_found
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_MEMBER, HUBSTAFF_ORGANIZATION, HUBSTAFF_USER


def list_organizations(visit: Visit) -> Response:
    """GET /v2/organizations: those that the person is an active member of."""
    with listing(visit) as asked:
        own = sorted(_organizations(visit, visit.user_id))
    found = (visit.found(HUBSTAFF_ORGANIZATION, identity) for identity in own)
    return page(visit, asked, "organizations", (shapes.organization(one) for one in found))


def get_organization(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}."""
    return JsonAnswer({"organization": shapes.organization(visit.organization())})


def update_organization_metadata(visit: Visit) -> Response:
    """PUT /v2/organizations/{organization_id}/update_metadata."""
    organization = visit.led_organization()
    with body(visit) as fields:
        metadata = merged(organization["metadata"], read_needed_metadata(fields))
    organization = {**organization, "metadata": metadata, "updated_at": moments.written_now()}
    visit.store.put(HUBSTAFF_ORGANIZATION, organization)
    return JsonAnswer({"organization": shapes.organization(organization)})


def me(visit: Visit) -> Response:
    """GET /v2/users/me."""
    return JsonAnswer({"user": shapes.user(visit.found(HUBSTAFF_USER, visit.user_id))})


def get_user(visit: Visit) -> Response:
    """GET /v2/users/{user_id}: anybody who shares an organization."""
    user = visit.found(HUBSTAFF_USER, visit.number("user_id"))
    shared = _organizations(visit, user["id"]) & _organizations(visit, visit.user_id)
    if not shared:
        raise not_found()
    return JsonAnswer({"user": shapes.user(user)})


def _organizations(visit: Visit, user_id: int) -> set[int]:
    memberships = visit.store.of_parent(HUBSTAFF_MEMBER, user_id)
    return {member["organization_id"] for member in memberships if member["membership_status"] == "active"}
