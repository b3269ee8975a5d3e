"""What webhooks a workspace has, where its provider lists them: which of ours live, and which were left behind.

The answer is kept, so that it serves every subscription of the connection, and pages, which ask nobody.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.catalogue import Hooks, Registered
from integrations.connections.models import Connection
from integrations.connections.services import OpenConnection
from integrations.transport.errors import BadAnswer
from integrations.triggers.hooks.addressing import has_our_mark
from integrations.triggers.models import ListedWebhooks, Subscription
from portal.organizations.scope import scope

FRESH = timedelta(minutes=2)
GIVEN_UP = (Subscription.State.ORPHAN, Subscription.State.ENDED, Subscription.State.OFF)


def orphans_of(connection: Connection) -> list[Registered]:
    """Webhooks with our mark that serve no trigger here, as of the last look. They may be removed by hand: nothing needs them, unless
    another portal made them. Needs a scope.
    """
    living = set(Subscription.objects.filter(connection=connection).exclude(state__in=GIVEN_UP).values_list("name", flat=True))
    return [listed for listed in kept_list(connection) if has_our_mark(listed.name) and listed.name not in living]


def kept_list(connection: Connection) -> list[Registered]:
    """The webhooks of the workspace as of the last look. Needs a scope."""
    kept = ListedWebhooks.objects.filter(connection=connection).first()
    return [Registered(**each) for each in kept.listed] if kept else []


def listed_webhooks(hooks: Hooks, opened: OpenConnection, since: datetime | None) -> list[Registered]:
    """The webhooks of the workspace: as kept, where that was lately and after `since`, else asked for. Outside of any transaction."""
    oldest = max(filter(None, (since, timezone.now() - FRESH)))
    with scope():
        if ListedWebhooks.objects.filter(connection=opened.connection, listed_at__gt=oldest).exists():
            return kept_list(opened.connection)
    asked_at = timezone.now()
    found = _ask(hooks, opened)
    with scope():
        kept = {"listed": [asdict(each) for each in found], "listed_at": asked_at}
        ListedWebhooks.objects.update_or_create(connection=opened.connection, defaults=kept)
    return found


def _ask(hooks: Hooks, opened: OpenConnection) -> list[Registered]:
    assert hooks.listed is not None, "a declaration with `list_all` says how it is read"
    answer = opened.call(hooks.list_all, {})
    try:
        return hooks.listed(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadAnswer("Its list of webhooks could not be read.") from error
