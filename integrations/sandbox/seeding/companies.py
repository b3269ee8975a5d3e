"""Plants the world: three companies, each on both sides, with the half year of work behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from integrations.sandbox import moments
from integrations.sandbox.kinds import (
    COMPANY,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TASK,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TASK,
    TIMEGHOST_WORKSPACE,
    WORLD,
)
from integrations.sandbox.seeding import hubstaff, timeghost
from integrations.sandbox.seeding.attendance import plant_schedules
from integrations.sandbox.seeding.clocks import working_day
from integrations.sandbox.seeding.company import Company, World, people_of
from integrations.sandbox.seeding.invites import plant_invites
from integrations.sandbox.seeding.invoices import plant_invoices
from integrations.sandbox.seeding.native_links import plant_integrations
from integrations.sandbox.seeding.words import BRANDT, KESTREL, NORTHLIGHT
from integrations.sandbox.sign_in.grants import keep_personal_token, new_grant
from integrations.sandbox.store import Body, Store

EDITION = 2
"""Which of the worlds that this code has made: a kept one of another edition is no beginning to return to."""

PERSONAL_SCOPE = "openid profile email hubstaff:read hubstaff:write"
IN_HUBSTAFF = 0.4
WITHOUT_TASK = 0.15

COMPANIES = (
    Company(1, NORTHLIGHT, people_of(NORTHLIGHT), 24, 720, 14, 260),
    Company(2, KESTREL, people_of(KESTREL), 30, 1300, 11, 220),
    Company(3, BRANDT, people_of(BRANDT), 30, 1280, 11, 220),
)
"""Together 40 people, 120 projects and 4,000 tasks. The first is the main one."""


def begin_anew(store: Store, seed: int) -> None:
    """Bring a store to the beginning: the same world for the same seed and day."""
    world = {"id": 1, "seed": seed, "day": moments.now().date().isoformat(), "edition": EDITION}
    if store.get(WORLD, 1) == world:
        store.restore_original()
        return
    store.clear()
    _plant(store, seed, moments.now().date())
    store.put(WORLD, world)
    store.keep_original()


def _plant(store: Store, seed: int, today: date) -> None:
    # A chance of its own for each company: the days that have passed change no id.
    worlds = [World(Random(f"{seed} {company.number}"), today) for company in COMPANIES]
    planted = [_plant_company(store, world, company) for world, company in zip(worlds, COMPANIES, strict=True)]
    for one in planted:
        # And one for what surrounds the work, so that more of it leaves the work as it is.
        _plant_surroundings(store, World(Random(f"{seed} {one.company.number} surroundings"), today), one)
    _lend_bookkeeper(store, World(Random(f"{seed} guest"), today), planted)


@dataclass(frozen=True)
class Planted:
    """What the work of a company needs to know of it."""

    company: Company
    hubstaff_users: list[Body]
    timeghost_users: list[Body]
    workspace: Body


def _plant_company(store: Store, world: World, company: Company) -> Planted:
    users = hubstaff.plant_organization(store, world, company)
    workspace, timeghost_users = timeghost.plant_workspace(store, world, company)
    planted = Planted(company, users, timeghost_users, workspace)
    _plant_work(store, world, planted)
    value = personal_token(company.number)
    keep_personal_token(store, new_grant("hubstaff", "", users[0]["email"], PERSONAL_SCOPE), value)
    body = {
        "id": company.number,
        "name": company.trade.name,
        "organization_id": hubstaff.organization_id(company),
        "workspace_id": workspace["id"],
        "owner": users[0]["email"],
    }
    store.put(COMPANY, body)
    return planted


def _plant_surroundings(store: Store, world: World, planted: Planted) -> None:
    """Write what stands around the work in Hubstaff: invites, invoices, schedules with their shifts, native integrations."""
    plant_invites(store, world, planted.company)
    plant_invoices(store, world, planted.company)
    plant_schedules(store, world, planted.company, planted.hubstaff_users)
    plant_integrations(store, world, planted.company)


def personal_token(number: int) -> str:
    """Return the well-known personal access token of a company's owner."""
    return f"hubstaff-pat-{number}"


