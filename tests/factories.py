"""Builders of rows for tests. Each needs an open scope, and makes what it stands on where nothing is given."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from django.utils import timezone

from integrations.automations.models import Automation, AutomationRun, Delivery, DeliveryAttempt, Destination
from integrations.automations.signing import keep_secret
from integrations.connections.models import Connection, State
from integrations.linking.models import Disconnection, Integration, PersonLink, ProjectLink
from integrations.operations.models import Run, RunFile
from integrations.records.models import Export, ExportPart, Record, RecordList
from integrations.sync.models import Approval, Sync
from integrations.triggers.models import Event, Trigger
from portal.accounts.models import User
from portal.organizations.models import Invitation, Membership, Role

SIGN_INS = {"hubstaff": "personal_token", "timeghost": "api_key"}
_number = count(1001)


def make_connection(provider: str = "hubstaff", state: str = State.CONNECTED, **fields: Any) -> Connection:
    """A connection as it is after its sign-in, without a credential: nothing can be called through it."""
    given = {
        "name": f"Our {provider}",
        "sign_in": SIGN_INS.get(provider, "token"),
        "workspace_id": "27" if state == State.CONNECTED else "",
        "workspace_name": "Northlight" if state == State.CONNECTED else "",
    }
    return Connection.objects.create(provider=provider, state=state, **given | fields)


def make_integration(left: Connection | None = None, right: Connection | None = None, **fields: Any) -> Integration:
    """timeghost on the left, Hubstaff on the right."""
    left, right = left or make_connection("timeghost"), right or make_connection("hubstaff")
    return Integration.objects.create(left=left, right=right, **fields)


def make_project_link(integration: Integration | None = None, **fields: Any) -> ProjectLink:
    given = {"left_id": f"left-{next(_number)}", "right_id": str(next(_number)), "name": "Website relaunch"}
    return ProjectLink.objects.create(integration=integration or make_integration(), **given | fields)


def make_person_link(integration: Integration | None = None, **fields: Any) -> PersonLink:
    given = {"left_id": f"left-{next(_number)}", "right_id": str(next(_number)), "name": "Mei Tanaka", "email": "mei@example.com"}
    return PersonLink.objects.create(integration=integration or make_integration(), **given | fields)


def make_disconnection(integration: Integration | None = None) -> Disconnection:
    """A disconnection of one project that can still be undone."""
    integration = integration or make_integration()
    link = make_project_link(integration, disconnected_at=timezone.now())
    return Disconnection.objects.create(integration=integration, part=Disconnection.Part.PROJECTS, link_ids=[str(link.pk)])


def make_run(connection: Connection | None = None, operation: str = "create_project", **fields: Any) -> Run:
    """A run that waits; it is not due unless `due_at` says so."""
    given = {"title": "Create project “Website relaunch”", "inputs": {"name": "Website relaunch"}}
    return Run.objects.create(connection=connection or make_connection(), operation=operation, **given | fields)


def make_run_with_file(connection: Connection) -> Run:
    run = make_run(connection)
    RunFile.objects.create(run=run, name="times.csv", media_type="text/csv", content=b"a,b")
    return run


def make_trigger(connection: Connection | None = None, watch: str = "projects_created", **fields: Any) -> Trigger:
    given = {"name": "Projects created"}
    return Trigger.objects.create(connection=connection or make_connection(), watch=watch, **given | fields)


def make_event(trigger: Trigger | None = None, **fields: Any) -> Event:
    number = next(_number)
    given = {
        "key": f"project/{number}/created/{number}",
        "kind": "created",
        "entity": "project",
        "remote_id": str(number),
        "title": "Website relaunch",
        "after": {"id": number, "name": "Website relaunch"},
        "happened_at": timezone.now(),
    }
    return Event.objects.create(trigger=trigger or make_trigger(), **given | fields)


def make_destination(**fields: Any) -> Destination:
    """A webhook that takes the events of every trigger, with a secret of its own."""
    given = {"name": "Our receiver", "kind": Destination.Kind.WEBHOOK, "url": "https://receiver.example/hook", "takes_everything": True}
    destination = Destination(**given | fields)
    keep_secret(destination)
    destination.save()
    return destination


def make_delivery(destination: Destination | None = None, event: Event | None = None, **fields: Any) -> Delivery:
    """A delivery that waits; it is not due unless `due_at` says so."""
    event = event or make_event()
    given = {"record_key": f"{event.trigger.connection_id}/{event.entity}/{event.remote_id}", "position": event.position}
    return Delivery.objects.create(destination=destination or make_destination(), event=event, **given | fields)


def make_delivery_attempt(delivery: Delivery, number: int = 1, **fields: Any) -> DeliveryAttempt:
    """A try that a receiver answered."""
    given = {
        "milliseconds": 85,
        "ended_at": timezone.now(),
        "status": 200,
        "request_headers": {"webhook-id": delivery.message_id, "webhook-signature": "v1,c2lnbmF0dXJl"},
        "request_body": '{"type": "hubstaff.project.created"}',
        "response_headers": {"content-type": "text/plain"},
        "response_body": "Thank you.",
    }
    return DeliveryAttempt.objects.create(delivery=delivery, number=number, **given | fields)


def make_step(connection: Connection, operation: str = "create_project", step: str = "", **given: Any) -> dict[str, Any]:
    """A step as an automation keeps it; without anything given it makes a project called as the event is."""
    filled = given or {"name": "{{ event.title }}"}
    return {"id": step or uuid.uuid4().hex, "connection": str(connection.pk), "operation": operation, "given": filled}


def make_automation(trigger: Trigger | None = None, **fields: Any) -> Automation:
    """An automation with one step on the trigger's connection, switched on."""
    trigger = trigger or make_trigger()
    given = {"name": "Copy projects", "is_on": True, "edited_at": timezone.now(), "tried_at": timezone.now()}
    steps = [make_step(trigger.connection, step=WORDS["step"])]
    return Automation.objects.create(trigger=trigger, **{"steps": steps} | given | fields)


