"""What the operator names on the command line: organizations and connections of any tenant, by words that people use."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from integrations.connections.models import Connection
from portal.organizations.models import Organization
from portal.organizations.scope import operator_scope

WHO = "the command line"
MOST_NAMED = 50


class NotFound(LookupError):
    """Nothing is called so, or more than one; its words say what there is."""


@dataclass(frozen=True)
class Found:
    """A connection, and the organization in whose scope it can be read."""

    organization_id: UUID
    connection_id: UUID


def organization_named(text: str) -> UUID:
    """The organization with this address or id. Raises `NotFound`."""
    with operator_scope(WHO, f"looks for the organization {text}"):
        by_slug = dict(Organization.objects.order_by("slug").values_list("slug", "pk"))
    found = by_slug.get(text) or next((key for key in by_slug.values() if str(key) == text), None)
    if found is None:
        raise NotFound(_words(f"There is no organization {text}.", list(by_slug)))
    return found


def connection_named(text: str) -> Found:
    """The connection with this id, or called so: organization/name. Raises `NotFound`."""
    with operator_scope(WHO, f"looks for the connection {text}"):
        connections = Connection.objects.select_related("organization").order_by("organization__slug", "name")
        named = list(connections.filter(_called(text)))
        others = [] if named else list(connections)
    if len(named) > 1:
        raise NotFound(_words(f"More than one connection is called {text}. Give its id.", [str(each.pk) for each in named]))
    if not named:
        raise NotFound(_words(f"There is no connection {text}.", [f"{each.organization.slug}/{each.name}" for each in others]))
    return Found(named[0].organization.pk, named[0].pk)


def _called(text: str) -> Q:
    slug, _, name = text.partition("/")
    try:
        return Q(pk=UUID(text))
    except ValueError:
        return Q(organization__slug=slug, name=name)


def _words(sentence: str, names: list[str]) -> str:
    more = f"\n  and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{sentence} There are:\n  " + "\n  ".join(names[:MOST_NAMED]) + more if names else f"{sentence} There are none."