def _lend_bookkeeper(store: Store, world: World, planted: list[Planted]) -> None:
    """Let an accountant belong to the main company, too: on both sides somebody is in two."""
    main, accountancy = planted[0], planted[2]
    organization = hubstaff.organization_id(main.company)
    hubstaff.plant_member(store, world, organization, accountancy.hubstaff_users[2]["id"], "user")
    guest = timeghost.membership(world, accountancy.timeghost_users[2]["id"], admin=False)
    workspace = {**main.workspace, "members": [*main.workspace["members"], guest]}
    store.put(TIMEGHOST_WORKSPACE, workspace)


Place = tuple[Body, list[Body]]
"""A project, and its tasks."""


@dataclass(frozen=True)
class Desk:
    """Where one person works. The places of a side are empty when the person is not on that side."""

    user_id: int
    hubstaff_places: list[Place]
    guid: str
    timeghost_places: list[Place]


def _plant_work(store: Store, world: World, planted: Planted) -> None:
    """Let everybody have worked: some of it in Hubstaff, the rest in timeghost."""
    stretches: list[Body] = []
    times: list[Body] = []
    for desk, start, seconds in _worked(world, planted.company, _desks(store, planted)):
        in_hubstaff = world.chance.random() < IN_HUBSTAFF or not desk.timeghost_places
        if in_hubstaff and desk.hubstaff_places:
            project, task = _chosen(world, desk.hubstaff_places)
            task_id = task["id"] if task else None
            stretches.append(hubstaff.stretch(world, project, desk.user_id, task_id, start, seconds))
        elif desk.timeghost_places:
            project, task = _chosen(world, desk.timeghost_places)
            times.append(timeghost.time(world, project, desk.guid, task, start, seconds))
    hubstaff.plant_times(store, sorted(stretches, key=lambda stretch: str(stretch["start"])))
    timeghost.plant_times(store, times)


def _worked(world: World, company: Company, desks: list[Desk]) -> Iterator[tuple[Desk, str, int]]:
    zone = hubstaff.zone(company)
    for day in world.weekdays():
        for desk in desks:
            for start, seconds in working_day(world.chance, day, zone):
                yield desk, moments.written(start), seconds


def _desks(store: Store, planted: Planted) -> list[Desk]:
    user_ids = {user["name"]: user["id"] for user in planted.hubstaff_users}
    guids = {user["name"]: user["id"] for user in planted.timeghost_users}
    hubstaff_places = _hubstaff_places(store, planted)
    timeghost_places = _timeghost_places(store, planted)
    return [
        Desk(
            user_ids.get(person.name, 0),
            [place for place in hubstaff_places if _has(place, "members", "user_id", user_ids.get(person.name))],
            guids.get(person.name, ""),
            [place for place in timeghost_places if _has(place, "users", "id", guids.get(person.name))],
        )
        for person in planted.company.people
    ]


def _hubstaff_places(store: Store, planted: Planted) -> list[Place]:
    projects = list(store.of_tenant(HUBSTAFF_PROJECT, hubstaff.organization_id(planted.company)))
    return [(project, list(store.of_parent(HUBSTAFF_TASK, project["id"]))) for project in projects]


def _timeghost_places(store: Store, planted: Planted) -> list[Place]:
    projects = list(store.of_tenant(TIMEGHOST_PROJECT, planted.workspace["id"]))
    return [(project, list(store.of_parent(TIMEGHOST_TASK, project["id"]))) for project in projects]


def _has(place: Place, list_name: str, field: str, identity: object) -> bool:
    """Whether somebody is on the project of a place."""
    return any(member[field] == identity for member in place[0][list_name])


def _chosen(world: World, places: list[Place]) -> tuple[Body, Body | None]:
    """Return where somebody worked: a project and mostly one of its tasks."""
    project, tasks = world.chance.choice(places)
    return project, None if world.chance.random() < WITHOUT_TASK else world.chance.choice(tasks)
