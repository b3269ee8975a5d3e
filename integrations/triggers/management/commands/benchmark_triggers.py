"""`manage.py benchmark_triggers`: how fast due triggers are handed out and looked through, beside what the bare client can do."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.operator import NotFound, organization_named
from integrations.connections.services import Urgency, open_client
from integrations.records.collecting import list_of
from integrations.records.models import RecordList
from integrations.triggers.models import Trigger
from integrations.triggers.polling import poll
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from portal.work.tasks import hand_out

ROW = "{:<56} {:>9} {:>9} {:>11}"
NO_CONNECTION = (
    "Looks were not timed. Name an organization and one of its connections, best to the sandbox: --organization northlight --connection ID."
)
LONG_AGO = timedelta(hours=1)


class Command(BaseCommand):
    help = (
        "Times handing out due triggers, which are made up in a transaction that is rolled back, and looks at a connection that is there."
        " Run it where nothing else is due: its messages are dropped by the workers, and what else is due meanwhile waits for a sweep more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--triggers", type=int, default=5000)
        parser.add_argument("--connections", type=int, default=500)
        parser.add_argument("--organization", default="", help="whose connection is looked at")
        parser.add_argument("--connection", default="", help="its id")
        parser.add_argument("--looks", type=int, default=30, help="how often its list is walked")

    def handle(self, *args: object, **options: Any) -> None:
        self.stdout.write(ROW.format("what", "number", "seconds", "a second"))
        self._time("triggers claimed and enqueued in one sweep", *_swept(options["triggers"], options["connections"]))
        if not (options["organization"] and options["connection"]):
            self.stdout.write(NO_CONNECTION)
            return
        with bind(_organization(options["organization"])):
            self._time_looks(_connection(options["connection"]), options["looks"])

    def _time_looks(self, connection: Connection, looks: int) -> None:
        watch = next(each for each in connection.declaration.watches if _is_plain(connection, each.entity))
        with scope():
            record_list = list_of(connection, watch.entity)
            trigger = Trigger.objects.create(connection=connection, watch=watch.name, name="Benchmark", inputs={})
        try:
            self._time("requests of the bare client", looks, _seconds(lambda: _walk_bare(record_list), looks))
            self._time("looks, each of which walks the list", looks, _seconds(lambda: _look(trigger, record_list, is_old=True), looks))
            self._time("looks that another one's walk serves", looks, _seconds(lambda: _look(trigger, record_list, is_old=False), looks))
        finally:
            with scope():
                trigger.delete()

    def _time(self, what: str, number: int, seconds: float) -> None:
        self.stdout.write(ROW.format(what, number, f"{seconds:.2f}", f"{number / seconds:,.0f}"))


def _swept(triggers: int, connections: int) -> tuple[int, float]:
    """Hands out that many, and forgets that they were ever there."""
    found: list[tuple[int, float]] = []
    with transaction.atomic():
        _make_due(triggers, connections)
        began = perf_counter()
        count = hand_out(Trigger)
        found.append((count, perf_counter() - began))
        transaction.set_rollback(True)
    return found[0]


def _make_due(triggers: int, connections: int) -> None:
    """All of one organization: the sweep looks across organizations anyway."""
    organization = Organization(name="Benchmark", slug="benchmark-of-triggers")
    with scope(organization.id):
        organization.save()
        made = Connection.objects.bulk_create(
            Connection(provider="benchmark", name=f"Connection {number}", sign_in="none") for number in range(connections)
        )
        due_at = timezone.now() - LONG_AGO
        Trigger.objects.bulk_create(
            Trigger(connection=made[number % connections], watch="benchmark", name=f"Trigger {number}", due_at=due_at)
            for number in range(triggers)
        )


def _organization(slug: str) -> UUID:
    try:
        return organization_named(slug)
    except NotFound as error:
        raise CommandError(str(error)) from error


def _connection(text: str) -> Connection:
    with scope():
        found = Connection.objects.filter(pk=text).first()
    if found is None or not found.is_connected:
        raise CommandError("This connection is not connected.")
    return found


def _is_plain(connection: Connection, entity: str) -> bool:
    """Whether it has one list, which is asked for as a whole."""
    how = connection.declaration.entity(entity).collect
    return how is not None and not how.each and how.window is None


def _seconds(act: Callable[[], object], times: int) -> float:
    began = perf_counter()
    for _ in range(times):
        act()
    return perf_counter() - began


def _walk_bare(record_list: RecordList) -> None:
    how = record_list.declaration.collect
    assert how is not None
    with open_client(record_list.connection_id, "benchmark", Urgency.INTERACTIVE) as opened:
        for _ in opened.pages(how.operation, how.inputs):
            pass


def _look(trigger: Trigger, record_list: RecordList, *, is_old: bool) -> None:
    with scope():
        walked_at = timezone.now() - (LONG_AGO if is_old else timedelta(0))
        RecordList.objects.filter(pk=record_list.pk).update(whole_at=walked_at)
    poll(trigger, progress=lambda: None)
