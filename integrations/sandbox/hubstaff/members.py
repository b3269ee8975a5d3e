"""Memberships of an organization."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.people import Wanted, read_wanted
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_MEMBER, HUBSTAFF_PROJECT
from integrations.sandbox.store import Body, Store

CURRENCY = "EUR"
LISTED_ROLES = ("owner", "manager", "user", "unassigned")
PROJECT_STATUSES = ("active", "archived", "deleted")


def join(store: Store, organization_id: int, user_id: int, **details: object) -> Body:
    """Make a user a member of an organization, for the first time or again, and return the membership."""
    moment = moments.written_now()
    member = {
        "id": f"{organization_id}-{user_id}",
        "organization_id": organization_id,
        "user_id": user_id,
        "pay_rate": None,
        "bill_rate": None,
        "currency": CURRENCY,
        "membership_role": "user",
        "membership_status": "active",
        "created_at": moment,
        "updated_at": moment,
        "removed_at": None,
        "last_client_activity": moment,
        "trackable": "true",
        "effective_role": "by_project",
        "metadata": {},
        "view_only": False,
        **details,
    }
    store.put(HUBSTAFF_MEMBER, member)
    return member


def list_members(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/members. Those who do not lead see themselves only."""
    organization = visit.organization()
    with listing(visit, "users", "projects") as asked:
        wanted, extras = read_wanted(asked, LISTED_ROLES), _read_extras(visit, organization["id"], asked)
    members = sorted(_asked_members(visit, organization["id"], wanted), key=lambda member: int(member["user_id"]))
    return page(visit, asked, "members", (_shown(visit.store, member, extras) for member in members), identity="user_id")


def _asked_members(visit: Visit, organization_id: int, wanted: Wanted) -> Iterator[Body]:
    leads = visit.leads(organization_id)
    for member in visit.store.of_tenant(HUBSTAFF_MEMBER, organization_id):
        seen = leads or member["user_id"] == visit.user_id
        if seen and wanted.lets_pass(visit.store, member, member["membership_role"]):
            yield member


@dataclass(frozen=True)
class Extras:
    """What a list of members shows beyond the membership."""

    profile: bool
    limits: bool
    projects: bool
    project_statuses: set[str]


def _read_extras(visit: Visit, organization_id: int, asked: Listing) -> Extras:
    """Read what is asked for; profiles are for those who lead."""
    return Extras(
        profile=asked.flag("include_profile") and visit.leads(organization_id),
        limits=asked.flag("include_limits"),
        projects=asked.flag("include_projects"),
        project_statuses=asked.words("project_statuses", PROJECT_STATUSES),
    )


def _shown(store: Store, member: Body, extras: Extras) -> Body:
    shown = shapes.member(member)
    if extras.profile:
        shown["profile"] = shapes.profile(member)
    if extras.limits:
        shown["limits"] = shapes.limits(member)
    if extras.projects:
        shown["project_members"] = list(_project_members(store, member, extras.project_statuses))
    return shown


def _project_members(store: Store, member: Body, statuses: set[str]) -> Iterator[Body]:
    for project in store.of_tenant(HUBSTAFF_PROJECT, member["organization_id"]):
        asked = not statuses or project["status"] in statuses
        for one in project["members"] if asked else []:
            if one["user_id"] == member["user_id"]:
                yield shapes.nested_project_member(project, one, member["currency"])
