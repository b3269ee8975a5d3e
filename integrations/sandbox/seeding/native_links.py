"""Writes Hubstaff's own integrations of a company: one that works, and one that was disabled."""

from integrations.sandbox.kinds import HUBSTAFF_INTEGRATION, HUBSTAFF_PROJECT, HUBSTAFF_PROJECT_LINK, HUBSTAFF_USER_LINK
from integrations.sandbox.seeding.company import Company, World
from integrations.sandbox.seeding.hubstaff import jira_id, organization_id
from integrations.sandbox.store import Body, Store

TRELLO = 3400
REVOKED = "The authorization was revoked in Trello"


def plant_integrations(store: Store, world: World, company: Company) -> None:
    """Write both integrations with what they link. The disabled one links a project that is archived."""
    projects = list(store.of_tenant(HUBSTAFF_PROJECT, organization_id(company)))
    native = next(project for project in projects if project["integration_id"] is not None)
    archived = next(project for project in projects if project["status"] == "archived")
    jira = _plant_integration(store, world, company, jira_id(company), "Jira", None)
    trello = _plant_integration(store, world, company, TRELLO + company.number, "Trello", REVOKED)
    _plant_project_link(store, world, jira, native, "WEB", None)
    _plant_project_link(store, world, trello, archived, "board", "The board was archived in Trello")
    for place, member in enumerate(native["members"]):
        # The last was never connected, and the one before is no longer at Jira.
        reason = "The account was deactivated in Jira" if place == len(native["members"]) - 2 else None
        _plant_user_link(store, world, jira, member["user_id"], connected=place < len(native["members"]) - 2, reason=reason)


def _plant_integration(store: Store, world: World, company: Company, identity: int, name: str, reason: str | None) -> Body:
    integration = {
        "id": identity,
        "name": name,
        "organization_id": organization_id(company),
        "type": name.lower(),
        "last_sync_at": world.moment(60, 30) if reason else world.moment(1),
        **_standing(world, reason),
    }
    store.put(HUBSTAFF_INTEGRATION, integration)
    return integration


def _plant_project_link(store: Store, world: World, integration: Body, project: Body, remote: str, reason: str | None) -> None:
    link = {
        "id": f"{integration['id']}-{project['id']}",
        "integration_id": integration["id"],
        "project_id": project["id"],
        "remote_id": str(world.chance.randrange(10_000, 99_999)),
        "remote_alternate_id": remote,
        **_standing(world, reason),
    }
    store.put(HUBSTAFF_PROJECT_LINK, link)


def _plant_user_link(store: Store, world: World, integration: Body, user_id: int, connected: bool, reason: str | None) -> None:
    link = {
        "id": f"{integration['id']}-{user_id}",
        "integration_id": integration["id"],
        "user_id": user_id,
        "remote_id": str(world.chance.randrange(100_000, 999_999)),
        "connected": connected,
        **_standing(world, reason),
    }
    store.put(HUBSTAFF_USER_LINK, link)


def _standing(world: World, reason: str | None) -> Body:
    return {
        "status": "disabled" if reason else "active",
        "disabled_reason": reason,
        "created_at": world.moment(170, 100),
        "updated_at": world.moment(60, 30),
    }
