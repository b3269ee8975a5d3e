"""Writes a company into Hubstaff."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from integrations.sandbox import moments
from integrations.sandbox.hubstaff.clients import create_client
from integrations.sandbox.hubstaff.projects import create_project
from integrations.sandbox.hubstaff.tasks import create_task
from integrations.sandbox.hubstaff.time_edit_logs import edit
from integrations.sandbox.kinds import (
    HUBSTAFF_CLIENT,
    HUBSTAFF_MEMBER,
    HUBSTAFF_ORGANIZATION,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TASK,
    HUBSTAFF_TIME,
    HUBSTAFF_TIME_EDIT,
    HUBSTAFF_USER,
)
from integrations.sandbox.seeding.company import Company, Person, World, portions, task_names
from integrations.sandbox.seeding.words import HOMES, NOTES
from integrations.sandbox.store import Body, Store

FIRST_ORGANIZATION, FIRST_USER, FIRST_CLIENT = 411_000, 1_880_001, 610_001
FIRST_PROJECT, FIRST_TASK, FIRST_TIME = 2_730_001, 98_100_001, 7_700_001
FIRST_TIME_EDIT = 3_300_001
JIRA = 3300
CLIENTS = 4
SAME_AS_TIMEGHOST = 5
ARCHIVED = (9, 10)
NATIVE_TASKS = 6
COMPLETED = 0.4


def organization_id(company: Company) -> int:
    """Return the id of a company's organization."""
    return FIRST_ORGANIZATION + company.number


def jira_id(company: Company) -> int:
    """Return the id of a company's native integration."""
    return JIRA + company.number


def plant_organization(store: Store, world: World, company: Company) -> list[Body]:
    """Write organization, people, clients and projects with their tasks; return the users."""
    started = world.moment(900, 800)
    organization: Body = {
        "id": organization_id(company),
        "name": company.trade.name,
        "status": "active",
        "created_at": started,
        "updated_at": started,
        "member_profile_fields": [],
        "metadata": {},
        "invite_url": f"https://app.hubstaff.example/invite/{company.number}",
        "time_zone": company.trade.time_zone,
    }
    store.put(HUBSTAFF_ORGANIZATION, organization)
    users = [_plant_user(store, world, company, person) for person in company.people if person.hubstaff_email]
    for place, user in enumerate(users):
        plant_member(store, world, organization["id"], user["id"], _role(place))
    _plant_clients(store, world, company)
    _plant_projects(store, world, company, users)
    return users


def plant_member(store: Store, world: World, organization: int, user_id: int, role: str) -> None:
    """Make a user a member of an organization."""
    moment = world.moment(700, 200)
    effective = {"owner": "organization_owner", "manager": "organization_manager"}.get(role, "by_project")
    member = {
        "id": f"{organization}-{user_id}",
        "organization_id": organization,
        "user_id": user_id,
        "pay_rate": f"{world.chance.randrange(28, 65)}.00",
        "bill_rate": f"{world.chance.randrange(70, 140)}.00",
        "currency": "EUR",
        "membership_role": role,
        "membership_status": "active",
        "created_at": moment,
        "updated_at": moment,
        "removed_at": None,
        "last_client_activity": world.moment(3, 1),
        "trackable": "true",
        "effective_role": effective,
        "metadata": {},
        "view_only": False,
    }
    store.put(HUBSTAFF_MEMBER, member)


def plant_times(store: Store, stretches: list[Body]) -> None:
    """Write stretches of work, the oldest with the lowest id, and the log of those that were added by hand."""
    first = max(FIRST_TIME, store.next_number(HUBSTAFF_TIME))
    store.put_all(HUBSTAFF_TIME, [{"id": first + place, **stretch} for place, stretch in enumerate(stretches)])
    first = max(FIRST_TIME_EDIT, store.next_number(HUBSTAFF_TIME_EDIT))
    edits = [edit(None, stretch) for stretch in stretches if stretch["manual"]]
    store.put_all(HUBSTAFF_TIME_EDIT, [{"id": first + place, **one} for place, one in enumerate(edits)])


def stretch(world: World, project: Body, user_id: int, task_id: int | None, start: str, seconds: int) -> Body:
    """Return a stretch of work that was tracked back then."""
    manual = world.chance.random() < 0.05
    written = moments.written(moments.read(start) + timedelta(seconds=seconds + 90))
    return {
        "organization_id": project["organization_id"],
        "user_id": user_id,
        "project_id": project["id"],
        "task_id": task_id,
        "start": start,
        "seconds": seconds,
        "billable": project["billable"],
        "note": world.chance.choice(NOTES) if manual else "",
        "manual": manual,
        "deleted": False,
        "created_at": written,
        "updated_at": written,
    }


