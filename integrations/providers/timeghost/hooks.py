"""timeghost's webhooks: one for each topic, with a name to find it by. Nothing signs what they send, and no call removes them.

https://learn.microsoft.com/en-us/connectors/timeghost/#triggers
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import BasicDeliveries, Flag, HookDraft, Hooks, Kind, OneOf, Operation, Place, Registered, Text, Told
from integrations.catalogue.reading import Data, at, word
from integrations.providers.timeghost.operations.fields import WORKSPACE

TOPICS = ("clients", "projects", "tags", "tasks", "times")
EVENTS = ("add", "update", "delete")
EVENT_OF_STATUS = {"created": "add", "updated": "update", "deleted": "delete"}
HOLDERS = ("data", "payload", "record")  # under which a delivery may hold the record
LONGEST_EVENT = 64

OPERATIONS = (
    Operation(
        name="register_webhook",
        label="Register a Webhook",
        entity="workspace",
        kind=Kind.CREATE,
        method="POST",
        path="/register_webhook/{topic}",
        inputs=(
            WORKSPACE,
            OneOf(name="topic", label="Topic", place=Place.PATH, required=True, choices=tuple((topic, topic) for topic in TOPICS)),
            Text(name="name", label="Name", required=True),
            Text(name="entity", label="Entity", required=True),
            Flag(name="active", label="Active", required=True, default=True),
            OneOf(name="events", label="Run on", many=True, required=True, choices=tuple((event, event) for event in EVENTS)),
            Text(name="url", label="Address", sent_as="config.url", required=True),
            Text(name="user_name", label="User name", sent_as="config.basicAuth.userName"),
            Text(name="password", label="Password", sent_as="config.basicAuth.pass"),
        ),
    ),
)


def registration(draft: HookDraft) -> dict[str, Any]:
    return {
        "topic": draft.topic,
        "entity": draft.topic,
        "name": draft.name,
        "events": list(draft.events),
        "url": draft.url,
        "user_name": draft.user_name,
        "password": draft.password,
    }


def registered(answer: Any) -> str:
    """An answer need not tell an id, and nothing asks for one: a webhook is found by its name."""
    return word(at(answer, "id"))


def listed(workspace: Any) -> list[Registered]:
    """The webhooks of a workspace as it is got by its id."""
    found = at(workspace, "webhooks")
    return [_registered(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _registered(webhook: Data) -> Registered:
    return Registered(name=word(webhook.get("name"), 1000), is_active=webhook.get("active") is True, topic=word(webhook.get("entity")))


def read_delivery(body: Any) -> Told:
    """What a delivery seems to say. Its shape is not documented but for the record that it brings, and nothing proves it: it is a hint."""
    record = _record(body)
    return Told(
        event=word(at(body, "event"), LONGEST_EVENT) or EVENT_OF_STATUS.get(word(at(record, "status")), ""),
        record_id=word(at(record, "id")),
        parent_id=word(at(record, "project.id")),
    )


def _record(body: Any) -> Any:
    """The record of a delivery: the body itself, the first of a list, or what either holds it in."""
    first = body[0] if isinstance(body, list) and body else body
    return next((held for holder in HOLDERS if isinstance(held := at(first, holder), Mapping)), first)


HOOKS = Hooks(
    operations=OPERATIONS,
    deliveries=BasicDeliveries(),
    register="register_webhook",
    registration=registration,
    registered=registered,
    read=read_delivery,
    list_all="get_workspace",
    listed=listed,
    remove_help="Remove it in timeghost, in the settings of the workspace under Webhooks, where it stands by its name.",
)
