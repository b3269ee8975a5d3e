"""Writes a company into timeghost."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from integrations.sandbox import moments
from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_GROUP,
    TIMEGHOST_KEY,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TIME,
    TIMEGHOST_USER,
    TIMEGHOST_WORKSPACE,
)
from integrations.sandbox.seeding.company import Company, Person, World, portions, task_names
from integrations.sandbox.seeding.feed_events import plant_feed_events
from integrations.sandbox.seeding.words import TIME_TAGS
from integrations.sandbox.seeding.working_hours import plant_working_hours
from integrations.sandbox.store import Body, Store
from integrations.sandbox.timeghost.clients import META
from integrations.sandbox.timeghost.records import create, create_project, create_task
from integrations.sandbox.timeghost.references import TIME_TAG

COLORS = ("#e53935", "#8e24aa", "#3949ab", "#039be5", "#00897b", "#7cb342", "#fdd835", "#fb8c00", "#6d4c41")
COMPLETED = 0.4
HOURS = (0, 0, 0.5, 1, 2, 3, 4, 8, 16)
TAGGED = 0.2
PINNED = 2


def plant_workspace(store: Store, world: World, company: Company) -> tuple[Body, list[Body]]:
    """Write workspace, people, clients, tags, groups and projects with their tasks; return workspace and users."""
    identity = world.identity()
    members = [person for person in company.people if person.timeghost_email]
    users = [_plant_user(store, world, company, person, identity) for person in members]
    # One person of the main company has never opened timeghost.
    if company.number == 1:
        store.put(TIMEGHOST_USER, {**users[-3], "consented": False})
    workspace = _workspace(world, company, identity, users)
    _plant_keys(store, company, users)
    groups = _plant_labels(store, world, company, identity, users)
    workspace["permissionSettings"] = {"groupsCanManageProjects": [groups[1]], "groupsCanSeeTeamActivity": [groups[2]]}
    store.put(TIMEGHOST_WORKSPACE, workspace)
    _plant_projects(store, world, company, identity, users)
    _plant_pins(store, identity, users)
    # A chance of its own: what was planted before it came stays as it was.
    later = replace(world, chance=Random(f"{identity} later"))
    plant_working_hours(store, later, company, identity, users)
    plant_feed_events(store, later, identity, users)
    return workspace, users


def membership(world: World, user_id: str, admin: bool) -> Body:
    """Return a user's membership of a workspace."""
    return {
        "id": user_id,
        "admin": admin,
        "billable_rate": float(world.chance.randrange(70, 140)),
        "labor_cost": float(world.chance.randrange(28, 65)),
        "has_license": True,
        "removed": False,
    }


def time(world: World, project: Body, user_id: str, task: Body | None, start: str, seconds: int) -> Body:
    """Return a time that was tracked back then."""
    end = moments.read(start) + timedelta(seconds=seconds)
    written = moments.written(end + timedelta(seconds=60))
    return {
        "id": world.identity(),
        "workspace_id": project["workspace_id"],
        "deleted": False,
        "status": "created",
        "created": written,
        "modified": written,
        "project_id": project["id"],
        "task_id": task["id"] if task else None,
        "user_id": user_id,
        "name": task["name"] if task else project["name"],
        "start": start,
        "end": moments.written(end),
        "seconds": seconds,
        "billable": project["billable"],
        "tags": [],
        "timeZone": "Europe/Berlin",
        "inputMode": "range",
        "outlookCalenderReference": None,
        "externalId": None,
    }


def plant_times(store: Store, times: list[Body]) -> None:
    """Write the times of one workspace, some of them with a tag or two."""
    workspace_id = times[0]["workspace_id"]
    tags = [tag["id"] for tag in store.of_tenant(TIMEGHOST_TAG, workspace_id) if tag["tagType"] == TIME_TAG]
    chance = Random(f"{workspace_id} tags")
    for one in times:
        if chance.random() < TAGGED:
            one["tags"] = chance.sample(tags, chance.choice((1, 1, 1, 2)))
    store.put_all(TIMEGHOST_TIME, times)


def _plant_user(store: Store, world: World, company: Company, person: Person, workspace_id: str) -> Body:
    user = {
        "id": world.identity(),
        "name": person.name,
        "email": person.timeghost_email,
        "default_workspace": workspace_id,
        "timeZone": company.trade.time_zone,
        "consented": True,
    }
    store.put(TIMEGHOST_USER, user)
    return user


def _workspace(world: World, company: Company, identity: str, users: list[Body]) -> Body:
    return {
        "id": identity,
        "name": company.trade.name,
        "description": company.trade.description,
        "members": [membership(world, user["id"], place < 2) for place, user in enumerate(users)],
        "settings": {
            "isNewProjectBillable": True,
            "hourly_rate": 95.0,
            "currency": company.trade.currency,
            # Only the main company lets people track ahead, and only the accountancy forbids two things at once.
            "allowFutureTimeTracking": company.number == 1,
            "allowTimeOverlap": company.number != 3,
            "comego": True,
            "comegoOnly": False,
            "timesMode": "range",
        },
        "subscription": {
            "status": "active",
            "end": moments.written(moments.now() + timedelta(days=200)),
            "quantity": 20.0,
            "provider": "paddle",
            "recurringInterval": "year",
            "currency": company.trade.currency,
        },
    }


