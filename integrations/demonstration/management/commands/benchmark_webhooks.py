"""`manage.py benchmark_webhooks`: how soon a webhook that comes in stands in the feed, and leaves again to whoever wants to know."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from integrations.automations.models import DeliveryAttempt, Destination
from integrations.automations.services import end as end_destination
from integrations.automations.services import make_destination
from integrations.connections.models import Connection
from integrations.demonstration.events import ECHO
from integrations.demonstration.playing import Stopped, do, find_portal, wait_until
from integrations.triggers.models import Event, Notice, Subscription, Trigger
from integrations.triggers.services import end as end_trigger
from integrations.triggers.services import watch
from portal.accounts.models import User
from portal.organizations.doors import memberships_of
from portal.organizations.scope import bind, scope

WATCHED = "projects_created"
NAME = "Benchmark of webhooks"
SELDOM = 60  # minutes between two looks: what comes sooner was brought by a webhook
PAUSE = 0.05
ROW = "{:<56} {:>9} {:>9}"


@dataclass(frozen=True)
class Times:
    """When one project's webhook came in, and what came of it."""

    received_at: datetime
    told_at: datetime
    tried_at: datetime


class Command(BaseCommand):
    help = (
        "Has the sandbox create projects, one after another, and times the way from the webhook that comes in to the feed and to the first"
        " try of a delivery. Needs a portal that runs with demonstration data (`make run`), best an idle one. Ends what it sets up; the"
        " projects stay in the sandbox."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--projects", type=int, default=20)

    def handle(self, *args: object, **options: Any) -> None:
        if not settings.SANDBOX_URL:
            raise CommandError("SANDBOX_URL is not set: this works on the sandbox alone. `make run` starts one.")
        try:
            self._show(_measure(max(1, options["projects"])))
        except Stopped as stopped:
            raise CommandError(str(stopped)) from stopped

    def _show(self, found: Sequence[Times]) -> None:
        self.stdout.write(ROW.format(f"from an inbound webhook, {len(found)} times", "median", "worst"))
        self._row("to the event in the feed", found, lambda times: times.told_at)
        self._row("to the first outgoing attempt", found, lambda times: times.tried_at)

    def _row(self, what: str, found: Sequence[Times], reached: Callable[[Times], datetime]) -> None:
        seconds = [(reached(times) - times.received_at).total_seconds() for times in found]
        self.stdout.write(ROW.format(what, f"{median(seconds):.2f} s", f"{max(seconds):.2f} s"))


def _measure(projects: int) -> list[Times]:
    find_portal()
    owner, organization_id = _demonstration()
    with bind(organization_id), _set_up(owner) as (trigger, destination):
        wait_until("the webhook is active and the first look is done", lambda: _is_ready(trigger))
        return [_create_project(number, trigger, destination) for number in range(projects)]


def _demonstration() -> tuple[User, UUID]:
    owner = User.objects.filter(email=settings.DEMONSTRATION_EMAIL).first()
    memberships = memberships_of(owner.pk) if owner else []
    if owner is None or not memberships:
        raise Stopped("There are no demonstration data here. `make run` with DEMONSTRATION=1 loads them.")
    return owner, memberships[0].organization_id


@contextmanager
def _set_up(owner: User) -> Iterator[tuple[Trigger, Destination]]:
    """A trigger and a destination of its own, which are ended afterwards."""
    with scope():
        trigger = watch(_connection(), WATCHED, owner, title=NAME, minutes=SELDOM)
        destination = Destination(name=NAME, kind=Destination.Kind.WEBHOOK, url=f"{settings.SANDBOX_URL}{ECHO}")
        make_destination(destination, [trigger], owner)
    try:
        yield trigger, destination
    finally:
        with scope():
            end_destination(destination, owner)
            end_trigger(trigger, owner)


def _connection() -> Connection:
    """One that can be watched so. Raises `Stopped`."""
    found = [each for each in Connection.objects.order_by("created_at") if each.is_connected and WATCHED in each.declaration.watch_by_name]
    if not found:
        raise Stopped("The demonstration's connections are not made yet, or need attention. Look at the page Connections.")
    return found[0]


def _is_ready(trigger: Trigger) -> bool:
    subscription = Subscription.objects.get(trigger=trigger)
    if subscription.state in {Subscription.State.OFF, Subscription.State.FAILED}:
        raise Stopped(f"The webhook could not be set up: {subscription.problem or subscription.get_state_display()}.")
    has_looked = Trigger.objects.filter(pk=trigger.pk, watermark_at__isnull=False).exists()
    return has_looked and subscription.state == Subscription.State.ACTIVE


def _create_project(number: int, trigger: Trigger, destination: Destination) -> Times:
    """Somebody creates a project over there; waits until the first try of its delivery was made."""
    project = str(do("/hubstaff/projects", organization=1, name=f"{NAME} {number + 1}")["id"])
    wait_until("the event of a new project was sent on", lambda: _attempts(destination, project).exists(), PAUSE)
    with scope():
        received_at = Notice.objects.filter(subscription__trigger=trigger, record_id=project).earliest("received_at").received_at
        told_at = Event.objects.get(trigger=trigger, remote_id=project).created_at
        return Times(received_at, told_at, _attempts(destination, project).earliest("created_at").created_at)


def _attempts(destination: Destination, project: str) -> QuerySet[DeliveryAttempt]:
    """The tries that are over."""
    return DeliveryAttempt.objects.filter(delivery__destination=destination, delivery__event__remote_id=project, ended_at__isnull=False)