def make_automation_run(automation: Automation | None = None, event: Event | None = None, **fields: Any) -> AutomationRun:
    """A run that waits; it is not due unless `due_at` says so."""
    automation = automation or make_automation()
    about = {"automation": automation, "event": event or make_event(automation.trigger), "steps": automation.steps}
    return AutomationRun.objects.create(**about | fields)


def make_record(
    connection: Connection | None = None, entity: str = "project", data: Mapping[str, Any] | None = None, **fields: Any
) -> Record:
    """A mirrored record with its list. The promoted columns are taken from `fields`, not from the declaration."""
    connection, number, now = connection or make_connection(), next(_number), timezone.now()
    record_list, _ = RecordList.objects.get_or_create(connection=connection, entity=entity, each="", defaults={"whole_at": now})
    given = {
        "remote_id": str(number),
        "data": data or {"id": number, "name": f"Project {number}", "status": "active"},
        "fingerprint": uuid.uuid4().bytes,
        "title": f"Project {number}",
        "status": "active",
        "first_seen_at": now,
        "changed_at": now,
    }
    return Record.objects.create(connection=connection, list=record_list, entity=entity, **given | fields)


def make_export(connection: Connection | None = None, content: bytes = b"Id,Name\r\n", **fields: Any) -> Export:
    """An export whose file is ready."""
    given = {"entity": "project", "query": {}, "time_zone": "UTC", "format": "csv", "state": Export.State.DONE, "size": len(content)}
    export = Export.objects.create(connection=connection or make_connection(), **given | fields)
    ExportPart.objects.create(export=export, content=content)
    return export


def make_sync(integration: Integration | None = None, state: str = Sync.State.DONE, **fields: Any) -> Sync:
    """A sync that is over."""
    given = {"ended_at": timezone.now() if state == Sync.State.DONE else None}
    return Sync.objects.create(integration=integration or make_integration(), state=state, **given | fields)


def make_approval(integration: Integration | None = None, answer: str = Approval.Answer.DECLINE, **fields: Any) -> Approval:
    """A step that waited for a person, and what they decided."""
    number = next(_number)
    given = {"key": f"delete_task/right//t{number}/", "kind": "delete_task", "side": "right", "title": f"Delete the task “T{number}”"}
    answered_at = timezone.now() if answer else None
    shared = {"integration": integration or make_integration(), "answer": answer, "answered_at": answered_at, "why": "guard"}
    return Approval.objects.create(**shared | given | fields)


def make_member(role: Role = Role.MEMBER) -> Membership:
    """A membership of somebody who was not there before; he cannot sign in with a password, which would take long to hash."""
    person = User.objects.create(email=f"person-{next(_number)}@example.com", name="Dana Fox")
    return Membership.objects.create(user=person, role=role)


def make_invitation(role: Role = Role.MEMBER, **fields: Any) -> Invitation:
    """An open invitation. Its secret is lost; `renew()` makes another."""
    invitation = Invitation(**{"email": f"guest-{next(_number)}@example.com", "role": role} | fields)
    invitation.renew()
    invitation.save()
    return invitation


# --- Addresses ---------------------------------------------------------------------------------------------------------
# What stands in the variable parts of an address, by the name that the URLconf gives the part. The tenancy matrix walks every address
# with these. A part that names a row of a tenant goes into `make_objects`; a word that means the same to everybody goes into `WORDS`.

WORDS: dict[str, str] = {
    "provider_name": "hubstaff",
    "entity": "project",
    "sign_in": "oauth",
    "operation": "create_project",
    "watch": "projects_created",
    "step": "5eed5eed5eed5eed5eed5eed5eed5eed",
}


def make_objects() -> dict[str, object]:
    """One of everything that an address can name, all hanging together, in the organization whose scope is open."""
    connection = make_connection("hubstaff")
    integration = make_integration(right=connection)
    trigger = make_trigger(connection)
    destination = make_destination()
    automation = make_automation(trigger)
    builders: dict[str, Callable[[], object]] = {
        "approval": lambda: make_approval(integration).pk,
        "automation": lambda: automation.pk,
        "automation_run": lambda: make_automation_run(automation).pk,
        "connection": lambda: connection.pk,
        "connection_id": lambda: connection.pk,
        "delivery": lambda: make_delivery(destination, make_event(trigger)).pk,
        "destination": lambda: destination.pk,
        "disconnection": lambda: make_disconnection(integration).pk,
        "event": lambda: make_event(trigger).pk,
        "export": lambda: make_export(connection).pk,
        "integration": lambda: integration.pk,
        "invitation": lambda: make_invitation().pk,
        "link": lambda: make_project_link(integration).pk,
        "membership": lambda: make_member().pk,
        "person_link": lambda: make_person_link(integration).pk,
        "project_link": lambda: make_project_link(integration).pk,
        "record": lambda: make_record(connection, WORDS["entity"]).remote_id,
        "run": lambda: make_run_with_file(connection).pk,
        "sync": lambda: make_sync(integration).pk,
        "trigger": lambda: trigger.pk,
    }
    return {name: build() for name, build in builders.items()}
