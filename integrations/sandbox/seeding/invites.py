"""Writes the invites of a company into Hubstaff: accepted, pending and expired ones."""

from datetime import timedelta

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.invitations import ROLES, create_invite
from integrations.sandbox.kinds import HUBSTAFF_INVITE, HUBSTAFF_MEMBER, HUBSTAFF_PROJECT, HUBSTAFF_USER
from integrations.sandbox.seeding.company import Company, World
from integrations.sandbox.seeding.hubstaff import organization_id
from integrations.sandbox.seeding.words import INVITED
from integrations.sandbox.store import Body, Store

FIRST_INVITE = 2_200_001
EXPIRED = 3
"""So many of the invited have waited for too long."""
ACCEPTED = 4


def plant_invites(store: Store, world: World, company: Company) -> None:
    """Write the invites; the oldest are those that members came by."""
    organization = organization_id(company)
    members = list(store.of_tenant(HUBSTAFF_MEMBER, organization))
    projects = [project["id"] for project in store.of_tenant(HUBSTAFF_PROJECT, organization) if project["status"] == "active"]
    for member in members[-ACCEPTED:]:
        user = store.get(HUBSTAFF_USER, member["user_id"]) or {}
        created = world.moment(180, 100)
        accepted = moments.written(moments.read(created) + timedelta(hours=world.chance.randint(1, 60)))
        details = {"created_at": created, "updated_at": accepted, "accepted_at": accepted, "pay_rate": member["pay_rate"]}
        _plant(store, world, organization, projects, user["email"], details)
    for place, name in enumerate(INVITED):
        created = world.moment(150, 40) if place < EXPIRED else world.moment(20, 1)
        rate = f"{world.chance.randrange(28, 65)}.00" if place % 2 else None
        details = {"created_at": created, "updated_at": created, "pay_rate": rate}
        _plant(store, world, organization, projects, f"{name}@{company.trade.domain}", details)


def _plant(store: Store, world: World, organization: int, projects: list[int], email: str, details: Body) -> None:
    identity = max(FIRST_INVITE, store.next_number(HUBSTAFF_INVITE))
    invite = {
        "id": identity,
        "role": world.chance.choice(tuple(ROLES)),
        "project_ids": sorted(world.chance.sample(projects, world.chance.randint(1, 3))),
        "invited_by_id": next(store.of_tenant(HUBSTAFF_MEMBER, organization))["user_id"],
        **details,
    }
    create_invite(store, organization, email, **invite)
