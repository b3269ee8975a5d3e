"""The demonstration organization: its owner, two connections to the sandbox, and what is done about what happens there."""

from __future__ import annotations

from django.conf import settings

from integrations.connections.models import Connection
from integrations.connections.services import connect_with_secret
from integrations.demonstration.events import CLIENTS, copy_clients, deliver_everything, watch_everything
from integrations.linking.models import Integration
from integrations.linking.services import join
from integrations.providers import get_provider
from portal.accounts.models import User
from portal.organizations.doors import memberships_of
from portal.organizations.models import Membership, Organization, Role
from portal.organizations.scope import scope

# The sandbox's first company, and what its owner would copy from the two providers' settings pages.
SIGN_INS = (
    ("timeghost", "api_key", "timeghost of Northlight", "timeghost-key-1"),
    ("hubstaff", "personal_token", "Hubstaff of Northlight", "hubstaff-pat-1"),
)


def load() -> User:
    """Makes the demonstration organization where it is missing. Gives the person who signs in."""
    owner = User.objects.filter(email=settings.DEMONSTRATION_EMAIL).first() or _owner()
    if not memberships_of(owner.pk):
        organization = Organization(name="Northlight Studio", slug="northlight", time_zone="Europe/Berlin")
        found(organization, owner)
        with scope(organization.pk):
            left, right = connect_both(owner)
            connect_people_centrally(join(left, right, owner))
            watch_everything(left, owner)
            triggers = watch_everything(right, owner)
            deliver_everything(owner)
            copy_clients(triggers[CLIENTS], left, owner)
    return owner


def found(organization: Organization, owner: User) -> None:
    """Makes an organization with its owner."""
    with scope(organization.pk):
        organization.save()
        Membership.objects.create(user=owner, role=Role.OWNER)


def connect_people_centrally(integration: Integration) -> None:
    """Whoever is linked is connected at once: nobody in the sandbox answers e-mails. Needs a scope."""
    integration.asks_people = False
    integration.save(update_fields=["asks_people"])


def connect_both(person: User) -> tuple[Connection, Connection]:
    """Connects both providers with the sandbox's secrets. Needs a scope; the worker does the rest."""
    left, right = (_connect(*sign_in, person) for sign_in in SIGN_INS)
    return left, right


def _connect(provider: str, sign_in: str, name: str, secret: str, person: User) -> Connection:
    declared = get_provider(provider)
    return connect_with_secret(declared, declared.sign_in(sign_in), name, secret, person)


def _owner() -> User:
    return User.objects.create_superuser(settings.DEMONSTRATION_EMAIL, settings.DEMONSTRATION_PASSWORD, name="Maren Halvorsen")
