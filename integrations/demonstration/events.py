"""What the demonstration watches, and what is done about it. Everything here needs a scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations.automations.automation_services import keep_step, make_automation
from integrations.automations.models import Automation, Destination
from integrations.automations.services import make_destination
from integrations.catalogue import Entity
from integrations.connections.models import Connection
from integrations.triggers.models import Trigger
from integrations.triggers.services import watch
from portal.accounts.models import User

ECHO = "/control/echo"  # of the sandbox: takes every delivery
LATELY = timedelta(days=7)
CLIENTS = "clients_created"
LOUD = "time_changes"  # tells of each piece of time that a sync writes back: nothing else would be seen in the feed


def watch_everything(connection: Connection, person: User) -> dict[str, Trigger]:
    """A trigger for each watch that is cheap and not too loud, by the watch's name. Some tell at once of what there is, with which the
    feed begins.
    """
    starts = _starts()
    provider = connection.declaration
    chosen = [each for each in provider.watches if _is_one_list(provider.entity(each.entity)) and each.name != LOUD]
    return {each.name: watch(connection, each.name, person, **starts.get(each.name, {})) for each in chosen}


def _is_one_list(entity: Entity) -> bool:
    """Lists that are asked once for each project would take calls from a newcomer's first sync."""
    return entity.collect is not None and not entity.collect.each


def deliver_everything(person: User) -> None:
    """To a webhook that takes everything, and in a daily mail."""
    if settings.SANDBOX_URL:
        echo = f"{settings.SANDBOX_URL}{ECHO}"
        webhook = Destination(name="Our own system (sandbox echo)", kind=Destination.Kind.WEBHOOK, url=echo, takes_everything=True)
        make_destination(webhook, [], person)
    daily = Destination.Rhythm.DAILY
    mail = Destination(name="The day by e-mail", kind=Destination.Kind.EMAIL, addresses=[person.email], rhythm=daily, takes_everything=True)
    make_destination(mail, [], person)


def copy_clients(trigger: Trigger, connection: Connection, person: User) -> Automation:
    """An automation that is ready but switched off: each new client is added on the other side, too."""
    automation = make_automation(trigger, f"Add new clients to {connection.declaration.label}", person)
    keep_step(automation, person, connection, connection.declaration.operation("add_client"), {"name": "{{ event.after.name }}"})
    return automation


def _starts() -> Mapping[str, Mapping[str, Any]]:
    """Of the watches that do not start with what comes next."""
    return {
        CLIENTS: {"start": Trigger.Start.EVERYTHING},
        "tasks_completed": {"start": Trigger.Start.SINCE, "since": timezone.now() - LATELY},
    }
