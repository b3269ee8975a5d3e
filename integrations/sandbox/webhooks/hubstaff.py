"""What Hubstaff tells: its events, and deliveries that are signed with the secret of the webhook."""

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator

import httpx
import orjson

from integrations.sandbox import moments
from integrations.sandbox.exchange import Call
from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.attendance import parts_of, shift_of
from integrations.sandbox.hubstaff.shifts import shown
from integrations.sandbox.kinds import (
    HUBSTAFF_ATTENDANCE,
    HUBSTAFF_CLIENT,
    HUBSTAFF_PROJECT,
    HUBSTAFF_SCHEDULE,
    HUBSTAFF_TASK,
    HUBSTAFF_WEBHOOK,
    Kind,
)
from integrations.sandbox.store import Body, Change, Store
from integrations.sandbox.webhooks.post import Delivery

EVERYTHING = "*"
SHIFT_EVENTS = ("ontime", "early", "late", "abandoned", "missed")
EVENTS = (
    *("timer.start", "timer.stop", "project.create", "client.create", "task.create", "task.assign", "task.unassign"),
    *("schedule.create", "schedule.update", "schedule.delete", *(f"shift.{status}" for status in SHIFT_EVENTS)),
    *("work_break.create", "billing.occupied_seats"),
)
"""All that can be subscribed to. Timers, breaks and seats have no events here: there is nobody who starts them."""


def _created(name: str) -> Callable[[Change], Iterator[str]]:
    def events(change: Change) -> Iterator[str]:
        if change.before is None:
            yield name

    return events


def _task_events(change: Change) -> Iterator[str]:
    if change.before is None:
        yield "task.create"
        return
    before, after = set(change.before["assignee_ids"]), set(change.after["assignee_ids"])
    if after - before:
        yield "task.assign"
    if before - after:
        yield "task.unassign"


def _schedule_events(change: Change) -> Iterator[str]:
    yield "schedule.create" if change.before is None else "schedule.delete" if change.after["deleted"] else "schedule.update"


def _shift_events(change: Change) -> Iterator[str]:
    """A status that somebody set; what time alone brings is not told."""
    status = change.after["status"]
    if status in SHIFT_EVENTS and status != (change.before or {}).get("status"):
        yield f"shift.{status}"


RULES: dict[Kind, Callable[[Change], Iterator[str]]] = {
    HUBSTAFF_PROJECT: _created("project.create"),
    HUBSTAFF_CLIENT: _created("client.create"),
    HUBSTAFF_TASK: _task_events,
    HUBSTAFF_SCHEDULE: _schedule_events,
    HUBSTAFF_ATTENDANCE: _shift_events,
}
"""What is told of a change, by what was changed."""


def _client(store: Store, client: Body) -> Body:
    return shapes.client(client, shapes.projects_of_clients(store, client["organization_id"]))


def _shift(store: Store, attendance: Body) -> Body:
    schedule_id, day = parts_of(attendance["id"])
    schedule = store.get(HUBSTAFF_SCHEDULE, schedule_id) or {}
    return shown(store, shift_of(store, schedule, day), moments.now())


SHAPES: dict[Kind, Callable[[Store, Body], Body]] = {
    HUBSTAFF_PROJECT: lambda store, project: shapes.project(project),
    HUBSTAFF_CLIENT: _client,
    HUBSTAFF_TASK: lambda store, task: shapes.task(task),
    HUBSTAFF_SCHEDULE: lambda store, schedule: shapes.schedule(schedule),
    HUBSTAFF_ATTENDANCE: _shift,
}
"""The record as its list shows it."""


def deliveries(call: Call, change: Change) -> Iterator[Delivery]:
    """Return what a change has Hubstaff tell, to each active webhook that asked for it."""
    for event in RULES[change.kind](change) if change.kind in RULES else ():
        payload = SHAPES[change.kind](call.store, change.after)
        if call.runtime.switches.hubstaff_payload_as == "topic":
            payload = {event.partition(".")[0]: payload}
        for webhook in call.store.every(HUBSTAFF_WEBHOOK):
            if webhook["status"] == "active" and _wants(webhook, event, change, payload):
                yield delivery(webhook, event, content(event, payload))


def _wants(webhook: Body, event: str, change: Change, payload: Body) -> bool:
    record = change.after
    if record["organization_id"] not in webhook["tenants"] or not {event, EVERYTHING} & set(webhook["events"]):
        return False
    if webhook["project_id"] is not None:
        return bool(webhook["project_id"] == (record["id"] if change.kind is HUBSTAFF_PROJECT else record.get("project_id")))
    return webhook["of_user"] is None or webhook["of_user"] in _people(record, payload)


def _people(record: Body, payload: Body) -> set[int]:
    """Return whom a record is about."""
    members = (member["user_id"] for member in record.get("members", ()))
    return {payload.get("user_id", 0), *record.get("assignee_ids", ()), *members}


def content(event: str, payload: Body, created_at: str = "", identity: str = "") -> bytes:
    """Return the body of a delivery."""
    created_at, identity = created_at or moments.written_now(), identity or str(uuid.uuid4())
    return orjson.dumps({"id": identity, "event": event, "created_at": created_at, "payload": payload})


def delivery(webhook: Body, event: str, body: bytes, secret: str = "") -> Delivery:
    """Return a body as a delivery, signed with the secret of the webhook or with another."""
    signature = hmac.new((secret or webhook["secret"]).encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hook-Signature": signature}
    return Delivery(webhook["id"], "hubstaff", event, webhook["target_url"], body, headers)


def handshake(store: Store, webhook: Body) -> Delivery:
    """Return the first request: empty, with the secret that is to be echoed. Where it is not, the webhook never becomes active."""

    def echoes(answer: httpx.Response) -> bool:
        return answer.status_code == 200 and answer.headers.get("x-hook-secret") == webhook["secret"]

    def give_up() -> None:
        with store.transaction():
            kept = store.get(HUBSTAFF_WEBHOOK, webhook["id"])
            if kept is not None:
                store.put(HUBSTAFF_WEBHOOK, {**kept, "status": "failed"})

    first = Delivery(webhook["id"], "hubstaff", "", webhook["target_url"], headers={"X-Hook-Secret": webhook["secret"]}, kind="handshake")
    first.is_accepted, first.when_failed = echoes, give_up
    return first