def _plant_keys(store: Store, company: Company, users: list[Body]) -> None:
    """Give an admin and a plain member their well-known API tokens."""
    holders = {f"timeghost-key-{company.number}": users[0], f"timeghost-key-member-{company.number}": users[3]}
    for value, user in holders.items():
        store.put(TIMEGHOST_KEY, {"id": value, "name": "Timebridge sandbox", "user_id": user["id"]})


def _plant_labels(store: Store, world: World, company: Company, workspace_id: str, users: list[Body]) -> list[Body]:
    """Write clients, tags and groups; return references to the groups."""
    for name in company.trade.clients:
        moment = world.moment(600, 200)
        details: Body = {
            "id": world.identity(),
            "created": moment,
            "modified": moment,
            "name": name,
            "description": "",
            "color": world.chance.choice(COLORS),
            "meta": {**dict.fromkeys(META), "location": "Europe"},
        }
        create(store, TIMEGHOST_CLIENT, workspace_id, **details)
    for kind, names in enumerate((company.trade.tags, TIME_TAGS)):
        for name in names:
            details = {"id": world.identity(), "name": name, "tagType": kind, "externalId": None}
            create(store, TIMEGHOST_TAG, workspace_id, **details)
    groups: list[Body] = []
    for place, name in enumerate(company.trade.groups):
        details = {
            "id": world.identity(),
            "name": name,
            "users": [user["id"] for user in users[place::3]],
            "synchronizedGroup": place == 0,
            "synchronizedGroupType": "teams" if place == 0 else None,
        }
        groups.append({"id": create(store, TIMEGHOST_GROUP, workspace_id, **details)["id"]})
    return groups


def _plant_projects(store: Store, world: World, company: Company, workspace_id: str, users: list[Body]) -> None:
    clients = list(store.of_tenant(TIMEGHOST_CLIENT, workspace_id))
    tags = [tag["id"] for tag in store.of_tenant(TIMEGHOST_TAG, workspace_id) if tag["tagType"] == 0]
    groups = [group["id"] for group in store.of_tenant(TIMEGHOST_GROUP, workspace_id)]
    names = company.trade.projects[: company.timeghost_projects]
    sizes = portions(world.chance, company.timeghost_tasks, len(names), 10, 60)
    for place, (name, size) in enumerate(zip(names, sizes, strict=True)):
        moment = world.moment(400, 190)
        details = {
            "id": world.identity(),
            "created": moment,
            "modified": moment,
            "description": f"{name} for {clients[place % len(clients)]['name']}",
            "color": COLORS[place % len(COLORS)],
            "billable": place % 5 != 4,
            "completed": place % 8 == 7,
            "private": place % 6 == 5,
            "whoCanAddTasks": 1 if place % 7 == 6 else 2,
            "estimation": float(world.chance.choice((0, 40, 80, 120, 200)) * 3600),
            "hourly_rate": 95.0,
            "users": _project_users(world, users),
            "groups": [{"id": world.chance.choice(groups), "role": 0, "billable_rate": None}] if place % 3 == 0 else [],
            "tags": world.chance.sample(tags, world.chance.choice((0, 1, 2))),
        }
        project = create_project(store, workspace_id, clients[place % len(clients)]["id"], name, **details)
        _plant_tasks(store, world, company, project, size)


def _plant_pins(store: Store, workspace_id: str, users: list[Body]) -> None:
    """Let everybody have pinned the first projects that they are on."""
    projects, members = list(store.of_tenant(TIMEGHOST_PROJECT, workspace_id)), {user["id"] for user in users}
    for user in [one for one in store.every(TIMEGHOST_USER) if one["id"] in members]:
        own = [project["id"] for project in projects if any(one["id"] == user["id"] for one in project["users"])]
        store.put(TIMEGHOST_USER, {**user, "pinned": own[:PINNED]})


def _project_users(world: World, users: list[Body]) -> list[Body]:
    chosen = [users[0], *world.chance.sample(users[1:], world.chance.randint(4, 8))]
    roles = [1 if place < 2 else 0 for place in range(len(chosen))]
    return [{"id": user["id"], "role": role, "billable_rate": None} for user, role in zip(chosen, roles, strict=True)]


def _plant_tasks(store: Store, world: World, company: Company, project: Body, size: int) -> None:
    members = [user["id"] for user in project["users"]]
    for name in task_names(world.chance, company.trade, size):
        details = {
            "id": world.identity(),
            "completed": project["completed"] or world.chance.random() < COMPLETED,
            "estimation": float(world.chance.choice(HOURS) * 3600),
            "assigned_users": world.chance.sample(members, world.chance.choice((0, 1, 1, 1, 2))),
            "created": world.moment(180, 81),
            "modified": world.moment(80),
        }
        create_task(store, project, name, **details)
