"""A small mirrored world for the tests of pages: two connections with projects, people, tasks and time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from integrations.catalogue import Provider
from integrations.connections.models import Connection, State
from integrations.operations.models import Attempt, Run
from integrations.providers import all_providers
from integrations.records.collecting import list_of
from integrations.records.models import Change, Record, RecordList
from integrations.records.staging import row_of
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User

BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def sign_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def destination() -> Provider:
    """The provider that stands on the right."""
    return next(provider for provider in all_providers().values() if provider.is_destination)


def source() -> Provider:
    """The provider that stands on the left."""
    return next(provider for provider in all_providers().values() if not provider.is_destination)


def make_connection(provider: Provider, **fields: Any) -> Connection:
    facts = {"name": f"{provider.label} of ours", "state": State.CONNECTED, "workspace_id": "1", "workspace_name": "Northwind", **fields}
    connection: Connection = Connection.objects.create(provider=provider.name, sign_in=provider.sign_ins[0].name, **facts)
    return connection


def make_list(connection: Connection, entity: str, **fields: Any) -> RecordList:
    record_list = list_of(connection, entity)
    for name, value in {"whole_at": timezone.now() - timedelta(minutes=5), **fields}.items():
        setattr(record_list, name, value)
    record_list.save()
    return record_list


def mirror(connection: Connection, entity: str, records: Iterable[dict[str, Any]]) -> list[Record]:
    """Puts records into the mirror as a collection would."""
    record_list = make_list(connection, entity)
    declaration = connection.declaration.entity(entity)
    rows = [(row_of(declaration, data), data) for data in records]
    names = ("title", "status", "parent", "person", "moment", "amount")
    return list(
        Record.objects.bulk_create(
            Record(
                connection=connection,
                list=record_list,
                entity=entity,
                remote_id=row.remote_id,
                data=data,
                fingerprint=row.fingerprint,
                first_seen_at=BEGUN,
                changed_at=BEGUN,
                **dict(zip(names, row.promoted, strict=True)),
            )
            for row, data in rows
        )
    )


def mirror_destination(connection: Connection, tasks: int = 3) -> None:
    """People, clients, projects, tasks and a day of time."""
    mirror(connection, "client", [{"id": 7, "name": "Northern Rail", "status": "active"}])
    mirror(
        connection, "member", [{"user_id": 5, "user": {"name": "Mei Tanaka", "email": "mei@example.com"}, "membership_status": "active"}]
    )
    mirror(connection, "project", [{"id": 1, "name": "Website relaunch", "status": "active", "client_id": 7}])
    mirror(connection, "task", [make_task(number) for number in range(1, tasks + 1)])
    mirror(
        connection,
        "daily_activity",
        [{"id": 1, "user_id": 5, "project_id": 1, "task_id": 1, "date": "2026-11-02", "tracked": 5400}],
    )


def make_task(number: int, **fields: Any) -> dict[str, Any]:
    moment = (BEGUN + timedelta(minutes=number)).isoformat()
    return {
        "id": number, "summary": f"Task {number:04}", "status": "active" if number % 2 else "completed", "project_id": 1,
        "assignee_ids": [5], "updated_at": moment, "lock_version": 0, "details": None, **fields,
    }  # fmt: skip


def mirror_source(connection: Connection) -> None:
    """Two projects and a person."""
    mirror(connection, "user", [{"id": "u1", "name": "Mei Tanaka", "email": "mei@example.com"}])
    mirror(connection, "client", [{"id": "c1", "name": "Northern Rail"}])
    mirror(
        connection,
        "project",
        [
            {"id": "p1", "name": "Website relaunch", "client": {"id": "c1", "name": "Northern Rail"}, "completed": False},
            {"id": "p2", "name": "Spring campaign", "completed": False},
        ],
    )


def make_change(connection: Connection, entity: str, remote_id: str, before: Any, after: Any) -> Change:
    kind = "changed" if before and after else "created" if after else "removed"
    change: Change = Change.objects.create(
        connection=connection, entity=entity, remote_id=remote_id, kind=kind, before=before, after=after, at=timezone.now()
    )
    return change


def make_run(connection: Connection, operation: str = "create_task", **fields: Any) -> Run:
    now = timezone.now()
    facts = {"inputs": {"project_id": 1, "summary": "Sitemap"}, "began_at": now - timedelta(seconds=2), "ended_at": now, **fields}
    run: Run = Run.objects.create(connection=connection, operation=operation, **{"state": Run.State.DONE, **facts})
    Attempt.objects.create(run=run, number=1, outcome=run.state, message=run.message, ended_at=now)
    return run


def make_trigger(connection: Connection, **fields: Any) -> Trigger:
    watch = connection.declaration.watches[0]
    facts = {"watch": watch.name, "name": f"{watch.label} ({connection.name})", "polled_at": timezone.now(), **fields}
    trigger: Trigger = Trigger.objects.create(connection=connection, **facts)
    return trigger


def make_events(trigger: Trigger, count: int = 1, **fields: Any) -> list[Event]:
    now = timezone.now()
    facts = {"kind": "created", "entity": "project", "after": {"id": 1, "name": "Website relaunch", "status": "active"}, **fields}
    return list(
        Event.objects.bulk_create(
            Event(
                trigger=trigger,
                key=f"project/{number}",
                remote_id=str(number),
                title=f"Project {number:03}",
                happened_at=now - timedelta(minutes=number),
                **facts,
            )
            for number in range(1, count + 1)
        )
    )
