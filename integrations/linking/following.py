"""What linking has to know, and to say, of the connections that it stands on. Needs a scope."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from integrations.connections.models import Connection
from integrations.linking.models import Integration, ProjectLink
from portal.work.claims import make_due


def resume_integrations(connection: Connection) -> None:
    """A connection that works again brings its integrations up to date at once, if anything is linked in them."""
    for integration in _on(connection).filter(is_paused=False):
        if ProjectLink.live.filter(integration=integration).exists():
            make_due(integration)


def say_what_stops(connection: Connection) -> Iterator[str]:
    """What would no longer work without the connection."""
    for integration in _on(connection).select_related("left", "right"):
        projects = ProjectLink.live.filter(integration=integration).count()
        yield f"{integration} would stop syncing its {projects} linked project{'' if projects == 1 else 's'}."


def _on(connection: Connection) -> QuerySet[Integration]:
    return Integration.objects.filter(Q(left=connection) | Q(right=connection))