def zone(company: Company) -> ZoneInfo:
    """Return the time zone that a company works in."""
    return ZoneInfo(company.trade.time_zone)


def _role(place: int) -> str:
    return "owner" if place == 0 else "manager" if place < 3 else "user"


def _plant_user(store: Store, world: World, company: Company, person: Person) -> Body:
    first, _, last = person.name.partition(" ")
    moment = world.moment(700, 200)
    user = {
        "id": max(FIRST_USER, store.next_number(HUBSTAFF_USER)),
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "email": person.hubstaff_email,
        "time_zone": HOMES.get(person.name, company.trade.time_zone),
        "ip_address": f"203.0.113.{world.chance.randrange(1, 255)}",
        "status": "active",
        "created_at": moment,
        "updated_at": moment,
    }
    store.put(HUBSTAFF_USER, user)
    return user


def _plant_clients(store: Store, world: World, company: Company) -> None:
    """Write the first few of the company's clients; timeghost knows them all."""
    for name in company.trade.clients[:CLIENTS]:
        identity = max(FIRST_CLIENT, store.next_number(HUBSTAFF_CLIENT))
        host = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum())
        moment = world.moment(600, 200)
        details = {"emails": [f"office@{host}.example"], "created_at": moment, "updated_at": moment, "id": identity}
        create_client(store, organization_id(company), name, **details)


def project_names(company: Company) -> list[str]:
    """Return the names of Hubstaff's projects: first those that timeghost has, too, then Hubstaff's own.

    One of these belongs to a native integration. The main company has "Website Relaunch" twice, so that this name
    fits two projects.
    """
    names = company.trade.projects
    own = names[company.timeghost_projects :]
    twins = names[:1] if company.number == 1 else ()
    shared = [*names[:SAME_AS_TIMEGHOST], *twins]
    return [*shared, "Website Support (Jira)", "Team Days 🏕️", *own][: company.hubstaff_projects]


def _plant_projects(store: Store, world: World, company: Company, users: list[Body]) -> None:
    clients = list(store.of_tenant(HUBSTAFF_CLIENT, organization_id(company)))
    names = project_names(company)
    sizes = portions(world.chance, company.hubstaff_tasks, len(names), 6, 45)
    for place, (name, size) in enumerate(zip(names, sizes, strict=True)):
        native = "Jira" in name
        moment = world.moment(400, 190)
        details = {
            "id": max(FIRST_PROJECT, store.next_number(HUBSTAFF_PROJECT)),
            "client_id": clients[place % len(clients)]["id"] if place % 4 != 3 else None,
            "billable": place % 4 != 3,
            "status": "archived" if place in ARCHIVED and not native else "active",
            "integration_id": jira_id(company) if native else None,
            "members": _project_members(world, users),
            "created_at": moment,
            "updated_at": moment,
        }
        project = create_project(store, organization_id(company), name, **details)
        _plant_tasks(store, world, company, project, size)


def _project_members(world: World, users: list[Body]) -> list[Body]:
    moment = world.moment(190, 180)
    chosen = [users[0], *world.chance.sample(users[1:], world.chance.randint(3, 7))]
    return [
        {
            "user_id": user["id"],
            "role": "manager" if place < 2 else "user",
            "pay_rate": None,
            "bill_rate": None,
            "created_at": moment,
            "updated_at": moment,
        }
        for place, user in enumerate(chosen)
    ]


def _plant_tasks(store: Store, world: World, company: Company, project: Body, size: int) -> None:
    members = [member["user_id"] for member in project["members"]]
    for place, summary in enumerate(task_names(world.chance, company.trade, size)):
        native = project["integration_id"] is not None and place < NATIVE_TASKS
        done = world.chance.random() < COMPLETED
        changed = world.moment(80)
        details = {
            "id": max(FIRST_TASK, store.next_number(HUBSTAFF_TASK)),
            "status": "completed" if done else "active",
            "completed_at": changed if done else None,
            "lock_version": world.chance.randrange(1, 6),
            "assignee_ids": world.chance.sample(members, world.chance.choice((0, 1, 1, 1, 2))),
            "integration_id": jira_id(company) if native else None,
            "remote_id": str(10_400 + place) if native else None,
            "remote_alternate_id": f"WEB-{100 + place}" if native else None,
            "created_at": world.moment(180, 81),
            "updated_at": changed,
        }
        create_task(store, project, summary, **details)
