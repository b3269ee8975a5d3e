"""What timeghost tells: unsigned, the record as its list shows it, with the credentials that the webhook was registered with."""

import base64
from collections.abc import Callable, Iterator

import orjson

from integrations.sandbox.exchange import Call
from integrations.sandbox.kinds import (
    TIMEGHOST_CLIENT,
    TIMEGHOST_PROJECT,
    TIMEGHOST_TAG,
    TIMEGHOST_TASK,
    TIMEGHOST_TIME,
    TIMEGHOST_USER,
    TIMEGHOST_WEBHOOK,
    TIMEGHOST_WORKSPACE,
    Kind,
)
from integrations.sandbox.store import Body, Change
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.visit import Visit
from integrations.sandbox.webhooks.post import Delivery

EVENTS = ("add", "update", "delete")
TOPICS: dict[Kind, str] = {
    TIMEGHOST_CLIENT: "clients",
    TIMEGHOST_PROJECT: "projects",
    TIMEGHOST_TAG: "tags",
    TIMEGHOST_TASK: "tasks",
    TIMEGHOST_TIME: "times",
}
SHAPES: dict[Kind, Callable[[Visit, Body], Body]] = {
    TIMEGHOST_CLIENT: shapes.client,
    TIMEGHOST_PROJECT: lambda visit, project: shapes.projects(visit, [project])[0],
    TIMEGHOST_TAG: shapes.tag,
    TIMEGHOST_TASK: lambda visit, task: shapes.tasks(visit, {"id": task["project_id"]}, [task])[0],
    TIMEGHOST_TIME: lambda visit, time: shapes.times(visit, [time])[0],
}


def deliveries(call: Call, change: Change) -> Iterator[Delivery]:
    """Return what a change has timeghost tell, to each active webhook that asked for it, as who registered it sees the record."""
    topic = TOPICS.get(change.kind)
    if topic is None:
        return
    event = _event(change)
    for webhook in call.store.of_tenant(TIMEGHOST_WEBHOOK, change.after["workspace_id"]):
        if webhook["active"] and webhook["topic"] == topic and event in webhook["events"]:
            record = SHAPES[change.kind](_visit(call, webhook), change.after)
            yield delivery(webhook, event, orjson.dumps(record))


def _event(change: Change) -> str:
    return "add" if change.before is None else "delete" if change.after["deleted"] else "update"


def _visit(call: Call, webhook: Body) -> Visit:
    user = call.store.get(TIMEGHOST_USER, webhook["user_id"])
    workspace = call.store.get(TIMEGHOST_WORKSPACE, webhook["workspace_id"])
    if user is None or workspace is None:
        raise LookupError(f"The webhook {webhook['name']} belongs to nobody")
    return Visit(call.runtime, call.request, b"", user, workspace)


def delivery(webhook: Body, event: str, body: bytes, secret: str = "") -> Delivery:
    """Return a body as a delivery, with the credentials of the webhook or with another password."""
    headers = {"Content-Type": "application/json"}
    if webhook["user_name"]:
        credentials = f"{webhook['user_name']}:{secret or webhook['password']}"
        headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    return Delivery(webhook["id"], "timeghost", event, webhook["url"], body, headers)
