"""What the tests of the pages of deliveries ask and look up."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.triggers.models import Event, Trigger
from portal.organizations.models import AuditEntry
from portal.organizations.scope import scope
from tests.factories import make_delivery, make_event

HTMX = {"HX-Request": "true"}
SAVEPOINTS = 2


def address(name: str, **parts: Any) -> str:
    return reverse(f"automations:{name}", kwargs={"organization": "northwind", **parts})


def of(destination: Destination, name: str = "destination") -> str:
    return address(name, destination=destination.pk)


def shown(client: Client, path: str, query: dict[str, Any] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def now(destination: Destination) -> Destination:
    with scope(destination.organization_id):
        return Destination.objects.get(pk=destination.pk)


def the_only_destination(trigger: Trigger) -> Destination:
    with scope(trigger.organization_id):
        return Destination.objects.get()


def routes(destination: Destination) -> list[str]:
    with scope(destination.organization_id):
        return sorted(destination.routes.values_list("trigger__name", flat=True))


def actions(destination: Destination) -> list[str]:
    """What was noted in the audit trail, in order."""
    with scope(destination.organization_id):
        return list(AuditEntry.objects.order_by("created_at").values_list("action", flat=True))


def delivered(destination: Destination, event: Event | None = None, **fields: Any) -> Delivery:
    with scope(destination.organization_id):
        given = {"state": Delivery.State.DELIVERED, "tries": 1, "ended_at": timezone.now()}
        return make_delivery(destination, event or make_event(), **given | fields)


def waiting(destination: Destination, **fields: Any) -> Delivery:
    with scope(destination.organization_id):
        return make_delivery(destination, **fields)


def failed(destination: Destination, **fields: Any) -> Delivery:
    return delivered(destination, **{"state": Delivery.State.FAILED, "problem": "It answered 500.", **fields})


def again(delivery: Delivery) -> Delivery:
    with scope(delivery.organization_id):
        return Delivery.objects.get(pk=delivery.pk)


def hidden(page: str, form: str) -> dict[str, str]:
    """What the form that is sent to an address carries unseen, as a browser without a script would send it."""
    found = re.search(rf'<form[^>]*action="{re.escape(form)}".*?</form>', page, re.DOTALL)
    assert found, f"no form for {form}"
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in pairs}
