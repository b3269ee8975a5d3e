"""What the tests of the pages of sync ask, and the rows that they look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.linking.models import Integration
from integrations.sync.models import Approval, StepRecord, Sync

OPEN = frozenset({Sync.State.COLLECTING, Sync.State.APPLYING, Sync.State.WAITING})


def address(name: str, integration: Integration, **more: Any) -> str:
    return reverse(f"sync:{name}", kwargs={"organization": "northwind", "integration": integration.pk, **more})


def shown(client: Client, where: str, **headers: str) -> str:
    response = client.get(where, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def sync(integration: Integration, state: str = Sync.State.DONE, steps: int = 0, **fields: Any) -> Sync:
    """A sync with its steps. Needs a scope."""
    ended = {} if state in OPEN else {"ended_at": timezone.now() + timedelta(seconds=75)}
    made = Sync.objects.create(integration=integration, state=state, planned=fields.pop("planned", steps), **ended, **fields)
    StepRecord.objects.bulk_create(
        StepRecord(sync=made, number=number, kind="create_task", title=f"Create the task “T{number}”", outcome="done")
        for number in range(1, steps + 1)
    )
    return made


def approval(integration: Integration, number: int = 1, why: str = "guard", **fields: Any) -> Approval:
    """A step that waits for a person, or a question of two values. Needs a scope."""
    given = {
        "key": f"delete_task/right//t{number}/",
        "kind": "delete_task",
        "side": "right",
        "title": f"Delete the task “T{number}” in Hubstaff",
    }
    return Approval.objects.create(integration=integration, why=why, **given | fields)


def question(integration: Integration, number: int = 1, left: str = "Sitemap", right: str = "Site map") -> Approval:
    """A task that was renamed on both sides. Needs a scope."""
    given = {"key": f"question/name//t{number}/{left}{right}", "kind": "update_task", "side": "", "title": f"“{left}” or “{right}”?"}
    return approval(integration, number, "conflict", **given, left=left, right=right)
