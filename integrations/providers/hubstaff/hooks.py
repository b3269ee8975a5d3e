"""Hubstaff's webhooks: made for an organization, proved by a secret that Hubstaff sends to the address first, activated with that secret.

There is no call that lists them: their ids must be kept. https://developer.hubstaff.com/docs/hubstaff_v2
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.catalogue import HookDraft, Hooks, Kind, Operation, Place, SignedDeliveries, Text, Told
from integrations.catalogue.reading import at, moment, word
from integrations.providers.hubstaff.operations.fields import ORGANIZATION

WEBHOOK = Text(name="webhook_id", label="Webhook", place=Place.PATH, required=True, max_length=128)
SECRET = Text(name="secret", label="Secret", place=Place.HEADER, sent_as="X-Hook-Secret", required=True)
LONGEST_EVENT = 64

OPERATIONS = (
    Operation(
        name="register_webhook",
        label="Register a Webhook",
        entity="organization",
        kind=Kind.CREATE,
        method="POST",
        path="/v2/organizations/{organization_id}/webhooks",
        inputs=(
            ORGANIZATION,
            Text(name="events", label="Events", many=True, required=True),
            Text(name="target_url", label="Address", required=True),
        ),
    ),
    Operation(
        name="activate_webhook",
        label="Activate a Webhook",
        entity="organization",
        kind=Kind.UPDATE,
        method="POST",
        path="/v2/webhooks/{webhook_id}/activate",
        inputs=(WEBHOOK, SECRET),
    ),
    Operation(
        name="get_webhook",
        label="Get a Webhook",
        entity="organization",
        kind=Kind.GET,
        method="GET",
        path="/v2/webhooks/{webhook_id}",
        inputs=(WEBHOOK,),
    ),
    Operation(
        name="remove_webhook",
        label="Remove a Webhook",
        entity="organization",
        kind=Kind.DELETE,
        method="DELETE",
        path="/v2/webhooks/{webhook_id}",
        inputs=(WEBHOOK,),
    ),
)


def registration(draft: HookDraft) -> dict[str, Any]:
    """Hubstaff takes no name: only the address tells one webhook from another."""
    return {"events": list(draft.events), "target_url": draft.url}


def activation(webhook_id: str, secret: str) -> dict[str, Any]:
    return {"webhook_id": webhook_id, "secret": secret}


def registered(answer: Any) -> str:
    """The id of a webhook that was just made. The contract does not say how the answer looks: it is the webhook, or holds it."""
    return word(at(answer, "webhook.id")) or word(at(answer, "id"))


def is_alive(answer: Any) -> bool:
    """One that waits to be activated, or that Hubstaff has switched off, sends nothing."""
    return "active" in (at(answer, "webhook.status"), at(answer, "status"))


def read_delivery(body: Any) -> Told:
    """`{id, event, created_at, payload}`. What the payload looks like is not documented: it is the record, or holds it under its topic."""
    event = word(at(body, "event"), LONGEST_EVENT)
    payload = at(body, "payload")
    held = at(payload, event.partition(".")[0])
    record = held if isinstance(held, Mapping) else payload
    return Told(
        event=event,
        id=word(at(body, "id")),
        at=moment(at(body, "created_at")),
        record_id=word(at(record, "id")),
        parent_id=word(at(record, "project_id")),
    )


HOOKS = Hooks(
    operations=OPERATIONS,
    deliveries=SignedDeliveries(secret_header="x-hook-secret", signature_header="x-hook-signature"),
    register="register_webhook",
    registration=registration,
    registered=registered,
    read=read_delivery,
    activate="activate_webhook",
    activation=activation,
    get="get_webhook",
    get_as="webhook_id",
    is_alive=is_alive,
    remove="remove_webhook",
    remove_as="webhook_id",
)
