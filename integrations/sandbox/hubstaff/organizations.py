"""Organizations, their members, and users."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.fields import body, merged, query_flag, query_numbers, query_words
from integrations.sandbox.hubstaff.lists import page
from integrations.sandbox.hubstaff.refusals import not_found
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_MEMBER, HUBSTAFF_ORGANIZATION, HUBSTAFF_PROJECT, HUBSTAFF_USER
from integrations.sandbox.store import Body

ROLES = ("owner", "manager", "user", "unassigned")


def list_organizations(visit: Visit) -> Response:
    """GET /v2/organizations."""
    memberships = visit.store.of_parent(HUBSTAFF_MEMBER, visit.user_id)
    own = [visit.found(HUBSTAFF_ORGANIZATION, member["organization_id"]) for member in memberships]
    return page(visit, "organizations", [shapes.organization(organization) for organization in own])


def get_organization(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}."""
    return JsonAnswer({"organization": shapes.organization(visit.organization())})


def update_organization_metadata(visit: Visit) -> Response:
    """PUT /v2/organizations/{organization_id}/update_metadata."""
    organization = visit.led_organization()
    organization["metadata"] = merged(organization["metadata"], body(visit).metadata())
    visit.store.put(HUBSTAFF_ORGANIZATION, organization)
    return JsonAnswer({"organization": shapes.organization(organization)})


def list_members(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/members. Those who do not lead see themselves only."""
    organization = visit.organization()
    members = sorted(_asked_members(visit, organization["id"]), key=lambda member: int(member["user_id"]))
    if query_flag(visit, "include_projects"):
        members = [{**member, "project_members": _project_members(visit, member)} for member in members]
    return page(visit, "members", [shapes.member(member) for member in members], identity="user_id")


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
    return {member["organization_id"] for member in visit.store.of_parent(HUBSTAFF_MEMBER, user_id)}


def _asked_members(visit: Visit, organization_id: int) -> Iterator[Body]:
    leads = visit.leads(organization_id)
    user_ids = query_numbers(visit, "user_ids")
    roles = query_words(visit, "membership_roles", ROLES)
    email, name = visit.query("search[email]"), visit.query("search[name]")
    for member in visit.store.of_tenant(HUBSTAFF_MEMBER, organization_id):
        user = visit.found(HUBSTAFF_USER, member["user_id"])
        fits = (
            (leads or member["user_id"] == visit.user_id)
            and (user_ids is None or member["user_id"] in user_ids)
            and (not roles or member["membership_role"] in roles)
            and (email is None or email.lower() == user["email"].lower())
            and (name is None or name.lower() in user["name"].lower())
        )
        if fits:
            yield member


def _project_members(visit: Visit, member: Body) -> list[Body]:
    return [
        shapes.nested_project_member(project, one)
        for project in visit.store.of_tenant(HUBSTAFF_PROJECT, member["organization_id"])
        for one in project["members"]
        if one["user_id"] == member["user_id"]
    ]
