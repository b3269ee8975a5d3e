"""A made-up other side for triggers: records in lists, which can be got one by one, and a few short cuts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.connections.models import Connection
from integrations.connections.services import Urgency
from integrations.records.collecting import list_of
from integrations.records.models import RecordList
from integrations.transport.errors import NotFound
from integrations.triggers.models import Event, Trigger
from integrations.triggers.polling import poll
from integrations.triggers.services import watch
from integrations.triggers.tasks import poll_triggers
from portal.organizations.scope import scope
from tests.factories import make_connection
from tests.records.shelf import Data, Shelf, project, walk

ONE, TWO = project(1), project(2)
AN_HOUR = timedelta(hours=1)


class Killed(BaseException):
    """As if the worker's process were gone."""


class There(Shelf):
    """A shelf whose records can also be got one by one; what was got stands in `got`. `by_input` holds lists that are asked one by one."""

    def __init__(self, *records: Data) -> None:
        super().__init__(*records)
        self.got: list[str] = []
        self.by_input: dict[tuple[str, str], list[Data]] = {}
        self.before_page: Callable[[], object] = lambda: None

    def call(self, operation: str, inputs: Mapping[str, Any]) -> Data:
        [wanted] = inputs.values()
        self.got.append(str(wanted))
        found = next((record for record in self.records if str(record["id"]) == str(wanted)), None)
        if found is None:
            raise NotFound()
        return dict(found)

    def pages(self, operation: str, inputs: Mapping[str, Any]) -> Iterator[list[Data]]:
        self.before_page()
        key = (operation, str(next(iter(inputs.values()), "")))
        if key not in self.by_input:
            yield from super().pages(operation, inputs)
            return
        self.asked.append((operation, dict(inputs)))
        yield [dict(record) for record in self.by_input[key]]

    @contextmanager
    def open_client(self, connection_id: uuid.UUID, asked_by: str, urgency: Urgency) -> Iterator[There]:
        yield self


def connected(there: Shelf) -> Connection:
    """A connection whose projects were walked once."""
    with scope():
        connection = make_connection("hubstaff")
        record_list = list_of(connection, "project")
    walk(record_list, there)
    return connection


def watching(connection: Connection, name: str = "projects_created", **given: Any) -> Trigger:
    with scope():
        return watch(connection, name, None, **given)


def grow_old(past: timedelta = AN_HOUR) -> None:
    """As if nobody had looked for so long."""
    with scope():
        RecordList.objects.exclude(whole_at=None).update(whole_at=timezone.now() - past)
        Trigger.objects.exclude(polled_at=None).update(polled_at=timezone.now() - past)


def look(trigger: Trigger) -> int:
    """One poll of a list that nobody looked at lately."""
    grow_old()
    return poll(now(trigger), progress=lambda: None)


def now(trigger: Trigger) -> Trigger:
    with scope():
        return Trigger.objects.select_related("connection").get(pk=trigger.pk)


def change(trigger: Trigger, **fields: Any) -> None:
    with scope():
        Trigger.objects.filter(pk=trigger.pk).update(**fields)


def events(trigger: Trigger) -> list[Event]:
    """In the order in which they were told."""
    with scope():
        return list(Event.objects.filter(trigger=trigger).order_by("created_at", "position", "key"))


def told(trigger: Trigger) -> list[str]:
    return [event.remote_id for event in events(trigger)]


def due(*triggers: Trigger) -> None:
    """Has the task of some triggers run, as sweep and worker do."""
    grow_old()
    run(*triggers)


def run(*triggers: Trigger) -> None:
    """The same, at this moment."""
    claims = [[str(trigger.pk), str(uuid.uuid4())] for trigger in triggers]
    with scope():
        for trigger_id, claim in claims:
            held = {"claim": claim, "claimed_until": timezone.now() + timedelta(minutes=1)}
            Trigger.objects.filter(pk=trigger_id).update(**held)
    poll_triggers(str(triggers[0].organization_id), claims)


def fail_with(error: BaseException) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail
