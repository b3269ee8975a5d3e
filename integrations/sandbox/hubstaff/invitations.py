"""What becomes of an invite: it waits, expires, or makes somebody a member."""

from collections.abc import Iterator
from datetime import timedelta

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.members import join
from integrations.sandbox.hubstaff.project_members import changed_members
from integrations.sandbox.hubstaff.projects import change_project
from integrations.sandbox.hubstaff.visit import member_of, user_of
from integrations.sandbox.kinds import HUBSTAFF_INVITE, HUBSTAFF_ORGANIZATION, HUBSTAFF_PROJECT, HUBSTAFF_USER
from integrations.sandbox.store import Body, Store

LIFE = timedelta(days=30)
"""How long an invite can be accepted; a guess."""

MANAGER = "organization_manager"
ROLES = {MANAGER: "manager", "project_manager": "manager", "project_user": "user", "project_viewer": "viewer"}
"""The roles of invites, and the role in the named projects that each gives."""


def create_invite(store: Store, organization_id: int, email: str, **details: object) -> Body:
    """Create an invite in the store and return it."""
    moment = moments.written_now()
    invite = {
        "id": store.next_number(HUBSTAFF_INVITE),
        "organization_id": organization_id,
        "email": email,
        "invited_by_id": None,
        "pay_rate": None,
        "project_ids": [],
        "role": "project_user",
        "accepted_at": None,
        "trackable": True,
        "view_only": False,
        "deleted": False,
        "created_at": moment,
        "updated_at": moment,
        **details,
    }
    return change_invite(store, invite)


def send_invite(store: Store, organization_id: int, email: str, **details: object) -> Body:
    """Invite an address and return the invite: one to an address that has an account is accepted at once."""
    invite = create_invite(store, organization_id, email, **details)
    return invite if user_of(store, email) is None else accept(store, invite)


def change_invite(store: Store, invite: Body, **changes: object) -> Body:
    """Change an invite in the store and return it. A role in projects without a project is that of a viewer."""
    invite = {**invite, **changes}
    if not invite["project_ids"] and invite["role"] != MANAGER:
        invite["role"] = "project_viewer"
    store.put(HUBSTAFF_INVITE, invite)
    return invite


def living_invites(store: Store, organization_id: int, start: int = 0) -> Iterator[Body]:
    """Walk the invites of an organization that nobody deleted, from an id on."""
    return (invite for invite in store.of_tenant(HUBSTAFF_INVITE, organization_id, start) if not invite["deleted"])


def status_of(invite: Body) -> str:
    """Return how it stands with an invite."""
    if invite["accepted_at"] is not None:
        return "accepted"
    return "expired" if moments.read(invite["created_at"]) + LIFE < moments.now() else "pending"


def waits_for(store: Store, organization_id: int, email: str) -> bool:
    """Whether an invite to an address is pending."""
    return any(one["email"] == email and status_of(one) == "pending" for one in living_invites(store, organization_id))


def is_member(store: Store, organization_id: int, email: str) -> bool:
    """Whether somebody with an address belongs to the organization already."""
    user = user_of(store, email)
    return user is not None and member_of(store, organization_id, user["id"]) is not None


def accept(store: Store, invite: Body) -> Body:
    """Make the invited person a member, with a new account when there is none, and return the accepted invite."""
    moment = moments.written_now()
    user = user_of(store, invite["email"]) or _create_user(store, invite)
    manager = invite["role"] == MANAGER
    join(
        store,
        invite["organization_id"],
        user["id"],
        membership_role="manager" if manager else "user",
        effective_role=MANAGER if manager else invite["role"],
        pay_rate=invite["pay_rate"],
        trackable="true" if invite["trackable"] else "false",
        view_only=invite["view_only"],
    )
    for project_id in invite["project_ids"]:
        project = store.get(HUBSTAFF_PROJECT, project_id) or {}
        asked = {"user_id": user["id"], "role": ROLES[invite["role"]]}
        change_project(store, project, **changed_members(project, [asked]))
    return change_invite(store, invite, accepted_at=moment, updated_at=moment)


def _create_user(store: Store, invite: Body) -> Body:
    """Open an account for an address, with the name that the address suggests."""
    moment = moments.written_now()
    words = invite["email"].partition("@")[0].replace("_", ".").split(".")
    names = [word.capitalize() for word in words if word] or ["Somebody"]
    organization = store.get(HUBSTAFF_ORGANIZATION, invite["organization_id"]) or {}
    user = {
        "id": store.next_number(HUBSTAFF_USER),
        "name": " ".join(names),
        "first_name": names[0],
        "last_name": " ".join(names[1:]) or names[0],
        "email": invite["email"],
        "time_zone": organization["time_zone"],
        "ip_address": "203.0.113.7",
        "status": "active",
        "created_at": moment,
        "updated_at": moment,
    }
    store.put(HUBSTAFF_USER, user)
    return user
