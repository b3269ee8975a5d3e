"""Who can sign in at which service."""

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.sandbox.kinds import COMPANY, HUBSTAFF_MEMBER, HUBSTAFF_USER, TIMEGHOST_USER, TIMEGHOST_WORKSPACE
from integrations.sandbox.sign_in.services import HUBSTAFF, Service
from integrations.sandbox.store import Store

RANKS = {"owner": 0, "manager": 1, "admin": 1}


@dataclass(frozen=True)
class Person:
    """Somebody to choose on the sign-in page."""

    email: str
    name: str
    company: str
    role: str
    identity: str


def people(store: Store, service: Service) -> list[Person]:
    """Return everybody who can sign in at a service, companies in order, those with most rights first."""
    walk = _hubstaff_people if service is HUBSTAFF else _timeghost_people
    found: dict[str, Person] = {}
    for person in walk(store):
        found.setdefault(person.email, person)
    return list(found.values())


def person_of(store: Store, service: Service, email: str) -> Person | None:
    """Return the person with an address at a service, or None."""
    return next((person for person in people(store, service) if person.email == email), None)


def _hubstaff_people(store: Store) -> list[Person]:
    users = {user["id"]: user for user in store.every(HUBSTAFF_USER)}
    found = []
    for company in store.every(COMPANY):
        members = store.of_tenant(HUBSTAFF_MEMBER, company["organization_id"])
        found += _ranked(
            Person(user["email"], user["name"], company["name"], member["membership_role"], str(user["id"]))
            for member in members
            for user in [users[member["user_id"]]]
        )
    return found


def _timeghost_people(store: Store) -> list[Person]:
    users = {user["id"]: user for user in store.every(TIMEGHOST_USER)}
    found = []
    for company in store.every(COMPANY):
        workspace = store.get(TIMEGHOST_WORKSPACE, company["workspace_id"]) or {"members": []}
        found += _ranked(
            Person(user["email"], user["name"], company["name"], "admin" if member["admin"] else "user", user["id"])
            for member in workspace["members"]
            for user in [users[member["id"]]]
        )
    return found


def _ranked(found: Iterable[Person]) -> list[Person]:
    return sorted(found, key=lambda person: (RANKS.get(person.role, 2), person.name))
